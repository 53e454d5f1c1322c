"""Partition one component of the evidence graph into customers, guarded.

Records are joined along their edges, the most trusted identifier first; before every merge the guards are asked.
A refused merge is reported and never retried: clusters only grow, so what a guard refused stays refused. Ties are
broken by the records' stable keys, so the result depends on the component alone, not on when its records arrived.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.identity.edges import Edge
from hub.identity.keys import Key
from hub.identity.policy import CERTAIN, IdentityPolicy

#: The rule of edges that a person's `same` makes.
SAME = "same"
#: What each guard's refusal is called.
_CODES = {
    "exclusive": "HUB-8012",
    "limit": "HUB-8013",
    "component_cap": "HUB-8014",
    "different": "HUB-8021",
    "contradiction": "HUB-8022",
}


class Refusal(NamedTuple):
    """A row of the table `refusals`: a merge that a guard refused. `detail` is JSON text without values."""

    a: int
    b: int
    guard: str
    detail: str
    weight: float

    @property
    def code(self) -> str:
        """HUB-80xx of the guard."""
        return _CODES[self.guard]


@dataclass(frozen=True, slots=True)
class Component:
    """Source customers that evidence ties together, and all that bears on who is who among them."""

    nodes: Sequence[int]
    #: Stable key of each node.
    keys: Mapping[int, str]
    edges: Sequence[Edge]
    #: The keys of each node that count (neither blocked nor retired); limits are held against these.
    identifiers: Mapping[int, Collection[Key]]
    #: Pairs a person called the same, the latest first; and different. Each also has an edge in `edges`.
    same: Sequence[tuple[int, int]] = ()
    different: Collection[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Partition:
    """The clusters of a component, each sorted by stable key, and the merges that were refused."""

    clusters: list[list[int]]
    refusals: list[Refusal] = field(default_factory=list)


def cluster(component: Component, policy: IdentityPolicy) -> Partition:
    """The customers of one component.

    `same` joins whatever limits say, unless it contradicts `different`; then evidence joins what no guard refuses.
    No cluster holds two records called different, however they are tied. Limits are only exceeded by `same`.
    """
    over = len(component.nodes) > policy.component_cap
    if not over and not component.different and _fits(component, policy):
        return Partition([sorted(component.nodes, key=component.keys.__getitem__)])
    edges, flags = _trimmed(component, policy) if over else (component.edges, [])
    merging = _Merging(component, policy)
    for a, b in component.same:
        merging.join(a, b, CERTAIN, SAME)
    for edge in _ordered(edges, component.keys, policy):
        merging.join(edge.a, edge.b, edge.weight, edge.rule)
    return Partition(merging.clusters(), flags + merging.refusals())


def _fits(component: Component, policy: IdentityPolicy) -> bool:
    """Whether the whole component may be one customer: the usual case, and then order does not matter."""
    found: dict[tuple[str, str], set[str]] = {}
    for node in component.nodes:
        for type_, issuer, value in component.identifiers.get(node, ()):
            found.setdefault((type_, issuer), set()).add(value)
    return all(len(values) <= policy.rule(kind[0]).limit for kind, values in found.items())


class _Group:
    """A cluster in the making."""

    __slots__ = ("foes", "members", "values")

    def __init__(self, node: int) -> None:
        self.members = {node}
        #: Nodes that some member is different from.
        self.foes: set[int] = set()
        #: (type, issuer) -> the values of its members.
        self.values: dict[tuple[str, str], set[str]] = {}


class _Merging:
    """The clusters in the making of one component, and the guards."""

    def __init__(self, component: Component, policy: IdentityPolicy) -> None:
        self._component = component
        self._policy = policy
        self._of = {node: _Group(node) for node in component.nodes}
        self._refused: list[Refusal] = []
        for node in component.nodes:
            values = self._of[node].values
            for type_, issuer, value in component.identifiers.get(node, ()):
                values.setdefault((type_, issuer), set()).add(value)
        for a, b in component.different:
            self._of[a].foes.add(b)
            self._of[b].foes.add(a)

    def join(self, a: int, b: int, weight: float, rule: str) -> None:
        """Merges the groups of two nodes, unless a guard refuses."""
        one, other = self._of[a], self._of[b]
        if one is other:
            return
        guard = self._guard(one, other, rule)
        if guard is not None:
            name, detail = guard
            told = _told(rule=rule, **detail)
            self._refused.append(Refusal(min(a, b), max(a, b), name, told, weight))
            return
        if len(one.members) < len(other.members):
            one, other = other, one
        one.members |= other.members
        one.foes |= other.foes
        for kind, values in other.values.items():
            one.values.setdefault(kind, set()).update(values)
        for node in other.members:
            self._of[node] = one

    def _guard(self, one: _Group, other: _Group, rule: str) -> tuple[str, dict[str, str | int]] | None:
        """The guard that refuses this merge, with its detail; None when none does."""
        if not one.foes.isdisjoint(other.members):
            return ("contradiction" if rule == SAME else "different"), {}
        if rule == SAME:
            return None
        for kind in sorted(one.values.keys() & other.values.keys()):
            mine, theirs = one.values[kind], other.values[kind]
            together, limit = len(mine | theirs), self._policy.rule(kind[0]).limit
            # Where `same` already went beyond the limit, what brings nothing new may still join.
            if together > limit and together > max(len(mine), len(theirs)):
                name = "exclusive" if self._policy.rule(kind[0]).kind == "exclusive" else "limit"
                return name, {"type": kind[0], "issuer": kind[1], "limit": limit, "would_be": together}
        return None

    def clusters(self) -> list[list[int]]:
        """Groups in the order of their first members' stable keys."""
        key = self._component.keys.__getitem__
        groups = {id(group): group for group in self._of.values()}
        return sorted((sorted(group.members, key=key) for group in groups.values()), key=lambda g: key(g[0]))

    def refusals(self) -> list[Refusal]:
        """The first of each guard between two clusters tells it all."""
        first: dict[tuple[int, int, str], Refusal] = {}
        for refusal in self._refused:
            one, other = sorted((id(self._of[refusal.a]), id(self._of[refusal.b])))
            first.setdefault((one, other, refusal.guard), refusal)
        return list(first.values())


