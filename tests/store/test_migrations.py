"""Schema steps: the same as a fresh schema, taken once, and never half."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import StoreError
from hub.store.api import open_store
from hub.store.ddl import create_all
from hub.store.migrations import Migration, applied, known, migrate
from hub.store.schema import TABLES
from hub.store.sqlite import SqliteDriver

Child = Callable[..., "subprocess.Popen[str]"]


def shape(driver: SqliteDriver) -> set[tuple[str, str, str]]:
    """Everything that was created, as text with one blank between words."""
    rows = driver.query(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN ('migrations', 'sqlite_sequence')"
    )
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


def test_migrated_is_fresh(tmp_path: Path) -> None:
    """If this fails, the tables changed: add a step that makes the difference (`python -m hub.store.ddl` shows all)."""
    migrated, fresh = SqliteDriver(tmp_path / "migrated.db"), SqliteDriver(tmp_path / "fresh.db")
    migrate(migrated)
    fresh.script(create_all())
    assert shape(migrated) == shape(fresh)
    migrated.close()
    fresh.close()


def test_every_table_has_its_columns(tmp_path: Path) -> None:
    with open_store(tmp_path / "hub.db") as store:
        for table in TABLES:
            rows = store.driver.query("SELECT name FROM pragma_table_info(?)", (table.name,))
            assert [row[0] for row in rows] == list(table.names)


def test_steps_are_numbered_without_gaps() -> None:
    assert [step.number for step in known()] == list(range(1, len(known()) + 1))


def test_a_step_is_taken_once(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    assert migrate(driver) == [step.number for step in known()]
    assert migrate(driver) == []
    driver.close()


def test_a_store_from_before_pushes_were_guarded_keeps_its_deliveries(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [step for step in known() if step.number == 1])
    names = ("connection_id", "customer_id", "op", "fields", "hash", "status", "created_at", "updated_at")
    rows = [
        (1, f"c{n}", "upsert", "{}", "h", status, "t", "t")
        for n, status in enumerate(("sent", "rejected", "pending"))
    ]
    driver.insert("outbox", names, rows)
    driver.insert(
        "push_state",
        ("connection_id", "customer_id", "remote_id", "state", "updated_at"),
        [(1, "c0", "r0", "sent", "t")],
    )
    driver.insert(
        "deliveries", ("outbox_id", "connection_id", "customer_id", "run_id", "op", "status", "at"),
        [(1, 1, "c0", "r", "upsert", "sent", "t")],
    )  # fmt: skip
    assert migrate(driver)[0] == 2
    assert driver.query("SELECT id, object, customer_id, status FROM outbox ORDER BY id") == [
        (1, "customers", "c0", "sent"), (2, "customers", "c1", "over"), (3, "customers", "c2", "pending"),
    ]  # fmt: skip
    assert driver.query("SELECT object, customer_id, remote_id FROM push_state") == [
        ("customers", "c0", "r0")
    ]
    assert driver.query("SELECT outbox_id, object FROM deliveries") == [(1, "customers")]
    assert driver.add("outbox", names, rows[0]) == 4, "numbers never come again"
    driver.close()


def test_a_store_from_before_interactions_named_campaigns_keeps_them(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [step for step in known() if step.number <= 2])
    row = (7, 1, "comment", "c1", 3, 1, "t", "t", "order", "o1", "Hello")
    names = (
        "id", "connection_id", "external_type", "external_id", "raw_id", "mapping_version", "first_seen_at",
        "changed_at", "order_type", "order_key", "body",
    )  # fmt: skip
    driver.insert("interactions", names, [row])
    assert migrate(driver)[0] == 3
    assert driver.query(f"SELECT {', '.join(names)}, campaign_key, deal_key FROM interactions") == [
        (*row, None, None)
    ]
    assert driver.query("SELECT count(*) FROM campaigns") == [(0,)]
    driver.close()


FIRST = Migration(1, "first", "CREATE TABLE a (x TEXT);\n")
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN y TEXT;\nUPDATE a SET y = x;\n")


def test_an_old_store_goes_on_from_where_it_is(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [FIRST])
    driver.insert("a", ("x",), [("kept",)])
    assert migrate(driver, [FIRST, SECOND]) == [2]
    assert driver.query("SELECT x, y FROM a") == [("kept", "kept")]
    driver.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [FIRST])
    broken = Migration(2, "broken", "CREATE TABLE b (x TEXT);\nINSERT INTO nowhere VALUES (1);\n")
    before = shape(driver)
    with pytest.raises(StoreError):
        migrate(driver, [FIRST, broken])
    assert shape(driver) == before
    assert list(applied(driver)) == [1]
    driver.close()


def test_a_newer_store_is_refused_and_not_touched(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [FIRST, SECOND])
    with pytest.raises(StoreError) as caught:
        migrate(driver, [FIRST])
    assert caught.value.code == "HUB-5007"
    driver.close()


def test_a_released_step_cannot_change(tmp_path: Path) -> None:
    driver = SqliteDriver(tmp_path / "hub.db")
    migrate(driver, [FIRST])
    with pytest.raises(StoreError) as caught:
        migrate(driver, [Migration(1, "first", "CREATE TABLE a (x TEXT, z TEXT);\n")])
    assert caught.value.code == "HUB-5008"
    driver.close()


OPEN = """
import sys
from hub.store.api import open_store
print("ready", flush=True)
sys.stdin.readline()
with open_store(sys.argv[1]) as store:
    print(store.connections.connection_id(sys.argv[2], "x"), flush=True)
