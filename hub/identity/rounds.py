"""Average linkage of many components at once, in rounds.

The two clusters of the highest mean are joined again and again: that is the rule, one pair after the other. But a
merged cluster is never nearer to a third than the nearer of its halves was (a mean lies between the means it is made
of; the tie-break prefers smaller nodes, and the smaller name stays). So two clusters that are each other's best stay
so whatever happens elsewhere, and all such pairs can be joined in one round, of all components together.

A pair's score is kept as an excess: the sum over its known record pairs of (weight - missing). Unknown pairs add
nothing to it, so that mean = missing + excess / (size of one * size of the other), and merging adds rows up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.identity.components import Bool, Index, Int64, add_up, firsts, flatten
from hub.identity.guards import Guards, Verdicts

Float = npt.NDArray[np.float64]
#: Below this number of clusters it costs less to leave the numbers of clusters than to close the gaps in them.
_FEW = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """How high an excess per record pair must be (micro-bits)."""

    #: To be joined, and to be joined without a doubt.
    join: int
    sure: int


@dataclass(frozen=True, slots=True)
class Events:
    """Merges that a guard refused when their turn came."""

    verdicts: Verdicts
    #: Excess, and the number of record pairs across.
    excess: Int64
    area: Index
    #: The rank of the heaviest known record pair across.
    heaviest: Index


class Rounds:
    """Clusters in the making, of components that no guard looks at.

    Nodes are 0..len(component)-1; component: a number below that for each, which is one of its nodes.
    a < b, excess: rows of known pairs.
    """

    def __init__(self, component: Index, a: Index, b: Index, excess: Int64, bounds: Bounds) -> None:
        count = len(component)
        #: The forest of merges: the smaller name stays.
        self._parent = np.arange(count)
        #: The cluster that each cluster took in last, where that was not beyond doubt; else -1.
        self._last = np.zeros(count, np.intp) - 1
        self._bounds = bounds
        self._component = component
        #: The node that names each cluster: clusters are numbered anew when few are left.
        self._name = self._parent.copy()
        self._size = np.ones(count, np.intp)
        self._a, self._b, self._excess = a, b, excess

    def start(self, to: Index) -> None:
        """Joins what is joined by a person's word: nodes into `to`, the smallest of each cluster."""
        self._parent = to.copy()
        self._size = np.bincount(to, minlength=len(to))
        self._follow(to, np.ones(len(to), np.bool_))

    def run(self) -> None:
        """Joins all that is to be joined."""
        while self._round():
            pass

    def clusters(self) -> tuple[Index, Index]:
        """The smallest node of each node's cluster; and the same with the halves of doubtful last merges apart."""
        label, half = self._parent.copy(), self._parent
        flatten(label)
        taken = self._last[label == np.arange(len(label))]
        taken = taken[taken >= 0]
        half[taken] = taken
        flatten(half)
        return label, half

    def _round(self) -> bool:
        """Joins what is each other's best; False when nothing is left to do."""
        rows = self._open()
        if not rows.size:
            return False
        a, b = self._a[rows], self._b[rows]
        chosen = self._choose(rows, a, b, self._excess[rows] / (self._size[a] * self._size[b]))
        if chosen.size:
            live = np.zeros(len(self._size), np.bool_)
            live[self._component[a]] = True
            self._join(rows[chosen], live[self._component])
        return self._a.size > 0

    def _open(self) -> Index:
        """Rows of clusters that may be joined."""
        area = self._size[self._a] * self._size[self._b]
        return (self._excess >= self._bounds.join * area).nonzero()[0]

    def _choose(self, rows: Index, a: Index, b: Index, mean: Float) -> Index:
        """Which of these rows are joined now."""
        _, partner = leaders(len(self._size), a, b, mean)
        chosen: Index = ((partner[a] == b) & (partner[b] == a)).nonzero()[0]
        return chosen

    def _join(self, rows: Index, live: Bool) -> None:
        a, b, size = self._a[rows], self._b[rows], self._size
        doubtful = self._excess[rows] <= self._bounds.sure * (size[a] * size[b])
        one, other = self._name[a], self._name[b]
        self._parent[other] = one
        self._last[one] = np.where(doubtful, other, -1)
        size[a] += size[b]
        to = np.arange(len(size))
        to[b] = a
        self._follow(to, live)
        if self._a.size and max(4 * self._a.size, _FEW) < len(to):
            self._renumber()

    def _follow(self, to: Index, live: Bool) -> None:
        """Clusters are now called `to`; of components that are finished (not `live`) nothing is kept."""
        a, b = to[self._a], to[self._b]
        kept = ((a != b) & live[self._a]).nonzero()[0]
        a, b = a[kept], b[kept]
        a, b = np.minimum(a, b), np.maximum(a, b)
        code = a * len(to) + b
        order = code.argsort()
        first = firsts(code[order])
        self._regroup(kept[order], first)
        rows = order[first]
        self._a, self._b = a[rows], b[rows]

    def _regroup(self, rows: Index, first: Bool) -> None:
        """Groups of rows become one row each; `first` marks where a group starts."""
        self._excess = add_up(self._excess[rows], first)

    def _renumber(self) -> Index:
        """Numbers the clusters that still have rows from 0 on; returns the new number of each, -1 of the others."""
        component = self._component
        used = np.zeros(len(component), np.bool_)
        used[self._a] = used[self._b] = used[component[self._a]] = True
        old = used.nonzero()[0]
        number = np.full(len(component), -1)
        number[old] = np.arange(len(old))
        self._component = number[component[old]]
        self._a, self._b = number[self._a], number[self._b]
        self._name, self._size = self._name[old], self._size[old]
        return number


