"""Text as columns of numbers: the form in which records are compared, one or a million at a time.

A `Column` has one text per record, a `Ragged` any number. Both hold each distinct text once and refer to it by its
number, so that whatever is costly (folding, hashing, measuring distance) is done once per distinct text.
Number 0 is the empty text: not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


def numbered(texts: Iterable[str]) -> tuple[Int32, list[str]]:
    """The number of each text, and the distinct texts by number; number 0 is the empty text."""
    listed = texts if isinstance(texts, list) else list(texts)
    values = list(dict.fromkeys(["", *listed]))
    numbers = dict(zip(values, range(len(values)), strict=True))
    return np.fromiter(map(numbers.__getitem__, listed), np.int32, len(listed)), values


@dataclass(frozen=True, slots=True)
class Column:
    """One text per record. codes: int32, one per record; values: distinct texts, values[0] is empty."""

    codes: Int32
    values: Sequence[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Column:
        """A column of these texts."""
        return cls(*numbered(texts))

    @property
    def known(self) -> Bool:
        """Which records have a text."""
        return np.not_equal(self.codes, 0)

    def texts(self) -> list[str]:
        """The text of each record."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def take(self, rows: npt.NDArray[np.intp] | Int32) -> Column:
        """The column of these records."""
        return Column(self.codes[rows], self.values)

    def map(self, change: Callable[[str], str]) -> Column:
        """Another text for each; `change` is asked once per distinct text, never for the empty one."""
        codes, values = numbered(["", *map(change, self.values[1:])])
        return Column(codes[self.codes], values)

    def numbers(self, measure: Callable[[str], int]) -> Int64:
        """A number for each record; `measure` is asked once per distinct text; 0 for the empty one."""
        found = np.fromiter(map(measure, self.values), np.int64, len(self.values))
        found[0] = 0
        return found[self.codes]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Any number of texts per record. starts: int32, one more than records; record n has codes[starts[n]:starts[n+1]]."""

    starts: Int32
    codes: Int32
    values: Sequence[str]

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]]) -> Ragged:
        """A column of these lists; empty texts are left out."""
        kept = [[text for text in texts if text] for texts in lists]
        starts = np.zeros(len(kept) + 1, np.int32)
        np.cumsum(np.fromiter(map(len, kept), np.int32, len(kept)), out=starts[1:])
        codes, values = numbered(text for texts in kept for text in texts)
        return cls(starts, codes, values)

    @property
    def counts(self) -> Int32:
        """How many texts each record has."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Int32:
        """The record of each entry of `codes`."""
        counts = self.counts
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def lists(self) -> list[list[str]]:
        """The texts of each record."""
        texts = [self.values[code] for code in self.codes.tolist()]
        ends = self.starts.tolist()
        return [texts[start:end] for start, end in pairwise(ends)]

    def first(self) -> Column:
        """The first text of each record."""
        codes = np.zeros(len(self.starts) - 1, np.int32)
        some = self.counts > 0
        codes[some] = self.codes[self.starts[:-1][some]]
        return Column(codes, self.values)

    def map(self, change: Callable[[str], str]) -> Ragged:
        """Other texts, asked once per distinct one. One that becomes empty stays, as number 0."""
        codes, values = numbered(["", *map(change, self.values[1:])])
        return Ragged(self.starts, codes[self.codes], values)

    def without(self, wrong: Bool) -> Ragged:
        """The same without the texts whose number is marked."""
        keep = ~wrong[self.codes]
        starts = np.zeros(len(self.starts), np.int32)
        np.cumsum(np.bincount(self.rows[keep], minlength=len(starts) - 1), out=starts[1:])
        return Ragged(starts, self.codes[keep], self.values)
