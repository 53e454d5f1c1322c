"""The inspector: what a run asked and was answered goes into the store, and which request carried which row.

Requests wait in memory as they were, so that a row is found in the one that carried it; only their redacted form is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import dumps as ascii_json
from urllib.parse import quote

import orjson

from hub.http import Exchange, Ring
from hub.http.ring import Held
from hub.models import Json, WriteRow
from hub.store.api import Store
from hub.sync.connected import Connected

#: So many exchanges wait with large bodies, too.
_WHOLE = 20
#: So many are written at once while a run reads on.
_MANY = 50
#: Shorter values are found in requests that have nothing to do with the row.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """Exchanges, and for deliveries the place of the one that carried it."""

    exchanges: Sequence[Exchange] = ()
    places: Mapping[int, int] = field(default_factory=dict)


class Inspector:
    """What one run asks of one connection. `ring` takes it, `keep` writes it down."""

    def __init__(self, store: Store, connection_id: int, run_id: str | None, kept: int) -> None:
        """kept: how many exchanges of the connection the store keeps; 0: none."""
        self._store, self._id, self._run_id, self._kept = store, connection_id, run_id, kept
        self.ring = Ring(max(kept, 1), whole=_WHOLE)

    def keep(self) -> None:
        """Writes down what the ring holds."""
        self._write(self.ring.drain())

    def keep_many(self) -> None:
        """The same once it is much: a long run is seen while it runs, and writes seldom."""
        if len(self.ring) >= min(_MANY, self._kept):
            self.keep()

    def taken(self, rows: Sequence[WriteRow]) -> Taken:
        """What was asked since, redacted, and what of it was asked for these rows."""
        held = self.ring.take()
        return Taken([one.exchange() for one in held], carriers(rows, held))

    def carried(self, taken: Taken) -> Mapping[int, int]:
        """Writes it down; delivery -> the exchange that carried it, where that can be told. Inside the caller's `write()`."""
        ids = self._write(taken.exchanges)
        return {row: ids[place] for row, place in taken.places.items()} if ids else {}

    def _write(self, exchanges: Sequence[Exchange]) -> Sequence[int]:
        if not (exchanges and self._kept):
            return ()
        return self._store.exchanges.keep(self._id, self._run_id, exchanges, self._kept)


@contextmanager
def inspected(store: Store, item: Connected) -> Iterator[Ring]:
    """A ring for what is asked outside of runs; written down at the end, however that comes."""
    connection_id = store.connections.connection_id(item.name, item.settings.connector)
    inspector = Inspector(store, connection_id, None, item.project.keep_exchanges)
    try:
        yield inspector.ring
    finally:
        inspector.keep()


def carriers(rows: Sequence[WriteRow], held: Sequence[Held]) -> dict[int, int]:
    """Delivery -> the place of the exchange that carried it: the last one that names the row by what nobody else of
    these rows has. A single one that names nobody so that we can see it carried them all. Pure."""
    common = Counter(value for row in rows for value in set(_values(row)))
    found: dict[int, int] = {}
    for row in rows:
        own = [value for value in _values(row) if common[value] == 1]
        place = _last(held, own)
        if place is None and row.remote_id:
            place = _last(held, [row.remote_id])
        if place is not None:
            found[row.delivery_id] = place
    if not found and len(held) == 1:
        return {row.delivery_id: 0 for row in rows}
    return found


def _values(row: WriteRow) -> Iterator[str]:
    yield row.idempotency_key
    yield row.customer_id
    for value in row.changed.values():
        yield from _texts(value)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= _SHORTEST:
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)


def _last(held: Sequence[Held], values: Sequence[str]) -> int | None:
    marks = [mark for value in values for mark in _spelled(value)]
    places = range(len(held) - 1, -1, -1)
    return next((place for place in places if marks and held[place].names(marks)), None)


def _spelled(value: str) -> set[bytes]:
    """A value as it may stand in JSON, in a form, or in an address."""
    return {orjson.dumps(value)[1:-1], ascii_json(value)[1:-1].encode(), quote(value, safe="").encode()}
