"""A set cleaned for the peers, as their documentation asks for: one folded spelling of names, addresses and numbers,
junk taken out, a whole name split, columns without information dropped.

A peer's user would have to write this; the hub reads the records as they are.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from anyascii import anyascii

from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.name import split_full_name
from hub.canonical.phone import normalise_phone

#: What each column is made of. `house` and `street` are the two halves of line1.
COLUMNS = (
    "record_id",
    "given_name",
    "family_name",
    "birth_date",
    "email",
    "phone",
    "tax_id",
    "line1",
    "house",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
    "gender",
    "organization",
)

_JUNK = "null none nil n/a na nan - -- unknown anonymous test guest customer user no name noname anon xxx"
JUNK = frozenset(_JUNK.split())
_ROLES = """
    info sales support contact office admin billing accounts hello service team help mail noreply no-reply donotreply
    webmaster postmaster enquiries orders test none null unknown anonymous na noemail no nomail customer guest user
    email name a x xx xxx abc asdf qwerty
"""
#: Before the @ of a mailbox that many people read, or nobody.
ROLES = frozenset(_ROLES.split())
_PLACEHOLDER_NUMBERS = ("5555555", "1234567", "12345678", "123456789", "1234567890", "0000000")
_PLACEHOLDER_DATES = ("1900-01-01", "1970-01-01", "0000-00-00", "1901-01-01", "2000-01-01", "1111-11-11")
_DATE = re.compile(r"(\d{4})-?(\d{1,2})-?(\d{1,2})")
_HOUSE = re.compile(r"(\d+[a-z]?)\b")
#: The most that one value may repeat before its column says nothing.
_CONSTANT = 0.9


def write(records: Path, fields: Mapping[str, str], target: Path) -> None:
    """Cleans a CSV of records into a parquet file of COLUMNS, those without information left out."""
    with records.open(newline="", encoding="utf-8") as file:
        columns: dict[str, list[str | None]] = {name: [] for name in COLUMNS}
        for row in csv.DictReader(file):
            person = cleaned(dict(_picked(row, fields)))
            for name in COLUMNS:
                columns[name].append(row["record_id"] if name == "record_id" else person.get(name))
    kept = {name: values for name, values in columns.items() if name == "record_id" or _tells(values)}
    pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in kept.items()}), target)


def _picked(row: Mapping[str, str], fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field, column in fields.items():
        if "{" not in column:
            yield field, row[column] or ""
        elif all(row[part] for part in re.findall(r"{(\w+)}", column)) or "-" not in column:
            yield field, column.format_map(row).strip()


def _tells(values: list[str | None]) -> bool:
    """Whether a column holds information: not empty, and not one value nearly everywhere."""
    present = Counter(filter(None, values))
    return bool(present) and max(present.values()) < _CONSTANT * present.total()


def cleaned(raw: Mapping[str, str]) -> dict[str, str | None]:
    """One person, each value folded; None where there is none."""
    person: dict[str, str | None] = {name: folded(raw.get(name, "")) for name in COLUMNS[1:]}
    if not person["given_name"] and not person["family_name"]:
        parts = split_full_name(raw.get("full_name", ""))
        person |= {"given_name": folded(parts.given or ""), "family_name": folded(parts.family or "")}
    person["email"] = email_of(raw.get("email", ""))
    person["phone"] = phone_of(raw.get("phone", ""), raw.get("country", ""))
    person["birth_date"] = date_of(raw.get("birth_date", ""))
    person["tax_id"] = re.sub(r"\W", "", person["tax_id"] or "") or None
    house = _HOUSE.search(person["line1"] or "")
    person["house"] = house[1] if house else None
    person["street"] = re.sub(r"\W+", " ", _HOUSE.sub("", person["line1"] or "")).strip() or None
    return person


def folded(text: str) -> str | None:
    """Lower case, ASCII, single blanks; None for junk."""
    plain = " ".join(anyascii(text).lower().replace("'", "").split())
    return None if not plain or plain in JUNK or set(plain) <= set("0-.") else plain


def email_of(text: str) -> str | None:
    """An address in lower case; None for what is none and for a mailbox of many."""
    try:
        address = normalise_email(text)
    except BadValue:
        return None
    return None if address is None or address.partition("@")[0] in ROLES else address


def phone_of(text: str, country: str) -> str | None:
    """E.164, national notation read as of the country, else of the USA; None for placeholders."""
    digits = re.sub(r"\D", "", text)
    if len(set(digits[-7:])) < 2 or digits.endswith(_PLACEHOLDER_NUMBERS):
        return None
    region = country.upper() if re.fullmatch(r"[A-Za-z]{2}", country) else "US"
    try:
        return normalise_phone(text, region)
    except BadValue:
        return digits if len(digits) >= 7 else None


def date_of(text: str) -> str | None:
    """YYYY-MM-DD where that can be read; None for placeholders."""
    match = _DATE.match(text)
    plain = f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}" if match else text.strip()
    return None if not plain or plain in _PLACEHOLDER_DATES else plain
