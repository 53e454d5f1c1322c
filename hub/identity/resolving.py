"""Whole components to customers: the links between records, people's decisions and the policy -> clusters, and what is
kept to explain them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from hub.identity.columns import Int32
from hub.identity.components import components
from hub.identity.decisions import Decided
from hub.identity.features import Features
from hub.identity.limits import Counted, Kind, counted
from hub.identity.linkage import Linkage, Linked
from hub.identity.matching import Pairs, Settled, Told, Weigher, settle, weigh, weights
from hub.identity.model import MICRO, Model
from hub.identity.policy import CERTAIN, IdentityPolicy
from hub.identity.sources import Sources
from hub.identity.waterfall import packed

#: Rules of edges: a link, another pair inside a component, a person's word.
MATCH, INSIDE, SAME = "match", "inside", "same"
#: What a membership's rule is when nothing ties its record to another.
SINGLE = "single"
#: The guard of rows in the review queue that no guard refused: merges made or not made by a hair's breadth.
DOUBT = "doubt"
#: What each guard's refusal is called.
_CODES = {
    "exclusive": "HUB-8012",
    "limit": "HUB-8013",
    "component_cap": "HUB-8014",
    "evidence": "HUB-8015",
    "different": "HUB-8021",
    "contradiction": "HUB-8022",
    DOUBT: "HUB-8023",
}


class Edge(NamedTuple):
    """A row of the table `edges`: a < b (ids), the rule, the weight in bits, what it is made of."""

    a: int
    b: int
    rule: str
    weight: float
    levels: bytes | None


class Refusal(NamedTuple):
    """A row of the table `refusals`: a merge that a guard refused, or a doubtful one. `detail`: JSON without values."""

    a: int
    b: int
    guard: str
    detail: str
    #: Mean weight between the two clusters, in bits.
    weight: float
    #: Records of both together.
    size: int
    #: Whether they are one customer now.
    joined: bool

    @property
    def code(self) -> str:
        """HUB-80xx of the guard."""
        return code_of(self.guard)


def code_of(guard: str) -> str:
    """HUB-80xx of a guard."""
    return _CODES[guard]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is one customer among the records of some components."""

    #: Each sorted by stable name, in the order of their first members' names.
    clusters: list[list[int]]
    #: Source -> what ties it to its cluster: `same`, `match`, or `single`.
    rules: dict[int, str]
    #: All edges among the sources: they take the place of those stored.
    edges: list[Edge]
    #: Likewise.
    refusals: list[Refusal]


def resolve(
    sources: Sources,
    features: Features,
    links: tuple[Int32, Int32],
    model: Model,
    policy: IdentityPolicy,
    decided: Decided,
    weigher: Weigher | None = None,
) -> Resolution:
    """Customers of whole components.

    sources: in the order of their stable names; features: of the same, without retired identifiers. links: pairs of
    their numbers, each once, a < b: all links among them. weigher: weighs pairs of numbers, default anew. What comes out depends on these alone, and each component's
    part on this component alone.
    """
    number = {key: place for place, key in enumerate(sources.keys)} if decided.named else {}
    same, different = decided_pairs(decided.same, number), decided_pairs(sorted(decided.different), number)
    told, kinds = told_of(features, links, same, different, policy)
    if weigher is None:
        weigher = partial(_weighed, model, features, policy.exclusive)
    found = settle(model, features, weigher(*links), told, policy.exclusive, weigher)
    ids = np.asarray(sources.ids, np.int64)
    edges = [*_edges(ids, model, features, found), *same_edges(ids, same)]
    refusals = queue_rows(ids, found.linked, kinds, model)
    clusters = _clusters(sources.ids, found.linked.labels)
    return Resolution(clusters, _rules(clusters, ids, same), edges, refusals)


def _weighed(model: Model, features: Features, exclusive: frozenset[str], a: Int32, b: Int32) -> Pairs:
    return weigh(model, features, a, b, exclusive)


def decided_pairs(told: Iterable[tuple[str, str]], number: Mapping[str, int]) -> Int32:
    """Decided pairs of which both are here, by number, in the order told."""
    found = [(number[a], number[b]) for a, b in told if a in number and b in number]
    return np.array(found, np.int32).reshape(-1, 2)


def told_of(
    features: Features, links: tuple[Int32, Int32], same: Int32, different: Int32, policy: IdentityPolicy
) -> tuple[Told, Sequence[Kind]]:
    """What counts in clustering besides weights, and the kinds of identifiers by their numbers. links: as in `resolve`."""
    ties = np.concatenate((links[0], same[:, 0])), np.concatenate((links[1], same[:, 1]))
    held: Counted = counted(features, policy, components(features.count, *ties))
    told = Told(
        same, different, held.holder, held.kind, held.value, held.limits, held.exclusive, policy.component_cap
    )
    return told, held.kinds


