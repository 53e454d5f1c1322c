"""What is SQLite's own: the file, its settings, and every error it knows."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Locked, StoreError
from hub.store.api import Store, open_store
from hub.store.sqlite import SqliteDriver
from hub.store.sqlite_library import is_safe, sqlite3, version


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


def fill(driver: SqliteDriver, name: str, size: int = 20_000) -> None:
    with driver.write():
        driver.insert("counters", ("name", "next"), [(f"{name}{'x' * size}", 1)])


def test_the_settings_that_promises_rest_on(path: Path) -> None:
    with open_store(path) as store:
        assert isinstance(store.driver, SqliteDriver)
        found = {name: store.driver.pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys")}
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert store.driver.pragma("secure_delete") == 1


def test_a_clone_that_need_not_last_does_not_wait_for_the_disk(path: Path) -> None:
    with open_store(path) as store:
        clone = store.driver.clone(durable=False)
        assert isinstance(clone, SqliteDriver)
        assert clone.pragma("synchronous") == 1
        clone.close()


def test_only_the_owner_may_read_the_file_and_its_log(path: Path) -> None:
    with open_store(path) as store:
        store.driver.next_ids("x")
        for file in path.parent.glob("hub.db*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_one_library_and_a_good_one() -> None:
    assert sqlite3.sqlite_version == ".".join(map(str, version()))
    good = ["3.44.6", "3.50.7", "3.51.3", "3.53.0", "3.53.4", "4.0.0"]
    bad = ["3.40.1", "3.44.5", "3.45.0", "3.50.6", "3.51.2", "3.52.0"]
    for texts, wanted in ((good, True), (bad, False)):
        assert [is_safe(tuple(map(int, text.split(".")))) for text in texts] == [wanted] * len(texts)


# --- opening -----------------------------------------------------------------------------------------------------


def test_there_is_no_store(path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(path, create=False)
    assert caught.value.code == "HUB-5009"
    assert not path.exists()


def test_there_is_no_folder(path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(path / "deeper" / "hub.db")
    assert caught.value.code == "HUB-5005"


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path)
    assert caught.value.code == "HUB-5005"


def test_a_file_of_another_kind_is_no_store(path: Path) -> None:
    path.write_text("Dear customer, " * 500, "utf-8")
    with pytest.raises(StoreError) as caught:
        open_store(path)
    assert caught.value.code == "HUB-5003"


def test_a_database_of_somebody_else_is_left_alone(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(StoreError) as caught:
        open_store(path)
    assert caught.value.code == "HUB-5008"


@pytest.mark.parametrize("url", ["postgresql://db.example.com/hub", "mysql://db.example.com/hub"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert caught.value.code == "HUB-5012"


def test_a_url_of_sqlite(path: Path) -> None:
    with open_store(f"sqlite://{path}"):
        assert path.exists()


# --- faults ------------------------------------------------------------------------------------------------------


def test_disk_full_is_told_leaves_everything_readable_and_heals(path: Path) -> None:
    with open_store(path) as store:
        driver = store.driver
        assert isinstance(driver, SqliteDriver)
        driver.execute(f"PRAGMA max_page_count = {driver.pragma('page_count') + 40}")
        acknowledged = []
        with pytest.raises(StoreError) as caught:
            for number in range(1000):
                fill(driver, f"{number}:")
                acknowledged.append(number)
        assert caught.value.code == "HUB-5001"
        assert acknowledged, "there was room for some"
        kept = [int(row[0].partition(":")[0]) for row in driver.query("SELECT name FROM counters")]
        assert sorted(kept) == acknowledged
        assert driver.query("PRAGMA integrity_check") == [("ok",)]
        driver.execute("PRAGMA max_page_count = 1000000")
        fill(driver, "after:")
        assert driver.one("SELECT count(*) FROM counters") == (len(acknowledged) + 1,)


def test_disk_full_in_mid_transaction_keeps_nothing_of_it(path: Path) -> None:
    with open_store(path) as store:
        driver = store.driver
        assert isinstance(driver, SqliteDriver)
        driver.execute(f"PRAGMA max_page_count = {driver.pragma('page_count') + 10}")
        with pytest.raises(StoreError, match="rolled back"), driver.write():
            driver.insert("counters", ("name", "next"), [("small", 1)])
            with pytest.raises(StoreError, match="HUB-5001"):
                driver.insert("counters", ("name", "next"), [(str(n) + "x" * 9000, 1) for n in range(100)])
            # SQLite has rolled back by itself: without the guard this would be a commit of its own.
            driver.insert("counters", ("name", "next"), [("ghost", 1)])
        assert driver.query("SELECT name FROM counters") == []


FILL_UP = """
import resource, signal, sys
from pathlib import Path
from hub.store.api import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_store(sys.argv[1]) as store:
    limit = 200_000 + max(file.stat().st_size for file in Path(sys.argv[1]).parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for number in range(1000):
        try:
            store.driver.insert("counters", ("name", "next"), [(f"{number}:" + "x" * 5000, 1)])
        except Exception as error:
            print(error.code, flush=True)
            break
        print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no file size limit")
def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(
    path: Path, child: Callable[..., subprocess.Popen[str]]
) -> None:
    out, err = child(FILL_UP, path).communicate(timeout=60)
    *acknowledged, code = out.split()
    assert code in ("HUB-5001", "HUB-5006"), err
    with open_store(path) as store:
        kept = [row[0].partition(":")[0] for row in store.driver.query("SELECT name FROM counters")]
        assert sorted(kept, key=int) == acknowledged != []
        assert store.driver.query("PRAGMA integrity_check") == [("ok",)]


def test_a_read_only_store(path: Path) -> None:
    with open_store(path) as store:
        store.driver.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError) as caught:
            store.driver.next_ids("x")
        assert caught.value.code == "HUB-5004"


