"""From folded records to customers, in columns: the one path for a record and for a million.

    a, b   = pairs_of(block_keys(features), features.count, cap)      # or the store's answer to the same question
    links  = weigh(model, features, a, b).links(model)                # pairs that connect
    found  = settle(model, features, links, identifiers, decided)     # components, every pair inside, clusters

Records are numbered in the order of their stable keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hub.identity.columns import Bool, Int32, Int64
from hub.identity.compare import compare
from hub.identity.components import components
from hub.identity.features import Features
from hub.identity.levels import DIFFER, Levels, number
from hub.identity.linkage import Graph, Linkage, Linked, link
from hub.identity.model import MICRO, Model, micro
from hub.identity.scoring import score
from hub.identity.word import joined_by_word

#: Components of at most so many records have all their pairs compared; of larger ones, those that a key proposed.
DENSE = 64
#: Pairs that are compared at once: bounds the memory.
PART = 1_000_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Compared pairs of records, a < b."""

    a: Int32
    b: Int32
    #: Comparison -> level reached.
    levels: Mapping[str, Levels]
    #: Odds that the two are one person, in micro-bits; and the same, knowing that they have to do with each other.
    odds: Int64
    among: Int64

    def take(self, which: Bool | npt.NDArray[np.intp]) -> Pairs:
        """Some of the pairs."""
        levels = {name: reached[which] for name, reached in self.levels.items()}
        return Pairs(self.a[which], self.b[which], levels, self.odds[which], self.among[which])

    def links(self, model: Model) -> Pairs:
        """Those whose odds reach `stop`: they connect."""
        return self.take(self.odds >= micro(model.linking.stop))

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Several in one."""
        if len(parts) == 1:
            return parts[0]
        levels = {name: np.concatenate([part.levels[name] for part in parts]) for name in parts[0].levels}
        return cls(
            np.concatenate([part.a for part in parts]), np.concatenate([part.b for part in parts]), levels,
            np.concatenate([part.odds for part in parts]), np.concatenate([part.among for part in parts]),
        )  # fmt: skip


def weigh(model: Model, features: Features, a: Int32, b: Int32, exclusive: frozenset[str]) -> Pairs:
    """Compares pairs (a[n] < b[n]) and weighs them.

    exclusive: types of identifiers of which a person has one."""
    levels = compare(features, a, b, exclusive, list(model.comparisons))
    scores = score(model, features, a, b, levels)
    never = _witnessless(levels, len(a)) | company_and_person(features, a, b)
    odds = np.where(never, np.minimum(scores.odds, micro(model.linking.stop) - 1), scores.odds)
    return Pairs(a, b, levels, odds, scores.among)


def company_and_person(features: Features, a: Int32, b: Int32) -> Bool:
    """Which pairs are of a company and of a person with a name: two, whatever they share."""
    company = features.single["kind"].known
    named = features.single["given"].known | features.single["family"].known | features.single["word"].known
    return (company[a] & named[b]) | (company[b] & named[a])


#: What speaks for one person beside a number that a household may share: comparison -> from which level on.
_WITNESSES = {
    "given_name": "initial",
    "family_name": "close",
    "birth_date": "near",
    "email": "user_of_name",
    "address": "postal_code",
    "exclusive": "typo",
    "identifier": "equal",
}


def _witnessless(levels: Mapping[str, Levels], count: int) -> Bool:
    """Pairs that share a phone number and nothing else: it joins nobody alone, because households share it."""
    if "phone" not in levels:
        return np.zeros(count, np.bool_)
    alone: Bool = levels["phone"] >= number("phone", "typo")
    for comparison, least in _WITNESSES.items():
        if comparison in levels:
            alone &= levels[comparison] < number(comparison, least)
    return alone


def linked_pairs(model: Model, features: Features, a: Int32, b: Int32, exclusive: frozenset[str]) -> Pairs:
    """The links among any number of candidate pairs."""
    starts = range(0, max(len(a), 1), PART)
    return Pairs.joined(
        [weigh(model, features, a[n : n + PART], b[n : n + PART], exclusive).links(model) for n in starts]
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What people decided, by record number, and the identifiers that count against limits."""

    same: Int32 = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    different: Int32 = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    holder: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))
    kind: npt.NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    value: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    limits: tuple[int, ...] = ()
    exclusive: tuple[bool, ...] = ()
    component_cap: int = 2000


@dataclass(frozen=True, slots=True)
class Settled:
    """Who is one customer, and all the pairs that were weighed for it."""

    linked: Linked
    #: Every pair that says something: links, and pairs inside components that speak for or against.
    pairs: Pairs
    #: Which of them are links.
    link: Bool


#: Weighs pairs of numbers (a[n] < b[n]).
Weigher = Callable[[Int32, Int32], Pairs]


