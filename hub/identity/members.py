"""The members of customers, as columns: what golden records are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import is_not
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.canonical.schema import GOLDEN_FIELDS, Field
from hub.identity.decisions import Pin

FIELDS: dict[str, Field] = {item.name: item for item in GOLDEN_FIELDS}
#: Field -> its columns: the value first, for enums the native word behind it.
COLUMNS: dict[str, tuple[str, ...]] = {
    item.name: tuple(column for column, _ in item.columns()) for item in GOLDEN_FIELDS
}


@dataclass(frozen=True, slots=True)
class Members:
    """Members of customers, as columns of one length, in any order."""

    #: Which customer each belongs to: 0 … count - 1.
    cluster: Sequence[int]
    #: How many customers there are.
    count: int
    ids: Sequence[int]
    #: Stable names, `str(SourceKey)`: the last tie-break.
    keys: Sequence[str]
    #: Connection names, for source_priority.
    connections: Sequence[str]
    #: The golden columns, external_updated_at and external_created_at. May lack some.
    columns: Mapping[str, Sequence[Any]]
    #: Stable name -> field -> pin (`Decided.pins`).
    pins: Mapping[str, Mapping[str, Pin]] = field(default_factory=dict)

    def column(self, name: str) -> Sequence[Any]:
        """A column; one of None where there is none."""
        return self.columns.get(name) or [None] * len(self.ids)

    def has(self, column: str) -> bool:
        """Whether any member has a value in a column."""
        return any(map(is_not, self.columns.get(column, ()), repeat(None)))

    def latest_pins(self) -> dict[int, dict[str, Pin]]:
        """Customer -> field -> the latest pin of its members."""
        found: dict[int, dict[str, Pin]] = {}
        pinned = [row for row, key in enumerate(self.keys) if key in self.pins] if self.pins else []
        for row in pinned:
            pins = found.setdefault(self.cluster[row], {})
            for name, pin in self.pins[self.keys[row]].items():
                if name in FIELDS and (name not in pins or pin.decision > pins[name].decision):
                    pins[name] = pin
        return found

    def parts(self, rows: int) -> Iterator[Members]:
        """The same customers in their order, about so many rows at a time; each part counts its customers from 0."""
        if len(self.ids) <= rows:
            yield self
            return
        cluster = np.asarray(self.cluster, np.int64)
        order = None if (cluster[1:] >= cluster[:-1]).all() else np.argsort(cluster, kind="stable")
        if order is not None:
            cluster = cluster[order]
        columns = {name: values for name, values in self.columns.items() if self.has(name)}
        start = customer = 0
        while customer < self.count:
            end, following = len(cluster), self.count
            if start + rows < end:
                following = max(int(cluster[start + rows]), int(cluster[start]) + 1)
                end = int(np.searchsorted(cluster, following))
            take = _taker(start, end, order)
            yield Members(
                cluster=(cluster[start:end] - customer).tolist(),
                count=following - customer,
                ids=take(self.ids),
                keys=take(self.keys),
                connections=take(self.connections),
                columns={name: take(values) for name, values in columns.items()},
                pins=self.pins,
            )
            start, customer = end, following


def _taker(
    start: int, end: int, order: npt.NDArray[np.int64] | None
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """What takes the values of some rows out of a column."""
    if order is None:
        return lambda values: values[start:end]
    rows = order[start:end].tolist()
    return lambda values: [values[row] for row in rows]
