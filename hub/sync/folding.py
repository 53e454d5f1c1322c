"""Source customers of a batch as they are compared: folded from the batch, or from the store where only an address or
the policy changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.identity import Holder, IdentityPolicy, identifier_rows
from hub.identity.features import SOURCE_COLUMNS, Features, fold_sources, pack, unpack
from hub.identity.limits import as_feature
from hub.mapping.result import RecordBatch
from hub.models import SourceKey
from hub.store.api import Store
from hub.store.records import AddressRow
from hub.sync.addresses import ADDRESS_COLUMNS, Addresses, Place, chosen
from hub.sync.derive import Delta
from hub.sync.folded_ahead import FoldedAhead
from hub.sync.fresh import Fresh, Identifiers
from hub.sync.held import Held, joined
from hub.sync.memory import Memory

#: Columns of a source customer itself.
PERSON_COLUMNS = tuple(name for name in SOURCE_COLUMNS if name not in ("line1", "city", "postal_code"))


class Folded:
    """Folded source customers. What is not given is worked out when it is asked for."""

    def __init__(
        self,
        ids: Sequence[int],
        names: Sequence[str],
        blobs: Sequence[bytes],
        features: Features | None = None,
        held: Held | None = None,
    ) -> None:
        """names: `str(SourceKey)`. blobs: their packed features."""
        self.ids, self.names, self.blobs = ids, names, blobs
        self._features = features
        self._held = held

    @property
    def features(self) -> Features:
        """Their features."""
        return unpack(self.blobs) if self._features is None else self._features

    @property
    def held(self) -> Held:
        """Their block keys."""
        if self._held is None:
            self._held = Held.of(self.ids, self.blobs, self._features)
        return self._held

    def take(self, rows: Sequence[int]) -> Folded:
        """Some of them."""
        return Folded(
            [self.ids[row] for row in rows],
            [self.names[row] for row in rows],
            [self.blobs[row] for row in rows],
        )

    def and_(self, other: Folded) -> Folded:
        """Both."""
        if not self.ids or not other.ids:
            return self if self.ids else other
        return Folded(
            [*self.ids, *other.ids],
            [*self.names, *other.names],
            [*self.blobs, *other.blobs],
            held=joined(self.held, other.held),
        )


@dataclass(slots=True)
class _Columns:
    """Source customers in the making."""

    ids: list[int] = field(default_factory=list)
    places: list[tuple[int, str, str]] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in PERSON_COLUMNS})

    def add(self, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> None:
        """More of them, as columns; any may lack."""
        self.ids += ids
        for name, values in self.columns.items():
            told = columns.get(name)
            values += [None] * len(ids) if told is None else told


class Folder:
    """Folds source customers."""

    def __init__(self, store: Store, policy: IdentityPolicy, memory: Memory) -> None:
        self._store = store
        self._policy = policy
        self._memory = memory

    def batch(
        self,
        fresh: Fresh,
        told: Identifiers,
        delta: Delta,
        connection_id: int,
        connection: str,
        ahead: FoldedAhead | None = None,
    ) -> Folded:
        """The batch's new source customers, those whose deciding fields changed, and whose addresses did.

        delta: of addresses. ahead: what was folded of the batch's records already."""
        addresses = Addresses.of(delta)
        made = _Columns()
        ready = self._ready(made, fresh, addresses, connection_id, connection, ahead)
        if fresh.deciding:
            rows = fresh.fields(fresh.deciding, PERSON_COLUMNS)
            made.add(fresh.deciding, _by_column([rows[id_] for id_ in fresh.deciding]))
            made.places += [(connection_id, *fresh.updated[id_].name) for id_ in fresh.deciding]
        elsewhere = self._moved(fresh, addresses, connection)
        if elsewhere:
            self._add_stored(made, elsewhere, fresh)
        if made.ids:
            held: list[Holder] = list(told.holders(ids=None if not ready.ids else set(made.ids)))
            if elsewhere:
                held += self._store.identity.identifiers_of(elsewhere)
            rows_ = self._addresses_of(made.places, addresses)
            ready = ready.and_(self._fold(made, held, rows_, {connection_id: connection}))
        self._memory.address(connection_id, [row.customer_key for _, row in addresses.rows])
        return ready

    def _ready(
        self,
        made: _Columns,
        fresh: Fresh,
        addresses: Addresses,
        connection_id: int,
        connection: str,
        ahead: FoldedAhead | None,
    ) -> Folded:
        """New source customers that were folded ahead; the others go into `made`."""
        ready = Folded([], [], [])
        for insert in fresh.inserts:
            places = [(connection_id, insert.type, key) for key in insert.keys]
            rows: list[int] = []
            if ahead is not None:
                known = set(self._memory.addressed(connection_id, insert.keys))
                rows = [
                    -1
                    if key in known or (insert.type, key) in addresses.former
                    else ahead.row(insert.type, key)
                    for key in insert.keys
                ]
            if not rows or max(rows) < 0:
                made.add(insert.ids, insert.columns)
                made.places += places
                continue
            there = [n for n, row in enumerate(rows) if row >= 0]
            names = [f"{connection}/{insert.type}/{insert.keys[n]}" for n in there]
            told = ahead.take([rows[n] for n in there], [insert.ids[n] for n in there]) if ahead else None
            assert told is not None, "there are rows"
            ready = ready.and_(Folded([insert.ids[n] for n in there], names, told.blobs, held=told.held))
            if len(there) < len(rows):
                rest = [n for n, row in enumerate(rows) if row < 0]
                columns = {name: [values[n] for n in rest] for name, values in insert.columns.items()}
                made.add([insert.ids[n] for n in rest], columns)
                made.places += [places[n] for n in rest]
        return ready

    def mapped(self, batches: Sequence[RecordBatch]) -> FoldedAhead:
        """Source customers of mapped records, if they are new, and nobody else tells of them or of their addresses."""
        made = _Columns()
        held: list[Holder] = []
        for batch in batches:
            if batch.entity == "customer":
                ids = range(len(made.ids), len(made.ids) + len(batch.keys))
                made.add(ids, batch.columns)
                made.places += [(0, type_, key) for type_, key in zip(batch.types, batch.keys, strict=True)]
                held += [row[:4] for row in identifier_rows(ids, batch.columns)]
        if not made.ids:
            return FoldedAhead.none()
        addresses = Addresses.mapped(batches)
        rows = (((0, of, row.customer_key), row) for of, row in addresses.rows)
        folded = self._fold(made, held, chosen(rows), {0: ""})
        names = [place[1:] for place in made.places]
        often = {name for name, count in Counter(names).items() if count > 1} | addresses.former
        return FoldedAhead.of([None if name in often else name for name in names], folded.blobs, folded.held)

    def stored(self, ids: Sequence[int]) -> Folded:
        """Source customers as the store has them."""
        made = _Columns()
        self._add_stored(made, ids, None)
        held = self._store.identity.identifiers_of(made.ids)
        rows = self._addresses_of(made.places, Addresses())
        return self._fold(made, held, rows, self._store.connections.names())

    def _moved(self, fresh: Fresh, addresses: Addresses, connection: str) -> list[int]:
        """Source customers that are not of the batch and whose addresses changed."""
        new = {(insert.type, key) for insert in fresh.inserts for key in insert.keys}
        names = addresses.customers() - new
        if not names:
            return []
        found = self._store.identity.source_ids(SourceKey(connection, *name) for name in names)
        folded = {*fresh.deciding, *fresh.gone}
        return sorted(id_ for id_ in found.values() if id_ not in folded)

    def _add_stored(self, made: _Columns, ids: Sequence[int], fresh: Fresh | None) -> None:
        places = self._store.records.places(ids)
        there = sorted(places)
        rows = self._store.records.fields("customer", there, PERSON_COLUMNS)
        if fresh:  # changed in a field that decides nothing
            rows |= fresh.fields([id_ for id_ in there if fresh.has(id_)], PERSON_COLUMNS)
        made.add(there, _by_column([rows[id_] for id_ in there]))
        made.places += [places[id_] for id_ in there]

    def _fold(
        self,
        made: _Columns,
        held: Iterable[Holder],
        addresses: Mapping[Place, AddressRow],
        connections: Mapping[int, str],
    ) -> Folded:
        columns: dict[str, Sequence[Any]] = dict(made.columns)
        if addresses:
            rows = [addresses.get(place) for place in made.places]
            columns |= {name: [row and getattr(row, name) for row in rows] for name in ADDRESS_COLUMNS}
            # Where a person says to be at home goes before the address.
            both = zip(made.columns["country"], columns["country"], strict=True)
            columns["country"] = [own or there for own, there in both]
        features = fold_sources(columns, self._lists(made.ids, held), len(made.ids))
        names = [f"{connections[connection]}/{type_}/{key}" for connection, type_, key in made.places]
        return Folded(made.ids, names, pack(features), features)

    def _lists(self, ids: Sequence[int], held: Iterable[Holder]) -> dict[str, Sequence[Sequence[str]]]:
        """What each has of mail addresses, numbers and other identifiers, without what may join nobody."""
        place = {id_: n for n, id_ in enumerate(ids)}
        found: dict[str, list[tuple[str, ...]]] = {
            name: [()] * len(ids) for name in ("email", "phone", "other")
        }
        for source, type_, issuer, value in held:
            if self._policy.screen(type_)(value):
                continue
            name, text = as_feature(type_, issuer, value)
            lists, at = found[name], place[source]
            lists[at] = (*lists[at], text)
        return {
            name: [tuple(sorted(set(one))) if len(one) > 1 else one for one in lists]
            for name, lists in found.items()
        }

    def _addresses_of(self, places: Sequence[Place], addresses: Addresses) -> dict[Place, AddressRow]:
        """The address of each that is compared: stored ones, and those of the batch."""
        groups: dict[tuple[int, str], list[str]] = {}
        for connection, type_, key in places:
            groups.setdefault((connection, type_), []).append(key)
        found: list[tuple[Place, AddressRow]] = []
        for (connection, type_), keys in groups.items():
            asked = self._memory.addressed(connection, keys)
            stored = self._store.records.addresses_of(connection, type_, asked) if asked else []
            found += [
                ((connection, type_, row.customer_key), row)
                for row in stored
                if row.id not in addresses.stale
            ]
            if addresses.rows:
                wanted = set(keys)
                found += [
                    ((connection, type_, row.customer_key), row)
                    for of, row in addresses.rows
                    if of == type_ and row.customer_key in wanted
                ]
        return chosen(found)


def _by_column(rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [row[n] for row in rows] for n, name in enumerate(PERSON_COLUMNS)}
