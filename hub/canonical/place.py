"""Countries and languages by code or by name."""

from __future__ import annotations

import re
import unicodedata

from hub.canonical.bad_value import BadValue
from hub.canonical.countries import COUNTRIES
from hub.canonical.languages import LANGUAGES, WITHDRAWN
from hub.canonical.text import is_blank

_LONGEST = 100  # characters of a name or a tag


def _fold(text: str) -> str:
    """Letters and digits only, without case and accents; `&` is `and`."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


_ALPHA_2 = frozenset(code for code, _, _ in COUNTRIES)
_COUNTRY_OF = {
    **{_fold(name): code for code, _, names in COUNTRIES for name in names},
    **{three.lower(): code for code, three, _ in COUNTRIES},
    **{code.lower(): code for code in _ALPHA_2},
    "el": "GR",  # what the European Union writes
}

_LANGUAGE_CODES = frozenset(code for code, _, _ in LANGUAGES)
_THREE_LETTERS = {three: code for code, threes, _ in LANGUAGES for three in threes}
_LANGUAGE_NAMED = {_fold(name): code for code, _, names in LANGUAGES for name in names} | {
    _fold("Simplified Chinese"): "zh-Hans", _fold("Traditional Chinese"): "zh-Hant", _fold("简体中文"): "zh-Hans",
    _fold("繁體中文"): "zh-Hant", _fold("Brazilian Portuguese"): "pt-BR", _fold("Português do Brasil"): "pt-BR",
    _fold("American English"): "en-US", _fold("British English"): "en-GB",
}  # fmt: skip

#: language [-extended] [-Script] [-REGION] [-variants] [-extensions] (RFC 5646, without the grandfathered tags).
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?)",
    re.ASCII,
)


def normalise_country(value: object) -> str | None:
    """The ISO 3166-1 alpha-2 code, None when absent. Takes alpha-2, alpha-3, English and common own names.

    Raises BadValue HUB-3240.
    """
    if isinstance(value, str):
        if value in _ALPHA_2:
            return value
        code = _COUNTRY_OF.get(_fold(value)) if len(value) <= _LONGEST else None
        if code is not None:
            return code
    if is_blank(value):
        return None
    raise BadValue("HUB-3240", "expected a country: an ISO 3166 code or a name")


def normalise_language(value: object) -> str | None:
    """The BCP 47 tag in its canonical case (`pt_BR` -> `pt-BR`), None when absent. Takes names too.

    Raises BadValue HUB-3241.
    """
    if isinstance(value, str):
        if value in _LANGUAGE_CODES:
            return value
        tag = (_from_tag(value) or _LANGUAGE_NAMED.get(_fold(value))) if len(value) <= _LONGEST else None
        if tag is not None:
            return tag
    if is_blank(value):
        return None
    raise BadValue("HUB-3241", "expected a language: a BCP 47 tag or a name")


def _from_tag(text: str) -> str | None:
    bare = re.split(r"[.@]", text.strip(), maxsplit=1)[
        0
    ]  # a POSIX locale says its encoding as well: de_DE.UTF-8
    found = _TAG.fullmatch(bare.replace("_", "-").lower())
    if found is None:
        return None
    language = _language_code(found["language"])
    if language is None:
        return None
    parts = [language + found["extended"], (found["script"] or "").title(), (found["region"] or "").upper()]
    return "-".join(part for part in parts if part) + found["rest"]


def _language_code(code: str) -> str | None:
    """The shortest code of the language; None for two letters that are none."""
    code = WITHDRAWN.get(code, code)
    if len(code) == 2:
        return code if code in _LANGUAGE_CODES else None
    return _THREE_LETTERS.get(code, code)
