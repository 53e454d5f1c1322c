"""Freshdesk under the kit; old tickets, long lists, and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from connectors.freshdesk.fake import FakeFreshdesk
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood


def stamp(hours: float) -> str:
    """So many hours before noon."""
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def contact(number: int) -> dict[str, Any]:
    """A contact; the greater its number, the later the change."""
    return {
        "id": number, "name": f"Person {number}", "email": f"person{number}@example.com", "other_emails": [],
        "company_id": 51, "created_at": stamp(2000), "updated_at": stamp(1000 - number),
    }  # fmt: skip


def ticket(number: int, hours: float) -> dict[str, Any]:
    return {
        "id": number, "subject": f"Question {number}", "description_text": "How?", "status": 2, "priority": 1,
        "source": 1, "type": None, "requester_id": 1, "responder_id": 71, "company_id": 51,
        "created_at": stamp(hours + 2000), "updated_at": stamp(hours), "stats": {},
    }  # fmt: skip


def desk() -> FakeFreshdesk:
    fake = FakeFreshdesk(
        contacts=[contact(number) for number in range(1, 26)],
        companies=[{"id": 51, "name": "Company", "domains": []}],
        agents=[{"id": 71, "type": "support_agent", "contact": {"name": "Agent", "active": True}}],
        tickets=[ticket(number, 2000 - number) for number in range(101, 131)],
        ratings=[
            {"id": 41, "user_id": 1, "ticket_id": 101, "ratings": {"default_question": 103}, "created_at": stamp(90)}
        ],
    )  # fmt: skip
    for number in (103, 128):
        said = {
            "user_id": 1,
            "incoming": True,
            "private": False,
            "body_text": "Hello",
            "created_at": stamp(80),
        }
        fake.conversations[number] = [{"id": 8000 + number, "ticket_id": number, **said}]
    return fake


class TestFreshdesk(Conformance):
    """Everything, conversations and ratings too."""

    connector = "freshdesk"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_page": "a list tells no total: a page that comes empty cannot be told from the last one",
    }
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Freshdesk's was to be had"}

    def vendor(self, folder: Path) -> FakeFreshdesk:
        return desk()

    def config(self, vendor: FakeFreshdesk) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/api/v2", "domain": "acme", "api_key": vendor.token, "page_size": 10,
            "conversations": True, "ratings": True,
        }  # fmt: skip

    def truth(self, vendor: FakeFreshdesk) -> Mapping[str, set[str]]:
        said = {str(row["id"]) for rows in vendor.conversations.values() for row in rows}
        known = {name: {str(row["id"]) for row in rows} for name, rows in vendor.tables.items()}
        return {**known, "conversations": said}

    def change(self, vendor: FakeFreshdesk, now: datetime) -> Mapping[str, str]:
        vendor.change("contacts", 3, name="Renamed")
        vendor.change("companies", 51, name="Renamed")
        vendor.change("agents", 71, type="field_agent")
        vendor.change("tickets", 105, status=4)
        return {"contacts": "3", "companies": "51", "agents": "71", "tickets": "105"}

    def remove(self, vendor: FakeFreshdesk, now: datetime) -> Mapping[str, str]:
        vendor.remove("contacts", 4)
        vendor.remove("tickets", 106)
        return {"contacts": "4", "tickets": "106"}

    def forbid(self, vendor: FakeFreshdesk) -> None:
        vendor.forbidden = {"/contacts"}


def driver_of(fake: FakeFreshdesk, **config: Any) -> Driver:
    connector = load_plugins().connector("freshdesk")
    driver = Driver(connector(connector.Config(**{**TestFreshdesk().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_tickets_of_years_ago_are_read_and_a_long_list_is_asked_for_in_parts() -> None:
    fake = desk()
    fake.tables["tickets"] = [ticket(number, 40_000 - number / 60) for number in range(1, 7001)]
    with fake, driver_of(fake, page_size=100) as driver:
        driver.pull("tickets")
        assert len(driver.records["tickets"]) == 7000
    asked = [one.query for one in fake.requests]
    assert len({query["updated_since"] for query in asked}) == 3, "two full parts and the rest"
    assert max(int(query["page"]) for query in asked) <= 31
    assert len(asked) <= 73, "no ticket but those of a border is read twice"


def test_a_ticket_that_is_deleted_before_its_conversation_is_read_costs_nothing() -> None:
    fake = desk()
    with fake, driver_of(fake) as driver:
        driver.pull("tickets")
        fake.fail(status=404, path="/tickets/103/conversations")
        driver.pull("conversations")
        assert set(driver.records["conversations"]) == {"8128"}


def test_conversations_are_asked_for_only_of_tickets_that_changed() -> None:
    fake = desk()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.requests.clear()
        said = {
            "user_id": 71,
            "incoming": False,
            "private": False,
            "body_text": "So.",
            "created_at": stamp(0),
        }
        fake.conversations[128].append({"id": 9000, "ticket_id": 128, **said})
        fake.change("tickets", 128)
        driver.clock.now += timedelta(minutes=10)
        driver.pull("conversations")
        assert "9000" in driver.records["conversations"]
        assert {one.path for one in fake.requests if "conversations" in one.path} == {
            "/api/v2/tickets/128/conversations"
        }


def test_without_them_neither_conversations_nor_ratings_are_read() -> None:
    fake = desk()
    with fake, driver_of(fake, conversations=False, ratings=False) as driver:
        assert [stream.name for stream in driver.connector.streams()] == [
            "contacts",
            "companies",
            "agents",
            "tickets",
        ]


def test_samples_are_understood() -> None:
    is_understood("freshdesk")
