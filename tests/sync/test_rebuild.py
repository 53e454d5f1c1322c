"""A rebuild of all that is derived: what it restores, what it leaves alone, and what is left when it is killed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import PluginError
from hub.models import Decision, DecisionKind, SourceKey
from hub.sync import whole, whole_customers, whole_links
from hub.sync.forked import in_turns, side_by_side
from hub.sync.rebuild import UNFINISHED, Rebuild
from tests.sync.scripted import Project

#: All that identity derives, but for when.
DERIVED = {
    "match_features": "source_id, name, data",
    "block_keys": "key, source_id",
    "retired_keys": "key, type, value",
    "edges": "a, b, rule, weight, levels",
    "refusals": "a, b, guard, detail, weight, size, joined, state",
    "memberships": "source_id, customer_id, rule, linked_at",
    "customers": "id, status, merged_into_id, members, full_name, given_name, email, phone, created_at",
    "identity_events": "id, kind, customer_id, other_id, data",
}
GIVEN = ("Ann", "Anna", "Ben", "Cho", "Dee", "Eva", "Eve")


def person(number: int, dice: random.Random) -> dict[str, Any]:
    given, family = dice.choice(GIVEN), dice.choice(["Lee", "Ode", "Leigh"])
    return {
        "id": number,
        "given": given,
        "family": family,
        "name": f"{given} {family}",
        "email": dice.choice([None, f"p{dice.randrange(60)}@example.com", "info@example.com"]),
        "phone": dice.choice([None, f"+1 202 555 01{dice.randrange(40):02}"]),
        "updated": f"2026-01-{dice.randrange(1, 28):02}T00:00:00Z",
    }


@pytest.fixture
def synced(project: Project) -> Project:
    """Two hundred records of two sources, resolved batch by batch, with decisions of every kind."""
    dice = random.Random(3)
    for connection in ("shop", "desk"):
        project.script.people(*(person(n, dice) for n in range(100)))
        project.sync(connection)
    project.engine.decide([said(DecisionKind.SAME, 1, 2), said(DecisionKind.DIFFERENT, 3, 4)])
    pin = Decision(
        DecisionKind.PIN, actor="a person", reason="a test", a=key(5), field="full_name", value="Pinned"
    )
    project.engine.decide([pin])
    return project


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is shared out to processes however little it is."""
    monkeypatch.setattr(whole, "MUCH", 2)
    monkeypatch.setattr(whole_customers, "MUCH", 2)
    monkeypatch.setattr(whole_customers, "_PART", 7)
    monkeypatch.setattr(whole_links, "_MUCH", 2)
    monkeypatch.setattr(whole_links, "_PART", 5)


def key(number: int) -> SourceKey:
    return SourceKey("shop", "customer", str(number))


def said(kind: DecisionKind, a: int, b: int) -> Decision:
    return Decision(kind, actor="a person", reason="a test", a=key(a), b=key(b))


def state(project: Project) -> dict[str, list[Any]]:
    return {
        table: project.query(f"SELECT {columns} FROM {table} ORDER BY {columns}")
        for table, columns in DERIVED.items()
    }


def written(project: Project) -> int:
    return int(project.engine.store.driver.query("SELECT total_changes()")[0][0])


@pytest.mark.usefixtures("forks")
def test_in_processes_as_in_one(synced: Project) -> None:
    before = state(synced)
    changes = synced.engine.rebuild()
    assert not any(changes.values()), changes
    assert state(synced) == before


def test_what_is_as_it_was_is_not_written(synced: Project) -> None:
    synced.engine.rebuild()
    before = written(synced)
    synced.engine.rebuild()
    lease_and_policy = 3
    assert written(synced) - before <= lease_and_policy


