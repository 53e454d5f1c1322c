"""Connections, checkpoints, events, exchanges and decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import HubError, NotFound
from hub.http.ring import Exchange
from hub.models import Checkpoint, Decision, DecisionKind, SourceKey
from hub.store.api import Store
from hub.store.events import Level

Ids = tuple[int, int]


# --- connections -------------------------------------------------------------------------------------------------


def test_names_get_numbers_that_stay(store: Store, url: str) -> None:
    shop, mail = (store.connections.connection_id(name, "x") for name in ("shop", "mail"))
    assert shop != mail
    assert store.connections.connection_id("shop", "x") == shop
    with store.clone() as other:
        assert other.connections.connection_id("shop", "x") == shop
        assert other.connections.find("mail") == mail
        assert other.connections.find("nobody") is None
        assert other.connections.names() == {shop: "shop", mail: "mail"}


def test_a_connection_may_change_its_connector(store: Store) -> None:
    number = store.connections.connection_id("shop", "oscar")
    assert store.connections.connection_id("shop", "woocommerce") == number
    assert [(row.name, row.connector) for row in store.connections.all()] == [("shop", "woocommerce")]


def test_streams_of_one_name_are_kept_apart_by_connection(store: Store) -> None:
    a, b = (store.connections.connection_id(name, "x") for name in "ab")
    numbers = [store.connections.stream_id(connection, "customers") for connection in (a, b, a)]
    assert numbers[0] == numbers[2] != numbers[1]
    assert [row.name for row in store.connections.streams(a)] == ["customers"]


def test_a_number_from_a_lost_transaction_is_not_remembered(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write():
        connection = store.connections.connection_id("shop", "x")
        store.connections.stream_id(connection, "customers")
        raise ZeroDivisionError
    assert store.connections.all() == []
    connection = store.connections.connection_id("shop", "x")
    stream = store.connections.stream_id(connection, "customers")
    assert [row.id for row in store.connections.all()] == [connection]
    assert [row.id for row in store.connections.streams(connection)] == [stream]


# --- checkpoints -------------------------------------------------------------------------------------------------


def test_cursors_of_streams_and_of_the_whole_connection(store: Store, shop: Ids) -> None:
    connection, _ = shop
    assert store.checkpoints.of(connection) == Checkpoint()
    store.checkpoints.set(connection, "customers", {"after": "2026-07-30"}, "run")
    store.checkpoints.set(connection, "orders", 7, "run")
    store.checkpoints.set(connection, None, {"state": [1, None]}, "run")
    store.checkpoints.set(connection, "orders", 8, "run")
    found = store.checkpoints.of(connection)
    assert found == Checkpoint({"customers": {"after": "2026-07-30"}, "orders": 8}, {"state": [1, None]})
    store.checkpoints.clear(connection, "orders")
    store.checkpoints.clear(connection)
    assert store.checkpoints.of(connection) == Checkpoint({"customers": {"after": "2026-07-30"}})
    assert store.checkpoints.of(connection + 1) == Checkpoint()


def test_a_cursor_moves_with_its_page_or_not_at_all(store: Store, shop: Ids) -> None:
    store.checkpoints.set(shop[0], "customers", 1, "run")
    with pytest.raises(ZeroDivisionError), store.write():
        store.checkpoints.set(shop[0], "customers", 2, "run")
        raise ZeroDivisionError
    assert store.checkpoints.of(shop[0]).stream("customers") == 1


# --- events ------------------------------------------------------------------------------------------------------


def test_events_are_found_by_what_is_asked(store: Store, shop: Ids) -> None:
    mail = store.connections.connection_id("mail", "email")
    add = store.events.add
    add("r1", shop[0], Level.INFO, "drift", "A field is new", {"field": "vat"})
    add("r1", shop[0], Level.WARNING, "retry", "Asked to wait")
    add(None, mail, Level.ERROR, "auth", "Credentials were refused")
    found = store.events.find()
    assert [event.id for event in found] == sorted(event.id for event in found)
    assert (found[0].kind, found[0].data, found[1].data) == ("drift", {"field": "vat"}, {})

    def kinds(**filters: object) -> list[str]:
        return [event.kind for event in store.events.find(**filters)]  # type: ignore[arg-type]

    assert kinds(run_id="r1") == ["drift", "retry"]
    assert kinds(connection_id=mail) == ["auth"]
    assert kinds(levels=[Level.WARNING, Level.ERROR]) == ["retry", "auth"]
    assert kinds(kinds=["drift", "auth"], levels=[Level.ERROR]) == ["auth"]
    assert kinds(after=found[0].id, limit=1) == ["retry"]
    now = datetime.now(UTC)
    assert kinds(since=now - timedelta(minutes=1), until=now + timedelta(minutes=1)) == [
        "drift",
        "retry",
        "auth",
    ]
    assert kinds(until=now - timedelta(minutes=1)) == kinds(since=now + timedelta(minutes=1)) == []


# --- exchanges ---------------------------------------------------------------------------------------------------


def exchange(number: int) -> Exchange:
    at = datetime(2026, 7, 30, tzinfo=UTC) + timedelta(seconds=number)
    return Exchange(at, "GET", f"/{number}", 200 if number % 2 else None, 12, "{}", "{}")


def test_only_the_last_exchanges_are_kept_for_each_connection(store: Store, shop: Ids) -> None:
    mail = store.connections.connection_id("mail", "email")
    store.exchanges.keep(mail, None, [exchange(99)], kept=3)
    store.exchanges.keep(shop[0], "run", [exchange(n) for n in range(2)], kept=3)
    store.exchanges.keep(shop[0], "run", [exchange(n) for n in range(2, 10)], kept=3)
    store.exchanges.keep(shop[0], "run", [], kept=3)
    # The last three, and before them the last three that failed.
    assert [one.url for one in store.exchanges.recent(shop[0])] == ["/9", "/8", "/7", "/6", "/4"]
    assert [one.url for one in store.exchanges.recent(shop[0], failed=True)] == ["/8", "/6", "/4"]
    assert [one.url for one in store.exchanges.recent(shop[0], limit=1)] == ["/9"]
    (one,) = store.exchanges.recent(mail)
    assert one[1:] == (
        "mail", None, "2026-07-30T00:01:39.000Z", "GET", "/99", 200, 12, "{}", "{}", 0, None,
    )  # fmt: skip
    assert store.exchanges.get(mail, one.id) == one
    with pytest.raises(NotFound, match="HUB-6008"):
        store.exchanges.get(shop[0], one.id)


# --- decisions ---------------------------------------------------------------------------------------------------

A, B = SourceKey("shop", "customer", "1"), SourceKey("mail", "address", "jane@example.com")


def test_a_decision_comes_back_as_it_was_made(store: Store) -> None:
    made = [
        store.decisions.add(Decision(DecisionKind.SAME, "jo", "same phone", A, B)),
        store.decisions.add(
            Decision(DecisionKind.PIN, "jo", "she said so", A, field="given_name", value="Jane")
        ),
        store.decisions.add(
            Decision(DecisionKind.BLOCK, "jo", "a switchboard", field="phone", value="+12025550100")
        ),
    ]
    assert all(decision.id and decision.at for decision in made)
    assert store.decisions.active() == made


def test_a_decision_is_taken_back_once_and_stays_on_record(store: Store) -> None:
    made = store.decisions.add(Decision(DecisionKind.SAME, "jo", "same phone", A, B))
    assert made.id
    back = store.decisions.reverse(made.id, "lee", "father and son")
    assert (back.kind, back.a, back.b, back.actor, back.reason) == (
        DecisionKind.SAME,
        A,
        B,
        "lee",
        "father and son",
    )
    assert back.reverses == made.id
    assert store.decisions.active() == []
    assert store.decisions.all() == [made, back]
    for number in (made.id, back.id or 0, 99):
        with pytest.raises(HubError) as caught:
            store.decisions.reverse(number, "lee", "again")
        assert caught.value.code == "HUB-8010"
