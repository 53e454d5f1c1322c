"""From what the mapping said to what changes in the entity tables.

Several raw records may tell of one canonical record (an order and a customer record of the same buyer). They are
folded, the primary teller first, then the most recent; a field comes from the first that has it. When the last
teller goes, the row goes. Everything here is computed before the write transaction; `apply` is all that is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.mapping.result import RecordBatch
from hub.store.api import Store
from hub.store.records import Known, Told
from hub.sync.met import Met

#: (external type, external id)
Name = tuple[str, str]
#: Hands out new integer ids of a table.
TakeIds = Callable[[str, int], Sequence[int]]


@dataclass(slots=True)
class Insert:
    """New rows of one external type, as columns."""

    type: str
    ids: Sequence[int]
    keys: Sequence[str]
    raw_ids: Sequence[int]
    rank: int
    columns: Mapping[str, Sequence[Any]]


@dataclass(slots=True)
class Update:
    """A row that is there and what it becomes. `fields` is None when the values stay."""

    id: int
    name: Name
    told: Told
    supports: int
    fields: tuple[Any, ...] | None
    before: tuple[Any, ...]


@dataclass(slots=True)
class Delta:
    """What changes in the table of one entity."""

    entity: str
    inserts: list[Insert] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    #: id -> the values that go.
    removed: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    put: list[tuple[int, Told]] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """new, changed, removed."""
        return {
            "new": sum(len(item.ids) for item in self.inserts),
            "changed": sum(1 for item in self.updates if item.fields is not None),
            "removed": len(self.removed),
        }


class Deriver:
    """Plans the changes of one batch of raw records for one connection."""

    def __init__(self, store: Store, connection_id: int, take_ids: TakeIds) -> None:
        self._store = store
        self._connection_id = connection_id
        self._take_ids = take_ids
        #: (entity, type) -> every key there is, where that is known because there were none at first; else None.
        self._met: dict[tuple[str, str], Met | None] = {}
        #: Entities that the connection has, or may have by now, rows of; asked when something is taken back.
        self._present: set[str] | None = None

    def plan(self, batches: Sequence[RecordBatch], processed: Sequence[int]) -> list[Delta]:
        """Deltas of all entities.

        batches: what the mapping said. processed: raw records consolidated before that this batch settles
        anew (without the rejected ones, whose rows stay): what they told before and do not tell now is taken back.
        """
        by_entity: dict[str, list[RecordBatch]] = {}
        for batch in batches:
            by_entity.setdefault(batch.entity, []).append(batch)
        concerned = set(by_entity)
        if self._present is None and processed:
            self._present = self._store.records.present(self._connection_id)
        if self._present is not None:
            self._present |= concerned
            concerned = self._present if processed else concerned
        names = [name for name in ENTITIES if name in concerned]
        return [self._plan_entity(name, by_entity.get(name, []), processed) for name in names]

    def _plan_entity(self, entity: str, batches: Sequence[RecordBatch], processed: Sequence[int]) -> Delta:
        delta = Delta(entity)
        former = self._store.records.told_by(entity, processed) if processed else {}
        slow: dict[Name, list[Told]] = {name: [] for name in former}
        known: dict[Name, Known] = dict(former)
        parts = list(_by_type(batches))
        for type_ in dict.fromkeys(type_ for type_, _ in parts):
            keys = [key for part_type, part in parts if part_type == type_ for key in part.keys]
            there = self._known(entity, type_, keys)
            known.update(((type_, key), row) for key, row in there.items())
            special = (
                _repeated(keys) | there.keys() | {key for former_type, key in former if former_type == type_}
            )
            for part_type, part in parts:
                if part_type == type_:
                    self._plan_type(delta, type_, part, special, slow)
        self._fold_slow(delta, slow, known, set(processed))
        return delta

    def _known(self, entity: str, type_: str, keys: Sequence[str]) -> dict[str, Known]:
        """Rows that are there, by key. Where a first sync began with none, only keys met in this run are looked up."""
        place = entity, type_
        if place not in self._met:
            there = self._store.records.any(entity, self._connection_id, type_)
            self._met[place] = None if there else Met()
        met = self._met[place]
        asked = keys if met is None else met.of(keys)
        if met is not None:
            met.add(keys)
        return self._store.records.known(entity, self._connection_id, type_, asked) if asked else {}

    def _plan_type(
        self, delta: Delta, type_: str, part: RecordBatch, special: set[str], slow: dict[Name, list[Told]]
    ) -> None:
        """New rows told of once go in as columns; everything else is told to `slow`."""
        if not special:
            plain: RecordBatch | None = part
        else:
            chosen = [n for n, key in enumerate(part.keys) if key not in special]
            plain = _select(part, chosen) if chosen else None
            for n, key in enumerate(part.keys):
                if key in special:
                    fields = {
                        name: values[n] for name, values in part.columns.items() if values[n] is not None
                    }
                    slow.setdefault((type_, key), []).append(Told(part.raw_ids[n], part.rank, fields))
        if plain:
            ids = self._take_ids(ENTITIES[delta.entity].table, len(plain.keys))
            delta.inserts.append(Insert(type_, ids, plain.keys, plain.raw_ids, plain.rank, plain.columns))

    # --- records that are there, or that several tell of ---------------------------------------------------------

    def _fold_slow(
        self, delta: Delta, slow: dict[Name, list[Told]], known: dict[Name, Known], processed: set[int]
    ) -> None:
        rows = {known[name].id: name for name in slow if name in known}
        before = self._store.records.fields(delta.entity, list(rows)) if rows else {}
        shared = [row.id for name in slow if (row := known.get(name)) and row.supports > 1]
        earlier = self._store.records.derivations(delta.entity, shared) if shared else {}
        for name, told in slow.items():
            row = known.get(name)
            now = _one_per_raw(delta.entity, told)
            if row is None:
                self._insert_folded(delta, name, now)
            else:
                was = _was_told(delta.entity, row, before[row.id], earlier)
                self._settle(delta, name, row, was, now, before[row.id], processed)

    def _insert_folded(self, delta: Delta, name: Name, told: list[Told]) -> None:
        values, first = fold(delta.entity, told)
        row_id = self._take_ids(ENTITIES[delta.entity].table, 1)[0]
        columns = {
            column: [value]
            for column, value in zip(ENTITIES[delta.entity].columns, values, strict=True)
            if value is not None
        }
        insert = Insert(name[0], [row_id], [name[1]], [first.raw_id], first.rank, columns)
        delta.inserts.append(insert)
        if len(told) > 1:
            insert.columns = {**columns, "supports": [len(told)]}
            delta.put += [(row_id, item) for item in told]

    def _settle(
        self,
        delta: Delta,
        name: Name,
        row: Known,
        was: list[Told],
        now: list[Told],
        before: tuple[Any, ...],
        processed: set[int],
    ) -> None:
        """One row that is there: its tellers after this batch, and what follows."""
        telling = {item.raw_id for item in now}
        stay = [item for item in was if item.raw_id not in telling and item.raw_id not in processed]
        gone = [item.raw_id for item in was if item.raw_id not in telling and item.raw_id in processed]
        everyone = stay + now
        if not everyone:
            delta.removed[row.id] = before
            return
        values, first = fold(delta.entity, everyone)
        if len(everyone) > 1 or row.supports > 1:
            fresh = now if row.supports > 1 else everyone
            delta.put += [(row.id, item) for item in fresh]
            delta.dropped += [(row.id, raw_id) for raw_id in gone]
        changed = values if values != before else None
        supports = max(len(everyone), 2) if row.supports > 1 else len(everyone)
        if changed is None and (first.raw_id, supports, first.rank, 0) == (
            row.raw_id,
            row.supports,
            row.rank,
            row.stale,
        ):
            return
        delta.updates.append(Update(row.id, name, first, supports, changed, before))


def fold(entity: str, told: Sequence[Told]) -> tuple[tuple[Any, ...], Told]:
    """The values of a record that `told` tell of, in the order of the entity's columns, and the foremost teller."""
    ranked = sorted(told, key=lambda item: item.raw_id)
    ranked.sort(key=lambda item: item.observed_at, reverse=True)
    ranked.sort(key=lambda item: item.rank)
    columns = ENTITIES[entity].columns
    folded: dict[str, Any] = {}
    for item in reversed(ranked):
        folded.update(item.fields)  # a field that a teller does not set is not in there
    if len(ranked) > 1 and entity == "customer":
        folded["identifiers"] = _all_identifiers(ranked, folded)
    return tuple(map(folded.get, columns)), ranked[0]