DAMAGES = {
    "keys": "DELETE FROM block_keys WHERE source_id % 3 = 0",
    "strange keys": "INSERT INTO block_keys (key, source_id) VALUES (7, 1), (9223372036854775807, 2)",
    "features": "UPDATE match_features SET data = '[]' WHERE source_id % 2 = 0",
    "features of nobody": "INSERT INTO match_features (source_id, name, data) VALUES (99999, 'a/b/c', '[]')",
    "edges": "DELETE FROM edges WHERE a % 2 = 0",
    "weights": "UPDATE edges SET weight = 1",
    "strange edges": "INSERT INTO edges (a, b, rule, weight, model) VALUES (1, 99999, 'match', 5, 1)",
    "retired": "INSERT INTO retired_keys (key, type, value, records, names, at) VALUES (5, '', '', 999, 0, '')",
    "queue": "DELETE FROM refusals",
    "rules": "UPDATE memberships SET rule = 'other'",
    "golden": "UPDATE customers SET full_name = 'Nobody', members = 9 WHERE status = 'active'",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_derived_can_be_lost(synced: Project, damage: str) -> None:
    synced.engine.rebuild()
    before = state(synced)
    synced.engine.store.driver.execute(DAMAGES[damage])
    assert state(synced) != before
    synced.engine.rebuild()
    assert state(synced) == before


@pytest.mark.usefixtures("forks")
def test_everything_derived_can_be_lost_at_once(synced: Project) -> None:
    synced.engine.rebuild()
    before = state(synced)
    for table in ("match_features", "block_keys", "retired_keys", "edges", "refusals"):
        synced.engine.store.driver.execute(f"DELETE FROM {table}")
    assert not any(synced.engine.rebuild().values())
    assert state(synced) == before


def partition(project: Project) -> set[frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for source, customer in project.query("SELECT source_id, customer_id FROM memberships"):
        groups.setdefault(customer, set()).add(source)
    return {frozenset(group) for group in groups.values()}


def test_lost_customers_come_again_under_new_ids(synced: Project) -> None:
    before = partition(synced)
    for table in ("memberships", "customers"):
        synced.engine.store.driver.execute(f"DELETE FROM {table}")
    made = synced.engine.rebuild()
    assert made["created"] == len(before)
    assert partition(synced) == before
    assert synced.query("SELECT count(*) FROM customers WHERE full_name = 'Pinned'") == [(1,)]


def test_merges_and_splits_of_a_rebuild_keep_ids_as_a_batch_does(synced: Project) -> None:
    """All members of two customers are put into one of them, and one customer is torn apart."""
    synced.engine.rebuild()
    before = partition(synced)
    driver = synced.engine.store.driver
    # A pin would decide who keeps the id.
    query = "SELECT id FROM customers WHERE members > 1 AND full_name <> 'Pinned' ORDER BY id"
    customers = [row[0] for row in driver.query(query)]
    driver.execute("UPDATE memberships SET customer_id = ? WHERE customer_id = ?", tuple(customers[:2]))
    torn = driver.query("SELECT source_id FROM memberships WHERE customer_id = ?", (customers[2],))
    driver.execute("UPDATE memberships SET customer_id = ? WHERE source_id = ?", (customers[3], torn[0][0]))
    made = synced.engine.rebuild()
    assert partition(synced) == before
    assert made["split"] == 1
    assert set(customers[2:4]) <= {
        row[0] for row in driver.query("SELECT id FROM customers WHERE status = 'active'")
    }
    kinds = {row[0] for row in driver.query("SELECT kind FROM identity_events")}
    assert {"split", "created", "record_moved"} <= kinds


def test_a_store_without_records_is_rebuilt_to_nothing(project: Project) -> None:
    assert not any(project.engine.rebuild().values())


def test_customers_of_records_that_are_gone_are_gone(synced: Project) -> None:
    driver = synced.engine.store.driver
    driver.execute("DELETE FROM source_customers")
    made = synced.engine.rebuild()
    assert made["emptied"] == len(driver.query("SELECT 1 FROM customers WHERE status = 'gone'")) > 0
    assert not driver.query("SELECT 1 FROM customers WHERE status = 'active'")
    assert not driver.query("SELECT 1 FROM memberships") + driver.query("SELECT 1 FROM block_keys")


# --- dying -----------------------------------------------------------------------------------------------------------


def dies_in(project: Project, check: Callable[[], None], finish: Callable[[object], None]) -> None:
    """A rebuild in another process, which must not survive it."""
    child = os.fork()
    if child == 0:
        try:
            with project.engine.store.clone() as own:
                Rebuild(own, project.engine.policy, check).run(finish)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("transaction", [1, 2, 3, 4])
def test_killed_at_any_time_customers_are_as_they_were_and_the_next_sync_finishes(
    synced: Project, transaction: int
) -> None:
    synced.engine.rebuild()
    before = state(synced)
    for table in ("match_features", "block_keys", "edges"):
        synced.engine.store.driver.execute(f"DELETE FROM {table}")
    synced.engine.store.driver.execute("UPDATE memberships SET rule = 'other'")
    damaged = state(synced)
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == transaction:
            kill()

    dies_in(synced, check, kill)  # the fourth: as the last transaction ends
    after = state(synced)
    assert after["memberships"] == damaged["memberships"] and after["customers"] == damaged["customers"]
    assert (synced.engine.store.identity.policy_in_force() == UNFINISHED) == (transaction > 1)
    if transaction == 1:
        assert after == damaged
        synced.engine.rebuild()
    else:
        synced.script.people()
        synced.sync("shop")
    assert state(synced) == before


def test_a_part_that_dies_ends_the_rebuild_and_changes_nothing(
    synced: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "MUCH", 2)
    monkeypatch.setattr(whole, "fold_sources", kill)
    before = state(synced)
    with pytest.raises(PluginError, match="HUB-6031"):
        synced.engine.rebuild()
    assert state(synced) == before


def test_parts_come_back_in_order_and_yield_in_turns() -> None:
    assert side_by_side([lambda n=n: n * n for n in range(4)]) == [0, 1, 4, 9]  # type: ignore[misc]
    parts: list[Callable[[], Any]] = [lambda: iter([1, 3]), lambda: iter([2, 4, 5])]
    assert list(in_turns(parts)) == [1, 2, 3, 4, 5]


def test_rows_in_bulk_are_all_there(project: Project) -> None:
    driver = project.engine.store.driver
    for count in (0, 1, 499, 500, 501, 1200):
        driver.execute("DELETE FROM block_keys")
        driver.insert("block_keys", ("key", "source_id"), ((n, n + 1) for n in range(count)))
        assert driver.query("SELECT * FROM block_keys") == [(n, n + 1) for n in range(count)]
