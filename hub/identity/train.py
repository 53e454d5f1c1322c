"""Fit a model to a store, without labels: expectation and maximisation over candidate pairs (Winkler 1988, with a third
class for households). The model one begins with is the prior: a level that is rarely seen stays near where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hub.identity.blocking import block_keys, household_keys, pairs_of
from hub.identity.columns import Column, Int32
from hub.identity.compare import compare
from hub.identity.features import Features
from hub.identity.levels import DIFFER, Levels, levels_of, number
from hub.identity.linkage import components
from hub.identity.model import MICRO, Frequencies, Level, Model, Prior, chances, level
from hub.identity.scoring import custom_bits, frequency_bits, frequent, whole_name

Floats = npt.NDArray[np.float64]

#: Most candidate pairs that are looked at, and pairs of any two people.
MOST_PAIRS, RANDOM_PAIRS = 2_000_000, 300_000
#: How many pairs the model one begins with counts for, per comparison.
_STRENGTH = 100.0
#: And at least for this share of the true pairs that are found.
_SHARE = 0.1
_ROUNDS = 25
#: So many records of one person may look like different people's before anything else is known.
_ONE_PERSONS = 3.0

#: A record is taken to meet so many records of its household at least, if families are seen at all: so many for each
#: that is seen. To make one customer of a family costs more than to leave a person two.
_HOUSEHOLDS, _CAUTION = 0.5, 4.0
#: Likewise of people of its name.
_NAMESAKES = 0.05
#: Pairs that teach what matches look like are matches with at least this probability.
_CLEAR = 0.5


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model, and what it was fitted on."""

    model: Model
    records: int
    people: float
    pairs: int
    #: Whether all candidate pairs were looked at (1.0), or a sample of this share.
    share: float
    #: Comparison -> level -> how many true pairs (expected) reached it.
    seen: Mapping[str, Mapping[str, float]]
    rounds: int


def train(
    features: Features,
    start: Model,
    exclusive: frozenset[str],
    *,
    cap: int = 300,
    seed: int = 1,
    only_prior: bool = False,
) -> Trained:
    """The model fitted to these records.

    start: the model to begin with, its weights the prior. exclusive: as for `compare`. cap: as for `pairs_of`.
    only_prior: weights and frequencies stay; the prior alone moves.
    """
    if not features.count:
        return Trained(start, 0, 0.0, 0, 1.0, {}, 0)
    rng = np.random.default_rng(seed)
    a, b = pairs_of([*block_keys(features), *household_keys(features)], features.count, cap)
    share = min(1.0, MOST_PAIRS / max(len(a), 1))
    if share < 1.0:
        kept = rng.random(len(a)) < share
        a, b = a[kept], b[kept]
    useful = informative(features, start)
    levels = compare(features, a, b, exclusive, useful)
    model = replace(start, comparisons={name: start.comparisons[name] for name in useful})
    weights = people_weights(features, a, b, levels)
    people = float(weights.sum())
    model = model.with_prior(replace(model.prior, records=max(features.count, 2)))
    if not only_prior:
        model = replace(model, frequencies=frequencies(features, weights))
        model = _random_fitted(model, features, exclusive, weights, rng)
    fit = _Fit(model, features, a, b, levels, share)
    seen = fit.run(only_prior=only_prior)
    return Trained(fit.model, features.count, people, len(a), share, seen, _ROUNDS)


def informative(features: Features, model: Model) -> list[str]:
    """The comparisons whose fields tell records apart: known in some, and not the same in all."""
    needs = {
        "given_name": ("given", "word"), "family_name": ("family", "word"), "suffix": ("suffix",), "birth_date": ("birth",),
        "address": ("city", "postal", "street"), "gender": ("gender",), "organization": ("organization",),
    }  # fmt: skip
    many = {"email": "email", "phone": "phone", "exclusive": "other", "identifier": "other"}
    found = []
    for name in model.comparisons:
        if name in many:
            useful = len(features.many[many[name]].codes) > 1
        else:
            columns = [features.single[column] for column in needs.get(name, (name,))]
            useful = any(_varies(column) for column in columns)
        if useful:
            found.append(name)
    return found


