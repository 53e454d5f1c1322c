"""Features, block keys, retired keys, models; edges and the review queue of identity."""

from __future__ import annotations

import pytest

from hub.store.api import Store
from hub.store.matching import RetiredRow

NOW, LATER = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"
BIG = 2**63 - 1


def test_features_come_change_and_go(store: Store) -> None:
    store.matching.add_features([(1, "shop/customer/1", b"one"), (2, "shop/customer/2", b"two")])
    store.matching.put_features([(2, "shop/customer/2", b"other"), (3, "shop/customer/3", b"three")])
    assert sorted(store.matching.features_of([1, 2, 3, 4])) == [
        (1, "shop/customer/1", b"one"),
        (2, "shop/customer/2", b"other"),
        (3, "shop/customer/3", b"three"),
    ]
    store.matching.drop_features([1, 4])
    assert [row[0] for row in store.matching.features_of([1, 2])] == [2]


def test_keys_and_who_has_them(store: Store) -> None:
    assert not store.matching.any_keys()
    store.matching.add_keys([(7, 1), (7, 2), (7, 3), (BIG, 1)])
    assert store.matching.any_keys()
    assert sorted(store.matching.holders([7, BIG, 8])) == [(7, 1), (7, 2), (7, 3), (BIG, 1)]
    assert [store.matching.counted(7, most) for most in (1, 3, 9)] == [1, 3, 3]
    store.matching.drop_keys([(7, 2), (8, 2)])
    assert sorted(store.matching.holders([7])) == [(7, 1), (7, 3)]


def test_keys_are_retired_and_reinstated(store: Store) -> None:
    row = RetiredRow(7, "phone", "+12025550101", 301, 4)
    store.matching.retire([row, RetiredRow(8, "", "", 101, 0)], NOW)
    store.matching.retire([row._replace(records=302)], LATER)
    assert sorted(store.matching.retired()) == [row._replace(records=302), RetiredRow(8, "", "", 101, 0)]
    assert store.matching.retired_row(7) == row._replace(records=302)
    store.matching.reinstate([7, 9])
    assert store.matching.retired_row(7) is None
    assert [one.key for one in store.matching.retired()] == [8]


def test_models_are_kept_once_and_one_is_active(store: Store) -> None:
    assert store.matching.active_model() is None
    with store.write():
        first = store.matching.model_id("v1", "shipped", "{}", NOW)
        second = store.matching.model_id("v2", "ours", '{"a":1}', NOW)
        assert store.matching.model_id("v1", "shipped", "{}", LATER) == first != second
        store.matching.activate(second)
    active = store.matching.active_model()
    assert active == store.matching.model(second)
    assert active is not None
    assert (active.version, active.name, active.document) == ("v2", "ours", '{"a":1}')
    with store.write():
        store.matching.activate(None)
    assert store.matching.active_model() is None
    assert store.matching.model(99) is None


def test_frequencies_are_of_a_model_and_a_feature(store: Store) -> None:
    store.matching.add_frequencies(1, "given", {"anna": 0.01, "zoë": 0.001})
    store.matching.add_frequencies(2, "given", {"anna": 0.5})
    assert store.matching.shares(1, "given", ["anna", "zoë", "nobody"]) == {"anna": 0.01, "zoë": 0.001}
    assert store.matching.shares(1, "family", ["anna"]) == {}


EDGES = [
    (1, 2, "match", 4.5, b"x", 1),
    (1, 3, "inside", -2.0, b"y", 1),
    (2, 3, "same", 99.0, None, 0),
    (4, 5, "match", 1.0, b"z", 1),
]


def test_only_what_connects_is_followed(store: Store) -> None:
    store.identity.replace_edges([1, 2, 3, 4, 5], EDGES)
    assert store.identity.ties_of([1]) == {(1, 2, "match")}
    assert store.identity.ties_of([3, 4]) == {(2, 3, "same"), (4, 5, "match")}
    assert [edge[:3] for edge in store.identity.edges_of([3])] == [(1, 3, "inside"), (2, 3, "same")]


def test_edges_of_some_are_replaced_and_others_stay(store: Store) -> None:
    store.identity.replace_edges([1, 2, 3, 4, 5], EDGES)
    before = store.driver.query("SELECT total_changes()")[0][0]
    store.identity.replace_edges([1, 2, 3], EDGES[:3])
    assert store.driver.query("SELECT total_changes()")[0][0] == before, "what is as it was is not written"
    store.identity.replace_edges([1, 2, 3], [(1, 2, "match", 5.0, b"x", 2), (2, 3, "match", 1.0, b"n", 2)])
    assert [tuple(edge) for edge in store.identity.edges_of([1, 2, 3, 4])] == [
        (1, 2, "match", 5.0, b"x", 2),
        (2, 3, "match", 1.0, b"n", 2),
        (4, 5, "match", 1.0, b"z", 1),
    ]


def test_what_is_under_review_is_replaced_but_for_what_a_person_closed(store: Store) -> None:
    def rows() -> list[tuple[object, ...]]:
        return store.driver.query("SELECT a, b, guard, weight, at, state FROM refusals ORDER BY a, b, guard")

    store.identity.replace_refusals(
        [1, 2, 3], [(1, 2, "limit", "{}", 1.0, 2, False), (1, 3, "doubt", "{}", 0.5, 2, True)], NOW
    )
    store.driver.execute("UPDATE refusals SET state = 'closed' WHERE guard = 'limit'")
    store.identity.replace_refusals(
        [1, 2, 3], [(1, 2, "limit", "{}", 2.0, 2, False), (1, 3, "doubt", "{}", 0.5, 2, True)], LATER
    )
    assert rows() == [(1, 2, "limit", 2.0, NOW, "closed"), (1, 3, "doubt", 0.5, NOW, "open")]
    store.identity.replace_refusals([3], [], LATER)
    assert rows() == [(1, 2, "limit", 2.0, NOW, "closed")]


@pytest.mark.parametrize("known", [[], [1]])
def test_identifiers_that_stay_are_not_written(store: Store, known: list[int]) -> None:
    rows = [
        (1, "email", "", "a@example.com", None, None, 1, 0),
        (1, "phone", "", "+12025550101", None, None, 1, 0),
    ]
    store.identity.replace_identifiers([], rows)
    if known:
        store.identity.replace_identifiers(known, [rows[0], (1, "crm_id", "desk", "7", "No. 7", None, 0, 1)])
        assert sorted(store.identity.identifiers_of([1])) == [
            (1, "crm_id", "desk", "7"),
            (1, "email", "", "a@example.com"),
        ]
    else:
        assert len(store.identity.identifiers_of([1])) == 2
