"""Guarded sparse average linkage: the customers among records of which some pairs were compared.

link(graph, linkage) -> a cluster for every record, what guards refused, and what is doubtful. All components at
once, in columns. What becomes of a component depends on this component alone and on the order of its records:
other components, the order of pairs and the records' numbers as such make no difference.

Weights are micro-bits (int64, 1e-6 bit), so that sums are exact in any order. Means are float64: two that differ by
less than 2e-9 micro-bits may count as equal, which only means of clusters of hundreds of records can.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hub.identity.components import Bool, Index, Int32, Int64, components, parts_within
from hub.identity.doubts import NO_REFUSALS, Doubtful, Int16, Known, Refusals, doubtful
from hub.identity.guards import COMPONENT_CAP, Guards, rules_of
from hub.identity.rounds import Bounds, Events, GuardedRounds, Rounds
from hub.identity.told import join_told

__all__ = ["BIT", "Doubtful", "Graph", "Linkage", "Linked", "Refusals", "components", "link"]

#: A bit, in the unit of weights.
BIT = 1_000_000


def _no_pairs() -> Int32:
    return np.zeros((0, 2), np.int32)


@dataclass(frozen=True, slots=True)
class Graph:
    """Records 0..count-1, in the order of their stable keys: ties are broken by these numbers."""

    count: int
    #: Known pairs, a < b, each once, in any order: links and contradictions alike.
    a: Int32
    b: Int32
    #: In micro-bits.
    weight: Int64
    #: The pair connects, when it weighs `stop` or more: it was proposed, not only compared.
    link: Bool
    #: Pairs a person called the same, int32[k, 2], the latest first; and different.
    same: Int32 = field(default_factory=_no_pairs)
    different: Int32 = field(default_factory=_no_pairs)
    #: Identifiers that count against limits: record, kind (index into Linkage.limits), code of the value.
    holder: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))
    kind: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))
    value: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Pairs that contradict each other so much that only a person's `same` makes them one.
    apart: Int32 = field(default_factory=_no_pairs)


@dataclass(frozen=True, slots=True)
class Linkage:
    """How clusters are made. Weights in micro-bits."""

    #: Known weights count as at most this, and at least minus this.
    cap: int = 12 * BIT
    #: What a pair weighs that was not compared; below `stop`.
    missing: int = -BIT
    #: The lowest mean at which two clusters are joined.
    stop: int = 0
    #: A merge whose mean is this near to `stop` is doubtful.
    doubt: int = 4 * BIT
    #: Most records looked at as possibly one customer; of more, the weakest links are ignored.
    component_cap: int = 2000
    #: By kind of identifier: most values of it that a customer may have; whether it may have only one.
    limits: tuple[int, ...] = ()
    exclusive: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if not self.missing < self.stop <= self.cap:
            raise ValueError(
                "missing < stop <= cap must hold: else records that nothing ties together are joined"
            )


@dataclass(frozen=True, slots=True)
class Linked:
    """The result: columns over records, and over what a person may want to look at."""

    #: The smallest record of each record's cluster; and of its component (of its part, of one over the cap).
    labels: Int32
    component: Int32
    refusals: Refusals
    doubtful: Doubtful


def link(graph: Graph, linkage: Linkage) -> Linked:
    """Clusters of all components.

    In each: `same` pairs are joined in the order given, unless that puts two different records together. Then the two
    clusters of the highest mean weight across are joined, again and again, while that is `stop` or more, unless a
    guard refuses; of equal means that of the smaller nodes comes first. A pair of clusters is judged once, when its
    turn comes, and what was refused stays so as they grow (only when nothing is left to join, what is no longer
    against a guard gets another turn).
    """
    component, capped = _components(graph, linkage)
    known = _known(graph, linkage, component)
    making = _Making(graph, linkage, known, component)
    making.run()
    told = [*capped, *making.refusals]
    refusals = Refusals.joined(told).between(making.label) if told else NO_REFUSALS
    return Linked(
        making.label, component, refusals, doubtful(known, making.label, making.half, linkage.missing)
    )


class _Making:
    """The clusters in the making."""

    def __init__(self, graph: Graph, linkage: Linkage, known: Known, component: Int32) -> None:
        self._graph, self._linkage, self._known, self._component = graph, linkage, known, component
        self._bounds = Bounds(linkage.stop - linkage.missing, linkage.stop + linkage.doubt - linkage.missing)
        self._rules = rules_of(linkage.limits, linkage.exclusive)
        #: The cluster of each node; and the same with the halves of doubtful final merges apart.
        self.label, self.half = component.copy(), component.copy()
        self.refusals: list[Refusals] = []

    def run(self) -> None:
        """Components that are one cluster for sure are so from the start; the others go in rounds."""
        component, known, same = self._component, self._known, self._graph.same
        size = np.bincount(component, minlength=len(component))
        guarded = self._guarded(size)
        sure = known.excess > self._bounds.sure
        surely = np.bincount(component[known.a[sure]], minlength=len(size))
        pair = size == 2
        if guarded is not None:
            pair &= ~guarded
        if len(same):
            pair[component[same[:, 0]]] = False
        unsure = known.b[~sure & pair[component[known.a]]]
        self.half[unsure] = unsure
        plain = ~(pair | (2 * surely == size * (size - 1)))
        if guarded is not None:
            plain &= ~guarded
            self._guarded_rounds(guarded)
        if plain.any():
            self._plain_rounds(plain)

    def _guarded(self, size: Index) -> Bool | None:
        """By name of component: guards may have something against a merge. None when they have nowhere."""
        graph, component = self._graph, self._component
        found: list[Index | Int32] = []
        if len(graph.holder):
            group = component[graph.holder]
            rows = (size[group] > 1).nonzero()[0]
            found.append(self._rules.crowded(group[rows], graph.kind[rows], graph.value[rows]))
        for foes in (graph.different, graph.apart):
            if len(foes):
                one, other = component[foes].T
                found.append(one[one == other])
        if not any(map(len, found)):
            return None
        guarded = np.zeros(len(size), np.bool_)
        for names in found:
            guarded[names] = True
        return guarded

    def _plain_rounds(self, which: Bool) -> None:
        nodes, number = _numbers(which[self._component])
        known = self._inside(which)
        rounds = Rounds(number[self._component[nodes]], *_rows(known, number), self._bounds)
        same = self._pairs(self._graph.same, which)
        if len(same):
            rounds.start(components(len(nodes), *number[same].T).astype(np.intp))
        rounds.run()
        self._take(rounds, nodes)

    def _guarded_rounds(self, which: Bool) -> None:
        nodes, number = _numbers(which[self._component])
        known = self._inside(which)
        known = known.take((known.a * np.int64(len(which)) + known.b).argsort())
        heaviest = (-known.weight).argsort(kind="stable")[::-1]
        rank = np.empty(len(heaviest), np.intp)
        rank[heaviest] = np.arange(len(heaviest))
        different = number[self._pairs(self._graph.different, which)]
        apart = number[self._pairs(self._graph.apart, which)]
        guards = Guards(self._rules, different, apart, *self._held(which, number))
        component = number[self._component[nodes]]
        rounds = GuardedRounds(component, *_rows(known, number), self._bounds, rank, guards)
        same = self._pairs(self._graph.same, which)
        to, wrong = join_told(len(nodes), number[same], different)
        rounds.start(to)
        rounds.run()
        self._take(rounds, nodes)
        if wrong:
            self.refusals.append(Refusals.contradictions(same[wrong]))
        self.refusals += [
            self._refusals(event, known.take(heaviest[event.heaviest])) for event in rounds.events
        ]

    def _inside(self, which: Bool) -> Known:
        return self._known.take(np.flatnonzero(which[self._component[self._known.a]]))

    def _pairs(self, pairs: Int32, which: Bool) -> Int32:
        """Those inside one of these components."""
        if not len(pairs):
            return pairs
        one, other = self._component[pairs].T
        inside: Int32 = pairs[which[one] & (one == other)]
        return inside

    def _held(self, which: Bool, number: Index) -> tuple[Index, Index, Int64]:
        """Identifiers of the records of these components: record, kind, value."""
        graph = self._graph
        rows = np.flatnonzero(which[self._component[graph.holder]])
        return number[graph.holder[rows]], graph.kind[rows].astype(np.intp), graph.value[rows]

    def _take(self, rounds: Rounds, nodes: Index) -> None:
        label, half = rounds.clusters()
        self.label[nodes], self.half[nodes] = nodes[label], nodes[half]

    def _refusals(self, event: Events, known: Known) -> Refusals:
        why = event.verdicts
        limit = np.append(self._rules.limit, 0)[why.kind]
        mean = (event.excess + self._linkage.missing * event.area) / event.area
        return Refusals.of(known.a, known.b, why.guard, why.kind, limit, why.would_be, mean)


def _rows(known: Known, number: Index) -> tuple[Index, Index, Int64]:
    return number[known.a], number[known.b], known.excess


def _components(graph: Graph, linkage: Linkage) -> tuple[Int32, list[Refusals]]:
    """What links and `same` tie together; and what was refused because it was too many."""
    rows = graph.link & (graph.weight >= linkage.stop)
    a, b, weight = graph.a[rows], graph.b[rows], graph.weight[rows]
    same = graph.same
    tied = (np.append(a, same[:, 0]), np.append(b, same[:, 1])) if len(same) else (a, b)
    component = components(graph.count, *tied)
    size = np.bincount(component)
    over = size > linkage.component_cap
    if not over.any():
        return component, []
    nodes, number = _numbers(over[component])
    rows = over[component[a]]
    a, b, weight, same = a[rows], b[rows], weight[rows], same[over[component[same[:, 0]]]]
    parts = parts_within(linkage.component_cap, len(nodes), number[a], number[b], weight, number[same])
    whole = component[a]
    component[nodes] = nodes[parts]
    return component, [_capped(a, b, weight, whole, component, size, linkage.component_cap)]


def _capped(a: Int32, b: Int32, weight: Int64, whole: Int32, part: Int32, size: Index, cap: int) -> Refusals:
    """A row per component over the cap, of the heaviest of its links that lie between parts."""
    dropped = np.flatnonzero(part[a] != part[b])
    a, b, weight, whole = a[dropped], b[dropped], weight[dropped], whole[dropped]
    order = np.lexsort((b, a, -weight, whole))
    _, first = np.unique(whole[order], return_index=True)
    rows = order[first]
    zero = np.zeros(len(rows))
    return Refusals.of(
        a[rows], b[rows], zero + COMPONENT_CAP, zero - 1, zero + cap, size[whole[rows]], weight[rows]
    )


def _numbers(wanted: Bool) -> tuple[Index, Index]:
    """The nodes wanted, and a number for each of them, from 0 in their order (anything for the others)."""
    return np.flatnonzero(wanted), np.cumsum(wanted) - 1


def _known(graph: Graph, linkage: Linkage, component: Int32) -> Known:
    """The known pairs inside components."""
    excess = np.clip(graph.weight, -linkage.cap, linkage.cap) - linkage.missing
    known = Known(graph.a, graph.b, graph.weight, excess)
    inside = component[graph.a] == component[graph.b]
    return known if inside.all() else known.take(inside)
