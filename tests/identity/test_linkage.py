"""Linkage in rounds over all components is the rule done literally, and what holds of its clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import combinations
from random import Random
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.identity.linkage import Linkage, Linked, link
from tests.identity.linkage_rule import LINKAGE, LINKAGES, Case, Cluster, Greedy, cases, clusters, crowd

Row = TypeVar("Row")


def check_rule(case: Case, linkage: Linkage) -> None:
    greedy = Greedy(case, linkage)
    expected = greedy.run()
    linked = link(case.graph(), linkage)
    assert clusters(linked) == set(expected)
    assert linked.component.tolist() == greedy.parts
    rows = linked.refusals
    columns = (rows.a, rows.b, rows.names, rows.kind, rows.limit, rows.would_be, rows.mean)
    assert list(zip(*(np.asarray(column).tolist() for column in columns), strict=True)) == greedy.refusals()


@settings(max_examples=100, deadline=None)
@given(cases(), LINKAGES)
def test_rounds_are_the_rule_done_one_pair_after_the_other(case: Case, linkage: Linkage) -> None:
    check_rule(case, linkage)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), LINKAGES)
@example(313, LINKAGE)  # a refused pair that may be lifted is a rival of others
def test_rounds_are_the_rule_where_guards_are_at_every_turn(seed: int, linkage: Linkage) -> None:
    check_rule(crowd(seed), linkage)


@pytest.mark.nightly
@settings(max_examples=10_000, deadline=None)
@given(st.one_of(cases(most=14), st.integers(0, 2**32).map(crowd)), LINKAGES)
def test_rounds_are_the_rule_for_many_more(case: Case, linkage: Linkage) -> None:
    check_rule(case, linkage)


@settings(max_examples=100, deadline=None)
@given(cases(), LINKAGES)
def test_doubtful_pairs_are_all_there_with_their_means(case: Case, linkage: Linkage) -> None:
    greedy = Greedy(case, linkage)
    final = greedy.run()
    rows = link(case.graph(), linkage).doubtful
    found = {
        (a, b, joined): (mean, size)
        for a, b, joined, mean, size in zip(
            rows.a.tolist(),
            rows.b.tolist(),
            rows.joined.tolist(),
            rows.mean.tolist(),
            rows.size.tolist(),
            strict=True,
        )
    }
    assert list(zip(rows.a.tolist(), rows.b.tolist(), strict=True)) == sorted(
        zip(rows.a.tolist(), rows.b.tolist(), strict=True)
    )
    expected = {}
    for one, other in combinations(final, 2):
        weight, pair = greedy.heaviest(one, other)
        if greedy.parts[min(one)] == greedy.parts[min(other)] and weight > 0:
            expected[*pair, False] = float(greedy.mean(one, other)), len(one | other)
    for cluster, (halves, mean) in greedy.last.items():
        if cluster in final and mean <= linkage.stop + linkage.doubt:
            one, other = halves
            expected[*greedy.heaviest(one, other)[1], True] = float(mean), len(cluster)
    assert found == expected


# --- what holds of any clusters -------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(cases(most=14), LINKAGES)
def test_no_guard_is_ever_violated_and_nothing_else_stays_apart(case: Case, linkage: Linkage) -> None:
    rule = Greedy(case, linkage)
    rule.run()
    found = clusters(link(case.graph(), linkage))
    for cluster in found:
        assert not rule.are_different(cluster, cluster)
        assert all(
            not cluster >= {*pair} or any(seed >= {*pair} for seed in seeds(case)) for pair in case.apart
        )
        for kind, alone in enumerate(linkage.exclusive):
            told = [seed & cluster for seed in seeds(case)] + [frozenset([node]) for node in cluster]
            allowed = max(
                1 if alone else linkage.limits[kind], *(len(rule.values(seed, kind)) for seed in told)
            )
            assert len(rule.values(cluster, kind)) <= allowed
    for one, other in combinations(found, 2):
        if rule.parts[min(one)] == rule.parts[min(other)] and rule.mean(one, other) >= linkage.stop:
            assert rule.guard(one, other) is not None


def seeds(case: Case) -> list[Cluster]:
    """What `same` alone ties together, or would but for `different`."""
    tied = Greedy(Case(case.count, {}, case.same, case.different), Linkage()).run()
    return [cluster for cluster in tied if len(cluster) > 1]


@settings(max_examples=60, deadline=None)
@given(cases(), LINKAGES, st.randoms(use_true_random=False))
def test_the_order_of_pairs_and_identifiers_does_not_matter(
    case: Case, linkage: Linkage, random: object
) -> None:
    graph = case.graph()
    shuffled = Case(
        case.count,
        dict(_shuffled(case.known.items(), random)),
        case.same,
        tuple((b, a) for a, b in _shuffled(case.different, random)),
        tuple(_shuffled(case.held, random)),
        tuple((b, a) for a, b in _shuffled(case.apart, random)),
    )
    assert_equal(link(graph, linkage), link(shuffled.graph(), linkage))


def _shuffled(rows: Iterable[Row], random: Random) -> list[Row]:
    shuffled = list(rows)
    random.shuffle(shuffled)
    return shuffled


@settings(max_examples=60, deadline=None)
@given(cases(), cases(), LINKAGES, st.data())
def test_other_components_do_not_matter(
    case: Case, other: Case, linkage: Linkage, data: st.DataObject
) -> None:
    count = case.count + other.count
    here = sorted(data.draw(st.permutations(range(count)))[: case.count])
    there = [node for node in range(count) if node not in here]
    both = link(case.placed(here, count).beside(other.placed(there, count)).graph(), linkage)
    assert told(both) == told(link(case.graph(), linkage), here) + told(link(other.graph(), linkage), there)


def told(linked: Linked, names: list[int] | None = None) -> Counter[tuple[object, ...]]:
    """All that a result tells, with nodes renamed."""
    name = names or list(range(len(linked.labels)))
    found: Counter[tuple[object, ...]] = Counter(
        (name[node], name[label], name[part])
        for node, (label, part) in enumerate(
            zip(linked.labels.tolist(), linked.component.tolist(), strict=True)
        )
    )
    for table in (linked.refusals, linked.doubtful):
        columns = [getattr(table, column.name).tolist() for column in fields(table)]
        found.update((name[a], name[b], *rest) for a, b, *rest in zip(*columns, strict=True))
    return found


def assert_equal(one: Linked, other: Linked) -> None:
    """Column by column, rows in the same order."""
    for mine, theirs in ((one, other), (one.refusals, other.refusals), (one.doubtful, other.doubtful)):
        for column in fields(mine):
            value = getattr(mine, column.name)
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(theirs, column.name)), column.name


@settings(max_examples=60, deadline=None)
@given(cases(guards=False), LINKAGES)
def test_components_that_are_sure_at_once_are_those_of_the_rounds(case: Case, linkage: Linkage) -> None:
    doubting = replace(linkage, doubt=100 * linkage.cap)  # nothing is sure: all go through rounds
    graph = case.graph()
    assert np.array_equal(link(graph, linkage).labels, link(graph, doubting).labels)
