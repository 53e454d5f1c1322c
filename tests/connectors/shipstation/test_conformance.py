"""ShipStation under the kit, and its Pacific clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.shipstation.fake import FakeStation, pacific
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver


def rows(key: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    """A higher number is a newer one, a day each."""
    moments = {number: pacific(NOON - timedelta(days=count + 5 - number)) for number in range(1, count + 1)}
    return [{key: number, "createDate": at, "modifyDate": at, **fields} for number, at in moments.items()]


def account() -> FakeStation:
    order = {"orderNumber": "T", "orderStatus": "shipped", "orderTotal": 10.0, "customerId": 1, "items": []}
    return FakeStation(
        rows("orderId", 35, **order), rows("shipmentId", 25, orderId=1, voided=False), rows("customerId", 12, name="Cam Roy")
    )  # fmt: skip


class TestShipStation(Conformance):
    """Orders and shipments by time, customers always, and everything once a month."""

    connector = "shipstation"
    wrong: ClassVar[Mapping[str, Any]] = {"api_secret": "not-the-secret-at-all"}
    # A label that is voided late, and what is deleted, are seen by reading everything, once a month.
    later = timedelta(days=31)
    exempt: ClassVar[Mapping[str, str]] = {"missing_scope": "keys of V1 have no permissions of their own"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of ShipStation's was to be had"}

    def vendor(self, folder: Path) -> FakeStation:
        return account()

    def config(self, vendor: FakeStation) -> Mapping[str, Any]:
        return {"base_url": vendor.url, "api_key": vendor.key, "api_secret": vendor.secret, "page_size": 10}

    def truth(self, vendor: FakeStation) -> Mapping[str, set[str]]:
        keys = {"orders": "orderId", "shipments": "shipmentId", "customers": "customerId"}
        return {name: {str(row[key]) for row in vendor.rows[name]} for name, key in keys.items()}

    def change(self, vendor: FakeStation, now: datetime) -> Mapping[str, str]:
        vendor.change("orders", 4, orderStatus="cancelled")
        vendor.change("shipments", 5, voided=True)
        vendor.change("customers", 6, name="Renamed")
        return {"orders": "5", "shipments": "6", "customers": "7"}

    def remove(self, vendor: FakeStation, now: datetime) -> Mapping[str, str]:
        del vendor.rows["orders"][6], vendor.rows["shipments"][7], vendor.rows["customers"][8]
        return {"orders": "7", "shipments": "8", "customers": "9"}


@pytest.mark.parametrize("start", [NOON, datetime(2026, 1, 20, 12, tzinfo=UTC)], ids=["summer", "winter"])
def test_an_order_that_changes_just_behind_a_run_comes_with_the_next(start: datetime) -> None:
    connector, case, fake = load_plugins().connector("shipstation"), TestShipStation(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake))), now=start) as driver:
        fake.clock = driver.clock
        driver.pull("orders")
        driver.clock.now += timedelta(minutes=1)
        fake.change("orders", 30, orderStatus="on_hold")
        driver.clock.now += timedelta(hours=12)
        fake.change("orders", 2, orderStatus="on_hold")
        driver.pull("orders")
        seen = {key for key, row in driver.records["orders"].items() if row["orderStatus"] == "on_hold"}
        assert seen == {"31", "3"}


def test_customers_may_be_left_to_their_orders() -> None:
    connector, case, fake = load_plugins().connector("shipstation"), TestShipStation(), account()
    with fake, Driver(connector(connector.Config(**case.config(fake), customers=False)), now=NOON) as driver:
        driver.pull()
        assert set(driver.records) == {"orders", "shipments"}
