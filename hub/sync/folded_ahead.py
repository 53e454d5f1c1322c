"""Records that were folded in the process that maps ahead: packed features and block keys, by external type and id."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hub.identity.columns import Int64
from hub.sync.held import Held

#: (external type, external id)
Name = tuple[str, str]


class Taken(NamedTuple):
    """Some of the records."""

    blobs: list[bytes]
    held: Held


class FoldedAhead:
    """Folded records of one mapped batch."""

    def __init__(
        self, names: Sequence[Name | None], blobs: Sequence[bytes], counts: Int64, held: Held
    ) -> None:
        """names: None for a record that is not to be used. held: record by record, `counts` of each."""
        self._names, self._blobs = names, blobs
        self._starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        self._counts, self._held = counts, held
        self._rows = {name: row for row, name in enumerate(names) if name}

    @classmethod
    def none(cls) -> FoldedAhead:
        """No records."""
        nothing = np.zeros(0, np.int64)
        return cls([], [], nothing, Held(nothing, nothing, np.zeros(0, np.bool_)))

    @classmethod
    def of(cls, names: Sequence[Name | None], blobs: Sequence[bytes], held: Held) -> FoldedAhead:
        """Records, whose keys are held by their numbers."""
        order = np.argsort(held.holder, kind="stable")
        counts = np.bincount(held.holder, minlength=len(names))
        return cls(names, blobs, counts, Held(held.key[order], held.holder[order], held.identifier[order]))

    def row(self, type_: str, key: str) -> int:
        """The number of a record, -1 when it is not there."""
        return self._rows.get((type_, key), -1)

    def take(self, rows: Sequence[int], ids: Sequence[int]) -> Taken:
        """The records of these numbers, their keys held by these source customers."""
        which = np.asarray(rows, np.int64)
        counts = self._counts[which]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            self._starts[which] - ends + counts, counts
        )
        held = Held(
            self._held.key[places],
            np.repeat(np.asarray(ids, np.int64), counts),
            self._held.identifier[places],
        )
        return Taken([self._blobs[row] for row in rows], held)

    def packed(self) -> bytes:
        """As bytes, to be sent to the lane."""
        arrays = (self._counts.astype(np.int64), self._held.key, self._held.identifier)
        return marshal.dumps((list(self._names), list(self._blobs), *(array.tobytes() for array in arrays)))

    @classmethod
    def unpacked(cls, data: bytes) -> FoldedAhead:
        """What came so."""
        names, blobs, counts, key, identifier = marshal.loads(data)  # noqa: S302 - from our own child
        keys = np.frombuffer(key, np.int64)
        held = Held(keys, np.zeros(len(keys), np.int64), np.frombuffer(identifier, np.bool_))
        return cls(names, blobs, np.frombuffer(counts, np.int64), held)
