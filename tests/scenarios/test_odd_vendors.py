"""Vendors on loopback that go back, repeat themselves, send what is no JSON, or have a wrong clock: through the whole
engine, with the real connectors and the real HTTP client."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.woocommerce.fake import FakeShop
from connectors.zendesk.fake import FakeDesk
from hub.models import Run, RunKind, RunStatus
from hub.store.balance import BUCKETS
from hub.sync import connected
from hub.sync.engine import Engine
from hub.testing.fake_server import Answer, Asked

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = (NOW - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")

SHOP = """\
connections:
  vendor:
    connector: woocommerce
    config:
      {{store_url: "{url}", consumer_key: "plain:ck_demo", consumer_secret: "plain:cs_demo", trusted_host: true,
       page_size: 10, requests_per_second: 1000}}
"""
DESK = """\
connections:
  vendor:
    connector: zendesk
    config:
      {{base_url: "{url}", email: admin@tea.example.com, api_token: "plain:demo-token", trusted_host: true,
       page_size: 10, requests_per_minute: 2500}}
"""


class Project:
    """A project with one connection, `vendor`."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "mappings", folder / "mappings")
        (folder / "hub.yaml").write_text(text)

    def sync(self) -> Run:
        """`hub sync`; the run of its pull. Whatever happens, the books balance and no two rows are one record."""
        with Engine.open(self.folder) as engine:
            result = engine.sync()
            for run in result.runs:
                taken = sum(run.counts.get(bucket, 0) for bucket in BUCKETS[run.kind])
                assert run.counts["read"] == taken
        assert self.rows("SELECT stream_id, key FROM raw_records GROUP BY 1, 2 HAVING count(*) > 1") == []
        (pull,) = [run for run in result.runs if run.kind is RunKind.PULL]
        return pull

    def good_sync(self) -> Run:
        pull = self.sync()
        assert pull.status is RunStatus.SUCCEEDED, pull.error
        return pull

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with Engine.open(self.folder) as engine:
            return [tuple(row) for row in engine.store.driver.query(sql)]

    def records(self, stream: str) -> dict[int, dict[str, Any]]:
        """What landed and was not deleted, by id."""
        rows = self.rows(
            "SELECT w.payload FROM raw_records w JOIN streams s ON s.id = w.stream_id "
            f"WHERE s.name = '{stream}' AND w.deleted_at IS NULL"
        )
        return {record["id"]: record for record in (json.loads(row[0]) for row in rows)}

    def cursor(self, stream: str) -> Any:
        rows = self.rows(f"SELECT cursor FROM checkpoints WHERE stream = '{stream}'")
        return json.loads(rows[0][0]) if rows else None


def customer(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "email": f"person{number}@example.com", "role": "customer", "date_created_gmt": LONG_AGO[:-1],
        "date_modified_gmt": LONG_AGO[:-1], **fields,
    }  # fmt: skip


def order(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "status": "processing", "customer_id": 1, "currency": "USD", "total": "10.00", "line_items": [],
        "billing": {"email": "person1@example.com"}, "date_created_gmt": LONG_AGO[:-1],
        "date_modified_gmt": LONG_AGO[:-1], **fields,
    }  # fmt: skip


# --- going back -------------------------------------------------------------------------------------------------------


class ReturningDesk(FakeDesk):
    """Answers its third page of users with the cursor of the first, and of organizations with a time long past."""

    returns = False

    def answer(self, asked: Asked) -> Answer:
        good = super().answer(asked)
        if not self.returns or "incremental" not in asked.path:
            return good
        body = json.loads(good.body)
        if "after_cursor" in body and asked.path.endswith("users/cursor.json"):
            self.cursors = [*self.cursors, body["after_cursor"]] if "cursor" in asked.query else self.cursors
            if len(self.cursors) >= 3:
                body |= {"after_cursor": self.cursors[0], "end_of_stream": False}
        elif "organizations" in body:
            body |= {"end_time": 1, "end_of_stream": False}
        return Answer.json(body)

    cursors: list[str] = []  # noqa: RUF012 - replaced, never changed


