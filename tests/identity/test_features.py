"""Folded records: what is kept of a source customer, packed for the store and back."""

from __future__ import annotations

import numpy as np
from anyascii import anyascii
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.features import MANY, SINGLE, Features, fold_sources, joined, pack, unpack, without_values
from tests.identity.source_people import ATTRIBUTES, LISTS, Source, folded, sources

SOURCES = st.lists(sources(), max_size=5)


def told(features: Features) -> list[tuple[object, ...]]:
    """All that features say, one entry per record."""
    single = [features.single[name].texts() for name in SINGLE]
    many = [features.many[name].lists() for name in MANY]
    return list(zip(*single, *many, strict=True))


@settings(max_examples=60, deadline=None)
@given(SOURCES)
def test_packing_and_back(records: list[Source]) -> None:
    features = folded(records)
    again = unpack(pack(features))
    assert again.count == len(records)
    assert told(again) == told(features)


@settings(max_examples=60, deadline=None)
@given(SOURCES)
def test_a_record_is_folded_the_same_alone_and_among_others(records: list[Source]) -> None:
    together = pack(folded(records))
    assert together == [blob for record in records for blob in pack(folded([record]))]


@settings(max_examples=40, deadline=None)
@given(SOURCES, SOURCES)
def test_two_lots_in_one(one: list[Source], other: list[Source]) -> None:
    assert told(joined(folded(one), folded(other))) == told(folded([*one, *other]))


@settings(max_examples=60, deadline=None)
@given(SOURCES, st.data())
def test_retired_values_are_gone_and_nothing_else(records: list[Source], data: st.DataObject) -> None:
    gone = {name: frozenset(data.draw(st.sets(st.sampled_from(LISTS[name])))) for name in MANY}
    features = folded(records, [*ATTRIBUTES])
    left = without_values(features, gone)
    for name in MANY:
        held = [[anyascii(text) for text in record[name]] for record in records]
        kept = [[text for text in texts if text not in gone[name]] for texts in held]
        assert left.many[name].lists() == kept
    for name, column in features.single.items():
        assert left.single[name].texts() == column.texts()


def test_nothing_known_is_nothing_kept() -> None:
    blanks: Source = dict.fromkeys(
        ("given_name", "family_name", "full_name", "birth_date", "city", "line1"), " \t"
    )
    for features in (folded([{}]), folded([blanks]), fold_sources({}, {}, 1)):
        assert all(column.texts() == [""] for column in features.single.values())
        assert all(ragged.lists() == [[]] for ragged in features.many.values())


def test_no_records_at_all() -> None:
    features = folded([])
    assert features.count == 0 and pack(features) == []
    assert told(unpack([])) == []


def test_derived_columns_are_worked_out_once() -> None:
    features = folded([{}])
    asked: list[int] = []
    for _ in range(2):
        assert features.derive("something", lambda: asked.append(1) or np.zeros(1)).tolist() == [0.0]  # type: ignore[func-returns-value]
    assert asked == [1]


def test_attributes_are_folded_as_they_are_named() -> None:
    features = folded([{"favourite colour": " Yéllow "}], ["favourite colour"])
    assert features.attributes == ("favourite colour",)
    assert features.single["favourite colour"].texts() == ["yellow"]
