"""Measures against a truth: counted by sizes, equal to what making every pair gives."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.evaluate import Measure, evaluate

LABELS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abcd")), max_size=12)


def pairs(labels: list[object]) -> set[tuple[int, int]]:
    return {(x, y) for x, y in combinations(range(len(labels)), 2) if labels[x] == labels[y]}


def share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


@given(LABELS)
def test_pairs_and_b_cubed_as_their_definitions_say(labels: list[tuple[int, str]]) -> None:
    customers, people = [one for one, _ in labels], [other for _, other in labels]
    found = evaluate(customers, people)
    put, true = pairs(customers), pairs(people)  # type: ignore[arg-type]
    assert found.pairwise == Measure(share(len(put & true), len(put)), share(len(put & true), len(true)))
    for measure, own, of in (
        (found.b_cubed.precision, customers, people),
        (found.b_cubed.recall, people, customers),
    ):
        each = []
        for row in range(len(labels)):
            mine = {other for other in range(len(labels)) if own[other] == own[row]}
            each.append(sum(of[other] == of[row] for other in mine) / len(mine))
        assert measure == pytest.approx(sum(each) / max(len(each), 1))
    assert (found.records, found.customers, found.people) == (
        len(labels),
        len(set(customers)),
        len(set(people)),
    )


def test_what_is_right_is_one() -> None:
    found = evaluate(["x", "x", "y", "z"], [7, 7, 8, 9])
    assert (found.pairwise.f1, found.b_cubed.f1) == (1.0, 1.0)


def test_everything_in_one_customer_has_recall_alone() -> None:
    found = evaluate(["x"] * 4, ["a", "a", "b", "c"])
    assert found.pairwise == Measure(1 / 6, 1.0)
    assert found.b_cubed == Measure(pytest.approx((2 * 2 / 4 + 1 / 4 + 1 / 4) / 4), 1.0)  # type: ignore[arg-type]


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        evaluate(["x"], ["a", "b"])
