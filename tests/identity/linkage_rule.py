"""Average linkage done literally: one pair of clusters after the other, all means anew each time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
from hypothesis import strategies as st

from hub.identity.components import Int32
from hub.identity.guards import GUARDS
from hub.identity.linkage import BIT, Graph, Linkage, Linked

#: Three kinds: exclusive, at most two, at most three.
LINKAGE = Linkage(limits=(9, 2, 3), exclusive=(True, False, False))
Pair = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A graph in plain words. known: pair -> (weight in bits, whether it links); held: (node, kind, value)."""

    count: int
    known: dict[Pair, tuple[float, bool]]
    same: tuple[Pair, ...] = ()
    different: tuple[Pair, ...] = ()
    held: tuple[tuple[int, int, int], ...] = ()
    apart: tuple[Pair, ...] = ()

    def graph(self) -> Graph:
        known = _pairs(self.known)
        held = np.array(self.held, np.int64).reshape(-1, 3)
        return Graph(
            self.count,
            a=known[:, 0],
            b=known[:, 1],
            weight=np.array([round(weight * BIT) for weight, _ in self.known.values()], np.int64),
            link=np.array([linked for _, linked in self.known.values()], np.bool_),
            same=_pairs(self.same),
            different=_pairs(self.different),
            apart=_pairs(self.apart),
            holder=held[:, 0].astype(np.int32),
            kind=held[:, 1].astype(np.int16),
            value=held[:, 2],
        )

    def placed(self, at: list[int], count: int) -> Case:
        """The same with node n called at[n], which ascends, among `count` nodes."""

        def pairs(of: Iterable[Pair]) -> tuple[Pair, ...]:
            return tuple((at[a], at[b]) for a, b in of)

        return Case(
            count,
            dict(zip(pairs(self.known), self.known.values(), strict=True)),
            pairs(self.same),
            pairs(self.different),
            tuple((at[node], kind, value) for node, kind, value in self.held),
            pairs(self.apart),
        )

    def beside(self, other: Case) -> Case:
        """Both at once."""
        return Case(
            self.count,
            self.known | other.known,
            self.same + other.same,
            self.different + other.different,
            self.held + other.held,
            self.apart + other.apart,
        )


def _pairs(pairs: Iterable[Pair]) -> Int32:
    return np.array(list(pairs), np.int32).reshape(-1, 2)


Cluster = frozenset[int]


