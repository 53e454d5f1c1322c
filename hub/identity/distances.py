"""How far texts are apart, measured once per distinct pair of texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from hub.identity.columns import Bool, Int32
from hub.identity.hashes import UInt64
from hub.identity.levels import Levels

Index = npt.NDArray[np.intp]
#: Texts whose letters are looked at at once: bounds the memory.
_PART = 16_384
#: From so many pairs on it pays to look at their shapes first.
MANY = 256


@dataclass(frozen=True, slots=True)
class Differing:
    """Pairs of texts, each distinct pair once."""

    one: list[str]
    other: list[str]
    #: The distinct pair of each pair that was asked for.
    back: Index

    @classmethod
    def of(cls, values: Sequence[str], one: Int32, other: Int32) -> Differing:
        """The pairs of texts with these numbers."""
        codes = one.astype(np.int64) * len(values) + other
        distinct, back = np.unique(codes, return_inverse=True)
        first, second = np.divmod(distinct, max(len(values), 1))
        text = values.__getitem__
        return cls(list(map(text, first.tolist())), list(map(text, second.tolist())), back)

    @property
    def shorter(self) -> npt.NDArray[np.int32]:
        """The length of the shorter text of each distinct pair."""
        return np.minimum(_lengths(self.one), _lengths(self.other))

    def far(self, most: int) -> Levels:
        """Damerau-Levenshtein distance of each distinct pair; most + 1 for all that are farther apart."""
        return distances(self.one, self.other, most)

    def ask(self, measure: Callable[[str, str], int]) -> Levels:
        """A small number for each distinct pair."""
        return np.fromiter(map(measure, self.one, self.other), np.uint8, len(self.one))

    def are(self, test: Callable[[str, str], bool]) -> Bool:
        """Whether something holds, for each distinct pair."""
        return np.fromiter(map(test, self.one, self.other), np.bool_, len(self.one))


@dataclass(frozen=True, slots=True)
class Shapes:
    """What tells quickly that two texts are far apart, by the number of the text."""

    length: Int32
    #: A bit for each letter that occurs.
    letters: UInt64

    @classmethod
    def of(cls, texts: Sequence[str]) -> Shapes:
        """The shapes of these texts."""
        parts = [_letters(texts[start : start + _PART]) for start in range(0, len(texts), _PART)]
        return cls(_lengths(texts), np.concatenate(parts) if parts else np.zeros(0, np.uint64))

    def may_be_near(self, one: Int32, other: Int32, most: int) -> Bool:
        """Which pairs may be at most so far apart; the others are farther. An edit changes the length by one at most,
        and which letters occur by two."""
        differ = np.bitwise_count(self.letters[one] ^ self.letters[other])
        near: Bool = (differ <= 2 * most) & (np.abs(self.length[one] - self.length[other]) <= most)
        return near


def _letters(texts: Sequence[str]) -> UInt64:
    # Every text ends with a sign of its own, so that none is empty.
    signs = np.frombuffer("\0".join((*texts, "")).encode("utf-32-le", "surrogatepass"), np.uint32)
    bits = np.left_shift(np.uint64(1), (signs & np.uint32(63)).astype(np.uint64))
    ends = np.cumsum(_lengths(texts) + 1)
    return np.bitwise_or.reduceat(bits, np.append(0, ends[:-1]))


def distances(one: Sequence[str], other: Sequence[str], most: int) -> Levels:
    """Damerau-Levenshtein distance of each pair of texts; most + 1 for all that are farther apart."""
    if not one:
        return np.zeros(0, np.uint8)
    return process.cpdist(one, other, scorer=DamerauLevenshtein.distance, score_cutoff=most, dtype=np.uint8)


def _lengths(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    return np.fromiter(map(len, texts), np.int32, len(texts))