@pytest.fixture
def desk() -> Iterator[ReturningDesk]:
    with ReturningDesk() as fake:
        base = int(NOW.timestamp()) - 86_400
        for number in range(1, 61):
            moment = datetime.fromtimestamp(base + number, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            user = {"id": number, "name": f"Person {number}", "email": f"p{number}@example.com"}
            fake.users.append({**user, "role": "end-user", "active": True, "updated_at": moment})
            fake.organizations.append({"id": number, "name": f"Tea {number}", "updated_at": moment})
        yield fake


def test_an_export_that_leads_in_a_circle_is_refused_and_nothing_is_lost(
    desk: ReturningDesk, tmp_path: Path
) -> None:
    project = Project(tmp_path, DESK.format(url=desk.url))
    desk.returns = True
    pull = project.sync()
    assert (pull.status, (pull.error or {})["code"]) == (RunStatus.INCOMPLETE, "HUB-4502")
    assert len(desk.requests) < 20, "it goes round once"
    held = project.cursor("users")
    assert 0 < len(project.records("users")) < 60
    assert project.cursor("organizations") == {"start": 1}, "forward once, and never back"

    desk.returns = False
    assert project.good_sync().counts["read"] < 120, "it went on where it was"
    assert project.cursor("users") != held
    assert (len(project.records("users")), len(project.records("organizations"))) == (60, 60)


def test_a_held_cursor_does_not_move_back(desk: ReturningDesk, tmp_path: Path) -> None:
    project = Project(tmp_path, DESK.format(url=desk.url))
    project.good_sync()
    held = {stream: project.cursor(stream) for stream in ("users", "organizations")}
    desk.returns = True
    desk.cursors = ["", "", ""]
    assert (project.sync().error or {})["code"] == "HUB-4502"
    assert {stream: project.cursor(stream) for stream in held} == held
    desk.returns = False
    desk.users.append({**desk.users[0], "id": 61, "updated_at": desk.users[-1]["updated_at"]})
    project.good_sync()
    assert len(project.records("users")) == 61


def test_a_page_that_repeats_is_refused_and_read_by_the_next_sync(shop: FakeShop, tmp_path: Path) -> None:
    project = Project(tmp_path, SHOP.format(url=shop.url))
    shop.repeat_page(path="customers", after=1, times=3)
    assert (project.sync().error or {})["code"] == "HUB-4402"
    shop.heal()
    project.good_sync()
    assert len(project.records("customers")) == len(shop.customers)


# --- what is no JSON ----------------------------------------------------------------------------------------------


class RawShop(FakeShop):
    """Puts bytes that JSON cannot hold in place of some words."""

    swaps: tuple[tuple[bytes, bytes], ...] = ()

    def answer(self, asked: Asked) -> Answer:
        good = super().answer(asked)
        body = good.body
        for word, raw in self.swaps:
            body = body.replace(word, raw)
        return Answer(good.status, body, good.headers)


@pytest.fixture
def shop() -> Iterator[RawShop]:
    with RawShop() as fake:
        fake.customers = [customer(number) for number in range(1, 26)]
        fake.orders = [order(number) for number in range(101, 131)]
        yield fake


@pytest.mark.parametrize("raw", [b'"caf\xe9"', b'"\xed\xa0\x80"', b"NaN", b"-Infinity", b"1e999"])
def test_one_bad_value_costs_one_record(shop: RawShop, tmp_path: Path, raw: bytes) -> None:
    shop.swaps = ((b'"ODD"', raw),)
    shop.customers[6] = customer(7, first_name="ODD")
    project = Project(tmp_path, SHOP.format(url=shop.url))
    pull = project.sync()
    assert pull.status is RunStatus.WITH_REJECTS
    assert (pull.counts["new"], pull.counts["rejected"]) == (54, 1)
    assert project.rows("SELECT code, key, state FROM rejects") == [("HUB-3003", "7", "open")]
    assert set(project.records("customers")) == {*range(1, 26)} - {7}

    shop.swaps = ()
    shop.save("orders", order(131, customer_id=7))  # whose buyer is read again
    project.good_sync()
    assert project.rows("SELECT state FROM rejects") == [("resolved",)]
    assert set(project.records("customers")) == {*range(1, 26)}


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [24, -24])
def test_a_wrong_clock_of_ours_loses_nothing(
    shop: RawShop, tmp_path: Path, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(hours=hours)

    project = Project(tmp_path, SHOP.format(url=shop.url))
    with monkeypatch.context() as patch:
        patch.setattr(connected, "datetime", Wrong)
        project.good_sync()
        walk_on(shop, project, 1)
    walk_on(shop, project, 2)
    with monkeypatch.context() as patch:
        patch.setattr(connected, "datetime", Wrong)
        walk_on(shop, project, 3)


@pytest.mark.parametrize("hours", [24, -24])
def test_a_wrong_clock_of_the_shop_loses_nothing(shop: RawShop, tmp_path: Path, hours: int) -> None:
    project = Project(tmp_path, SHOP.format(url=shop.url))
    project.good_sync()
    shop.clock = lambda: datetime.now(UTC) + timedelta(hours=hours)
    walk_on(shop, project, 1)
    shop.clock = lambda: datetime.now(UTC)  # somebody has mended it
    walk_on(shop, project, 2)
    assert len(project.rows("SELECT 1 FROM run_events WHERE kind = 'cursor_gone'")) == 2, (
        "of both streams, once"
    )
    walk_on(shop, project, 3)
    assert project.good_sync().counts["new"] == 0


def walk_on(shop: FakeShop, project: Project, step: int) -> None:
    """The shop goes on, and the next sync sees all of it."""
    shop.save("customers", customer(25 + step))
    shop.save("orders", order(130 + step))
    shop.change("orders", 105, status="completed", total=f"{step}.00")
    shop.change("customers", 1, first_name=f"Ann {step}")
    project.good_sync()
    assert set(project.records("customers")) == {row["id"] for row in shop.customers}
    orders = project.records("orders")
    assert set(orders) == {row["id"] for row in shop.orders}
    assert orders[105]["total"] == f"{step}.00"
    assert project.records("customers")[1]["first_name"] == f"Ann {step}"