def _all_identifiers(told: Sequence[Told], folded: Mapping[str, Any]) -> str | None:
    """No teller's e-mail or phone is lost: what is not the record's own becomes one more identifier."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for item in told:
        for more in orjson.loads(item.fields.get("identifiers") or b"[]"):
            found.setdefault((more["type"], more.get("issuer") or "", more["value"]), more)
        for type_ in ("email", "phone"):
            value = item.fields.get(type_)
            if value and value != folded.get(type_):
                found.setdefault((type_, "", value), {"type": type_, "value": value})
    return orjson.dumps(list(found.values())).decode() if found else None


def _was_told(
    entity: str, row: Known, before: tuple[Any, ...], earlier: Mapping[int, list[Told]]
) -> list[Told]:
    if row.supports > 1:
        return earlier.get(row.id, [])
    columns = ENTITIES[entity].columns
    fields = {name: value for name, value in zip(columns, before, strict=True) if value is not None}
    return [Told(row.raw_id, row.rank, fields)]


def _one_per_raw(entity: str, told: list[Told]) -> list[Told]:
    """One raw record may name a key twice (sender and receiver of a mail): that is one teller."""
    if len(told) < 2:
        return told
    by_raw: dict[int, list[Told]] = {}
    for item in told:
        by_raw.setdefault(item.raw_id, []).append(item)
    if len(by_raw) == len(told):
        return told
    columns = ENTITIES[entity].columns
    merged = []
    for raw_id, items in by_raw.items():
        if len(items) == 1:
            merged.append(items[0])
            continue
        values, first = fold(entity, items)
        fields = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
        merged.append(Told(raw_id, first.rank, fields))
    return merged


def _by_type(batches: Sequence[RecordBatch]) -> Iterable[tuple[str, RecordBatch]]:
    """Parts of one external type each, whatever mixture a batch holds."""
    for batch in batches:
        if not batch.keys:
            continue
        first = batch.types[0]
        if batch.types.count(first) == len(batch.types):
            yield first, batch
            continue
        places: dict[str, list[int]] = {}
        for n, type_ in enumerate(batch.types):
            places.setdefault(type_, []).append(n)
        for type_, chosen in places.items():
            yield type_, _select(batch, chosen)


def _select(batch: RecordBatch, chosen: Sequence[int]) -> RecordBatch:
    return RecordBatch(
        entity=batch.entity,
        rank=batch.rank,
        types=[batch.types[n] for n in chosen],
        keys=[batch.keys[n] for n in chosen],
        raw_ids=[batch.raw_ids[n] for n in chosen],
        columns={name: [values[n] for n in chosen] for name, values in batch.columns.items()},
    )


def _repeated(keys: Sequence[str]) -> set[str]:
    if len(set(keys)) == len(keys):
        return set()
    seen: set[str] = set()
    again: set[str] = set()
    for key in keys:
        (again if key in seen else seen).add(key)
    return again


def apply(store: Store, delta: Delta, connection_id: int, mapping_version: int, now: str) -> None:
    """Writes a delta, inside the caller's `write()`."""
    records = store.records
    for insert in delta.inserts:
        columns = {"id": insert.ids, "external_id": insert.keys, "raw_id": insert.raw_ids, **insert.columns}
        same = {
            "connection_id": connection_id,
            "external_type": insert.type,
            "rank": insert.rank,
            "mapping_version": mapping_version,
            "first_seen_at": now,
            "changed_at": now,
        }
        records.insert(delta.entity, columns, same, len(insert.ids))
    changed = [item for item in delta.updates if item.fields is not None]
    records.update(
        delta.entity,
        [
            (
                item.told.raw_id,
                item.supports,
                item.told.rank,
                mapping_version,
                now,
                *(item.fields or ()),
                item.id,
            )
            for item in changed
        ],
    )
    records.touch(
        delta.entity,
        [
            (item.told.raw_id, item.supports, item.told.rank, mapping_version, item.id)
            for item in delta.updates
            if item.fields is None
        ],
    )
    if delta.removed:
        records.delete(delta.entity, list(delta.removed))
    if delta.dropped:
        records.drop_derivations(delta.entity, delta.dropped)
    if delta.put:
        records.put_derivations(delta.entity, delta.put)
