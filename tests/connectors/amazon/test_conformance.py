"""Amazon under the kit, what becomes known late, the bucket of requests, and addresses that are relays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.amazon.fake import MARKETPLACE, FakeAmazon
from hub import Retry
from hub.identity.policy import IdentityPolicy
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood


def order(number: int) -> dict[str, Any]:
    """A higher number is a newer one, twelve hours each."""
    at = f"{NOON - timedelta(hours=12 * (40 - number)):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "orderId": f"902-0000000-{number:07}", "createdTime": at, "lastUpdatedTime": at,
        "buyer": {"buyerName": f"Person {number}", "buyerEmail": f"b{number}@marketplace.amazon.de"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "proceeds": {"grandTotal": {"amount": "54.99", "currencyCode": "EUR"}}, "orderItems": [],
    }  # fmt: skip


class TestAmazon(Conformance):
    """Orders by the time of change."""

    connector = "amazon"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/orders"
    exempt: ClassVar[Mapping[str, str]] = {"deletes": "orders are cancelled, never deleted"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no seller's account at Amazon was to be had"}

    def vendor(self, folder: Path) -> FakeAmazon:
        return FakeAmazon([order(number) for number in range(1, 36)])

    def config(self, vendor: FakeAmazon) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": vendor.url, "token_url": f"{vendor.url}/auth/o2/token", "client_id": client, "region": "eu",
            "client_secret": secret, "refresh_token": vendor.refresh, "marketplaces": MARKETPLACE, "page_size": 10,
        }  # fmt: skip

    def truth(self, vendor: FakeAmazon) -> Mapping[str, set[str]]:
        return {"orders": {row["orderId"] for row in vendor.orders}}

    def change(self, vendor: FakeAmazon, now: datetime) -> Mapping[str, str]:
        key = vendor.orders[4]["orderId"]
        vendor.change(key, fulfillment={"fulfillmentStatus": "SHIPPED", "fulfilledBy": "MERCHANT"})
        return {"orders": key}

    def forbid(self, vendor: FakeAmazon) -> None:
        vendor.is_authorized = False


def driver_of(fake: FakeAmazon, **config: Any) -> Driver:
    connector = load_plugins().connector("amazon")
    driver = Driver(connector(connector.Config(**{**TestAmazon().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_what_changed_in_the_last_two_minutes_comes_with_the_next_run() -> None:
    fake = FakeAmazon([order(number) for number in range(1, 5)])
    with fake, driver_of(fake) as driver:
        fake.change("902-0000000-0000002", orderItems=[{"orderItemId": "1"}])
        driver.clock.now += timedelta(minutes=1)
        driver.pull()
        assert "902-0000000-0000002" not in driver.records["orders"]
        driver.clock.now += timedelta(minutes=5)
        driver.pull()
        assert driver.records["orders"]["902-0000000-0000002"]["orderItems"]


def test_an_empty_bucket_parks_and_the_reading_goes_on_there() -> None:
    fake = FakeAmazon([order(number) for number in range(1, 36)])
    fake.bucket = 2
    with fake, driver_of(fake) as driver:
        with pytest.raises(Retry):
            driver.pull()
        assert len(driver.records["orders"]) == 20
        fake.bucket = None
        fake.requests.clear()
        driver.clock.now += timedelta(minutes=3)
        driver.pull()
        assert len(driver.records["orders"]) == 35
        assert next(one for one in fake.requests if "orders" in one.path).query["paginationToken"] == "p20"


def test_a_token_of_an_hour_is_renewed_though_amazon_says_403() -> None:
    fake = FakeAmazon([order(number) for number in range(1, 36)])
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.access = "another"
        driver.pull()
        assert fake.access.startswith("Atza|")


def test_a_page_token_that_ended_means_to_read_it_again() -> None:
    fake = FakeAmazon([order(number) for number in range(1, 36)])
    with fake, driver_of(fake) as driver:
        driver.pull(stop_after=1)
        driver.checkpoint["orders"]["at"]["next"] = {"cursor": "ended"}
        driver.pull()
        assert len(driver.records["orders"]) == 35


def test_without_the_role_orders_come_without_their_buyers() -> None:
    fake = FakeAmazon([order(1)])
    fake.roles = set()
    with fake, driver_of(fake) as driver:
        driver.pull()
        (record,) = driver.records["orders"].values()
        assert "buyer" not in record


@pytest.mark.parametrize(
    ("address", "joins"),
    [("b1@marketplace.amazon.de", False), ("b1@marketplace.amazon.co.uk", False), ("b1@amazon.de", True)],
)
def test_a_relay_joins_nobody_wherever_it_comes_from(address: str, joins: bool) -> None:
    policy = IdentityPolicy.parse("{}", "identity.yaml")
    assert bool(policy.blocked("email", address)) is not joins


def test_samples_are_understood() -> None:
    is_understood("amazon")
