"""The words that entities are declared in.

A field's *type* says how a value is normalised and stored:

    text        trimmed, NFC; blank is absent          name        text, inner blanks folded
    email       lower-case address                     phone       E.164
    country     ISO 3166-1 alpha-2                     language    BCP 47
    currency    ISO 4217                               money       integer minor units of the record's currency
    int decimal bool                                   decimal is kept as text
    time        UTC, milliseconds, `2026-07-30T18:22:41.000Z`
    date        `YYYY-MM-DD`                           json        any JSON value
    enum        one of `values`; an unknown value becomes `other` (or absent) and `<name>_native` keeps the original
    ref         another record by natural key: columns `<name>_type` and `<name>_key`

`pii` is none, personal, sensitive or secret; it drives masking everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Pii = Literal["none", "personal", "sensitive", "secret"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity."""

    name: str
    type: str = "text"
    pii: Pii = "none"
    #: For enum: the allowed words.
    values: tuple[str, ...] = ()
    #: For ref: the entity it points at.
    to: str = ""
    doc: str = ""

    def columns(self) -> tuple[tuple[str, str], ...]:
        """(column, SQL type) of this field; SQL types are TEXT or INTEGER."""
        match self.type:
            case "ref":
                return ((f"{self.name}_type", "TEXT"), (f"{self.name}_key", "TEXT"))
            case "enum":
                return ((self.name, "TEXT"), (f"{self.name}_native", "TEXT"))
            case "int" | "money" | "bool":
                return ((self.name, "INTEGER"),)
            case _:
                return ((self.name, "TEXT"),)


@dataclass(frozen=True)
class Entity:
    """One kind of canonical record."""

    name: str
    #: Table of its source records.
    table: str
    fields: tuple[Field, ...]
    doc: str = ""

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names of the fields, in order, without the envelope."""
        return tuple(column for field in self.fields for column, _ in field.columns())


def texts(*names: str, pii: Pii = "none") -> tuple[Field, ...]:
    """Fields of type text."""
    return tuple(Field(name, pii=pii) for name in names)


def typed(type_: str, *names: str, pii: Pii = "none") -> tuple[Field, ...]:
    """Fields of one type."""
    return tuple(Field(name, type_, pii) for name in names)


def enum(name: str, values: str, doc: str = "") -> Field:
    """A field whose words are given as `one|another`."""
    return Field(name, "enum", values=tuple(values.split("|")), doc=doc)


def ref(name: str, to: str) -> Field:
    """A field that names a record of entity `to`."""
    return Field(name, "ref", to=to)


#: On every source record, besides its key: what the vendor says about the record itself.
COMMON = (
    Field("external_url"),
    Field("external_created_at", "time"),
    Field("external_updated_at", "time", doc="decides `most_recent` in survivorship"),
    Field("custom", "json", "personal", doc="anything else worth keeping, as the mapping names it"),
)


def entity_of(name: str, table: str, fields: tuple[Field, ...], doc: str = "") -> Entity:
    """An entity with the fields that all have."""
    return Entity(name, table, (*fields, *COMMON), doc)
