"""What linkage does in plain cases: who is joined, what is refused, what is doubtful; and that it is fast enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from hub.identity.linkage import BIT, Graph, Linkage, Linked, link
from tests.identity.linkage_rule import LINKAGE, Case, Pair

#: The kinds of LINKAGE.
USER, MAIL, PHONE = range(3)


def linked(count: int, weights: dict[Pair, float], linkage: Linkage = LINKAGE, **more: object) -> Linked:
    """Pairs by weight in bits, all proposed."""
    known = {pair: (weight, True) for pair, weight in weights.items()}
    return link(Case(count, known, **more).graph(), linkage)  # type: ignore[arg-type]


def refused(found: Linked) -> list[tuple[int, int, str, int, int, int]]:
    rows = found.refusals
    columns = (rows.a, rows.b, rows.names, rows.kind, rows.limit, rows.would_be)
    return list(zip(*(np.asarray(column).tolist() for column in columns), strict=True))


def everybody(count: int, weight: float) -> dict[Pair, float]:
    return dict.fromkeys(combinations(range(count), 2), weight)


def test_a_chain_of_weak_ties_is_not_one_customer() -> None:
    found = linked(4, {(0, 1): 6, (1, 2): 1, (2, 3): 6})
    assert found.labels.tolist() == [0, 0, 2, 2]
    assert found.component.tolist() == [0, 0, 0, 0]
    rows = found.doubtful
    # (1 + 3 * -1) / 4 across.
    assert (rows.a.tolist(), rows.b.tolist(), rows.mean.tolist()) == ([1], [2], [-0.5 * BIT])
    assert (rows.size.tolist(), rows.joined.tolist()) == ([4], [False])


def test_contradictions_weigh_against_a_tie() -> None:
    assert linked(3, {(0, 1): 6, (1, 2): 5, (0, 2): -2}).labels.tolist() == [0, 0, 0]
    assert linked(3, {(0, 1): 6, (1, 2): 5, (0, 2): -8}).labels.tolist() == [0, 0, 2]


def test_one_overwhelming_pair_counts_only_up_to_the_cap() -> None:
    weights = everybody(3, 12) | {(2, 3): 90, (1, 3): -12}
    assert linked(4, weights).labels.tolist() == [0, 0, 0, 3]
    assert linked(4, weights, replace(LINKAGE, cap=100 * BIT)).labels.tolist() == [0, 0, 0, 0]


def test_only_what_was_proposed_connects() -> None:
    case = Case(3, {(0, 1): (5.0, True), (1, 2): (9.0, False)})
    assert link(case.graph(), LINKAGE).component.tolist() == [0, 0, 2]
    # Within a component it counts as any other.
    case = Case(3, {(0, 1): (5.0, True), (0, 2): (1.0, True), (1, 2): (9.0, False)})
    assert link(case.graph(), LINKAGE).labels.tolist() == [0, 0, 0]


def test_a_merge_near_the_stop_is_doubtful_and_a_sure_one_is_not() -> None:
    found = linked(4, {(0, 1): 3.5, (2, 3): 5})
    rows = found.doubtful
    assert (rows.a.tolist(), rows.b.tolist(), rows.joined.tolist()) == ([0], [1], [True])
    assert (rows.mean.tolist(), rows.size.tolist()) == ([3.5 * BIT], [2])


def test_two_user_ids_are_two_customers_and_it_is_told_once() -> None:
    held = tuple((node, USER, 1 if node < 2 else 2) for node in range(5))
    found = linked(5, everybody(5, 9), held=held)
    assert found.labels.tolist() == [0, 0, 2, 2, 2]
    assert refused(found) == [(0, 2, "exclusive", USER, 1, 2)]
    assert found.refusals.mean.tolist() == [9 * BIT]


def test_a_customer_has_no_more_addresses_than_the_limit() -> None:
    weights = everybody(3, 5) | {(1, 2): 7}
    found = linked(3, weights, held=((0, MAIL, 1), (1, MAIL, 2), (2, MAIL, 3)))
    assert found.labels.tolist() == [0, 1, 1]
    assert refused(found) == [(0, 1, "limit", MAIL, 2, 3)]


def test_of_several_kinds_that_are_too_many_the_first_is_told() -> None:
    held = tuple((node, kind, 10 * node + kind) for node in range(2) for kind in (PHONE, USER)) + tuple(
        (node, MAIL, value) for node in range(2) for value in (node, 2 + node)
    )
    found = linked(2, {(0, 1): 5}, held=held)
    assert refused(found) == [(0, 1, "exclusive", USER, 1, 2)]


def test_one_address_of_a_kind_is_not_one_of_another() -> None:
    held = ((0, USER, 1), (1, MAIL, 1), (1, PHONE, 2), (2, MAIL, 3), (2, PHONE, 2))
    assert linked(3, everybody(3, 5), held=held).labels.tolist() == [0, 0, 0]


def test_different_holds_through_any_chain() -> None:
    found = linked(3, {(0, 1): 9, (1, 2): 8}, different=((0, 2),))
    assert found.labels.tolist() == [0, 0, 2]
    assert refused(found) == [(1, 2, "different", -1, 0, 0)]


def test_what_contradicts_too_much_stays_apart_unless_a_person_calls_it_the_same() -> None:
    weights = everybody(3, 9)
    found = linked(3, weights, apart=((1, 2),))
    assert found.labels.tolist() == [0, 0, 2]
    assert refused(found) == [(0, 2, "evidence", -1, 0, 0)]
    assert linked(3, weights, apart=((1, 2),), same=((1, 2),)).labels.tolist() == [0, 0, 0]
    # Nor does it join two others that a third, called the same as one of them, contradicts.
    found = linked(3, {(0, 2): 9}, apart=((1, 2),), same=((0, 1),))
    assert found.labels.tolist() == [0, 0, 2]


def test_same_joins_what_evidence_contradicts_and_what_has_none() -> None:
    found = linked(4, {(0, 1): -9}, same=((0, 1), (2, 3)))
    assert found.labels.tolist() == [0, 0, 2, 2]
    assert len(found.doubtful.a) == 0


def test_same_goes_beyond_limits_and_later_evidence_may_add_nothing_new() -> None:
    held = ((0, USER, 1), (1, USER, 2), (2, USER, 2), (3, USER, 3))
    found = linked(4, {(1, 2): 12, (0, 2): 12, (2, 3): 9, (1, 3): 9}, same=((0, 1),), held=held)
    assert found.labels.tolist() == [0, 0, 0, 3]
    assert refused(found) == [(1, 3, "exclusive", USER, 1, 3)]


def test_what_was_refused_is_joined_after_all_where_same_made_both_ids_one_persons() -> None:
    held = ((0, USER, 1), (1, USER, 2), (2, USER, 1), (3, USER, 2))
    found = linked(4, everybody(4, 5) | {(2, 3): 9}, same=((0, 1),), held=held)
    assert found.labels.tolist() == [0, 0, 0, 0]
    assert refused(found) == []


def test_same_against_different_through_a_third_is_a_contradiction() -> None:
    found = linked(3, {}, same=((1, 2), (0, 1)), different=((0, 2),))
    assert found.labels.tolist() == [0, 1, 1]  # the later word, which comes first, is followed
    assert refused(found) == [(0, 1, "contradiction", -1, 0, 0)]
    assert found.refusals.mean.tolist() == [99 * BIT]


def test_over_the_cap_the_weakest_links_go_and_it_is_told() -> None:
    chain = {(n, n + 1): 9.0 if n % 2 == 0 else 4.0 - n / 100 for n in range(9)}
    found = linked(10, chain, replace(LINKAGE, component_cap=4))
    # The heaviest of the lighter links still fits; the next would be too much, and so would all after it.
    assert found.component.tolist() == [0, 0, 0, 0, 4, 4, 6, 6, 8, 8]
    assert refused(found) == [(3, 4, "component_cap", -1, 4, 10)]
    assert found.refusals.mean.tolist() == [chain[3, 4] * BIT]
    assert found.labels.tolist() == found.component.tolist()


def test_a_whole_component_within_the_cap_loses_nothing() -> None:
    found = linked(4, everybody(4, 9), replace(LINKAGE, component_cap=4))
    assert found.labels.tolist() == [0, 0, 0, 0]
    assert refused(found) == []


def test_nothing_is_nothing() -> None:
    none = linked(0, {})
    assert none.labels.tolist() == none.component.tolist() == none.refusals.names == []
    alone = linked(2, {}, held=((0, USER, 1), (0, USER, 2)))
    assert alone.labels.tolist() == [0, 1]


@pytest.mark.parametrize("wrong", [{"missing": 0}, {"missing": 3 * BIT}, {"stop": 13 * BIT}])
def test_a_linkage_that_would_join_strangers_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="missing < stop <= cap"):
        Linkage(**wrong)


# --- time: of the processor, the best of some, with room to spare -------------------------------------------------------


def best(task: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.process_time()
        task()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_three_records_cost_next_to_nothing() -> None:
    graph = Case(3, {(0, 1): (9.0, True), (1, 2): (8.0, True)}).graph()
    assert best(lambda: link(graph, LINKAGE), 300) < 0.002


def test_many_small_components_cost_little() -> None:
    graph = small_components(60_000)
    assert best(lambda: link(graph, LINKAGE), 3) < 1.5


def small_components(count: int) -> Graph:
    """Components of up to five records, some weights across against one another, some user ids that differ."""
    random = np.random.default_rng(5)
    size = random.integers(2, 6, count)
    start = np.cumsum(size) - size
    a, b = np.triu_indices(5, 1)
    one, other = (start[:, None] + a).ravel(), (start[:, None] + b).ravel()
    inside = (b < size[:, None]).ravel()
    one, other = one[inside].astype(np.int32), other[inside].astype(np.int32)
    weight = (random.normal(6, 4, len(one)) * BIT).astype(np.int64)
    nodes = int(size.sum())
    user = np.flatnonzero(random.random(nodes) < 0.2).astype(np.int32)
    return Graph(
        nodes, one, other, weight, weight >= 0,
        holder=user, kind=np.full(len(user), USER, np.int16), value=random.integers(0, 3, len(user)),
    )  # fmt: skip


def test_a_crowd_in_which_nobody_may_be_joined_is_told_at_once() -> None:
    count = 200
    held = (*((node, USER, node) for node in range(count)), (5, USER, 0))
    graph = Case(count, dict.fromkeys(combinations(range(count), 2), (8.0, True)), held=held).graph()
    found = link(graph, LINKAGE)
    assert len(set(found.labels.tolist())) == count - 1  # 5 holds what 0 holds, and more
    assert best(lambda: link(graph, LINKAGE), 2) < 3


def test_a_long_chain_of_ever_heavier_links_ends() -> None:
    count = 2000
    graph = Case(count, {(n, n + 1): ((n + 1) * 0.005, True) for n in range(count - 1)}).graph()
    assert best(lambda: link(graph, LINKAGE), 2) < 5
