"""kill -9 at random points of `hub sync`: nothing lost, nothing doubled, the balance holds.

The vendor keeps a ledger of its own, against which the store is reconciled afterwards. The negative control is a hub
that saves the cursor before the rows: the same kills must find it out.
"""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.models import RunKind
from hub.store.api import Store, open_store
from hub.store.balance import BUCKETS
from hub.testing.fake_server import Answer, Asked, FakeServer
from tests.driving import Driver

KILLS = 110
PAGE = 20

MAPPING = """\
mapping: ledger
connector: ledger
streams:
  people:
    emit:
      - entity: customer
        key: $.id
        fields: {full_name: $.name, email: $.email, job_title: $.version}
"""
OUT = """\
mapping: tabular
connector: tabular
out:
  customers:
    fields: {customer_id: $.customer_id, name: $.full_name, email: $.email, version: $.job_title}
"""


class LedgerServer(FakeServer):
    """The vendor: records by id, each with the number of its latest change."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[int, dict[str, object]] = {}
        self.changes: dict[int, int] = {}
        self._count = 0

    def put(self, number: int, version: int) -> None:
        """A new record, or a new version; every fifth shares the address of the one before."""
        mail = number - 1 if number % 5 == 0 else number
        self._count += 1
        self.records[number] = {
            "id": number, "name": f"Person {mail}", "email": f"p{mail}@example.com", "version": f"v{version}",
        }  # fmt: skip
        self.changes[number] = self._count

    def answer(self, asked: Asked) -> Answer:
        after = int(asked.query["after"])
        waiting = sorted((seq, number) for number, seq in self.changes.items() if seq > after)[:PAGE]
        last = waiting[-1][0] if waiting else after
        return Answer.json({"records": [self.records[number] for _, number in waiting], "last": last})


DRIVER = Path(__file__).with_name("crash_driver.py")


@pytest.fixture
def vendor() -> Iterator[LedgerServer]:
    with LedgerServer() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, vendor: LedgerServer) -> Path:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "ledger.yaml").write_text(MAPPING)
    (tmp_path / "mappings" / "tabular.yaml").write_text(OUT)
    (tmp_path / "hub.yaml").write_text(
        f"connections:\n  people: {{connector: ledger, config: {{url: '{vendor.url}'}}}}\n"
        "  sheet: {connector: tabular, after_sync: true, config: {out: sheet.csv}}\n"
    )
    return tmp_path


def torment(project: Path, vendor: LedgerServer, kills: int, *arguments: str) -> int:
    """Kills that many syncs while the vendor goes on changing, then lets one end. How many were really killed."""
    dice = random.Random(kills)
    for number in range(1, 401):
        vendor.put(number, 1)
    driver = Driver(DRIVER, project, *arguments)
    try:
        killed, turn, life = 0, 0, 1.0
        while killed < kills:
            turn += 1
            began = time.monotonic()
            # A sync starts up before it has anything to lose; most kills are to come later.
            answer = driver.say(f"{dice.uniform(0.2, 1.1) * life:.4f}")
            if answer == "killed":
                killed += 1
            elif answer == "ended 0":
                life = time.monotonic() - began
            else:
                raise AssertionError(answer)
            life *= 1.02  # a life that always ends early would tell nothing either
            for _ in range(30):
                vendor.put(len(vendor.records) + 1, 1)
                vendor.put(dice.randrange(1, len(vendor.records) + 1), turn + 1)
        assert driver.say("end") == "ended 0"
        assert driver.say("end") == "ended 0"
        return turn
    finally:
        driver.close()


def losses(store: Store, vendor: LedgerServer) -> dict[str, int]:
    """Records of the vendor that the store does not have as they are, and rows it has too many."""
    truth = {str(number): (record["email"], record["version"]) for number, record in vendor.records.items()}
    raw = [json.loads(row[0]) for row in store.driver.query("SELECT payload FROM raw_records")]
    rows = store.driver.query("SELECT external_id, email, job_title FROM source_customers")
    canonical = {row[0]: (row[1], row[2]) for row in rows}
    landed = {str(record["id"]): (record["email"], record["version"]) for record in raw}
    return {
        "raw lost": sum(1 for key, value in truth.items() if landed.get(key) != value),
        "raw doubled": len(raw) - len(landed),
        "canonical lost": sum(1 for key, value in truth.items() if canonical.get(key) != value),
        "canonical doubled": len(rows) - len(canonical),
    }


def check_books(store: Store, vendor: LedgerServer, project: Path) -> None:
    """Runs, memberships, golden records and the file agree with each other and with the ledger."""
    query = store.driver.query
    assert query("PRAGMA integrity_check") == [("ok",)]
    assert query("SELECT count(*) FROM runs WHERE status = 'running'") == [(0,)]
    for run_id, kind in query("SELECT id, kind FROM runs"):
        counts = store.runs.counts(run_id)
        assert counts["read"] == sum(counts.get(bucket, 0) for bucket in BUCKETS[RunKind(kind)]), run_id
    mails = {str(record["email"]) for record in vendor.records.values()}
    assert query("SELECT count(*) FROM memberships") == [(len(vendor.records),)]
    assert query(
        "SELECT count(*) FROM source_customers s LEFT JOIN memberships m ON m.source_id = s.id WHERE m.source_id IS NULL"
    ) == [(0,)]
    active = query("SELECT email, members FROM customers WHERE status = 'active'")
    assert sorted(row[0] for row in active) == sorted(mails)
    assert sum(row[1] for row in active) == len(vendor.records)
    with (project / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        delivered = [row["email"] for row in csv.DictReader(file)]
    assert sorted(delivered) == sorted(mails)


def interrupted(store: Store) -> dict[str, int]:
    """Runs that a kill cut short, by kind: whether the kills hit anything."""
    rows = store.driver.query("SELECT kind, count(*) FROM runs WHERE error LIKE '%HUB-6004%' GROUP BY kind")
    return dict(rows)


@pytest.mark.serial
def test_nothing_is_lost_or_doubled_when_the_process_dies(project: Path, vendor: LedgerServer) -> None:
    torment(project, vendor, KILLS)
    with open_store(project / "hub.db") as store:
        assert losses(store, vendor) == {
            "raw lost": 0,
            "raw doubled": 0,
            "canonical lost": 0,
            "canonical doubled": 0,
        }
        check_books(store, vendor, project)
        hit = interrupted(store)
    assert hit.get("pull", 0) > KILLS / 10, hit
    assert hit.get("consolidate", 0) > 0, hit


@pytest.mark.serial
def test_a_hub_that_saves_the_cursor_first_is_found_out(project: Path, vendor: LedgerServer) -> None:
    torment(project, vendor, 40, "--cursor-first")
    with open_store(project / "hub.db") as store:
        found = losses(store, vendor)
    assert found["raw lost"] > 0, found


@pytest.mark.nightly
def test_two_thousand_kills(project: Path, vendor: LedgerServer) -> None:
    torment(project, vendor, 2000)
    with open_store(project / "hub.db") as store:
        assert not any(losses(store, vendor).values())
        check_books(store, vendor, project)
