"""Two sets of records held against each other by what they share: who is whose, where that is beyond doubt. Pure.

Both sides are numbered from 0. A level is a kind of key (our id, an e-mail address); a stronger one decides first, and
whom it decides on, or cannot tell of, the weaker ones are not asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

#: A key that more records than this have on either side tells nobody apart: none of its pairs is written out.
CROWD = 50


@dataclass(slots=True)
class Keys:
    """Who has which key of one level: two columns."""

    key: list[int] = field(default_factory=list)
    holder: list[int] = field(default_factory=list)

    def add(self, key: int, holder: int) -> None:
        """One more."""
        self.key.append(key)
        self.holder.append(holder)


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs that share a key of one level, each once; and whose key is a crowd's."""

    ours: Int64
    theirs: Int64
    #: Of us and of them: those that only a crowd's key tells of.
    crowded: Int64
    crowded_there: Int64

    @classmethod
    def of(cls, ours: Sequence[int], theirs: Sequence[int]) -> Edges:
        """Pairs that somebody else found."""
        pairs = np.unique(np.array([ours, theirs], np.int64).reshape(2, -1), axis=1)
        nobody = np.empty(0, np.int64)
        return cls(pairs[0], pairs[1], nobody, nobody)


@dataclass(frozen=True, slots=True)
class Pairs:
    """How two sets meet: one entry for each of ours."""

    #: The one of theirs that is its own; -1 for none.
    mate: Int64
    #: The level that says so, or that could not tell; -1 for none.
    level: Int64
    #: Several of theirs fit it.
    several: Bool
    #: The one that fits it fits others of ours too, or is another's already.
    contested: Bool
    #: Of theirs: those that fit somebody.
    met: Bool


def joined(ours: Keys, theirs: Keys) -> Edges:
    """The pairs that share a key."""
    key, holder = _sorted(ours)
    other_key, other = _sorted(theirs)
    starts, ends = np.searchsorted(other_key, key, "left"), np.searchsorted(other_key, key, "right")
    there = ends - starts
    here = np.searchsorted(key, key, "right") - np.searchsorted(key, key, "left")
    crowd = (there > 0) & ((there > CROWD) | (here > CROWD))
    rows = np.flatnonzero((there > 0) & ~crowd)
    count = there[rows]
    one = np.repeat(holder[rows], count)
    offset = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    two = other[np.repeat(starts[rows], count) + offset]
    pairs = np.unique(np.stack((one, two)), axis=1)
    keys = np.unique(key[crowd])
    crowded_there = np.unique(other[np.isin(other_key, keys)])
    return Edges(pairs[0], pairs[1], np.unique(holder[crowd]), crowded_there)


def paired(levels: Sequence[Edges], ours: int, theirs: int, linked: Bool, taken: Bool) -> Pairs:
    """Who is whose. ours, theirs: how many there are; linked, taken: those of us and of them that have each other
    already."""
    mate, level = np.full(ours, -1, np.int64), np.full(ours, -1, np.int64)
    several, contested = np.zeros(ours, np.bool_), np.zeros(ours, np.bool_)
    taken, met = taken.copy(), taken.copy()
    for number, edges in enumerate(levels):
        free = (level < 0) & ~linked
        kept = free[edges.ours]
        one, two = edges.ours[kept], edges.theirs[kept]
        fits = np.bincount(one, minlength=ours)
        fitted = np.bincount(two, minlength=theirs)
        crowd = edges.crowded[free[edges.crowded]]
        several[one] = fits[one] > 1
        several[crowd] = True
        alone = fits[one] == 1
        exact = alone & (fitted[two] == 1) & ~taken[two] & ~several[one]
        contested[one[alone & ~exact & ~several[one]]] = True
        mate[one[exact]] = two[exact]
        level[one] = number
        level[crowd] = number
        met[two] = True
        if len(crowd):
            met[edges.crowded_there] = True
        taken[two[exact]] = True
    return Pairs(mate, level, several, contested, met)


def _sorted(keys: Keys) -> tuple[Int64, Int64]:
    key, holder = np.array(keys.key, np.int64), np.array(keys.holder, np.int64)
    order = np.argsort(key, kind="stable")
    return key[order], holder[order]
