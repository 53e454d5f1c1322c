"""Source customers folded for comparing: once, before anything is stored or compared, and the same for every engine.

    features = fold_sources(columns, identifiers)    # columns of source customers -> Features
    pack(features), unpack(blobs)                    # the form in which the store keeps them, one blob a record

Folding is NFKC, plain ASCII, lower case, single blanks; blank is not known. It never changes what a record shows:
features are derived, and can be made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from anyascii import anyascii

from hub.identity.columns import Column, Int32, Ragged
from hub.identity.folding import (
    country_of_number,
    fold_birth,
    fold_gender,
    fold_person,
    fold_place,
    fold_street,
)

#: Features with one text a record, in the order in which they are packed.
SINGLE = (
    "given", "family", "word", "suffix", "birth", "postal", "city", "street", "house", "gender", "organization",
    "country", "kind",
)  # fmt: skip
#: Features with any number of texts a record, likewise.
MANY = ("email", "phone", "other")
#: Between the parts of an identifier in `other`: type, issuer, value.
PART = "\x1f"

#: Columns of a source customer that features are folded from, besides its identifiers.
SOURCE_COLUMNS = (
    "kind", "given_name", "family_name", "full_name", "birth_date", "gender", "organization_name",
    "line1", "city", "postal_code", "country",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """Folded records as columns of one length."""

    count: int
    #: By the names of SINGLE; further ones are attributes that are compared as they are.
    single: Mapping[str, Column]
    #: By the names of MANY.
    many: Mapping[str, Ragged]
    #: What several steps work out from the columns, such as sounds; each is worked out once.
    derived: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def derive(self, name: str, make: Callable[[], Any]) -> Any:
        """What was worked out under a name, or is now."""
        if name not in self.derived:
            self.derived[name] = make()
        return self.derived[name]

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of columns beyond SINGLE."""
        return tuple(name for name in self.single if name not in SINGLE)


def fold_sources(
    columns: Mapping[str, Sequence[Any]],
    identifiers: Mapping[str, Sequence[Sequence[str]]],
    count: int,
    attributes: Mapping[str, Sequence[Any]] | None = None,
) -> Features:
    """Features of `count` source customers.

    columns: by SOURCE_COLUMNS, any may lack; texts or None. identifiers: by the names of MANY, a list per record:
    e-mail addresses and phone numbers as `hub.canonical` normalises them, others as type PART issuer PART value;
    without those that may join nobody. attributes: further columns, compared as folded texts.
    """
    nothing: Sequence[Any] = [None] * count

    def column(name: str) -> Sequence[Any]:
        return columns.get(name) or nothing

    names = [
        fold_person(*parts)
        for parts in zip(
            column("given_name"), column("family_name"), column("full_name"), column("kind"),
            column("organization_name"), strict=True,
        )
    ]  # fmt: skip
    streets = [fold_street(line) for line in column("line1")]
    single = {
        "given": Column.of(name.given for name in names),
        "family": Column.of(name.family for name in names),
        "word": Column.of(name.word for name in names),
        "suffix": Column.of(name.suffix for name in names),
        "birth": Column.of(map(fold_birth, column("birth_date"))),
        "postal": Column.of(fold_place(text).replace(" ", "") for text in column("postal_code")),
        "city": Column.of(map(fold_place, column("city"))),
        "street": Column.of(street for street, _ in streets),
        "house": Column.of(house for _, house in streets),
        "gender": Column.of(map(fold_gender, column("gender"))),
        "organization": Column.of(name.organization for name in names),
        "kind": Column.of(("company" if name.company_itself else "") for name in names),
        "country": Column.of(map(_country, column("country"), _each(identifiers, "phone", count))),
    }
    for name, texts in (attributes or {}).items():
        single[name] = Column.of(map(fold_place, texts))
    return Features(count, single, {name: Ragged.of(_each(identifiers, name, count)) for name in MANY})


def _country(told: Any, numbers: Sequence[str]) -> str:
    """Where a record says that it is from, else where its number is."""
    return fold_place(told) or (country_of_number(numbers[0]) if numbers else "")


def _each(
    identifiers: Mapping[str, Sequence[Sequence[str]]], name: str, count: int
) -> Sequence[Sequence[str]]:
    return [
        [text if text.isascii() else anyascii(text) for text in texts] for texts in identifiers.get(name, ())
    ] or [()] * count


def pack(features: Features) -> list[bytes]:
    """Each record as JSON text: a list in the order of SINGLE and MANY. Attributes are not packed."""
    texts = [features.single[name].texts() for name in SINGLE]
    lists = [features.many[name].lists() for name in MANY]
    return list(map(orjson.dumps, zip(*texts, *lists, strict=True)))


def unpack(blobs: Iterable[bytes]) -> Features:
    """Features from their packed form."""
    rows = [orjson.loads(blob) for blob in blobs]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * (len(SINGLE) + len(MANY))
    single = {name: Column.of(columns[place]) for place, name in enumerate(SINGLE)}
    many = {name: Ragged.of(columns[len(SINGLE) + place]) for place, name in enumerate(MANY)}
    return Features(len(rows), single, many)


def joined(one: Features, other: Features) -> Features:
    """The records of both, those of `one` first."""
    return unpack([*pack(one), *pack(other)])


def without_values(features: Features, retired: Mapping[str, frozenset[str]]) -> Features:
    """The same without identifiers that join nobody any more: name of MANY -> its retired texts."""
    many = dict(features.many)
    for name, texts in retired.items():
        ragged = many[name]
        wrong = np.fromiter((value in texts for value in ragged.values), np.bool_, len(ragged.values))
        if wrong.any():
            many[name] = ragged.without(wrong)
    # What is worked out by distinct texts stays as it is: these are the same.
    return Features(features.count, features.single, many, dict(features.derived))


def rows_of(count: int) -> Int32:
    """0 … count - 1."""
    return np.arange(count, dtype=np.int32)
