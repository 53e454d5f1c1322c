"""Intercom under the kit, searches that compare by the day, and what was said in conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.intercom.fake import FakeIntercom
from hub import Request
from hub.errors import SourceError
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood

SECRET = "client-secret-of-the-app"


def epoch(hours: float) -> int:
    """So many hours before noon."""
    return int((NOON - timedelta(hours=hours)).timestamp())


def contact(number: int) -> dict[str, Any]:
    """A contact; the greater its number, the later the change."""
    return {
        "type": "contact", "id": f"c{number}", "role": "user", "external_id": str(number), "name": f"Person {number}",
        "email": f"person{number}@example.com", "created_at": epoch(2000), "updated_at": epoch(1000 - number),
    }  # fmt: skip


def conversation(number: int) -> dict[str, Any]:
    source = {"type": "email", "body": "<p>How?</p>", "author": {"type": "user", "id": "c1"}}
    return {
        "type": "conversation", "id": str(number), "state": "open", "source": source, "created_at": epoch(2000),
        "updated_at": epoch(1000 - number), "contacts": {"contacts": [{"type": "contact", "id": "c1"}]},
    }  # fmt: skip


def part(number: int, kind: str = "comment") -> dict[str, Any]:
    author = {"type": "user", "id": "c1"}
    return {"id": str(number), "part_type": kind, "body": "So.", "author": author, "created_at": epoch(80)}


def workspace() -> FakeIntercom:
    fake = FakeIntercom(
        contacts=[contact(number) for number in range(1, 36)],
        companies=[{"type": "company", "id": f"o{number}", "name": "Company"} for number in range(1, 4)],
        admins=[{"type": "admin", "id": "814860", "name": "Nora Fields"}],
        conversations=[conversation(number) for number in range(101, 126)],
    )
    fake.parts = {"103": [part(9001)], "124": [part(9002), part(9003, "note")]}
    return fake


class TestIntercom(Conformance):
    """Everything, parts of conversations too."""

    connector = "intercom"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "token-that-nobody-knows"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no workspace of Intercom's was to be had"}

    def vendor(self, folder: Path) -> FakeIntercom:
        return workspace()

    def config(self, vendor: FakeIntercom) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url, "token": vendor.token, "page_size": 10, "parts": True, "webhook_secret": SECRET,
        }  # fmt: skip

    def truth(self, vendor: FakeIntercom) -> Mapping[str, set[str]]:
        known = {name: {row["id"] for row in rows} for name, rows in vendor.tables.items()}
        return {**known, "parts": {row["id"] for rows in vendor.parts.values() for row in rows}}

    def change(self, vendor: FakeIntercom, now: datetime) -> Mapping[str, str]:
        vendor.change("contacts", "c3", name="Renamed")
        vendor.change("companies", "o1", name="Renamed")
        vendor.change("admins", "814860", name="Nora Field")
        vendor.change("conversations", "105", state="closed")
        return {"contacts": "c3", "companies": "o1", "admins": "814860", "conversations": "105"}

    def remove(self, vendor: FakeIntercom, now: datetime) -> Mapping[str, str]:
        removed = {"contacts": "c4", "companies": "o2", "conversations": "106"}
        for name, key in removed.items():
            vendor.remove(name, key)
        return removed

    def forbid(self, vendor: FakeIntercom) -> None:
        vendor.forbidden = {"/contacts"}

    def arrivals(self, vendor: FakeIntercom) -> Sequence[Request]:
        return [signed(vendor.notification("contact.user.updated", {"type": "contact", "id": "c7"}, NOON))]


def signed(request: Request) -> Request:
    headers = signed_headers(SCHEMES["intercom"], request, SECRET)
    return replace(request, headers={**request.headers, **headers})


def driver_of(fake: FakeIntercom, **config: Any) -> Driver:
    connector = load_plugins().connector("intercom")
    driver = Driver(connector(connector.Config(**{**TestIntercom().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_change_of_today_is_found_though_times_are_compared_by_the_day() -> None:
    fake = workspace()
    with fake, driver_of(fake) as driver:
        driver.pull("contacts")
        driver.clock.now += timedelta(minutes=10)
        fake.change("contacts", "c1", name="Renamed")
        fake.requests.clear()
        driver.pull("contacts")
        assert driver.records["contacts"]["c1"]["name"] == "Renamed"
    (asked,) = [orjson.loads(asked.body)["query"]["value"][0] for asked in fake.requests]
    assert asked["value"] <= epoch(48)


def test_more_companies_than_can_be_listed_are_an_error_and_no_smaller_result() -> None:
    fake = workspace()
    fake.tables["companies"] = [{"type": "company", "id": str(n), "name": "C"} for n in range(10_050)]
    with fake, driver_of(fake, requests=166) as driver:
        with pytest.raises(SourceError) as caught:
            driver.pull("companies")
        assert caught.value.code == "HUB-4614"


def test_a_conversation_that_is_gone_before_it_is_looked_into_costs_nothing() -> None:
    fake = workspace()
    with fake, driver_of(fake) as driver:
        fake.fail(status=404, path="/conversations/103")
        driver.pull("parts")
        assert set(driver.records["parts"]) == {"9002", "9003"}
        assert driver.records["parts"]["9002"]["conversation_id"] == "124"


@pytest.mark.parametrize(
    ("topic", "stream", "key"),
    [
        ("contact.unsubscribed", "contacts", "c3"),
        ("conversation.user.replied", "conversations", "104"),
        ("conversation.rating.added", "conversations", "104"),
    ],
)
def test_a_webhook_leads_to_the_record_as_it_is_now(topic: str, stream: str, key: str) -> None:
    fake = workspace()
    fake.change(stream, key, state="now")
    with fake, driver_of(fake) as driver:
        driver.receive(signed(fake.notification(topic, {"id": key, "state": "then"}, NOON)))
        assert {name: set(rows) for name, rows in driver.records.items() if rows} == {stream: {key}}
        assert driver.records[stream][key]["state"] == "now"


def test_a_deleted_contact_goes_at_once_and_tags_are_passed_over() -> None:
    fake = workspace()
    with fake, driver_of(fake) as driver:
        driver.pull("contacts")
        driver.receive(signed(fake.notification("contact.deleted", {"type": "contact", "id": "c3"}, NOON)))
        assert "c3" not in driver.records["contacts"]
        before = len(fake.requests)
        driver.receive(signed(fake.notification("contact.user.tag.created", {"type": "contact_tag"}, NOON)))
        assert len(fake.requests) == before


def test_requests_name_the_version() -> None:
    fake = workspace()
    with fake, driver_of(fake, parts=False) as driver:
        driver.pull()
        assert "parts" not in [stream.name for stream in driver.connector.streams()]
    assert {asked.headers["intercom-version"] for asked in fake.requests} == {"2.15"}


def test_samples_are_understood() -> None:
    is_understood("intercom")
