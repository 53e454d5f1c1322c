"""A batch of touched components at once: evidence, components, clusters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hub.identity.cluster import SAME, Component, Refusal, cluster, components
from hub.identity.decisions import Decided
from hub.identity.edges import Edge, Evidence, Retired, find_edges
from hub.identity.keys import Holder
from hub.identity.policy import CERTAIN, IdentityPolicy
from hub.identity.sources import Sources

#: What a membership's rule is when nothing ties its record to another.
SINGLE = "single"

T = TypeVar("T")
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is one customer among the resolved source customers."""

    #: Each sorted by stable key, in the order of their first members' keys.
    clusters: list[list[int]]
    #: Source -> the most trusted rule that ties it to its cluster, or `single`.
    rules: dict[int, str]
    #: All edges among the sources: they take the place of those stored.
    edges: list[Edge]
    #: Likewise.
    refusals: list[Refusal]
    #: Values that join nobody because too many use them.
    retired: list[Retired]


def resolve(
    sources: Sources,
    holders: Sequence[Holder],
    policy: IdentityPolicy,
    *,
    decided: Decided | None = None,
    context: Collection[int] = frozenset(),
    scored: Sequence[Edge] = (),
) -> Resolution:
    """Clusters of whole components.

    sources: every source customer of the touched components, and those of `context`.
    holders: `linking` rows of all of them.
    context: holders of the components' keys that are in no touched component (a shared phone whose names disagree):
    they help to tell how widely a value is used, and get no edges and no cluster.
    scored: stored edges of scored matching between the sources, to be clustered with the rest.

    The result is the same for any order of the sources, and each component's is the same as in a run over everything.
    """
    decided = decided or Decided()
    context = frozenset(context)
    here = {
        key: source for source, key in zip(sources.ids, sources.keys, strict=True) if source not in context
    }
    keys = {source: key for key, source in here.items()}
    same = _pairs(decided.same, here)
    evidence = find_edges(sources, holders, policy, context)
    edges = [*evidence.edges, *scored, *(Edge(min(p), max(p), SAME, CERTAIN, "{}") for p in same)]
    clusters, refusals = _cluster_all(keys, edges, evidence, same, _pairs(decided.different, here), policy)
    clusters.sort(key=lambda members: keys[members[0]])
    return Resolution(clusters, _rules(clusters, edges, policy), edges, refusals, evidence.retired)


def _pairs(told: Iterable[tuple[str, str]], here: Mapping[str, int]) -> list[Pair]:
    """Decided pairs of which both are here, as ids, in the order told."""
    return [(here[a], here[b]) for a, b in told if a in here and b in here]


def _cluster_all(
    keys: Mapping[int, str],
    edges: Sequence[Edge],
    evidence: Evidence,
    same: Sequence[Pair],
    different: Sequence[Pair],
    policy: IdentityPolicy,
) -> tuple[list[list[int]], list[Refusal]]:
    clusters: list[list[int]] = []
    refusals: list[Refusal] = []
    parts = components(keys, edges)
    part_of = {node: number for number, nodes in enumerate(parts) if len(nodes) > 1 for node in nodes}
    edges_of = _by_part([(edge.a, edge.b, edge) for edge in edges], part_of)
    same_of = _by_part([(a, b, (a, b)) for a, b in same], part_of)
    different_of = _by_part([(a, b, (a, b)) for a, b in different], part_of)
    for number, nodes in enumerate(parts):
        if len(nodes) == 1:
            clusters.append(nodes)
            continue
        component = Component(
            nodes,
            keys,
            edges_of.get(number, ()),
            evidence.identifiers,
            same_of.get(number, ()),
            different_of.get(number, ()),
        )
        partition = cluster(component, policy)
        clusters += partition.clusters
        refusals += partition.refusals
    return clusters, refusals


def _by_part(items: Iterable[tuple[int, int, T]], part_of: Mapping[int, int]) -> dict[int, list[T]]:
    """What lies between two nodes of one component, by component; what lies between two of them is left out."""
    found: dict[int, list[T]] = {}
    for a, b, item in items:
        part = part_of.get(a)
        if part is not None and part == part_of.get(b):
            found.setdefault(part, []).append(item)
    return found


def _rules(
    clusters: Sequence[Sequence[int]], edges: Sequence[Edge], policy: IdentityPolicy
) -> dict[int, str]:
    cluster_of = {node: number for number, members in enumerate(clusters) for node in members}
    best: dict[int, tuple[int, str]] = {}
    for edge in edges:
        if cluster_of[edge.a] == cluster_of[edge.b]:
            rank = (-1 if edge.rule == SAME else policy.rank(edge.rule), edge.rule)
            for node in (edge.a, edge.b):
                if node not in best or rank < best[node]:
                    best[node] = rank
    return {node: best[node][1] if node in best else SINGLE for node in cluster_of}