class GuardedRounds(Rounds):
    """The same where guards are asked before every merge. `events` are the merges they refused.

    A refused pair, and what its two clusters grow into, is not tried again until nothing else is left to join in
    the component; then those that would no longer be refused are free again (that is only so where `same` or a
    single record is beyond a limit).
    """

    def __init__(
        self, component: Index, a: Index, b: Index, excess: Int64, bounds: Bounds, rank: Index, guards: Guards
    ) -> None:
        """rank: of each row, the heaviest highest. `start` must be called."""
        super().__init__(component, a, b, excess, bounds)
        self.events: list[Events] = []
        self._heaviest = rank
        self._refused = np.zeros(len(a), np.bool_)
        self._guards = guards

    def start(self, to: Index) -> None:
        self._guards.start(to, self._component)
        if (to != self._parent).any():
            super().start(to)

    def _open(self) -> Index:
        able = super()._open()
        rows = able[~self._refused[able]]
        if not (self._guards.lenient and able.size > rows.size):
            return rows
        live = np.zeros(len(self._size), np.bool_)
        live[self._component[self._a[rows]]] = True
        idle = able[self._refused[able] & ~live[self._component[self._a[able]]]]
        free = self._guards.check(self._a[idle], self._b[idle]).guard == 0
        self._refused[idle[free]] = False
        left: Index = able[~self._refused[able]]
        return left

    def _choose(self, rows: Index, a: Index, b: Index, mean: Float) -> Index:
        verdicts = self._guards.check(a, b)
        refused = verdicts.guard > 0
        due = np.zeros(len(rows), np.bool_)
        if refused.any():
            due[refused] = self._due(a, b, mean, verdicts, refused)
            self._refuse(rows[due], a[due], b[due], verdicts.take(due))
        kept = np.flatnonzero(~due)
        _, partner = leaders(len(self._size), a[kept], b[kept], mean[kept])
        chosen = kept[(partner[a[kept]] == b[kept]) & (partner[b[kept]] == a[kept])]
        left: Index = chosen[~refused[chosen]]
        return left

    def _due(self, a: Index, b: Index, mean: Float, verdicts: Verdicts, refused: Bool) -> Bool:
        """Of the refused rows those whose turn has come: neither cluster will be joined with another before.

        Rows refused for good are no rivals to each other: they will not be joined. So their turns come together.
        """
        rival = ~verdicts.firm
        best, partner = leaders(len(self._size), a[rival], b[rival], mean[rival])
        a, b, mean = a[refused], b[refused], mean[refused]
        first = (mean > best[a]) | ((mean == best[a]) & (b <= partner[a]))
        second = (mean > best[b]) | ((mean == best[b]) & (a <= partner[b]))
        due: Bool = first & second
        return due

    def _refuse(self, rows: Index, a: Index, b: Index, why: Verdicts) -> None:
        self._refused[rows] = True
        area = self._size[a] * self._size[b]
        self.events.append(Events(why, self._excess[rows], area, self._heaviest[rows]))

    def _follow(self, to: Index, live: Bool) -> None:
        super()._follow(to, live)
        if self._a.size:
            self._guards.follow(np.where(live, to, -1))

    def _regroup(self, rows: Index, first: Bool) -> None:
        super()._regroup(rows, first)
        starts = first.nonzero()[0]
        self._heaviest, self._refused = self._heaviest[rows], self._refused[rows]
        if len(starts) < len(rows):
            self._heaviest = np.maximum.reduceat(self._heaviest, starts)
            self._refused = np.logical_or.reduceat(self._refused, starts)

    def _renumber(self) -> Index:
        number = super()._renumber()
        self._guards.follow(number)
        return number


def leaders(count: int, a: Index, b: Index, mean: Float) -> tuple[Float, Index]:
    """The highest mean (above 0) of each cluster's rows, and with whom: the smallest that has it, `count` for none."""
    best, partner = np.zeros(count), np.zeros(count, np.intp)
    partner += count
    np.maximum.at(best, a, mean)
    np.maximum.at(best, b, mean)
    top = mean == best[a]
    np.minimum.at(partner, a[top], b[top])
    top = mean == best[b]
    np.minimum.at(partner, b[top], a[top])
    return best, partner
