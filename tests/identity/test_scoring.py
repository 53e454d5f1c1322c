"""Odds of pairs: sums of what the model's file says, the same for one pair and among many."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.columns import Int64
from hub.identity.compare import compare
from hub.identity.levels import levels_of
from hub.identity.model import MICRO, Frequencies, Model, Prior
from hub.identity.scoring import Scores, combined, custom_bits, frequency_bits, frequent, score
from hub.identity.shipped import shipped
from tests.identity.source_people import ATTRIBUTES, EXCLUSIVE, Source, folded, rows, sources

#: How common some values are; whatever is in no table is rare.
FREQUENCIES = {
    "given": Frequencies({"anna": 0.02, "john": 0.04, "li": 0.01}, 0.00001, 0.003),
    "family": Frequencies({"berg": 0.0004, "smith": 0.01, "li": 0.02}, 0.00002, 0.0005),
    "city": Frequencies({"berlin": 0.2, "bern": 0.01}, 0.0001, 0.05),
    "postal": Frequencies({"10115": 0.01}, 0.0001, 0.001),
    "organization": Frequencies({}, 0.001, 0.01),
    "Branch": Frequencies({"north": 0.5}, 0.01, 0.3),
    "country": Frequencies({"de": 0.4, "ch": 0.1}, 0.01, 0.25),
    "name": Frequencies({"anna|berg": 0.001}, 1e-12, 1.0),
}
MODEL = replace(shipped((*ATTRIBUTES,)), frequencies=FREQUENCIES)


def scored(model: Model, records: list[Source], a: list[int], b: list[int]) -> Scores:
    features = folded(records, [*ATTRIBUTES])
    one, other = rows(*a), rows(*b)
    return score(model, features, one, other, compare(features, one, other, EXCLUSIVE))


@settings(max_examples=60, deadline=None)
@given(st.lists(sources(), min_size=2, max_size=7))
def test_a_pair_scores_the_same_alone_and_among_others(records: list[Source]) -> None:
    a, b = (side.tolist() for side in np.triu_indices(len(records), 1))
    together = scored(MODEL, records, a, b)
    for place, (x, y) in enumerate(zip(a, b, strict=True)):
        alone = scored(MODEL, [records[x], records[y]], [0], [1])
        for found, expected in zip(numbers(together, place), numbers(alone, 0), strict=True):
            assert found == expected


def numbers(scores: Scores, place: int) -> tuple[int, int, int]:
    return int(scores.odds[place]), int(scores.among[place]), int(scores.evidence[place])


@settings(max_examples=100, deadline=None)
@given(sources(), sources())
def test_it_does_not_matter_which_is_which(one: Source, other: Source) -> None:
    scores = scored(MODEL, [one, other], [0, 1], [1, 0])
    assert numbers(scores, 0) == numbers(scores, 1)


@settings(max_examples=100, deadline=None)
@given(sources(), sources())
def test_evidence_is_the_sum_of_what_the_file_says(one: Source, other: Source) -> None:
    features = folded([one, other], [*ATTRIBUTES])
    levels = compare(features, rows(0), rows(1), EXCLUSIVE)
    expected = 0
    for comparison, reached in levels.items():
        name = levels_of(comparison)[reached[0]]
        if name == "missing":
            continue
        expected += round(MODEL.comparisons[comparison][name].bits * MICRO)
        feature = frequent(comparison).get(name)
        texts = features.single[feature].texts() if feature else ["", ""]
        if feature in MODEL.frequencies and all(texts):
            table = MODEL.frequencies[feature]
            share = max(table.shares.get(text, table.rare) for text in texts)
            expected += round(log2(table.reference / share) * MICRO)
    found = score(MODEL, features, rows(0), rows(1), levels)
    assert found.evidence[0] == expected + custom_bits(MODEL, features, rows(0), rows(1), levels)[0]


@settings(max_examples=100, deadline=None)
@given(sources(), sources())
def test_what_is_shared_by_a_whole_country_is_never_a_gain(one: Source, other: Source) -> None:
    features = folded([one, other], [*ATTRIBUTES])
    levels = compare(features, rows(0), rows(1), EXCLUSIVE)
    assert custom_bits(MODEL, features, rows(0), rows(1), levels)[0] <= 0
    plain = replace(MODEL, frequencies={})
    assert custom_bits(plain, features, rows(0), rows(1), levels)[0] == 0


def test_nothing_known_leaves_the_prior() -> None:
    scores = scored(MODEL, [{}, {}], [0], [1])
    prior = MODEL.prior
    assert scores.evidence[0] == 0
    others = prior.records + prior.households + prior.namesakes
    assert scores.odds[0] / MICRO == pytest.approx(log2(prior.matches / others), abs=3e-6)


def test_a_rare_name_says_more_than_a_common_one() -> None:
    def evidence(family: str) -> int:
        return int(scored(MODEL, [{"family_name": family}] * 2, [0], [1]).evidence[0])

    assert evidence("Zyx") > evidence("Berg") > evidence("Li")


def test_names_the_other_way_round_count_as_the_commoner_of_the_two() -> None:
    features = folded(
        [{"given_name": "Anna", "family_name": "Zyx"}, {"given_name": "Zyx", "family_name": "Anna"}]
    )
    levels = compare(features, rows(0), rows(1), EXCLUSIVE, ["given_name"])["given_name"]
    table = FREQUENCIES["given"]
    found = frequency_bits(MODEL, features, rows(0), rows(1), "given_name", levels)
    assert found[0] == round(log2(table.reference / table.shares["anna"]) * MICRO)


def test_each_model_has_its_own_frequencies() -> None:
    """Also where a model is made, used and dropped after the other on the same records."""
    features = folded([{"given_name": "Anna"}] * 2)
    levels = compare(features, rows(0), rows(1), EXCLUSIVE, ["given_name"])["given_name"]
    for share in (0.5, 0.25, 0.125, 0.0625) * 8:
        model = replace(shipped(), frequencies={"given": Frequencies({"anna": share}, share, 0.5)})
        found = frequency_bits(model, features, rows(0), rows(1), "given_name", levels)
        del model
        assert found[0] == round(log2(0.5 / share) * MICRO)


BITS = st.lists(st.integers(-300 * MICRO, 300 * MICRO), min_size=3, max_size=3)


@given(BITS, st.integers(2, 10**9), st.tuples(*[st.floats(0.01, 50)] * 3))
def test_odds_are_against_all_kinds_of_others_together(
    sums: list[int], records: int, shares: tuple[float, float, float]
) -> None:
    model = shipped().with_prior(Prior(records, *shares))
    matches, households, namesakes = shares
    scores = combined(model, *(column(bits) for bits in sums))
    against = [
        sums[0] / MICRO + log2(matches / records),
        sums[1] / MICRO + log2(matches / households),
        sums[2] / MICRO + log2(matches / namesakes),
    ]
    assert scores.odds[0] / MICRO == pytest.approx(together(against), abs=5e-6)
    assert scores.among[0] / MICRO == pytest.approx(together(against[1:]), abs=5e-6)
    assert scores.odds[0] <= scores.among[0]


def column(bits: int) -> Int64:
    return np.array([bits], np.int64)


def together(bits: list[float]) -> float:
    least = min(bits)
    return least - log2(sum(2.0 ** (least - one) for one in bits))


@given(st.lists(st.integers(-200 * MICRO, 200 * MICRO), min_size=2, max_size=6))
def test_more_evidence_never_lowers_the_odds(evidence: list[int]) -> None:
    ordered = np.array(sorted(evidence), np.int64)
    fixed = np.full(len(ordered), 3 * MICRO)
    for place in range(3):
        sums = [fixed, fixed, fixed]
        sums[place] = ordered
        assert (np.diff(combined(MODEL, *sums).odds) >= -1).all()
