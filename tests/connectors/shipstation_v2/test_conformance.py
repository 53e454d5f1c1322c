"""ShipStation V2 under the kit, and its webhooks signed with a key of ShipStation's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.shipstation_v2.fake import FakeStation, written
from hub import Request
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import records

BATCH = "/labels?batch_id=se-9"


def rows(key: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    """A higher number is a newer one, a day each."""
    moments = {number: written(NOON - timedelta(days=count + 5 - number)) for number in range(1, count + 1)}
    return [
        {key: f"se-{number}", "created_at": at, "modified_at": at, **fields} for number, at in moments.items()
    ]


def account() -> FakeStation:
    shipment = {"shipment_status": "pending", "amount_paid": {"currency": "usd", "amount": 10.0}, "items": []}
    label = {"shipment_id": "se-1", "voided": False, "carrier_code": "ups", "batch_id": "se-8"}
    fake = FakeStation(rows("shipment_id", 35, **shipment), rows("label_id", 25, **label))
    fake.rows["labels"][3]["batch_id"] = "se-9"
    return fake


class TestShipStationV2(Conformance):
    """Shipments and labels by time, and everything once a month."""

    connector = "shipstation_v2"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    # A label that is voided late, and what is deleted, are seen by reading everything, once a month.
    later = timedelta(days=31)
    exempt: ClassVar[Mapping[str, str]] = {"missing_scope": "keys of V2 have no permissions of their own"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of ShipStation's was to be had"}

    def vendor(self, folder: Path) -> FakeStation:
        return account()

    def config(self, vendor: FakeStation) -> Mapping[str, Any]:
        return {
            "base_url": vendor.url,
            "api_key": vendor.key,
            "page_size": 10,
            "jwks_url": f"{vendor.url}/jwks",
        }

    def truth(self, vendor: FakeStation) -> Mapping[str, set[str]]:
        keys = {"shipments": "shipment_id", "labels": "label_id"}
        return {name: {str(row[key]) for row in vendor.rows[name]} for name, key in keys.items()}

    def change(self, vendor: FakeStation, now: datetime) -> Mapping[str, str]:
        vendor.change("shipments", 4, shipment_status="cancelled")
        vendor.change("labels", 5, voided=True)
        return {"shipments": "se-5", "labels": "se-6"}

    def remove(self, vendor: FakeStation, now: datetime) -> Mapping[str, str]:
        del vendor.rows["shipments"][6], vendor.rows["labels"][7]
        return {"shipments": "se-7", "labels": "se-8"}

    def arrivals(self, vendor: FakeStation) -> Sequence[Request]:
        return [vendor.event(BATCH, "LABEL_CREATED_V2", NOON)]


@pytest.fixture
def fake() -> Iterator[FakeStation]:
    with account() as running:
        yield running


@pytest.fixture
def driver(fake: FakeStation) -> Iterator[Driver]:
    connector = load_plugins().connector("shipstation_v2")
    with Driver(connector(connector.Config(**TestShipStationV2().config(fake))), now=NOON) as driver:
        yield driver


def test_an_event_brings_the_labels_that_it_tells_of(fake: FakeStation, driver: Driver) -> None:
    assert driver.receive(fake.event(BATCH, "LABEL_CREATED_V2", NOON)).status == 200
    assert set(driver.records["labels"]) == {"se-4"}
    keys = [asked for asked in fake.requests if asked.path == "/jwks"]
    driver.receive(fake.event(BATCH, "LABEL_CREATED_V2", NOON))
    assert [asked for asked in fake.requests if asked.path == "/jwks"] == keys, "they are kept"


def test_events_of_other_kinds_are_passed_over(fake: FakeStation, driver: Driver) -> None:
    assert driver.receive(fake.event("/batches/se-1", "BATCH_PROCESSED_V2", NOON)).status == 200
    assert driver.records.get("labels") is None


def test_late_and_changed_events_are_refused(fake: FakeStation, driver: Driver) -> None:
    good = fake.event(BATCH, "LABEL_CREATED_V2", NOON)
    for wrong in (
        replace(good, body=good.body.replace(b"se-9", b"se-8")),
        replace(good, received_at=NOON + timedelta(seconds=301)),
        replace(good, received_at=NOON - timedelta(seconds=301)),
    ):
        assert driver.receive(wrong).status == 401
    assert driver.receive(good).status == 200


def test_nothing_is_asked_of_an_address_elsewhere(fake: FakeStation, driver: Driver) -> None:
    with FakeStation() as other:
        fake_url, other_url = fake.url, other.url
        event = fake.event(f"@{other_url.removeprefix('http://')}{BATCH}", "LABEL_CREATED_V2", NOON)
        assert fake_url in event.body.decode()
        assert driver.receive(event).status == 400
        assert other.requests == []


def test_the_key_travels_in_its_header_and_sizes_as_asked(fake: FakeStation, driver: Driver) -> None:
    driver.pull("labels")
    asked = fake.requests[0]
    assert asked.headers["api-key"] == fake.key
    assert (asked.query["page_size"], asked.query["sort_by"]) == ("10", "created_at")


def test_the_samples_have_what_is_read() -> None:
    assert {row["shipment_id"] for row in records("shipstation_v2", "shipments")} == {
        "se-28529731",
        "se-28529732",
    }
    assert [row["voided"] for row in records("shipstation_v2", "labels")] == [False, True]