def settle(
    model: Model,
    features: Features,
    links: Pairs,
    told: Told,
    exclusive: frozenset[str],
    weigher: Weigher | None = None,
) -> Settled:
    """Clusters of whole components. `links` are all links among the records, each once.

    weigher: for who has weighed some pairs already; default compares and weighs."""
    ties = np.concatenate([links.a, told.same[:, 0]]), np.concatenate([links.b, told.same[:, 1]])
    label = components(features.count, *ties)
    weigher = weigher or (lambda a, b: weigh(model, features, a, b, exclusive))

    def apart(pairs: Pairs) -> Bool:
        return _contradicting(model, pairs) | company_and_person(features, pairs.a, pairs.b)

    inside = _inside(model, features.count, links, label, weigher, apart)
    pairs = Pairs.joined([links, inside])
    link_ = np.arange(len(pairs.a)) < len(links.a)
    wrong = apart(pairs)
    graph = Graph(
        features.count, pairs.a, pairs.b, weights(model, pairs, link_), link_,
        different=told.different, apart=np.stack([pairs.a[wrong], pairs.b[wrong]], axis=1),
        holder=told.holder, kind=told.kind, value=told.value,
    )  # fmt: skip
    linking = model.linking
    linkage = Linkage(
        cap=micro(linking.cap), missing=micro(linking.missing), stop=micro(linking.stop),
        component_cap=told.component_cap, limits=told.limits, exclusive=told.exclusive,
    )  # fmt: skip
    linked = joined_by_word(link(graph, linkage), told.same, told.different)
    return Settled(linked, pairs, link_)


def weights(model: Model, pairs: Pairs, link_: Bool) -> Int64:
    """What pairs weigh in clustering. One that nothing ties weighs `missing`, or less where the two contradict each
    other: that they are of one component says that they have to do with each other, so it is held against that."""
    unproven = np.minimum(pairs.among, micro(model.linking.missing))
    return np.where(link_ | (pairs.odds >= micro(model.linking.stop)), pairs.odds, unproven)


#: Fields of which a person has one, and that are rarely wrong.
_TELLING = ("given_name", "suffix", "birth_date", "exclusive")


def _contradicting(model: Model, pairs: Pairs) -> Bool:
    """Of which pairs a telling field differs, and all the rest together does not make one person."""
    wrong = np.zeros(len(pairs.a), np.bool_)
    for comparison in _TELLING:
        if comparison in pairs.levels:
            household = model.comparisons[comparison]["differ"].household
            if household <= -model.linking.contradiction:
                wrong |= pairs.levels[comparison] == DIFFER
    wrong &= pairs.among < micro(model.linking.stop)
    return wrong


def _inside(
    model: Model, count: int, links: Pairs, label: Int32, weigher: Weigher, apart: Callable[[Pairs], Bool]
) -> Pairs:
    """The pairs inside components of three to DENSE records that are no links; those that say nothing are left out."""
    a, b = _all_pairs(label)
    known = links.a.astype(np.int64) * count + links.b
    known.sort()
    codes = a.astype(np.int64) * count + b
    place = np.searchsorted(known, codes)
    place[place == len(known)] = 0
    new = known[place] != codes if len(known) else np.ones(len(codes), np.bool_)
    a, b = a[new], b[new]
    nothing = micro(model.linking.missing)
    parts = []
    for start in range(0, max(len(a), 1), PART):
        pairs = weigher(a[start : start + PART], b[start : start + PART])
        says = (pairs.odds >= micro(model.linking.stop)) | (pairs.among < nothing)
        parts.append(pairs.take(says | apart(pairs)))
    return Pairs.joined(parts)


def _all_pairs(label: Int32) -> tuple[Int32, Int32]:
    """All pairs of records of one component, for components of two to DENSE records."""
    size = np.bincount(label, minlength=len(label))
    rows = np.flatnonzero((size[label] > 1) & (size[label] <= DENSE)).astype(np.int32)
    rows = rows[np.argsort(label[rows], kind="stable")]
    starts = np.flatnonzero(np.append(True, label[rows][1:] != label[rows][:-1])) if len(rows) else rows[:0]
    sizes = np.diff(np.append(starts, len(rows)))
    one: list[Int32] = [rows[:0]]
    other: list[Int32] = [rows[:0]]
    for each in np.unique(sizes).tolist():
        block = rows[starts[sizes == each][:, None] + np.arange(each)]
        first, second = np.triu_indices(each, 1)
        one.append(block[:, first].ravel())
        other.append(block[:, second].ravel())
    return np.concatenate(one), np.concatenate(other)


def bits(micro_bits: int) -> float:
    """Micro-bits as bits."""
    return micro_bits / MICRO
