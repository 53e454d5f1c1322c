"""The source customers of a batch as they will be, while the store still has them as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hub.canonical.schema import ENTITIES
from hub.identity import Holder, Key, Row, identifier_rows
from hub.models import SourceKey
from hub.sync.derive import Delta, Insert

_COLUMNS = ENTITIES["customer"].columns
_PLACE = {name: n for n, name in enumerate(_COLUMNS)}
#: Columns that decide who is who; a change of any other only concerns the golden record.
_COMPARED = (
    "kind given_name family_name full_name birth_date gender organization_name email phone identifiers"
)
_DECIDING = tuple(_PLACE[name] for name in _COMPARED.split())


@dataclass(frozen=True, slots=True)
class Plain:
    """The addresses, or the numbers, of many records that have no other identifiers: two lists of one length."""

    type: str
    ids: Sequence[int]
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Identifiers of a batch. What can stay in columns does: most records have an e-mail, a phone and no more."""

    plain: Sequence[Plain] = ()
    rows: Sequence[Row] = field(default_factory=list)

    def counts(self) -> Counter[Key]:
        """How many of the batch have each key, for keys that more than one has; and 1 for those of `rows`."""
        found: Counter[Key] = Counter(row[1:4] for row in self.rows)
        for type_, values in self.by_type().items():
            if len(set(values)) < len(values):
                found.update({(type_, "", value): n for value, n in Counter(values).items() if n > 1})
        for key in [key for key in found if not key[1]]:
            found[key] = max(found[key], 1)
        return found

    def by_type(self) -> dict[str, list[str]]:
        """All values by type, repeats included."""
        found: dict[str, list[str]] = {}
        for part in self.plain:
            found.setdefault(part.type, []).extend(part.values)
        for row in self.rows:
            found.setdefault(row[1], []).append(row[3])
        return found

    def holders(
        self, *, keys: Collection[Key] | None = None, ids: Collection[int] | None = None
    ) -> Iterator[Holder]:
        """Who holds what, of these keys or of these sources."""
        for part in self.plain:
            pairs: Iterable[tuple[int, str]] = zip(part.ids, part.values, strict=True)
            if keys is not None:
                values = {value for type_, _, value in keys if type_ == part.type}
                pairs = [pair for pair in pairs if pair[1] in values]
            if ids is not None:
                pairs = [pair for pair in pairs if pair[0] in ids]
            for source, value in pairs:
                yield source, part.type, "", value
        for row in self.rows:
            if (keys is None or row[1:4] in keys) and (ids is None or row[0] in ids):
                yield row[:4]


class Fresh:
    """New and changed source customers of one batch, by their ids."""

    def __init__(self, delta: Delta, connection: str) -> None:
        self._connection = connection
        self.inserts = delta.inserts
        self.gone: list[int] = list(delta.removed)
        self.updated = {item.id: item for item in delta.updates if item.fields is not None}
        #: Those whose identifiers, name or other compared fields changed.
        self.deciding = [
            id_ for id_, item in self.updated.items() if _decides(item.fields or (), item.before)
        ]
        self.new: list[int] = [id_ for insert in delta.inserts for id_ in insert.ids]

    @cached_property
    def _where(self) -> dict[int, tuple[Insert, int]]:
        """Where each new source stands; made only when one of them is not alone."""
        return {id_: (insert, n) for insert in self.inserts for n, id_ in enumerate(insert.ids)}

    def key(self, source: int) -> str | None:
        """The stable name of a source of this batch, None for another."""
        place = self._where.get(source)
        if place is not None:
            insert, n = place
            return str(SourceKey(self._connection, insert.type, insert.keys[n]))
        item = self.updated.get(source)
        return str(SourceKey(self._connection, *item.name)) if item else None

    def has(self, source: int) -> bool:
        """Whether the source is new or changed in this batch."""
        return source in self.updated or source in self._where

    def fields(self, sources: Sequence[int], names: Sequence[str]) -> dict[int, tuple[Any, ...]]:
        """Fields of those of the sources that are of this batch, by id, in the order of `names`."""
        places = [_PLACE[name] for name in names]
        columns: dict[int, list[Sequence[Any] | None]] = {}
        found: dict[int, tuple[Any, ...]] = {}
        for source in sources:
            if source in self.updated:
                fields = self.updated[source].fields or ()
                found[source] = tuple(fields[place] for place in places)
            elif source in self._where:
                insert, n = self._where[source]
                lists = columns.get(id(insert))
                if lists is None:
                    lists = columns[id(insert)] = [insert.columns.get(name) for name in names]
                found[source] = tuple(None if values is None else values[n] for values in lists)
        return found

    def identifiers(self) -> Identifiers:
        """Identifiers of the new sources and of those whose deciding fields changed."""
        plain: list[Plain] = []
        rows: list[Row] = []
        for insert in self.inserts:
            if insert.columns.get("identifiers") is None:
                plain += _plain(insert)
            else:
                rows += identifier_rows(insert.ids, insert.columns)
        if self.deciding:
            names = ("email", "phone", "identifiers")
            told = self.fields(self.deciding, names)
            columns = {name: [told[id_][n] for id_ in self.deciding] for n, name in enumerate(names)}
            rows += identifier_rows(self.deciding, columns)
        return Identifiers(plain, rows)


def _plain(insert: Insert) -> Iterator[Plain]:
    for type_ in ("email", "phone"):
        values = insert.columns.get(type_)
        if values is None:
            continue
        if None not in values:
            yield Plain(type_, insert.ids, values)
        elif values.count(None) < len(values):
            pairs = [(source, value) for source, value in zip(insert.ids, values, strict=True) if value]
            yield Plain(type_, [source for source, _ in pairs], [value for _, value in pairs])


def _decides(after: Sequence[Any], before: Sequence[Any]) -> bool:
    return any(after[place] != before[place] for place in _DECIDING)
