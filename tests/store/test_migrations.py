"""Schema steps: the same as a fresh schema, taken once, and never half."""

from __future__ import annotations

import subprocess
import time
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
    """If this fails, the tables changed: before the first release print them into 0001_first.sql, later add a step."""
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
import contextlib, sys
from pathlib import Path
from hub.store.migrations import Migration, migrate
from hub.store.sqlite import SqliteDriver
driver = SqliteDriver(Path(sys.argv[1]))
first = Migration(1, "first", "CREATE TABLE a (x TEXT);\\n")
second = Migration(2, "second", "".join(f"CREATE TABLE t{n} (x TEXT);\\nINSERT INTO t{n} VALUES ('{n}');\\n" for n in range(60)))
migrate(driver, [first])
if sys.argv[2] == "wrong":
    SqliteDriver.write = lambda self: contextlib.nullcontext()
print("ready", flush=True)
sys.stdin.readline()
print(migrate(driver, [first, second]), flush=True)
"""


def kill_after(path: Path, seconds: float, how: str, child: Child) -> tuple[int, list[int]]:
    """(tables of the second step, steps taken) after a migration that was killed."""
    process = child(MIGRATE, path, how)
    assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    time.sleep(seconds)
    process.kill()
    process.wait()
    driver = SqliteDriver(path)
    try:
        assert driver.query("PRAGMA integrity_check") == [("ok",)]
        return len([name for name in driver.tables() if name.startswith("t")]), list(applied(driver))
    finally:
        driver.close()


OLD, NEW = (0, [1]), (60, [1, 2])


def test_killed_in_mid_migration_the_store_is_old_or_new(tmp_path: Path, child: Child) -> None:
    found = [kill_after(tmp_path / f"{n}.db", 0.0004 * n, "right", child) for n in range(12)]
    assert all(state in (OLD, NEW) for state in found)
    assert OLD in found, "at least one was killed before the end, or the test proves nothing"


def test_without_a_transaction_a_kill_leaves_half(tmp_path: Path, child: Child) -> None:
    """The negative control: the same kills find a store between two versions."""
    assert any(
        kill_after(tmp_path / f"{n}.db", 0.0004 * n, "wrong", child) not in (OLD, NEW) for n in range(2, 40)
    )
