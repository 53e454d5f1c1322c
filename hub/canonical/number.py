"""Whole numbers, decimals as text, and truth values."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from hub.canonical.bad_value import BadValue
from hub.canonical.text import is_blank

_LARGEST = 2**63 - 1  # what a column holds
_LONGEST = 40  # digits of a decimal
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
#: Decimals that are as they should be.
_CANONICAL = re.compile(r"0|-?[1-9]\d{0,14}(?:\.\d{0,14}[1-9])?|-?0\.\d{0,14}[1-9]", re.ASCII)

_TRUTH = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), 0),
}


def normalise_int(value: object) -> int | None:
    """A whole number, None when absent; `12.0` is one, `12.5` is not. Raises BadValue HUB-3250."""
    if type(value) is int and -_LARGEST <= value <= _LARGEST:
        return value
    number = _number(value, "HUB-3250", "expected a whole number")
    if number is None:
        return None
    if number != number.to_integral_value() or abs(number) > _LARGEST:
        raise BadValue("HUB-3250", "expected a whole number")
    return int(number)


def normalise_decimal(value: object) -> str | None:
    """A decimal as text without exponent and without useless zeros, None when absent. Raises BadValue HUB-3251."""
    if type(value) is int and abs(value) <= _LARGEST:
        return str(value)
    if type(value) is str and _CANONICAL.fullmatch(value):
        return value
    number = _number(value, "HUB-3251", "expected a number")
    if number is None:
        return None
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def normalise_bool(value: object) -> int | None:
    """1 or 0, None when absent. Takes true/false, yes/no, on/off, t/f, y/n, 1/0. Raises BadValue HUB-3252."""
    if isinstance(value, bool):
        return int(value)
    if is_blank(value):
        return None
    if isinstance(value, str):
        truth = _TRUTH.get(value.strip().lower())
        if truth is not None:
            return truth
    elif isinstance(value, int | float) and value in (0, 1):
        return int(value)
    raise BadValue("HUB-3252", "expected true or false")


def _number(value: object, code: str, message: str) -> Decimal | None:
    """The exact number, None when absent; refuses what has more than 40 digits written out."""
    if is_blank(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise BadValue(code, message)
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        raise BadValue(code, message)
    text = (
        value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
    )
    if len(text) > _LONGEST + 8 or not _NUMBER.fullmatch(text):
        raise BadValue(code, message)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadValue(code, message) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() >= _LONGEST or exponent < -_LONGEST:
        raise BadValue(code, message)
    return number