def _varies(column: Column) -> bool:
    counts = np.bincount(column.codes, minlength=len(column.values))[1:]
    return int((counts > 0).sum()) > 1


def people_weights(features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels]) -> Floats:
    """How much of a person each record is: records that surely are one person count for one together.

    Surely: they share a mailbox or number, or an exclusive identifier, and no name differs."""
    count = len(a)
    shared = np.zeros(count, np.bool_)
    for name in ("email", "phone", "exclusive", "identifier"):
        if name in levels:
            shared |= levels[name] == len(levels_of(name)) - 1
    for name in ("given_name", "family_name", "birth_date"):
        if name in levels:
            shared &= levels[name] != DIFFER
    labels = components(features.count, a[shared], b[shared])
    sizes = np.bincount(labels, minlength=features.count)
    return 1.0 / sizes[labels]


def frequencies(features: Features, weights: Floats) -> dict[str, Frequencies]:
    """How common values are among people, for every feature whose frequency counts."""
    wanted = ["given", "family", "city", "postal", "organization", "country", *features.attributes]
    return {name: _frequencies(features.single[name], weights) for name in wanted} | {
        "name": _common_names(features, weights)
    }


def _common_names(features: Features, weights: Floats) -> Frequencies:
    """Whole names that more people have than the few unlinked records of one person: rarer ones tell nothing."""
    given, family = features.single["given"], features.single["family"]
    codes = given.codes.astype(np.int64) * len(family.values) + family.codes
    known = (given.codes != 0) & (family.codes != 0)
    distinct, back = np.unique(codes[known], return_inverse=True)
    people = np.bincount(back, weights=weights[known], minlength=len(distinct)) - _ONE_PERSONS
    total = max(float(weights[known].sum()), 1.0)
    common = np.flatnonzero(people > 0)
    pairs = zip(*np.divmod(distinct[common], len(family.values)), people[common] / total, strict=True)
    shares = {whole_name(given.values[g], family.values[f]): float(share) for g, f, share in pairs}
    return Frequencies(shares, rare=1e-12, reference=1.0)


def _frequencies(column: Column, weights: Floats) -> Frequencies:
    counts = np.bincount(column.codes, weights=weights, minlength=len(column.values))[1:]
    total = max(float(counts.sum()), 1.0)
    shares = np.maximum(counts, 0.5) / total
    reference = float(np.square(counts / total).sum()) or 1.0
    table = dict(zip(column.values[1:], np.round(shares, 12).tolist(), strict=True))
    return Frequencies(table, rare=0.5 / total, reference=max(reference, 1e-9))


def _random_fitted(
    model: Model, features: Features, exclusive: frozenset[str], weights: Floats, rng: np.random.Generator
) -> Model:
    """P(level | random) from pairs of any two people."""
    chance = weights / weights.sum()
    one, other = (rng.choice(features.count, RANDOM_PAIRS, p=chance).astype(np.int32) for _ in range(2))
    apart = one != other
    one, other = one[apart], other[apart]
    levels = compare(features, one, other, exclusive, list(model.comparisons))
    fitted = {}
    for name, reached in levels.items():
        order = levels_of(name)
        counts = np.bincount(reached, minlength=len(order)).astype(np.float64)
        total = counts[1:].sum()
        table = {}
        for reached_level, told in model.comparisons[name].items():
            match, random, household, namesake = chances(told)
            place = order.index(reached_level)
            expected = frequent(name).get(reached_level)
            if total:
                # A level that chance reaches less often than pairs were drawn was as good as not looked for.
                random = (counts[place] + 1.0) / (total + 1.0 / random)
            if (
                expected is not None
                and expected in model.frequencies
                and reached_level in ("equal", "reordered")
            ):
                random = model.frequencies[expected].reference
            if (name, reached_level) == ("email", "user_of_name"):
                random = match  # who has the name has the address: the name has said it
            table[reached_level] = level(
                match, min(random, 0.999999), household, namesake, trained=told.trained
            )
        fitted[name] = table
    return replace(model, comparisons=fitted)


