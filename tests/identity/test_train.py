"""Training without labels: from a store's own records, the same each time, and with respect for what it begins with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hub.identity import train as training
from hub.identity.evaluate import Evaluation, evaluate
from hub.identity.features import Features
from hub.identity.model import Model
from hub.identity.model_file import model_json, parse_model
from hub.identity.shipped import shipped
from hub.identity.train import Trained, frequencies, informative, people_weights, train
from hub.testing.crowd import Crowd, crowd
from tests.identity.source_people import EXCLUSIVE, Source, folded
from tests.identity.who_is_who import Matching

COUNT = 1_500
#: Field of a source customer -> column of the crowd.
FIELDS = {name: name for name in ("given_name", "family_name", "full_name", "birth_date", "gender", "line1", "city", "postal_code", "country")} | {"organization_name": "organization"}  # fmt: skip


def sources_of(made: Crowd) -> list[Source]:
    single = {name: made.columns[column].tolist() for name, column in FIELDS.items()}
    many = {
        name: [[text] if text else [] for text in made.columns[name].tolist()] for name in ("email", "phone")
    }
    columns = single | many
    return [{name: column[row] for name, column in columns.items()} for row in range(len(made.person))]


@pytest.fixture(scope="module")
def made() -> Crowd:
    return crowd(COUNT, seed=5)


@pytest.fixture(scope="module")
def records(made: Crowd) -> list[Source]:
    return sources_of(made)


@pytest.fixture(scope="module")
def features(records: list[Source]) -> Features:
    return Matching().features(records)


@pytest.fixture(scope="module", autouse=True)
def few_random_pairs() -> object:
    """Quick, and as good for so few people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "RANDOM_PAIRS", 30_000)
        yield


@pytest.fixture(scope="module")
def trained(features: Features, few_random_pairs: object) -> Trained:
    return train(features, shipped(), EXCLUSIVE)


def judged(model: Model, features: Features, made: Crowd) -> Evaluation:
    matching = Matching(model)
    labels = matching.settled(features, matching.links(features)).linked.labels
    return evaluate(labels.tolist(), made.person.tolist())


def test_it_finds_who_is_who_without_labels(trained: Trained, features: Features, made: Crowd) -> None:
    found = judged(trained.model, features, made)
    assert found.pairwise.precision > 0.9
    assert found.pairwise.recall > 0.7
    assert found.pairwise.f1 > judged(shipped(), features, made).pairwise.f1 - 0.02


def test_the_prior_is_about_what_the_truth_is(trained: Trained, made: Crowd) -> None:
    sizes = np.bincount(made.person)
    others = float((sizes * (sizes - 1)).sum()) / COUNT
    assert 0.5 * others < trained.model.prior.matches < 1.5 * others
    assert trained.model.prior.records == trained.records == COUNT
    assert len(sizes[sizes > 0]) <= trained.people <= COUNT


def test_twice_gives_the_same(trained: Trained, features: Features) -> None:
    again = train(features, shipped(), EXCLUSIVE)
    assert again.model == trained.model
    assert again.model.version == trained.model.version


def test_what_it_gives_is_a_model_that_the_file_can_hold(trained: Trained) -> None:
    read = parse_model(model_json(trained.model), "model.yaml")
    assert replace(read, frequencies=trained.model.frequencies) == trained.model


def test_chances_stay_chances(trained: Trained) -> None:
    for name, levels in trained.model.comparisons.items():
        assert sum(told.match for told in levels.values()) == pytest.approx(1, abs=0.05), name
        assert all(0 < told.match < 1 for told in levels.values()), name
        assert all(abs(told.bits) <= 60 for told in levels.values()), name


def test_levels_that_no_true_pair_reached_are_told(trained: Trained) -> None:
    for name, levels in trained.model.comparisons.items():
        for reached, told in levels.items():
            assert told.trained == (trained.seen[name][reached] >= 1.0), (name, reached)


def test_the_prior_alone(features: Features, trained: Trained) -> None:
    start = replace(trained.model, prior=replace(trained.model.prior, records=10**6, matches=0.3))
    moved = train(features, start, EXCLUSIVE, only_prior=True).model
    assert (moved.comparisons, moved.frequencies) == (start.comparisons, start.frequencies)
    assert moved.prior.records == COUNT
    assert moved.prior.matches == pytest.approx(trained.model.prior.matches, rel=0.2)


def test_columns_that_tell_nobody_apart_are_left_out() -> None:
    people = [
        {"given_name": name, "gender": "f", "city": "Bern", "email": [f"{name}@example.com"]}
        for name in ("Anna", "Lena")
    ]
    assert informative(folded(people), shipped()) == ["given_name", "email"] or informative(
        folded(people), shipped()
    ) == ["given_name", "family_name", "email"]
    assert informative(folded([]), shipped()) == []


def test_records_that_are_surely_one_count_once() -> None:
    one = {"given_name": "Anna", "email": ["sunny.meadow@example.com"]}
    features = folded([one, one, {"given_name": "Otto", "email": ["sunny.meadow@example.com"]}, {}])
    a, b = np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32)
    levels = training.compare(features, a, b, EXCLUSIVE)
    weights = people_weights(features, a, b, levels)
    assert weights.tolist() == [0.5, 0.5, 1.0, 1.0]
    shares = frequencies(features, weights)["given"].shares
    assert shares == {"anna": 0.5, "otto": 0.5}