# --- edges ---------------------------------------------------------------------------------------------------------


def _edges(ids: np.ndarray, model: Model, features: Features, found: Settled) -> Iterator[Edge]:
    pairs = found.pairs
    weight = weights(model, pairs, found.link)
    one, other = ids[pairs.a], ids[pairs.b]
    columns = (
        np.minimum(one, other).tolist(),
        np.maximum(one, other).tolist(),
        found.link.tolist(),
        (weight / MICRO).tolist(),
        packed(model, features, pairs, weight),
    )
    for a, b, is_link, bits, levels in zip(*columns, strict=True):
        yield Edge(a, b, MATCH if is_link else INSIDE, bits, levels)


def same_edges(ids: np.ndarray, same: Int32) -> Iterator[Edge]:
    """The edges of pairs that a person called the same, by the records' numbers."""
    for a, b in ids[same].tolist():
        yield Edge(min(a, b), max(a, b), SAME, CERTAIN, None)


# --- what people may want to look at -------------------------------------------------------------------------------


def queue_rows(ids: np.ndarray, linked: Linked, kinds: Sequence[Kind], model: Model) -> list[Refusal]:
    """What a person may want to look at. ids: of the records; kinds: of identifiers, by the numbers of refusals."""
    return _each_once([*_refusals(ids, linked, kinds), *_doubts(ids, linked, model)])


def _refusals(ids: np.ndarray, linked: Linked, kinds: Sequence[Kind]) -> Iterator[Refusal]:
    told = linked.refusals
    if not len(told.a):
        return
    size = _sizes(linked, told.a, told.b)
    columns = (ids[told.a], ids[told.b], told.kind, told.limit, told.would_be, told.mean / MICRO, size)
    rows = zip(told.names, *(column.tolist() for column in columns), strict=True)
    for guard, a, b, kind, limit, would_be, mean, together in rows:
        detail: dict[str, str | int] = {}
        if kind >= 0:
            type_, issuer = kinds[kind]
            detail = {"type": type_, "issuer": issuer, "limit": limit, "would_be": would_be}
        elif would_be:
            detail = {"records": would_be, "cap": limit}
        text = json.dumps(detail, separators=(",", ":"))
        yield Refusal(min(a, b), max(a, b), guard, text, round(mean, 6), together, False)


def _doubts(ids: np.ndarray, linked: Linked, model: Model) -> Iterator[Refusal]:
    """Merges whose mean weight is near `stop`, made or not; what a guard refused is told by the guard."""
    told = linked.doubtful
    near = told.joined | (np.abs(told.mean / MICRO - model.linking.stop) <= Linkage().doubt / MICRO)
    rows = np.flatnonzero(near)
    if not rows.size:
        return
    labels = linked.labels
    refused = {
        frozenset(pair)
        for pair in zip(labels[linked.refusals.a].tolist(), labels[linked.refusals.b].tolist(), strict=True)
    }
    columns = (
        told.a, told.b, ids[told.a], ids[told.b], told.mean / MICRO, told.size, told.joined,
    )  # fmt: skip
    for one, other, a, b, mean, size, joined in zip(
        *(column[rows].tolist() for column in columns), strict=True
    ):
        if joined or frozenset((int(labels[one]), int(labels[other]))) not in refused:
            yield Refusal(min(a, b), max(a, b), DOUBT, "{}", round(mean, 6), size, joined)


def _sizes(linked: Linked, a: Int32, b: Int32) -> np.ndarray:
    size = np.bincount(linked.labels)
    sizes: np.ndarray = size[linked.labels[a]] + size[linked.labels[b]]
    return sizes


def _each_once(refusals: Iterable[Refusal]) -> list[Refusal]:
    """The first of each guard between two records tells it all."""
    first: dict[tuple[int, int, str], Refusal] = {}
    for refusal in refusals:
        first.setdefault(refusal[:3], refusal)
    return list(first.values())


# --- clusters ------------------------------------------------------------------------------------------------------


def _clusters(ids: Sequence[int], labels: Int32) -> list[list[int]]:
    """Labels are the clusters' smallest numbers, and numbers are in the order of names."""
    found: dict[int, list[int]] = {}
    for id_, label in zip(ids, labels.tolist(), strict=True):
        found.setdefault(label, []).append(id_)
    return list(found.values())


def _rules(clusters: Sequence[Sequence[int]], ids: np.ndarray, same: Int32) -> dict[int, str]:
    rules = {id_: MATCH if len(members) > 1 else SINGLE for members in clusters for id_ in members}
    if len(same):
        cluster = {id_: place for place, members in enumerate(clusters) for id_ in members}
        for a, b in ids[same].tolist():
            if cluster[a] == cluster[b]:
                rules[a] = rules[b] = SAME
    return rules