def _share_of(each: Floats, least: float) -> float:
    """A part of the prior, as the file writes it: what is read again must weigh the same."""
    return round(float(np.clip(each.sum(), least, 50.0)), 6)


class _Fit:
    """Rounds of expectation and maximisation."""

    def __init__(
        self, model: Model, features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels], share: float
    ) -> None:
        self.model = model
        self._start = model
        self._levels = levels
        self._share = share
        self._records = features.count
        self._frequency = {
            name: frequency_bits(model, features, a, b, name, reached) for name, reached in levels.items()
        }
        self._custom = custom_bits(model, features, a, b, levels)
        seen = _families(levels) * 2.0 / (share * features.count)
        self._least_households = min(_HOUSEHOLDS, max(_CAUTION * seen, 0.01))

    def run(self, *, only_prior: bool) -> Mapping[str, Mapping[str, float]]:
        """Fits; how many true pairs (expected) reached each level."""
        seen: Mapping[str, Mapping[str, float]] = {}
        for _ in range(_ROUNDS):
            match = self._expect()
            if not only_prior:
                # Only what is clear teaches: many pairs that are a fifth a match would else pull the levels that
                # households differ in towards themselves, and with them more such pairs.
                seen = self._maximise(np.where(match >= _CLEAR, match, 0.0))
        return seen

    def _expect(self) -> Floats:
        """P(match) of each pair; the prior moves to what is expected of all."""
        sums = [np.zeros(self._pairs, np.int64) for _ in range(3)]
        sums[0] += self._custom
        for name, reached in self._levels.items():
            sums[0] += self._frequency[name]
            for total, table in zip(sums, self.model.tables(name), strict=True):
                total += table[reached]
        prior = self.model.prior
        others = (prior.records, prior.households, prior.namesakes)
        # Against a match that counts 1: how likely random people, a household, and namesakes are.
        odds = [
            np.exp2(np.clip(-total / MICRO - np.log2(prior.matches / other), -900, 900))
            for total, other in zip(sums, others, strict=True)
        ]
        total = 1.0 + odds[0] + odds[1] + odds[2]
        match: Floats = 1.0 / total
        scale = 2.0 / (self._share * self._records)
        self.model = self.model.with_prior(
            Prior(
                self._records,
                _share_of(match * scale, 0.01),
                _share_of(odds[1] / total * scale, self._least_households),
                _share_of(odds[2] / total * scale, _NAMESAKES),
            )
        )
        return match

    @property
    def _pairs(self) -> int:
        return len(next(iter(self._levels.values()), ()))

    def _maximise(self, match: Floats) -> dict[str, dict[str, float]]:
        comparisons: dict[str, dict[str, Level]] = {}
        seen: dict[str, dict[str, float]] = {}
        for name, reached in self._levels.items():
            order = levels_of(name)
            of_match = np.bincount(reached, weights=match, minlength=len(order))
            table = {}
            for reached_level in self.model.comparisons[name]:
                place = order.index(reached_level)
                first = chances(self._start.comparisons[name][reached_level])
                total = of_match[1:].sum()
                strength = max(_STRENGTH, _SHARE * total)
                p_match = (of_match[place] + strength * first[0]) / (total + strength)
                table[reached_level] = level(p_match, *first[1:], trained=bool(of_match[place] >= 1.0))
            comparisons[name] = table
            seen[name] = {
                reached_level: float(of_match[order.index(reached_level)]) for reached_level in table
            }
        self.model = replace(self.model, comparisons=comparisons)
        return seen


def _families(levels: Mapping[str, Levels]) -> int:
    """Pairs that share a mailbox, a number or a house, and have different given names and no birth date in common."""
    given = levels.get("given_name")
    if given is None:
        return 0
    shared = np.zeros(len(given), np.bool_)
    for comparison, reached in (("email", "equal"), ("phone", "equal"), ("address", "house")):
        if comparison in levels:
            shared |= levels[comparison] == number(comparison, reached)
    if "birth_date" in levels:
        shared &= levels["birth_date"] != number("birth_date", "equal")
    return int((shared & (given == DIFFER)).sum())