def _ordered(edges: Iterable[Edge], keys: Mapping[int, str], policy: IdentityPolicy) -> list[Edge]:
    """Edges, the most trusted first; among equals pairs with more evidence, then by stable keys."""
    total: dict[tuple[int, int], float] = {}
    for edge in edges:
        total[edge[:2]] = total.get(edge[:2], 0.0) + edge.weight

    def place(edge: Edge) -> tuple[int, float, str, str, str]:
        first, second = sorted((keys[edge.a], keys[edge.b]))
        return policy.rank(edge.rule), -total[edge[:2]], edge.rule, first, second

    return sorted((edge for edge in edges if edge.rule != SAME), key=place)


def _trimmed(component: Component, policy: IdentityPolicy) -> tuple[list[Edge], list[Refusal]]:
    """The edges without the least trusted rules, as many as it takes until no part is over the cap; and a flag."""
    cap = policy.component_cap
    kept = _ordered(component.edges, component.keys, policy)
    first: Edge | None = None
    while kept and max(map(len, components(component.nodes, kept))) > cap:
        rule = kept[-1].rule
        first = next(edge for edge in kept if edge.rule == rule)
        kept = [edge for edge in kept if edge.rule != rule]
    if first is None:
        return kept, []
    told = _told(rule=first.rule, records=len(component.nodes), cap=cap)
    return kept, [Refusal(first.a, first.b, "component_cap", told, first.weight)]


def _told(**detail: str | int) -> str:
    return json.dumps(detail, separators=(",", ":"))


def components(nodes: Iterable[int], edges: Iterable[Edge]) -> list[list[int]]:
    """Connected components, in the order of their first nodes; a node without edges is its own."""
    root = {node: node for node in nodes}

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = node = root[root[node]]
        return node

    for edge in edges:
        root[find(edge.a)] = find(edge.b)
    found: dict[int, list[int]] = {}
    for node in root:
        found.setdefault(find(node), []).append(node)
    return list(found.values())