def test_a_damaged_store(path: Path) -> None:
    with open_store(path) as store:
        assert isinstance(store.driver, SqliteDriver)
        for number in range(50):
            fill(store.driver, str(number))
        store.driver.query("PRAGMA wal_checkpoint(TRUNCATE)")
        size = store.driver.pragma("page_count")
    content = bytearray(path.read_bytes())
    for page in range(2, size):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught, open_store(path) as store:
        store.driver.query("SELECT * FROM counters ORDER BY name")
    assert caught.value.code == "HUB-5003"


def test_a_writer_that_does_not_end(path: Path) -> None:
    with open_store(path) as store:
        other = SqliteDriver(path, busy_seconds=0.05)
        with store.write():
            with pytest.raises(Locked) as caught, other.write():
                pass
            assert caught.value.code == "HUB-5002"
            assert other.query("SELECT count(*) FROM counters") == [(0,)], "readers never wait"
        with other.write():
            other.next_ids("x")
        other.close()


def test_a_bad_statement_is_a_coded_error(path: Path) -> None:
    with open_store(path) as store, pytest.raises(StoreError) as caught:
        store.driver.query("SELECT * FROM nowhere")
    assert caught.value.code == "HUB-5010"


def test_erased_text_leaves_the_file(path: Path) -> None:
    canary = "erase-me-" + "c4n4ry" * 20
    with open_store(path) as store:
        assert isinstance(store.driver, SqliteDriver)
        fill(store.driver, canary)
        store.driver.query("PRAGMA wal_checkpoint(TRUNCATE)")
        assert canary.encode() in path.read_bytes(), "the probe sees what is there"
        store.driver.execute("DELETE FROM counters")
        store.driver.query("PRAGMA wal_checkpoint(TRUNCATE)")
        for file in path.parent.iterdir():
            assert canary.encode() not in file.read_bytes(), file.name


def test_a_clone_serves_another_thread_and_the_original_does_not(path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def through_clone(store: Store) -> int:
        with store.clone() as mine:
            return mine.driver.next_ids("x")

    with open_store(path) as store, ThreadPoolExecutor(1) as pool:
        assert pool.submit(through_clone, store).result() == 1
        with pytest.raises(StoreError):
            pool.submit(store.driver.next_ids, "x").result()
