"""Text: NFC, without blanks at its ends; nothing but blanks is absent."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import orjson

from hub.canonical.bad_value import BadValue

#: For `str.translate`: removes marks that show nothing and come along when text is copied (zero width, direction,
#: soft hyphen, byte order mark).
WITHOUT_INVISIBLE = dict.fromkeys(
    (0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF), ""
)


def normalise_text(value: object) -> str | None:
    """The value as trimmed NFC text, None when absent or blank. NUL characters are removed.

    A number becomes its exact JSON text (ids are often numbers and must not lose a digit), a truth value `true` or
    `false`. Raises BadValue HUB-3201 for a list or an object.
    """
    if type(value) is str:
        if value.isascii() and "\0" not in value:
            return value.strip() or None
        return unicodedata.normalize("NFC", value.replace("\0", "").strip()).strip() or None
    if is_blank(value):
        return None
    return normalise_text(str(value)) if isinstance(value, str) else plain_text(value)


def plain_text(value: object) -> str:
    """A text as it is, a number or a truth value as its JSON text. Raises BadValue HUB-3201 for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise BadValue("HUB-3201", "expected one value, found a list or an object")


def is_blank(value: object) -> bool:
    """Whether a raw value counts as absent: null, text of nothing but blanks, an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value == [] or value == {}


def normalise_json(value: object) -> str | None:
    """The value as JSON text with sorted keys, so that equal values have equal text; None when absent or empty.

    Raises BadValue HUB-3280 for what JSON cannot hold.
    """
    if (not value and is_blank(value)) or (isinstance(value, str) and value.isspace()):
        return None
    try:
        return orjson.dumps(value, default=plain_text, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        raise BadValue("HUB-3280", "the value cannot be written as JSON") from None