@dataclass
class Greedy:
    """The rule, literally: one pair of clusters after the other, all means anew each time."""

    case: Case
    linkage: Linkage
    #: Final cluster -> (its last two halves, their mean).
    last: dict[Cluster, tuple[frozenset[Cluster], Fraction]] = field(default_factory=dict)

    def run(self) -> list[Cluster]:
        self.events: list[tuple[Pair, str, int, int, int, Fraction]] = []
        self.parts = self._parts()
        self.clusters: list[Cluster] = [frozenset([node]) for node in range(self.case.count)]
        self.refused: set[Pair] = set()  # of nodes
        for a, b in self.case.same:
            one, other = self.of(a), self.of(b)
            if one == other:
                continue
            if self.are_different(one, other):
                self.events.append(((min(a, b), max(a, b)), "contradiction", -1, 0, 0, Fraction(99 * BIT)))
            else:
                self._merge(one, other)
        while self._step() or self._release():
            pass
        return self.clusters

    def _parts(self) -> list[int]:
        """The component of each node; of one over the cap, the largest that holds with heavier links alone."""
        weights = {round(weight * BIT) for weight, linked in self.case.known.values() if linked}
        stop, cap = self.linkage.stop, self.linkage.component_cap
        whole = self._tied(stop)
        part = self._tied(max(weights, default=0) + 1)
        for least in sorted({stop, *(weight for weight in weights if weight > stop)}, reverse=True):
            tied = self._tied(least)
            part = [wide if tied.count(wide) <= cap else own for own, wide in zip(part, tied, strict=True)]
        for name in set(whole):
            dropped = [
                (-round(weight * BIT), a, b)
                for (a, b), (weight, linked) in self.case.known.items()
                if linked and weight * BIT >= stop and whole[a] == name and part[a] != part[b]
            ]
            if dropped:
                negative, a, b = min(dropped)
                told = "component_cap", -1, cap, whole.count(name), Fraction(-negative)
                self.events.append(((a, b), *told))
        return part

    def _tied(self, least: int) -> list[int]:
        part = list(range(self.case.count))
        known = self.case.known.items()
        ties = [pair for pair, (weight, linked) in known if linked and round(weight * BIT) >= least]
        for _ in part:
            for a, b in [*ties, *self.case.same]:
                part[a] = part[b] = min(part[a], part[b])
        return part

    def of(self, node: int) -> Cluster:
        return next(one for one in self.clusters if node in one)

    def weight(self, a: int, b: int) -> int:
        known = self.case.known.get((min(a, b), max(a, b)))
        if known is None:
            return self.linkage.missing
        return max(-self.linkage.cap, min(self.linkage.cap, round(known[0] * BIT)))

    def mean(self, one: Cluster, other: Cluster) -> Fraction:
        return Fraction(sum(self.weight(a, b) for a in one for b in other), len(one) * len(other))

    def are_different(self, one: Cluster, other: Cluster) -> bool:
        return _across(self.case.different, one, other)

    def values(self, one: Cluster, kind: int) -> set[int]:
        return {value for node, of, value in self.case.held if of == kind and node in one}

    def guard(self, one: Cluster, other: Cluster) -> tuple[str, int, int, int] | None:
        if self.are_different(one, other):
            return "different", -1, 0, 0
        if _across(self.case.apart, one, other):
            return "evidence", -1, 0, 0
        for kind, alone in enumerate(self.linkage.exclusive):
            limit = 1 if alone else self.linkage.limits[kind]
            mine, theirs = self.values(one, kind), self.values(other, kind)
            together = len(mine | theirs)
            if together > limit and together > max(len(mine), len(theirs)):
                return ("exclusive" if alone else "limit"), kind, limit, together
        return None

    def _candidates(self, refused: bool) -> list[tuple[Fraction, int, int, Cluster, Cluster]]:
        found = []
        for one, other in combinations(sorted(self.clusters, key=min), 2):
            if self.parts[min(one)] != self.parts[min(other)]:
                continue
            marked = any((a, b) in self.refused for a in one for b in other)
            mean = self.mean(one, other)
            if mean >= self.linkage.stop and marked == refused:
                found.append((-mean, min(one), min(other), one, other))
        return sorted(found, key=lambda row: row[:3])

    def _step(self) -> bool:
        candidates = self._candidates(refused=False)
        if not candidates:
            return False
        negative, _, _, one, other = candidates[0]
        guard = self.guard(one, other)
        if guard is None:
            self._merge(one, other)
            self.last[one | other] = frozenset([one, other]), -negative
        else:
            self.events.append((self.heaviest(one, other)[1], *guard, -negative))
            self.refused |= {(a, b) for a in one for b in other} | {(b, a) for a in one for b in other}
        return True

    def _merge(self, one: Cluster, other: Cluster) -> None:
        self.clusters = [each for each in self.clusters if each not in (one, other)] + [one | other]

    def _release(self) -> bool:
        """Parts in which nothing is left to join give the refused that are allowed by now another turn."""
        busy = {self.parts[row[1]] for row in self._candidates(refused=False)}
        free = False
        for _, _, _, one, other in self._candidates(refused=True):
            if self.parts[min(one)] not in busy and self.guard(one, other) is None:
                self.refused -= {(a, b) for a in one for b in other} | {(b, a) for a in one for b in other}
                free = True
        return free

    def refusals(self) -> list[tuple[int, int, str, int, int, int, float]]:
        """Rows of Refusals: of each reason between two final clusters that of the highest mean."""
        first: dict[tuple[frozenset[Cluster], str, int], tuple[int, int, str, int, int, int, float]] = {}
        for pair, guard, kind, limit, would_be, mean in sorted(
            self.events, key=lambda row: (-row[5], row[0])
        ):
            ends = frozenset(map(self.of, pair))
            if len(ends) == 2:
                first.setdefault((ends, guard, kind), (*pair, guard, kind, limit, would_be, float(mean)))
        return sorted(first.values(), key=lambda row: (row[:2], GUARDS.index(row[2]), row[3]))

    def heaviest(self, one: Cluster, other: Cluster) -> tuple[float, Pair]:
        """The heaviest known pair across, of equals the smallest; minus infinity where there is none."""
        known = [
            (-weight, pair) for pair, (weight, _) in self.case.known.items() if _across([pair], one, other)
        ]
        negative, pair = min(known, default=(math.inf, (-1, -1)))
        return -negative, pair


