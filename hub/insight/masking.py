"""Values shown so that nobody is recognised by them, and a mistake in them still is.

Of an address the first letters stay (`a***@e***.com`), of a number the last two digits, of names the initials, of a
text its length. Canonical values are masked by the class of their field; of a vendor's raw record nobody has said
what is personal, so everything is masked but what looks like a word of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES, Field
from hub.models import Json

HIDDEN = "***"

_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_PHONE = re.compile(r"(?:\+|00)?[\d\s().\-/]{7,24}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?")
_DATE = re.compile(r"(\d{4})-\d\d-\d\d")
_NUMBER = re.compile(r"-?\d{1,6}(?:[.,]\d{1,4})?")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,39}")
_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
_KEY = re.compile(r"[A-Za-z_$][\w.:\- ]{0,63}")

#: Names of raw fields whose words say nothing about a person.
_PLAIN_NAME = re.compile(
    r"(?:.*_)?(?:status|state|type|kind|role|currency|locale|language|lang|country|country_code|channel|priority|via"
    r"|object|event|source|stage|purpose|version|method|method_id|sku|quantity|total|subtotal|amount|price|tax|page"
    r"|limit|count|verified|active)",
    re.IGNORECASE,
)
_ID_NAME = re.compile(r"(?:_?id|.*_ids?|.*Id|.*_key)", re.IGNORECASE)
#: Ids that a state or a bank gives to a person.
_PERSONAL_ID = re.compile(
    r"tax|vat|nation|passport|fiscal|social|citizen|personal|ssn|iban|card|email|mail|phone|mobile|user|login|device"
    r"|session|cookie|client",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?$|secret|token|api_?key|credential|signature|birth|dob$|^lat|^lon|geo",
    re.IGNORECASE,
)
_DEEPEST = 40
#: More words than this are a text, of which only the length is told.
_NAME_WORDS = 4


def mask_email(address: str) -> str:
    """`anna@shop.example.com` -> `a***@s***.com`."""
    local, at, domain = address.rpartition("@")
    if not at:
        return mask_words(address)
    top = domain.rpartition(".")[2] if "." in domain else ""
    return f"{local[:1]}{HIDDEN}@{domain[:1]}{HIDDEN}{'.' + top if top else ''}"


def mask_phone(number: str) -> str:
    """`+12025550123` -> `***23`."""
    digits = [char for char in number if char.isdigit()]
    return HIDDEN + "".join(digits[-2:])


def mask_words(text: str) -> str:
    """Initials of a name, `Anna Lee` -> `A*** L***`; of anything longer its length."""
    words = text.split()
    if len(words) > _NAME_WORDS or len(text) > 60:
        return f"{HIDDEN} ({len(text)} characters)"
    return " ".join(word[:1] + HIDDEN for word in words)


def mask_identifier(type_: str, value: str) -> str:
    """An identifier by its type; of those that are neither address nor number the first and the last sign."""
    if "@" in value:
        return mask_email(value)
    if type_ == "phone":
        return mask_phone(value)
    return f"{value[:1]}{HIDDEN}{value[-1:]}" if len(value) > 5 else HIDDEN


def mask_key(key: str) -> str:
    """A natural key: ids stay, addresses and numbers that serve as one are masked, part by part."""
    if key.isascii() and key.isdigit() and len(key) < 10:
        return key
    return ":".join(_masked_part(part) for part in key.split(":"))


def _masked_part(part: str) -> str:
    if _EMAIL.fullmatch(part):
        return mask_email(part)
    if part.startswith("+") and _PHONE.fullmatch(part):
        return mask_phone(part)
    return part if _ID.fullmatch(part) or not part else mask_words(part)


def mask_field(field: Field, value: Any) -> Any:
    """A canonical value by the class of its field; None stays None."""
    if value is None or field.pii == "none":
        return value
    if field.pii == "secret":
        return HIDDEN
    if field.type == "json":
        return _mask_json_text(value)
    if field.type == "email":
        return mask_email(str(value))
    if field.type == "phone":
        return mask_phone(str(value))
    if field.type in ("text", "name"):
        masked = mask_words if field.pii == "personal" else _mask_length
        return masked(str(value))
    return HIDDEN


def mask_columns(entity: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The field columns of a canonical record, masked by the classes that the entity declares."""
    fields = {name: field for field in ENTITIES[entity].fields for name, _ in field.columns()}
    masked = {
        name: mask_field(fields[name], value) if name in fields else value for name, value in columns.items()
    }
    for name, field in fields.items():
        # A reference is a natural key: of a guest it may be the address.
        if field.type == "ref" and name.endswith("_key") and isinstance(masked.get(name), str):
            masked[name] = mask_key(masked[name])
    return masked


def mask_raw(value: Json, name: str = "", depth: int = 0) -> Json:
    """A raw record, or any part of one, in its own shape. `name`: the key it stands under.

    depth: how many objects and lists it stands in; what is deeper than anybody reads is hidden."""
    if isinstance(value, Mapping | list) and depth == _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {_shown_key(key): mask_raw(item, str(key), depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_raw(item, name, depth + 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, int | float):
        return value if abs(value) < 1_000_000 or _is_id(name) else mask_phone(str(value))
    return _mask_text(str(value), name)


def _mask_text(text: str, name: str) -> str:
    if not text.strip() or _TIME.fullmatch(text) or _NUMBER.fullmatch(text):
        return text
    if _PLAIN_NAME.fullmatch(name) and _WORD.fullmatch(text):
        return text
    if _is_id(name) and _ID.fullmatch(text):
        return text
    if _EMAIL.fullmatch(text):
        return mask_email(text)
    if date := _DATE.fullmatch(text):
        return f"{date[1]}-{HIDDEN}"  # it may be a birthday
    if _PHONE.fullmatch(text):
        return mask_phone(text)
    if re.match(r"https?://", text):
        return text.partition("://")[0] + "://" + HIDDEN
    return mask_words(text)


def _is_id(name: str) -> bool:
    return bool(_ID_NAME.fullmatch(name)) and not _PERSONAL_ID.search(name)


def _shown_key(key: object) -> str:
    """Keys are the vendor's words, unless somebody uses people as keys."""
    text = str(key)
    return text if _KEY.fullmatch(text) and not text.isdigit() else mask_key(text)


def _mask_length(text: str) -> str:
    return f"{HIDDEN} ({len(text)} characters)"


def _mask_json_text(value: Any) -> Any:
    """JSON columns hold text; what a caller has parsed already stays parsed."""
    if not isinstance(value, str | bytes):
        return mask_raw(value)
    try:
        return orjson.dumps(mask_raw(orjson.loads(value))).decode()
    except orjson.JSONDecodeError:
        return HIDDEN
