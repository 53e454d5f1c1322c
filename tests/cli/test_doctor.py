"""`hub doctor`: green when all is well, and each fault is named with what to do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from hub.cli.checkups import Finding, disk, pages, sqlite_library
from hub.store.api import open_store
from hub.store.secrets import SecretStore
from hub.store.sqlite_library import version

from .conftest import Answer, Call, Folder

End = Callable[[subprocess.Popen[str]], Answer]
Until = Callable[..., None]


def look(folder: Folder, call: Call, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    result = call(folder, "doctor", "--json", *words)
    *items, summary = [json.loads(line) for line in result.stdout.splitlines()]
    assert summary["exit_code"] == result.exit_code
    return result.exit_code, {item["name"]: item for item in items}


@pytest.fixture
def synced(lists: Folder) -> Folder:
    assert lists.hub("sync", "--quiet").code == 0
    return lists


def test_all_is_well(synced: Folder, call: Call) -> None:
    code, found = look(synced, call)
    assert code == 0, found
    assert {item["status"] for item in found.values()} == {"ok", "skipped"}
    assert found["clock"]["status"] == "skipped"
    assert {"SQLite library", "pragmas", "quick_check", "schema", "key file", "file modes"} <= found.keys()


@pytest.mark.serial
def test_it_takes_no_longer_than_3_seconds(synced: Folder) -> None:
    """Of the processor: other work on the machine must not decide."""
    before = os.times()
    assert synced.hub("doctor").code == 0
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent <= 3


def test_it_makes_no_store(lists: Folder, call: Call) -> None:
    code, found = look(lists, call)
    assert code == 0
    assert found["store"]["status"] == "skipped"
    assert not (lists.path / "hub.db").exists()


def test_without_a_project_the_installation_is_looked_at(project: Folder, call: Call) -> None:
    (project.path / "hub.yaml").unlink()
    code, found = look(project, call)
    assert code == 9
    assert found["SQLite library"]["status"] == "ok"
    assert "HUB-1001" in found["configuration"]["message"]
    assert found["store"]["status"] == "skipped"


def test_wrong_settings(synced: Folder, call: Call) -> None:
    synced.write("mappings/tabular.yaml", "mapping: [")
    code, found = look(synced, call)
    assert code == 9
    assert found["configuration"]["status"] == "failed"
    assert "mappings/tabular.yaml" in found["configuration"]["message"]


def test_a_damaged_store(synced: Folder, call: Call) -> None:
    path = synced.path / "hub.db"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(bytes(content))
    code, found = look(synced, call)
    assert code == 9
    assert "failed" in {found[name]["status"] for name in found.keys() & {"quick_check", "store"}}


def test_a_file_that_is_no_store(synced: Folder, call: Call) -> None:
    synced.write("hub.db", "this is no database, and long enough to be looked at " * 30)
    code, found = look(synced, call)
    assert code == 9
    assert "HUB-5003" in found["store"]["message"]


def test_a_store_of_a_newer_version(synced: Folder, call: Call) -> None:
    with open_store(synced.path / "hub.db") as store:
        store.driver.execute("INSERT INTO migrations VALUES (99, 'later', 'x', '2026-07-30T00:00:00.000Z')")
    code, found = look(synced, call)
    assert code == 9
    assert found["schema"]["status"] == "failed"


def test_files_that_others_can_read(synced: Folder, call: Call) -> None:
    (synced.path / "hub.db").chmod(0o644)
    synced.write("secrets/shop.key", "x").chmod(0o640)
    code, found = look(synced, call)
    assert code == 5
    assert found["file modes"]["status"] == "warning"
    assert {"hub.db", "shop.key"} <= set(found["file modes"]["message"].replace(",", "").split())
    assert "chmod 600" in found["file modes"]["hint"]


def test_a_lost_key(synced: Folder, call: Call) -> None:
    with open_store(synced.path / "hub.db") as store:
        assert isinstance(store.secrets, SecretStore)
        store.secrets.of(1).swap("token", None, "value-of-the-token")
    assert look(synced, call)[0] == 0
    (synced.path / "hub.key").unlink()
    code, found = look(synced, call)
    assert code == 9
    assert found["key file"]["status"] == "failed"


def test_a_secret_in_the_settings(synced: Folder, call: Call) -> None:
    text = (synced.path / "hub.yaml").read_text()
    synced.write(
        "hub.yaml",
        text + "  shop:\n    connector: woocommerce\n    config: {store_url: 'https://shop.example.com', "
        "consumer_key: 'plain:ck_of_a_demo', consumer_secret: 'plain:cs_of_a_demo'}\n",
    )
    shutil.copy(synced.path / "mappings/tabular.yaml", synced.path / "mappings/woocommerce.yaml")
    code, found = look(synced, call)
    assert code == 5
    assert "shop.consumer_secret" in found["secrets"]["message"]
    assert "cs_of_a_demo" not in json.dumps(found)


def test_many_rejects(synced: Folder, call: Call) -> None:
    synced.write("lists/more.csv", "email,name\n" + ",Nobody\n" * 101)
    assert synced.hub("sync", "--quiet").code == 5
    code, found = look(synced, call)
    assert code == 5
    assert "101" in found["rejects"]["message"]


def test_a_run_that_ended_without_a_word(waiter: Folder, call: Call, until: Until, ended: End) -> None:
    process = waiter.start("sync")
    until(
        lambda: (waiter.path / "read").exists() and len((waiter.path / "read").read_text().splitlines()) >= 10
    )
    under_way = waiter.hub("doctor", "--json")
    runs = next(item for item in under_way.lines if item.get("name") == "stuck runs")
    assert runs["status"] == "ok"
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    stuck = waiter.hub("doctor", "--json")
    assert stuck.code == 5
    assert next(item for item in stuck.lines if item.get("name") == "stuck runs")["status"] == "warning"


def test_others_can_reach_the_service(synced: Folder, call: Call) -> None:
    code, found = look(synced, call, "--setting", "serve.host=0.0.0.0")
    assert code == 5
    assert found["exposure"]["status"] == "warning"


def test_a_library_with_the_bug_is_never_green() -> None:
    assert sqlite_library((3, 40, 1)).status == "failed"
    assert sqlite_library((3, 53, 0)).status == "ok"
    assert sqlite_library(version()).status == "ok"


def test_a_store_too_large_for_a_quick_look_is_told_as_skipped(synced: Folder) -> None:
    """Not as green, and not as damaged."""
    with open_store(synced.path / "hub.db") as store:
        with store.write():
            store.driver.execute("CREATE TABLE big (text TEXT)")
            store.driver.executemany("INSERT INTO big VALUES (?)", [("x" * 4000,) for _ in range(20_000)])
        assert pages(store, 0.0).status == "skipped"
        assert pages(store, None).status == "ok"


def test_the_room_on_the_disk(synced: Folder) -> None:
    assert isinstance(disk(synced.path / "hub.db"), Finding)


def test_a_person_is_told_what_to_do(synced: Folder, call: Call) -> None:
    (synced.path / "hub.db").chmod(0o644)
    text = call(synced, "doctor").stdout
    assert "file modes" in text
    assert "  chmod 600 hub.db" in text


def test_store_info(synced: Folder, call: Call) -> None:
    item = json.loads(call(synced, "store", "info", "--json").stdout)
    assert item["store"] == "hub.db"
    assert item["tables"]["customers"] == 2
    assert item["schema_version"] >= 1
    assert item["bytes"] > 0
    assert "customers" in call(synced, "store", "info").stdout


def test_store_info_makes_none(lists: Folder, call: Call) -> None:
    result = call(lists, "store", "info", "--json")
    assert result.exit_code == 9
    assert json.loads(result.stdout)["code"] == "HUB-5009"
    assert not (lists.path / "hub.db").exists()
