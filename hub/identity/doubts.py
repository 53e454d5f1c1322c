"""What a person may want to look at: merges that were refused, and pairs of clusters near the edge of being one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from hub.identity.components import Bool, Index, Int32, Int64, add_up, firsts
from hub.identity.guards import CONTRADICTION, GUARDS
from hub.identity.policy import CERTAIN
from hub.identity.rounds import Float

Int8 = npt.NDArray[np.int8]
Int16 = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Refusals:
    """Merges that a guard refused: once per guard, kind and pair of clusters, the one of the highest mean.

    Rows are in the order of (a, b).
    """

    #: The two nodes, a < b, of the heaviest known pair across; of a contradiction the pair that was called the same.
    a: Int32
    b: Int32
    #: Number in GUARDS.
    guard: Int8
    #: Kind of identifier that there would be too many of, else -1; how many there may be (`component_cap`: records);
    #: how many it would have been. 0 where nothing was counted.
    kind: Int16
    limit: Int64
    would_be: Int64
    #: Mean weight across in micro-bits; the link's weight for `component_cap`, CERTAIN for a contradiction.
    mean: Float

    @property
    def names(self) -> list[str]:
        """The guard of each row."""
        return [GUARDS[guard] for guard in self.guard.tolist()]

    @classmethod
    def of(cls, *columns: npt.NDArray[np.generic] | Sequence[float]) -> Self:
        """Columns in their types."""
        types = (np.int32, np.int32, np.int8, np.int16, np.int64, np.int64, np.float64)
        return cls(*(np.asarray(column, type_) for column, type_ in zip(columns, types, strict=True)))

    @classmethod
    def contradictions(cls, same: Int32) -> Self:
        """Pairs that were called the same against the word of `different`."""
        rows, zero = len(same), np.zeros(len(same))
        mean = np.full(rows, CERTAIN * 1_000_000)
        return cls.of(same.min(1), same.max(1), zero + CONTRADICTION, zero - 1, zero, zero, mean)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All rows of several."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _REFUSAL))

    def between(self, label: Int32) -> Self:
        """Rows for final clusters: none about what came together after all, each pair and reason once."""
        one, other = label[self.a], label[self.b]
        one, other = np.minimum(one, other), np.maximum(one, other)
        order = np.lexsort((self.b, self.a, -self.mean, self.kind, self.guard, other, one))
        order = order[one[order] != other[order]]
        rows = order[firsts(one[order], other[order], self.guard[order], self.kind[order])]
        rows = rows[np.lexsort((self.kind[rows], self.guard[rows], self.b[rows], self.a[rows]))]
        return type(self)(*(getattr(self, name)[rows] for name in _REFUSAL))


_REFUSAL = tuple(column.name for column in fields(Refusals))
NO_REFUSALS = Refusals.of([], [], [], [], [], [], [])


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Pairs of clusters of one component, in the order of (a, b).

    joined False: two final clusters with a known pair above 0 across. joined True: the two halves that were joined
    last to make a final cluster, with a mean near `stop`.
    """

    #: The two nodes, a < b, of the heaviest known pair across.
    a: Int32
    b: Int32
    #: Mean weight across in micro-bits.
    mean: Float
    #: Records of the two together.
    size: Int32
    joined: Bool


_NOTHING = Doubtful(
    np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.bool_)
)


@dataclass(frozen=True, slots=True)
class Known:
    """The known pairs inside components. a < b; excess: clipped weight - missing (micro-bits)."""

    a: Int32
    b: Int32
    weight: Int64
    excess: Int64

    def take(self, rows: Bool | Index) -> Known:
        """Some of them."""
        return Known(self.a[rows], self.b[rows], self.weight[rows], self.excess[rows])


def doubtful(known: Known, label: Int32, half: Int32, missing: int) -> Doubtful:
    """label: the final cluster of each node; half: the same, but the halves of doubtful final merges apart."""
    across = (half[known.a] != half[known.b]).nonzero()[0]
    if not across.size:
        return _NOTHING
    known = known.take(across)
    one, other, count = label[known.a], label[known.b], len(label)
    joined = one == other
    one, other = np.where(joined, half[known.a], one), np.where(joined, half[known.b], other)
    code = np.minimum(one, other) * np.int64(count) + np.maximum(one, other)
    order = code.argsort(kind="stable")
    first = firsts(code[order])
    a, b, weight = _heaviest(known.take(order), first, count)
    rows = order[first]
    one, other, joined = one[rows], other[rows], joined[rows]
    whole, part = np.bincount(label, minlength=count), np.bincount(half, minlength=count)
    mine, theirs = np.where(joined, part[one], whole[one]), np.where(joined, part[other], whole[other])
    mean = (add_up(known.excess[order], first) + missing * mine * theirs) / (mine * theirs)
    told = (joined | (weight > 0)).nonzero()[0]
    told = told[np.lexsort((b[told], a[told]))]
    return Doubtful(a[told], b[told], mean[told], (mine + theirs)[told].astype(np.int32), joined[told])


def _heaviest(known: Known, first: Bool, count: int) -> tuple[Int32, Int32, Int64]:
    """Of each group of pairs the heaviest, of equals the smallest nodes: a, b, weight."""
    a, b, weight = known.a, known.b, known.weight
    if first.all():
        return a, b, weight
    starts = first.nonzero()[0]
    most = np.maximum.reduceat(weight, starts)
    pair = a * np.int64(count) + b
    pair[weight < most[first.cumsum() - 1]] = count * count
    a, b = np.divmod(np.minimum.reduceat(pair, starts), count)
    return a.astype(np.int32), b.astype(np.int32), most
