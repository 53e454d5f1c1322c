"""What no customer is like: nothing breaks, takes long, or pulls others together."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.blocking import block_keys, pairs_of
from hub.identity.components import components
from hub.identity.features import MANY, SOURCE_COLUMNS, pack, unpack
from hub.identity.guards import GUARDS
from hub.identity.limits import counted
from hub.identity.shipped import shipped
from hub.identity.train import train
from tests.identity.source_people import EXCLUSIVE, Source, folded
from tests.identity.who_is_who import Matching, clusters

MATCHING = Matching()
ODD = (
    "", " ", "\x00", "\x1f", "\u202e", "\u200f\u200e", "\ufeff", "🙂", "👩‍👩‍👧‍👦", "e\u0301", "\ud83d", "ﷺ", "İ", "ß", "0", "-1", "null", "<b>", "%s", "'; --",
    "\n", "a" * 5_000, "é" * 5_000, "🙂" * 5_000, "0000-00-00", "2026-02-31", "9999999999", "٣٤", "١٩٨٠-٠٢-٠٣",
)  # fmt: skip


def odd_sources() -> st.SearchStrategy[Source]:
    texts = st.none() | st.sampled_from((*ODD, "a " * 2_500)) | st.text(max_size=30)
    single = dict.fromkeys(SOURCE_COLUMNS, texts)
    many = {name: st.lists(st.sampled_from(ODD) | st.text(max_size=30), max_size=3) for name in MANY}
    return st.fixed_dictionaries(single | many)


@settings(max_examples=60, deadline=None)
@given(st.lists(odd_sources(), min_size=1, max_size=5))
def test_any_text_in_any_column(records: list[Source]) -> None:
    found = MATCHING.customers(records)
    assert sorted(row for cluster in found for row in cluster) == list(range(len(records)))
    features = folded(records)
    assert unpack(pack(features)).count == len(records)
    for column in features.single.values():
        assert all(text.isascii() for text in column.values)


@pytest.mark.parametrize("text", [*ODD])
def test_two_that_share_one_odd_text_are_two(text: str) -> None:
    for name in ("given_name", "family_name", "full_name", "birth_date", "city", "line1", "postal_code"):
        assert MATCHING.customers([{name: text}, {name: text}]) == [[0], [1]], name


@pytest.mark.parametrize("name", [*SOURCE_COLUMNS])
def test_records_of_one_field_are_alone(name: str) -> None:
    records: list[Source] = [{name: value} for value in ("Anna", "Berg", "1980-02-03", "Bern", None)] * 2
    assert MATCHING.customers(records) == [[row] for row in range(len(records))]


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_empty_records_are_alone(count: int) -> None:
    assert MATCHING.customers([{}] * count) == [[row] for row in range(count)]


@pytest.mark.parametrize(
    "date", ["0000-00-00", "1900-01-01", "1970-01-01", "9999-12-31", "31.02.1980", "0000-00-00T00:00:00"]
)
def test_dates_that_are_none_tie_nobody(date: str) -> None:
    people = [{"given_name": name, "family_name": "Berg", "birth_date": date} for name in ("Anna", "Otto")]
    assert MATCHING.customers(people) == [[0], [1]]


def test_a_number_that_ten_thousand_have_ties_nobody() -> None:
    start = time.perf_counter()
    records: list[Source] = [
        {"given_name": f"G{row}x", "family_name": f"F{row}y", "phone": ["+12025550100"]}
        for row in range(10_000)
    ]
    features = MATCHING.features(records)
    assert features.many["phone"].lists() == [[]] * len(records)
    found = MATCHING.customers(records)
    assert len(found) == len(records)
    assert time.perf_counter() - start < 30


def test_a_name_that_ten_thousand_have_ties_nobody() -> None:
    found = MATCHING.customers([{"given_name": "Anna", "family_name": "Berg"}] * 10_000)
    assert len(found) == 10_000


def test_a_number_of_many_names_is_retired_and_one_of_few_is_not() -> None:
    def numbers(names: int) -> list[list[str]]:
        people: list[Source] = [
            {"given_name": f"Anna{row}", "family_name": "Berg", "phone": ["+12025550100"]}
            for row in range(names)
        ]
        return MATCHING.features(people).many["phone"].lists()

    most = MATCHING.policy.document.retire.names
    assert numbers(most) == [["+12025550100"]] * most
    assert numbers(most + 1) == [[]] * (most + 1)


def chain(count: int) -> list[Source]:
    """Records of one name of which each shares a number with the next one alone."""
    return [
        {
            "given_name": "Anna",
            "family_name": "Berg",
            "phone": [f"+1202555{row:04}", f"+1202555{row + 1:04}"],
            "email": [f"sunny{row}.meadow@example.com", f"sunny{row + 1}.meadow@example.com"],
        }
        for row in range(count)
    ]


def test_a_long_chain_is_cut_and_no_customer_has_more_than_the_limits() -> None:
    features = MATCHING.features(chain(3_000))
    links = MATCHING.links(features)
    linked = MATCHING.settled(features, links).linked
    found = clusters(linked.labels)
    held = counted(features, MATCHING.policy, components(features.count, links.a, links.b))
    for cluster in found:
        assert len(cluster) <= MATCHING.policy.component_cap
        for name in ("email", "phone"):
            values = (
                {text for row in cluster for text in features.many[name].lists()[row]}
                if len(cluster) > 1
                else set()
            )
            limit = held.limits[held.kinds.index((name, ""))]
            assert len(values) <= limit
    assert "component_cap" in linked.refusals.names or max(map(len, found)) < 3_000
    assert set(linked.refusals.names) <= set(GUARDS)


def test_contradicting_decisions_are_told_and_different_wins() -> None:
    person: Source = {"given_name": "Anna", "family_name": "Berg", "email": ["sunny.meadow@example.com"]}
    records = [person] * 3
    features = MATCHING.features(records)
    links = MATCHING.links(features)
    linked = MATCHING.settled(features, links, same=[(0, 1), (1, 2)], different=[(0, 2)]).linked
    assert "contradiction" in linked.refusals.names
    labels = linked.labels.tolist()
    assert labels[0] != labels[2]


def test_a_decision_about_oneself_changes_nothing() -> None:
    assert MATCHING.customers([{}, {}], same=[(0, 0), (1, 1)]) == [[0], [1]]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{}],
        [{}, {}, {}],
        [{"given_name": "Anna"}],
        [{"given_name": "Anna", "family_name": "Berg"}] * 2,
        [{"given_name": "Anna", "family_name": "Berg", "email": ["sunny.meadow@example.com"]}] * 400,
        [{"given_name": f"Anna{row}"} for row in range(50)],
    ],
    ids=["none", "one empty", "empty", "one", "two equal", "all equal", "all apart"],
)
def test_training_on_next_to_nothing(records: list[Source]) -> None:
    features = folded(records)
    trained = train(features, shipped(), EXCLUSIVE)
    model = trained.model
    assert all(abs(told.bits) <= 60 for levels in model.comparisons.values() for told in levels.values())
    a, b = pairs_of(block_keys(features), features.count, 300)
    assert len(a) == len(b)
    Matching(model).customers(records)