def _across(pairs: Iterable[Pair], one: Cluster, other: Cluster) -> bool:
    return any((a in one and b in other) or (a in other and b in one) for a, b in pairs)


def clusters(linked: Linked) -> set[Cluster]:
    found: dict[int, set[int]] = {}
    for node, label in enumerate(linked.labels.tolist()):
        found.setdefault(label, set()).add(node)
    assert all(label == min(members) for label, members in found.items())
    return set(map(frozenset, found.values()))


WEIGHTS = st.one_of(
    st.sampled_from([-14.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 6.0, 12.0, 15.0]),
    st.integers(-14 * BIT, 15 * BIT).map(lambda weight: weight / BIT),
)


@st.composite
def cases(draw: st.DrawFn, most: int = 10, guards: bool = True) -> Case:
    count = draw(st.integers(1, most))
    nodes = st.integers(0, count - 1)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    if not pairs:
        return Case(count, {}, held=((0, 0, 1), (0, 0, 2)))
    pair = st.sampled_from(pairs)
    weights = draw(st.sampled_from([WEIGHTS, st.sampled_from([12.0, 3.0, -1.0]), st.just(4.0)]))
    known = draw(st.dictionaries(pair, st.tuples(weights, st.sampled_from([True, True, True, False]))))
    if not guards:
        return Case(count, known)
    few = st.lists(pair, max_size=draw(st.sampled_from([0, 1, 4]))).map(tuple)
    held = st.lists(
        st.tuples(nodes, st.integers(0, 2), st.integers(0, 5)), max_size=draw(st.sampled_from([0, 3, 12]))
    )
    return Case(count, known, draw(few), draw(few), tuple(draw(held)), draw(few))


def crowd(seed: int) -> Case:
    """Up to nine records that nearly all know each other, and hold more identifiers than customers may."""
    random = Random(seed)
    count = random.randint(3, 9)
    weights = random.choice([[5.0], [3.0, 9.0, 12.0], [-6.0, -1.0, 2.0, 4.0, 8.0, 14.0]])
    pairs = list(combinations(range(count), 2))
    known = {
        pair: (random.choice(weights), random.random() < 0.9) for pair in pairs if random.random() < 0.85
    }
    values, kinds = random.randint(2, 4), random.choice([[0], [0, 1], [0, 1, 2]])
    held = [
        (node, kind, random.randrange(values))
        for node in range(count)
        for kind in kinds
        for _ in range(random.choice([0, 1, 1, 2]) + kind)
    ]
    same, different, apart = (
        tuple(random.sample(pairs, min(len(pairs), random.choice([0, 0, 1, 2])))) for _ in range(3)
    )
    return Case(count, known, same, different, tuple(held), apart)


LINKAGES = st.builds(
    lambda missing, stop, cap, doubt, most: replace(
        LINKAGE, missing=missing * BIT, stop=stop * BIT, cap=cap * BIT, doubt=doubt * BIT, component_cap=most
    ),
    st.sampled_from([-1, -3]),
    st.sampled_from([0, 2]),
    st.sampled_from([12, 20]),
    st.sampled_from([4, 0]),
    st.sampled_from([2000, 2000, 5, 2]),
)
