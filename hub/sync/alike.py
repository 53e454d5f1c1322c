"""Whether a value that a destination lists is the one that it was told, however it writes it down. Pure.

What goes there and comes back is another text often enough: a phone number without blanks, an address in lower case, a
number as text, a day as midnight, a list in another order. None of that is somebody's change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hub.mapping.out import OutRule
from hub.models import Json
from hub.sync import wanted
from hub.sync.record_names import normaliser

_YES_NO = {"true": "1.0", "false": "0.0"}
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
#: Longer numbers are no more told apart as floats.
_EXACT = 15
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Spelling:
    """Compares values of one object's fields."""

    def __init__(self, rule: OutRule, region: str | None = None) -> None:
        """region: the mapping's default, for phone numbers without a country."""
        self._normalise: Mapping[str, Callable[[Json], str | None]] = {
            name: normaliser(rule.column(name), region) for name, _ in rule.fields
        }
        self._otherwise = normaliser(None, None)

    def alike(self, name: str, one: Json, other: Json) -> bool:
        """Whether two values of a field are one."""
        if wanted.same(one, other):
            return True
        if wanted.is_empty(one) or wanted.is_empty(other):
            return False
        if isinstance(one, list) or isinstance(other, list):
            return self._set(name, one) == self._set(name, other)
        return self._plain(name, one) == self._plain(name, other)

    def _set(self, name: str, value: Json) -> list[str]:
        values = value if isinstance(value, list) else [value]
        return sorted(self._plain(name, one) for one in values)

    def _plain(self, name: str, value: Json) -> str:
        if not isinstance(value, str | int | float):
            return wanted.digest({"value": value})
        text = self._normalise.get(name, self._otherwise)(value) or self._otherwise(value) or ""
        return _YES_NO.get(text) or _number(text) or _moment(text) or text


def _number(text: str) -> str | None:
    """A number however many zeros it ends with; None for what is none. Digits behind a zero are a code, and stay a text."""
    return repr(float(text)) if len(text) <= _EXACT and _NUMBER.fullmatch(text) else None


def _moment(text: str) -> str | None:
    """A time in UTC, a day as its midnight; None for what is neither."""
    if not _DAY.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
