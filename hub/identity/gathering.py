"""Features of many records, put together from parts: each distinct text is kept once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hub.identity.columns import Column, Int32, Ragged
from hub.identity.features import Features


class _Texts:
    """The distinct texts of one column, and the numbers of each part's records."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}
        self._parts: list[Int32] = []
        self.starts: list[Int32] = []

    def add(self, values: Sequence[str], codes: Int32) -> None:
        """One more part."""
        numbers = self._numbers
        table = [numbers.setdefault(value, len(numbers)) for value in values]
        self._parts.append(np.array(table, np.int32)[codes])

    def column(self) -> Column:
        return Column(_joined(self._parts), list(self._numbers))

    def ragged(self) -> Ragged:
        counts = _joined([np.diff(starts) for starts in self.starts])
        starts = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(counts, out=starts[1:])
        return Ragged(starts, _joined(self._parts), list(self._numbers))


class Gathered:
    """Features in the making. Every part has the same columns."""

    def __init__(self) -> None:
        self._count = 0
        self._single: dict[str, _Texts] = {}
        self._many: dict[str, _Texts] = {}

    def add(self, part: Features) -> None:
        """More records, behind the others."""
        self._count += part.count
        for name, column in part.single.items():
            self._single.setdefault(name, _Texts()).add(column.values, column.codes)
        for name, ragged in part.many.items():
            texts = self._many.setdefault(name, _Texts())
            texts.add(ragged.values, ragged.codes)
            texts.starts.append(ragged.starts)

    def features(self) -> Features:
        """All of them. There must be a part."""
        return Features(
            self._count,
            {name: texts.column() for name, texts in self._single.items()},
            {name: texts.ragged() for name, texts in self._many.items()},
        )


def taken(features: Features, rows: npt.NDArray[np.integer]) -> Features:
    """The records of these numbers, in this order."""
    return Features(
        len(rows),
        {name: Column(column.codes[rows], column.values) for name, column in features.single.items()},
        {name: _ragged_taken(ragged, rows) for name, ragged in features.many.items()},
    )


def _ragged_taken(ragged: Ragged, rows: npt.NDArray[np.integer]) -> Ragged:
    counts = ragged.counts[rows]
    starts = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(counts, out=starts[1:])
    shift = np.repeat(ragged.starts[:-1][rows] - starts[:-1], counts)
    return Ragged(starts, ragged.codes[np.arange(len(shift), dtype=np.int32) + shift], ragged.values)


def _joined(parts: Sequence[Int32]) -> Int32:
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)
