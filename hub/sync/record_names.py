"""What names a record of a destination, so that it can be told whose it is: our id, its e-mail address, other fields."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.phone import normalise_phone
from hub.mapping.out import OutRule
from hub.models import Json

#: The golden column of our own id.
OUR_ID = "customer_id"


@dataclass(frozen=True, slots=True)
class Name:
    """One kind of name, strongest first: a field of the rows, and how its values are made comparable."""

    field: str
    #: The golden column that the field is; empty where it is something else.
    column: str
    normalise: Callable[[Json], str | None]

    def of(self, value: Json) -> Iterator[str]:
        """The names that a value holds; a list may hold several."""
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str | int) and not isinstance(one, bool):
                named = self.normalise(one)
                if named:
                    yield named


def names_of(rule: OutRule, region: str | None = None) -> tuple[Name, ...]:
    """The kinds of names of an object's records: our id, the e-mail address, what the mapping's `match` adds.

    region: the mapping's default, for phone numbers without a country."""
    fields = (rule.field_of(OUR_ID), rule.field_of("email"), *rule.match)
    return tuple(
        Name(name, rule.column(name) or "", normaliser(rule.column(name), region))
        for name in dict.fromkeys(fields)
        if name is not None
    )


def name_hash(text: str) -> int:
    """A name as a number: what sets of names are made of."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def normaliser(column: str | None, region: str | None) -> Callable[[Json], str | None]:
    """How values of a golden column are made comparable: an address, a phone number, or a text however it is spelled."""
    if column == "email":
        return lambda value: _tried(normalise_email, value)
    if column == "phone":
        return lambda value: _tried(lambda told: normalise_phone(told, region), value)
    return _folded


def _tried(normalise: Callable[[object], str | None], value: Json) -> str | None:
    try:
        return normalise(str(value))
    except BadValue:
        return None


def _folded(value: Json) -> str | None:
    return " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split()) or None
