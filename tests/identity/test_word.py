"""A person's `same` joins customers whole, and comes last."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hub.identity.guards import GUARDS
from hub.identity.linkage import BIT, Graph, Linkage, Linked, link
from hub.identity.word import joined_by_word


def two_customers(one: int, other: int, across: int) -> Linked:
    """Records of two people: strong links within, and what is known across."""
    count = one + other
    a, b = (np.array(ends, np.int32) for ends in zip(*combinations(range(count), 2), strict=True))
    within = (a < one) == (b < one)
    weight = np.where(within, 12 * BIT, across * BIT)
    return link(Graph(count, a, b, weight, within), Linkage())


def pairs(*told: tuple[int, int]) -> np.ndarray:
    return np.array(told, np.int32).reshape(-1, 2)


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("across", [-12, -1])
def test_a_merge_is_the_union_of_two_customers(one: int, other: int, across: int) -> None:
    linked = two_customers(one, other, across)
    assert sorted(set(linked.labels.tolist())) == [0, one]
    joined = joined_by_word(linked, pairs((0, one)), pairs())
    assert joined.labels.tolist() == [0] * (one + other)
    assert not len(joined.refusals.a)


def test_nothing_said_changes_nothing() -> None:
    linked = two_customers(2, 2, -12)
    assert joined_by_word(linked, pairs(), pairs((0, 2))) is linked


def test_against_different_it_is_refused_also_through_others() -> None:
    linked = two_customers(2, 2, -12)
    joined = joined_by_word(linked, pairs((0, 2)), pairs((1, 3)))
    assert joined.labels.tolist() == [0, 0, 2, 2]
    assert [GUARDS[guard] for guard in joined.refusals.guard.tolist()] == ["contradiction"]
    assert (joined.refusals.a.tolist(), joined.refusals.b.tolist()) == ([0], [2])


def test_the_word_given_first_goes_before() -> None:
    count = 3
    nothing = np.zeros(0, np.int32)
    alone = link(Graph(count, nothing, nothing, np.zeros(0, np.int64), np.zeros(0, np.bool_)), Linkage())
    joined = joined_by_word(alone, pairs((1, 2), (0, 1)), pairs((0, 2)))
    assert joined.labels.tolist() == [0, 1, 1]
    again = joined_by_word(alone, pairs((0, 1), (1, 2)), pairs((0, 2)))
    assert again.labels.tolist() == [0, 0, 2]


def test_what_came_together_is_in_doubt_no_more() -> None:
    a, b = np.array([0], np.int32), np.array([1], np.int32)
    linked = link(Graph(2, a, b, np.array([BIT // 2]), np.array([True])), Linkage(stop=BIT))
    assert linked.labels.tolist() == [0, 1]
    graph = Graph(
        3,
        np.array([0, 1], np.int32),
        np.array([1, 2], np.int32),
        np.array([12 * BIT, BIT]),
        np.ones(2, np.bool_),
    )
    linked = link(graph, Linkage())
    apart = linked.doubtful.joined.tolist().count(False)
    joined = joined_by_word(linked, pairs((0, 2)), pairs())
    assert joined.labels.tolist() == [0, 0, 0]
    assert joined.doubtful.joined.tolist().count(False) == 0 <= apart
