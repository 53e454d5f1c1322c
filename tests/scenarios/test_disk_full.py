"""No room for the store to grow in the midst of `hub sync`: told, nothing half done, and the next sync does the rest."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.models import RunKind
from hub.store.api import Store, open_store
from hub.store.balance import BUCKETS

if sys.platform == "win32":
    pytest.skip("this system has no limit on the size of a file", allow_module_level=True)

import resource

HUB = Path(sys.executable).with_name("hub")
ROWS = 6_000
#: Every tenth shares the address of the one before.
PEOPLE = ROWS - ROWS // 10

HUB_YAML = "connections:\n  lists:\n    connector: tabular\n    config: {path: lists, key: number}\n"
MAPPING = """\
mapping: tabular
connector: tabular
defaults: {region: US}
streams:
  rows:
    emit:
      - entity: customer
        key: $._key
        fields: {full_name: $.name, email: $.email, notes: $.notes}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a store of one person, and a file of thousands that waits to be read."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "lists").mkdir()
    (tmp_path / "mappings" / "tabular.yaml").write_text(MAPPING)
    (tmp_path / "hub.yaml").write_text(HUB_YAML)
    write(tmp_path / "lists" / "first.csv", range(1))
    assert sync(tmp_path).returncode == 0
    write(tmp_path / "lists" / "second.csv", range(1, ROWS))
    return tmp_path


def write(path: Path, numbers: range) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["number", "name", "email", "notes"])
        for number in numbers:
            person = number - 1 if number % 10 == 9 else number
            note = f"note {number} " + "on tea " * 20
            sheet.writerow([number, f"Person {person}", f"p{person}@example.com", note])


def sync(folder: Path, room: int | None = None) -> subprocess.CompletedProcess[str]:
    """The installed `hub sync`; room: bytes by which the largest file may still grow, for it and all it starts."""
    largest = max((file.stat().st_size for file in folder.glob("hub.db*")), default=0)

    def limited() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, largest + room))

    return subprocess.run(
        [HUB, "sync", "--json", "--quiet"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("HUB_")},
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def codes(done: subprocess.CompletedProcess[str]) -> set[str]:
    """Codes of all errors told in JSON, on either stream."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.update(code for name, code in value.items() if name == "code" and isinstance(code, str))
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                look(item)

    for line in (done.stdout + done.stderr).splitlines():
        if line.startswith("{"):
            look(json.loads(line))
    return found


def check_books(store: Store) -> None:
    """Whole, balanced, and every source customer in just one customer or not yet worked out."""
    query = store.driver.query
    assert query("PRAGMA integrity_check") == [("ok",)]
    for run_id, kind, status in query("SELECT id, kind, status FROM runs"):
        counts = store.runs.counts(run_id)
        if status != "running":
            assert counts["read"] == sum(counts.get(bucket, 0) for bucket in BUCKETS[RunKind(kind)]), run_id
    assert query("SELECT count(*) FROM memberships") == query("SELECT count(*) FROM source_customers")


@pytest.mark.parametrize("room", [0, 100_000, 1_500_000], ids=["at_once", "while_reading", "while_mapping"])
def test_a_store_that_cannot_grow_is_told_and_nothing_is_lost(project: Path, room: int) -> None:
    full = sync(project, room)
    assert full.returncode == 9, full.stderr
    assert "Traceback" not in full.stderr
    assert {code for code in codes(full) if code.startswith("HUB-50")}, full.stdout + full.stderr
    with open_store(project / "hub.db") as store:
        check_books(store)
        assert store.driver.one("SELECT count(*) FROM source_customers") == (1,), "the room was too large"

    assert sync(project).returncode == 0
    with open_store(project / "hub.db") as store:
        check_books(store)
        query = store.driver.query
        assert query("SELECT count(*), count(DISTINCT key) FROM raw_records") == [(ROWS, ROWS)]
        assert query("SELECT count(*), count(DISTINCT external_id) FROM source_customers") == [(ROWS, ROWS)]
        assert query("SELECT count(*), sum(members) FROM customers WHERE status = 'active'") == [
            (PEOPLE, ROWS)
        ]
    (last,) = [json.loads(line) for line in sync(project).stdout.splitlines()][-1:]
    assert sum(run["counts"].get("new", 0) + run["counts"].get("changed", 0) for run in last["runs"]) == 0
