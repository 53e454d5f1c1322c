"""The fast ways through a column give what the plain way gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.text import normalise_text
from hub.mapping import columns
from hub.mapping.columns import Mapper, MoneyColumns, one_by_one
from hub.mapping.functions import Environment

VALUES = st.one_of(
    st.none(), st.sampled_from(["a", " a", "1", "true", ""]), st.sampled_from([1, 1.0, True, 0, False, 0.0]), st.just([1])
)  # fmt: skip


@given(st.lists(st.lists(VALUES, min_size=1, max_size=60), max_size=5))
def test_remembering_changes_nothing(batches: list[list[Any]]) -> None:
    mapper = Mapper(normalise_text)
    for values in batches:
        assert mapper(values) == one_by_one(normalise_text, values)


def test_numbers_and_truth_values_are_never_taken_for_each_other() -> None:
    mapper = Mapper(normalise_text)
    assert mapper([1] * 20)[0] == ["1"] * 20
    assert mapper([True] * 20)[0] == ["true"] * 20
    assert mapper([1.0] * 20)[0] == ["1.0"] * 20


def test_what_repeats_is_worked_out_once_and_what_does_not_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []

    def count(value: object) -> object:
        seen.append(value)
        return value

    mapper = Mapper(count)
    for _ in range(5):
        mapper(["x", "y"] * 50)
    assert len(seen) == 2
    mapper = Mapper(count)
    mapper([str(number) for number in range(100)])
    assert len(mapper._memo) == 0
    monkeypatch.setattr(columns, "_MOST_KEPT", 10)
    mapper = Mapper(count)
    for start in range(0, 100, 5):
        mapper([f"v{start + number % 5}" for number in range(50)])
        assert len(mapper._memo) <= 10


def test_one_bad_value_costs_only_itself() -> None:
    def positive(value: int) -> int:
        if value < 0:
            raise BadValue("HUB-3270", "below nothing")
        return value

    made, troubles = Mapper(positive)([1, -2, 3, -4])
    assert made == [1, None, 3, None]
    assert [(trouble.row, trouble.code) for trouble in troubles] == [(1, "HUB-3270"), (3, "HUB-3270")]


def test_a_mistake_in_a_function_is_not_hidden() -> None:
    with pytest.raises(TypeError):
        Mapper(lambda value: value + 1)(["a"] * 20)


@given(
    st.lists(
        st.tuples(st.sampled_from(["1.50", "2", None, 3, "x", 1.5]), st.sampled_from(["EUR", "JPY", None])),
        max_size=30,
    )
)
def test_amounts_by_currency(pairs: list[tuple[Any, str | None]]) -> None:
    from hub.canonical.money import minor_units

    values, currencies = [value for value, _ in pairs], [currency for _, currency in pairs]
    assert MoneyColumns()(values, currencies) == one_by_one(minor_units, values, currencies)


def test_identifiers_are_normalised_by_their_type() -> None:
    environment = Environment(region="US")
    assert columns.identifier_value("order_email", environment)("JANE@example.com") == "jane@example.com"
    assert columns.identifier_value("phone", environment)("202 555 0123") == "+12025550123"
    assert columns.identifier_value("cookie", environment)(" AbC ") == "AbC"
