"""Phone numbers as E.164: `+12025550123`.

The definition is `_carefully`: phonenumbers' own parse, then a test against the code's numbering plan (possible
length, and the general shape of its numbers; not the list of area codes in use, which grows every year). It takes
25 µs. `_quickly` answers the unambiguous notations from the same metadata in 2 µs, and None for all others; a
property test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from hub.canonical.bad_value import BadValue
from hub.canonical.text import WITHOUT_INVISIBLE, is_blank

_PUNCTUATION = str.maketrans("", "", " -.()")
_LONGEST = 250  # characters of input
_LONGEST_QUICK = 30
_NON_GEOGRAPHIC = "001"
_NEVER = "(?!)"  # a pattern that matches nothing


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one region's metadata says about its numbers."""

    #: The country calling code, digits.
    code: str
    #: Possible lengths of a national number.
    lengths: frozenset[int]
    #: The general shape of a national number, and the same for one of a possible length without a national prefix.
    national: re.Pattern[str]
    bare: re.Pattern[str]
    #: What is dialled before a country code here.
    international_prefix: re.Pattern[str]
    #: What is dialled before a national number; None when there is nothing.
    prefix: re.Pattern[str] | None
    #: Whether taking the prefix away is all there is to do (else carriers are selected, or digits replaced).
    simple_prefix: bool


def normalise_phone(value: object, region: str | None = None) -> str | None:
    """The number as E.164, None when absent. `region` (ISO 3166-1 alpha-2) is where national notation comes from.

    Extensions are dropped; letters are dialled (`202-JKL-0123`); `00` stands for `+`.
    Raises BadValue HUB-3211 for what is no possible number, HUB-3212 for a national number without a region.
    """
    if isinstance(value, str):
        quick = _quickly(value, region)
        if quick is not None:
            return quick
    if is_blank(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise _not_a_phone()
    return _carefully(value, region)


def known_region(region: str) -> bool:
    """Whether numbering plans know this region."""
    return region in phonenumbers.SUPPORTED_REGIONS


def _quickly(text: str, region: str | None) -> str | None:
    """The number, if its notation is plain and can be read in one way only; else None."""
    if len(text) > _LONGEST_QUICK or not text.isascii():
        return None
    number = text if text[1:].isdigit() else text.strip().translate(_PUNCTUATION)
    if number[:1] == "+":
        return _international(number)
    if region is None or not number.isdigit():
        return None
    plan = _plan(region)
    return None if plan is None else _national(number, plan)


def _international(number: str) -> str | None:
    """A plus and digits: right as they are, unless a national prefix stands inside."""
    for start in (2, 3, 4):
        plan = _main_plan(number[1:start])
        if plan is not None:
            return number if plan.bare.fullmatch(number, start) else None
    return None


def _national(digits: str, plan: _Plan) -> str | None:
    main = _main_plan(plan.code)
    if main is None or digits[:2] == "00" or plan.international_prefix.match(digits):
        return None
    if digits.startswith(plan.code):
        # Either a whole number that happens to start so, or the country code without its plus.
        rest = digits[len(plan.code) :]
        return None if plan is not main or plan.national.fullmatch(digits) else _joined(rest, plan, main)
    prefixed = plan.prefix.match(digits) if plan.prefix else None
    if prefixed is None:
        return _joined(digits, plan, main)
    return _joined(digits[prefixed.end() :], plan, main) if plan.simple_prefix else None


def _joined(national: str, plan: _Plan, main: _Plan) -> str | None:
    return (
        f"+{plan.code}{national}" if len(national) in main.lengths and plan.bare.fullmatch(national) else None
    )


@lru_cache(maxsize=8_192)  # what comes here is slow, and offices and shared phones come often
def _carefully(text: str, region: str | None) -> str:
    text = unicodedata.normalize("NFKC", text).translate(WITHOUT_INVISIBLE).strip()
    number = _parsed(text, region)
    if number is None or not _is_assigned(number):
        number = _without_plus(text.translate(_PUNCTUATION), region) or number
    if number is None:
        raise _not_a_phone() if region or "+" in text else _no_region()
    return number


def _without_plus(digits: str, region: str | None) -> str | None:
    """The number that `digits` are with a plus in front or in place of `00`, if that makes better sense."""
    if digits[:2] == "00":
        return _parsed(f"+{digits[2:]}", None)
    plan = _plan(region) if region else None
    if plan is None or not digits.startswith(plan.code):
        return None
    number = _parsed(f"+{digits}", None)
    return number if number and _is_assigned(number) else None


def _is_assigned(number: str) -> bool:
    """Whether the plan has given this number's range to anyone."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _parsed(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    code = str(number.country_code)
    main = _main_plan(code)
    if main is None or len(national) not in main.lengths or not _has_shape(national, code):
        return None
    written = f"+{code}{national}"
    if written != text and main.prefix and main.prefix.match(national):
        # What looks like one more national prefix goes when the number is read again, so it goes now.
        return _parsed(written, None) or written
    return written


def _has_shape(national: str, code: str) -> bool:
    """Whether the number has the general shape of one of the regions that share the code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    plans = (_main_plan(code) if region == _NON_GEOGRAPHIC else _plan(region) for region in regions)
    return any(plan.national.fullmatch(national) for plan in plans if plan)


@lru_cache(maxsize=512)
def _main_plan(code: str) -> _Plan | None:
    """The plan of the main region of a calling code; None if no such code is in use."""
    if not code.isdigit() or code[0] == "0":
        return None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if not regions:
        return None
    if regions[0] == _NON_GEOGRAPHIC:
        return _from_metadata(PhoneMetadata.metadata_for_nongeo_region(int(code), None))
    return _plan(regions[0])


@lru_cache(maxsize=512)
def _plan(region: str) -> _Plan | None:
    return _from_metadata(PhoneMetadata.metadata_for_region(region, None))


def _from_metadata(metadata: PhoneMetadata | None) -> _Plan | None:
    if metadata is None or metadata.general_desc is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    national = metadata.general_desc.national_number_pattern or _NEVER
    lengths = frozenset(metadata.general_desc.possible_length)
    possible = "|".join(rf"[0-9]{{{length}}}" for length in sorted(lengths))
    return _Plan(
        code=str(metadata.country_code),
        lengths=lengths,
        national=re.compile(national),
        bare=re.compile(rf"(?=(?:{possible})\Z)(?!{prefix or _NEVER})(?:{national})"),
        international_prefix=re.compile(metadata.international_prefix or _NEVER),
        prefix=re.compile(prefix) if prefix else None,
        simple_prefix=not metadata.national_prefix_transform_rule,
    )


def _not_a_phone() -> BadValue:
    return BadValue("HUB-3211", "expected a phone number")


def _no_region() -> BadValue:
    return BadValue("HUB-3212", "a national phone number needs a default region")
