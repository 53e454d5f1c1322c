"""What the store remembers of pushing: planned deliveries, what destinations hold, and whose record is whose."""

from __future__ import annotations

import pytest

from hub.store.api import Store
from hub.store.outbox import Planned, PushState
from hub.store.push_links import Link

T = "2026-07-30T12:00:00.000Z"
LATER = "2026-07-30T13:00:00.000Z"


@pytest.fixture
def crm(store: Store) -> int:
    return store.connections.connection_id("crm", "x")


def ids(store: Store, crm: int, now: str = T, *, deletes: bool = False) -> list[str]:
    claimed = store.outbox.claim(crm, "contacts", 0, 10, now, deletes=deletes)
    return [item.customer_id for item in claimed]


def test_what_is_planned_for_later_waits(store: Store, crm: int) -> None:
    with store.write():
        store.outbox.plan(
            crm,
            "contacts",
            [Planned("c1", "upsert", "{}", "h"), Planned("c2", "upsert", "{}", "h", LATER)],
            T,
        )
    assert ids(store, crm) == ["c1"]
    assert ids(store, crm, LATER) == ["c1", "c2"]
    with store.write():
        store.outbox.plan(crm, "contacts", [Planned("c2", "upsert", "{}", "h2")], T)
    assert ids(store, crm) == ["c1", "c2"], "a newer plan is due at once"


def test_former_customers_are_claimed_apart(store: Store, crm: int) -> None:
    rows = [Planned(f"c{n}", op, "{}", "h") for n, op in enumerate(("upsert", "tag", "archive", "delete"))]
    with store.write():
        store.outbox.plan(crm, "contacts", rows, T)
    assert ids(store, crm) == ["c0"]
    assert ids(store, crm, deletes=True) == ["c1", "c2", "c3"]


def test_what_a_record_holds_is_kept_whole(store: Store, crm: int) -> None:
    state = PushState("c1", "r1", "h", '{"a":1}', '{"a":2}', "sent", '{"a":["t",null]}')
    with store.write():
        store.outbox.holds([(crm, "contacts", *state, T)])
        store.outbox.plan(crm, "contacts", [Planned("c1", "upsert", "{}", "h2")], T)
    assert store.outbox.states(crm, "contacts", ["c1", "c2"]) == {"c1": state}
    (item,) = store.outbox.claim(crm, "contacts", 0, 10, T, deletes=False)
    assert (item.remote_id, item.state, item.edits) == ("r1", "sent", state.edits)


def test_only_what_waits_for_a_person_is_opened_again(store: Store, crm: int) -> None:
    rows = [Planned(f"c{n}", "upsert", "{}", "h") for n in range(3)]
    with store.write():
        store.outbox.plan(crm, "contacts", rows, T)
        store.driver.execute("UPDATE outbox SET status = 'rejected' WHERE customer_id <> 'c2'")
        store.driver.execute("UPDATE outbox SET status = 'sent' WHERE customer_id = 'c2'")
        store.outbox.reopen(crm, "contacts", ["c0", "c2"], LATER)
    assert store.driver.query("SELECT customer_id, status FROM outbox ORDER BY customer_id") == [
        ("c0", "pending"), ("c1", "rejected"), ("c2", "sent"),
    ]  # fmt: skip


def test_a_customer_has_one_link_for_each_object(store: Store, crm: int) -> None:
    one = Link(crm, "contacts", "c1", "r1", "email", "ada", T)
    other = Link(crm, "companies", "c1", "r9", "hub_id", "ada", T)
    with store.write():
        store.push_links.put([one, other])
        store.push_links.put([one._replace(remote_id="r2", rule="person", at=LATER)])
    assert store.push_links.of("c1") == [other, one._replace(remote_id="r2", rule="person", at=LATER)]
    with store.write():
        store.push_links.drop(crm, "companies", ["c1"])
    assert [link.object for link in store.push_links.of("c1")] == ["contacts"]


def test_a_link_follows_a_merge(store: Store, crm: int) -> None:
    with store.write():
        store.push_links.put(
            [
                Link(crm, "contacts", "c1", "r1", "email", "ada", T),
                Link(crm, "contacts", "c2", "r2", "email", "ada", T),
            ]
        )
        store.push_links.adopt(crm, "contacts", [("c1", "c2")])
    assert store.push_links.of("c1") == []
    assert [link.remote_id for link in store.push_links.of("c2")] == ["r1"]


def test_which_match_was_accepted(store: Store, crm: int) -> None:
    assert store.push_links.accepted_with(crm) is None
    with store.write():
        store.push_links.set_accepted_with(crm, "one")
        store.push_links.set_accepted_with(crm, "other")
    assert store.push_links.accepted_with(crm) == "other"
