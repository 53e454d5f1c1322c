"""Many writers at once: no update lost, no error, and controls that show the test would notice."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.store.api import Store, open_store
from hub.store.sqlite import SqliteDriver

WRITERS = 8
ROUNDS = 60

#: Reads a counter, adds one in Python, writes it back, and notes what it saw: the way every counter is lost.
WRITER = """
import contextlib, sys, time
from pathlib import Path
from hub.store.api import open_store
from hub.store.sqlite import SqliteDriver

url, me, rounds, how = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
store = open_store(url)
driver = store.driver
print("ready", flush=True)
sys.stdin.readline()
lost, worst = 0, 0.0

@contextlib.contextmanager
def deferred():
    driver._connection.execute("BEGIN")
    try:
        yield
        driver._connection.execute("COMMIT")
    except BaseException:
        if driver._connection.in_transaction:
            driver._connection.execute("ROLLBACK")
        raise

transaction = {"write": driver.write, "none": contextlib.nullcontext, "deferred": deferred}[how]
for number in range(rounds):
    start = time.perf_counter()
    try:
        with transaction():
            seen = driver.one("SELECT next FROM counters WHERE name = 'shared'")[0]
            driver.execute("UPDATE counters SET next = ? WHERE name = 'shared'", (seen + 1,))
            driver.execute("INSERT INTO connections (name, connector, created_at) VALUES (?, ?, '')", (f"{me}:{number}", str(seen)))
    except Exception:
        lost += 1
    worst = max(worst, time.perf_counter() - start)
print(lost, worst, flush=True)
store.close()
"""

Child = Callable[..., "subprocess.Popen[str]"]


def run(url: str, child: Child, how: str) -> tuple[int, int, list[int]]:
    """(errors, final counter, the values that were seen, in the order of the rows)."""
    with open_store(url) as store:
        store.driver.insert("counters", ("name", "next"), [("shared", 0)])
        processes = [child(WRITER, url, number, ROUNDS, how) for number in range(WRITERS)]
        for process in processes:
            assert process.stdout and process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=120) for process in processes]
        errors = sum(int(out.split()[0]) for out, _ in answers)
        row = store.driver.one("SELECT next FROM counters WHERE name = 'shared'")
        assert row
        seen = [int(text) for (text,) in store.driver.query("SELECT connector FROM connections ORDER BY id")]
        return errors, row[0], seen


@pytest.mark.serial
def test_no_update_is_lost_and_none_fails(url: str, child: Child) -> None:
    errors, final, seen = run(url, child, "write")
    assert errors == 0
    assert final == WRITERS * ROUNDS
    assert seen == list(range(WRITERS * ROUNDS)), "every writer saw what the one before it wrote"


@pytest.mark.serial
@pytest.mark.parametrize("how", ["none", "deferred"])
def test_the_wrong_ways_are_noticed(url: str, child: Child, how: str) -> None:
    """Negative controls: without a transaction updates are lost, with a plain BEGIN writers fail."""
    errors, final, _ = run(url, child, how)
    assert errors or final < WRITERS * ROUNDS


def test_numbers_reserved_by_threads_are_all_different(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def reserve(_: int) -> list[range]:
        with store_of_thread() as mine:
            return [range(first, first + 3) for first in (mine.driver.next_ids("x", 3) for _ in range(40))]

    assert isinstance(store.driver, SqliteDriver)
    path: Path = store.driver.path

    def store_of_thread() -> Store:
        return open_store(path, create=False)

    with ThreadPoolExecutor(6) as pool:
        got = [number for ranges in pool.map(reserve, range(6)) for taken in ranges for number in taken]
    assert sorted(got) == list(range(1, 6 * 40 * 3 + 1))
