"""Time: every instant is UTC text of one width, `2026-07-30T18:22:41.000Z`, so that texts sort like instants.

Read are RFC 3339 and ISO 8601, RFC 2822, epoch numbers, `/Date(…)/`, and naive times together with a zone.
Day-first and month-first notations (`03/04/2026`) cannot be told apart and are refused; a mapping names their
format instead.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.canonical.bad_value import BadValue
from hub.canonical.text import is_blank

#: Years outside are a vendor's way to say "never" (0001-01-01) or a slip of the unit.
_FIRST_YEAR = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Below the first bound a number counts seconds (until the year 5138), then milli-, micro-, nanoseconds.
_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))
_LONGEST = 64  # characters; no notation of a time is longer, and nothing longer is worth a parse

_DOTNET = re.compile(r"/Date\((-?\d{1,17})([+-]\d{4})?\)/")
_DIGITS = re.compile(r"-?\d{9,19}(\.\d{1,9})?")
#: A time and its offset apart, or a zone by letters: `2026-07-30 18:22:41 UTC`.
_APART = re.compile(r"(.*\d)\s*(?:UTC|GMT|[zZ])|(.*\d)\s+([+-]\d\d:?\d\d)")
_ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.DOTALL)


def to_text(moment: datetime) -> str:
    """The instant as UTC text, microseconds cut off. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """The instant that `to_text` wrote, as an aware datetime (UTC). Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not an instant")
    return moment.astimezone(UTC)


def now_text() -> str:
    """The present, as UTC text."""
    return to_text(datetime.now(UTC))


def normalise_time(value: object, zone: str = "UTC") -> str | None:
    """The instant as UTC text, None when absent. `zone` (IANA name) is where a naive time was written.

    A naive time that a clock change skipped is read with the offset before the change (so it moves forward); one
    that came twice is the first. A date alone is its midnight in `zone`.
    Raises BadValue HUB-3230 (not a time) or HUB-3231 (out of range).
    """
    if isinstance(value, str):
        return _from_common_text(value, zone) or _from_any_text(value.strip(), zone)
    if is_blank(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_time()
    return _in_range(_from_epoch(value))


def normalise_date(value: object) -> str | None:
    """`YYYY-MM-DD`, None when absent. The date is taken as written: a birthday does not move with a zone.

    Raises BadValue HUB-3230 or HUB-3231.
    """
    if isinstance(value, str):
        text = value.strip()
        written = _ISO_DATE.fullmatch(text)
        if written:
            return _checked_date(written[1])
        value = text
    moment = normalise_time(value)
    return None if moment is None else moment[:10]


@lru_cache(maxsize=64)
def known_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # the lookup raises any of them, depending on the text
        raise ValueError("no such time zone") from error


def epoch_time(number: float, per_second: int) -> str:
    """The instant `number` units after 1970 began, of which there are `per_second` in a second. Raises BadValue HUB-3231."""
    if number != number or number in (float("inf"), float("-inf")):
        raise _out_of_range()
    return _in_range(_shifted(number, per_second))


def read_time(text: str, layout: str, zone: str = "UTC") -> str:
    """A time written in a notation of its own; `layout` is in the signs of strptime. Raises BadValue HUB-3230, HUB-3231."""
    try:
        moment = datetime.strptime(text, layout)
    except ValueError:
        raise _not_a_time() from None
    return _in_range(moment if moment.tzinfo else moment.replace(tzinfo=known_zone(zone)))


def _from_common_text(text: str, zone: str) -> str | None:
    """`2026-07-30T18:22:41` with or without milliseconds and Z: checked by the C parser, then cut and pasted."""
    length = len(text)
    if length not in (19, 20, 24) or text[7] != "-" or text[0] == "0" or text[10] not in "T ":
        return None
    if length != 19 and (text[-1] != "Z" or text[19] not in ".Z"):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if length == 19 and zone != "UTC":
        return _in_range(moment.replace(tzinfo=known_zone(zone)))
    return f"{text[:10]}T{text[11:19]}.{text[20:23] if length == 24 else '000'}Z"


def _from_any_text(text: str, zone: str) -> str | None:
    if not text:
        return None
    if len(text) > _LONGEST or not text.isascii():
        raise _not_a_time()
    if text.startswith("0000"):
        raise _out_of_range()
    moment = _from_iso(text) or _from_numbers(text) or _from_mail(text)
    if moment is None:
        raise _not_a_time()
    return _in_range(moment if moment.tzinfo else moment.replace(tzinfo=known_zone(zone)))


def _from_iso(text: str) -> datetime | None:
    """ISO 8601 as the standard library reads it, with the offset set apart too, and the leap second."""
    apart = _APART.fullmatch(text)
    if apart:
        text = f"{apart[1]}+00:00" if apart[1] else f"{apart[2]}{apart[3]}"
    leap = text[16:19] == ":60"
    try:
        moment = datetime.fromisoformat(f"{text[:16]}:59{text[19:]}" if leap else text)
        return moment + timedelta(seconds=1) if leap else moment
    except (ValueError, OverflowError):
        return None


def _from_numbers(text: str) -> datetime | None:
    dotnet = _DOTNET.fullmatch(text)
    if dotnet:  # the offset only says where it was written; the number is UTC already
        return _shifted(int(dotnet[1]), 1_000)
    if _DIGITS.fullmatch(text):
        return _from_epoch(float(text) if "." in text else int(text))
    return None


def _from_mail(text: str) -> datetime | None:
    """RFC 2822; `-0000` (zone unknown) counts as UTC, as the RFC means it."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_epoch(number: float) -> datetime:
    for bound, unit in _UNITS:
        if -bound < number < bound:
            return _shifted(number, unit)
    raise _out_of_range()


def _shifted(number: float, unit: int) -> datetime:
    """`number` counts `unit`s per second since 1970. Whole numbers stay exact."""
    try:
        if isinstance(number, int):
            return _EPOCH + timedelta(seconds=number // unit, microseconds=number % unit * 1_000_000 // unit)
        return _EPOCH + timedelta(milliseconds=round(number * 1_000 / unit))
    except OverflowError:
        raise _out_of_range() from None


def _in_range(moment: datetime) -> str:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise _out_of_range() from None
    if moment.year < _FIRST_YEAR:
        raise _out_of_range()
    return to_text(moment)


def _checked_date(text: str) -> str:
    if text < f"{_FIRST_YEAR}":
        raise _out_of_range()
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_time() from None
    return text


def _not_a_time() -> BadValue:
    return BadValue("HUB-3230", "expected a time, such as 2026-07-30T18:22:41Z")


def _out_of_range() -> BadValue:
    return BadValue("HUB-3231", "the time is out of range (years 1000 to 9999)")