"""


def test_processes_that_open_a_new_store_at_once(tmp_path: Path, child: Child) -> None:
    path = tmp_path / "hub.db"
    processes = [child(OPEN, path, f"connection-{number}") for number in range(6)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, answers
    assert sorted(int(out) for out, _ in answers) == [1, 2, 3, 4, 5, 6]


MIGRATE = """
import contextlib, os, signal, sys
from pathlib import Path
from hub.store.migrations import Migration, migrate
from hub.store.sqlite import SqliteDriver
driver = SqliteDriver(Path(sys.argv[1]))
first = Migration(1, "first", "CREATE TABLE a (x TEXT);\\n")
second = Migration(2, "second", "".join(f"CREATE TABLE t{n} (x TEXT);\\nINSERT INTO t{n} VALUES ('{n}');\\n" for n in range(60)))
migrate(driver, [first])
left = int(sys.argv[2])
def counted(does):
    def do(self, sql, params=()):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return does(self, sql, params)
    return do
SqliteDriver.execute, SqliteDriver.query = counted(SqliteDriver.execute), counted(SqliteDriver.query)
if sys.argv[3] == "wrong":
    SqliteDriver.write = lambda self: contextlib.nullcontext()
print(migrate(driver, [first, second]), flush=True)
"""


def kill_at(path: Path, statement: int, how: str, child: Child) -> tuple[int, list[int]]:
    """(tables of the second step, steps taken) after a migration that was killed before its n-th statement."""
    process = child(MIGRATE, path, statement, how)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out) in ((-signal.SIGKILL, ""), (0, "[2]\n")), error
    driver = SqliteDriver(path)
    try:
        assert driver.query("PRAGMA integrity_check") == [("ok",)]
        return len([name for name in driver.tables() if name.startswith("t")]), list(applied(driver))
    finally:
        driver.close()


OLD, NEW = (0, [1]), (60, [1, 2])


def test_killed_in_mid_migration_the_store_is_old_or_new(tmp_path: Path, child: Child) -> None:
    found = [kill_at(tmp_path / f"{n}.db", n, "right", child) for n in (1, 2, 5, 20, 60, 100, 120, 9999)]
    assert found == [OLD] * 7 + [NEW]


def test_without_a_transaction_a_kill_leaves_half(tmp_path: Path, child: Child) -> None:
    """The negative control: the same kills find a store between two versions."""
    found = [kill_at(tmp_path / f"{n}.db", n, "wrong", child) for n in (20, 60, 100)]
    assert not any(state in (OLD, NEW) for state in found)
