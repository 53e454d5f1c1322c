"""Shopify under the kit: one address for everything, failures inside good answers, webhooks that only hint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.shopify.fake import FakeShopify
from hub import Request
from hub.errors import AuthRefused, BadAnswer, HubError
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood, records


def moment(number: int) -> str:
    """A lower number is longer ago, an hour each; always three records share one moment."""
    return (NOON - timedelta(hours=60 - number // 3)).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(stream: str, number: int) -> dict[str, Any]:
    return {
        **records("shopify", stream)[0], "legacyResourceId": str(number), "updatedAt": moment(number),
        **({"firstName": f"Person {number}"} if stream == "customers" else {"name": f"#{number}"}),
    }  # fmt: skip


def shop() -> FakeShopify:
    return FakeShopify(
        customers=[row("customers", number) for number in range(1, 32)],
        orders=[row("orders", number) for number in range(101, 127)],
    )


class TestShopify(Conformance):
    """Customers and orders by the time of change."""

    connector = "shopify"
    listing = "graphql"
    wrong: ClassVar[Mapping[str, Any]] = {"client_secret": "shpss_that_nobody_knows"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no shop of Shopify's was to be had"}

    def vendor(self, folder: Path) -> FakeShopify:
        return shop()

    def config(self, vendor: FakeShopify) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/admin", "shop": "tea-house", "client_id": vendor.client_id,
            # How large a shop is, is asked at the same address: a fault for the list would hit that.
            "client_secret": vendor.client_secret, "page_size": 10, "bulk_from": 0,
        }  # fmt: skip

    def truth(self, vendor: FakeShopify) -> Mapping[str, set[str]]:
        return {name: {one["legacyResourceId"] for one in rows} for name, rows in vendor.tables.items()}

    def change(self, vendor: FakeShopify, now: datetime) -> Mapping[str, str]:
        vendor.change("customers", "3", "legacyResourceId", note="changed")
        vendor.change("orders", "105", "legacyResourceId", note="changed")
        return {"customers": "3", "orders": "105"}

    def remove(self, vendor: FakeShopify, now: datetime) -> Mapping[str, str]:
        vendor.remove("customers", "4", "legacyResourceId")
        return {"customers": "4"}

    def forbid(self, vendor: FakeShopify) -> None:
        vendor.forbidden = {"customers"}

    def arrivals(self, vendor: FakeShopify) -> Sequence[Request]:
        return [signed(vendor.webhook("customers/update", {"id": 7}, NOON), vendor.client_secret)]


class InBulk(TestShopify):
    """The same shop, read by bulk operations."""

    def config(self, vendor: FakeShopify) -> Mapping[str, Any]:
        vendor.bulk.polls = 0  # the clock of a process that is killed and begun anew is not the vendor's
        return {**super().config(vendor), "bulk_from": 1}


@pytest.mark.parametrize(
    "item",
    [
        "reads_all", "resumes", "survives_kill", "changes", "incremental", "deletes", "whole_scans", "missing_scope",
        "throttled", "trouble", "limits", "secrets",
    ],
)  # fmt: skip
def test_what_the_kit_asks_holds_for_bulk_operations(item: str) -> None:
    outcome = InBulk().outcome(item)
    if outcome.error is not None:
        raise outcome.error
    assert outcome.state == "done"


def signed(request: Request, secret: str) -> Request:
    headers = signed_headers(SCHEMES["shopify"], request, secret)
    return replace(request, headers={**request.headers, **headers})


def driver_of(fake: FakeShopify, **config: Any) -> Driver:
    connector = load_plugins().connector("shopify")
    driver = Driver(connector(connector.Config(**{**TestShopify().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def asked(fake: FakeShopify, operation: str) -> list[dict[str, Any]]:
    """The variables of every request for it."""
    bodies = [orjson.loads(one.body) for one in fake.requests if "graphql" in one.path]
    return [body["variables"] for body in bodies if body.get("operationName") == operation]


def test_too_fast_is_told_in_a_good_answer_and_waited_for() -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        fake.throttle(2)
        driver.pull("customers")
        assert len(driver.records["customers"]) == 31


@pytest.mark.parametrize(
    ("code", "words"), [("ACCESS_DENIED", "read_customers"), ("MAX_COST_EXCEEDED", "orders_at_once")]
)
def test_a_failure_in_a_good_answer_says_what_to_do(code: str, words: str) -> None:
    fake = shop()
    fake.fail(9, status=200, body={"data": None, "errors": [{"extensions": {"code": code}}]}, path="graphql")
    with fake, driver_of(fake) as driver, pytest.raises(HubError) as told:
        driver.pull("customers")
    assert words in str(told.value.hint)


def test_a_failure_that_nobody_knows_is_no_empty_list() -> None:
    fake = shop()
    fake.fail(
        9, status=200, body={"data": None, "errors": [{"message": "Field 'x' is unknown"}]}, path="graphql"
    )
    with fake, driver_of(fake) as driver, pytest.raises(BadAnswer, match="HUB-4612"):
        driver.pull("customers")


def test_a_token_lasts_a_day_and_is_made_anew() -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        driver.pull("orders")
        driver.pull("orders")
        assert fake.tokens == 1
        fake.expire()
        driver.pull("orders")
        assert fake.tokens == 2
        heads = [one.headers for one in fake.requests if "graphql" in one.path]
        assert not any("authorization" in head for head in heads)


def test_a_secret_that_is_wrong_is_refused() -> None:
    fake = shop()
    with fake, driver_of(fake, client_secret="shpss_wrong_one") as driver, pytest.raises(AuthRefused):
        driver.pull("orders")


def test_the_second_run_asks_for_what_changed_since() -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        driver.pull("orders")
        fake.requests.clear()
        driver.clock.now += timedelta(hours=1)
        fake.change("orders", "105", "legacyResourceId", note="changed")
        driver.pull("orders")
        assert driver.records["orders"]["105"]["note"] == "changed"
        [variables] = asked(fake, "Orders")
        # Five minutes before the last change that was seen, that of order 126.
        assert variables["changed"].startswith("updated_at:>='2026-")
        assert (variables["first"], variables["lines"]) == (5, 25)


def test_an_order_that_is_no_longer_listed_is_not_taken_for_deleted() -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        driver.pull()
        fake.remove("orders", "105", "legacyResourceId")
        driver.clock.now += timedelta(days=8)
        driver.pull(full=True)
        assert "105" in driver.records["orders"]


def test_orders_may_be_left_out() -> None:
    fake = shop()
    with fake, driver_of(fake, orders=False) as driver:
        driver.pull()
        assert not asked(fake, "Orders")
        driver.receive(signed(fake.webhook("orders/updated", {"id": 105}, NOON), fake.client_secret))
        assert not driver.records.get("orders")


@pytest.mark.parametrize(
    ("topic", "stream", "key"),
    [
        ("customers/create", "customers", "3"),
        ("customers/update", "customers", "4"),
        ("orders/create", "orders", "105"),
        ("orders/updated", "orders", "106"),
        ("orders/cancelled", "orders", "107"),
    ],
)
def test_an_event_leads_to_the_record_as_it_is_now(topic: str, stream: str, key: str) -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        fake.change(stream, key, "legacyResourceId", note="now")
        event = {"id": int(key), "note": "then", "updated_at": "2026-07-01T10:00:00+02:00"}
        driver.receive(signed(fake.webhook(topic, event, NOON), fake.client_secret))
        assert {name: set(rows) for name, rows in driver.records.items() if rows} == {stream: {key}}
        assert driver.records[stream][key]["note"] == "now"


def test_events_of_what_is_deleted_delete_and_others_are_passed_over() -> None:
    fake = shop()
    with fake, driver_of(fake) as driver:
        driver.pull()

        def arrives(topic: str, event: Mapping[str, Any]) -> int:
            return driver.receive(signed(fake.webhook(topic, event, NOON), fake.client_secret)).status

        assert arrives("customers/delete", {"id": 3}) == arrives("orders/delete", {"id": 105}) == 200
        assert "3" not in driver.records["customers"] and "105" not in driver.records["orders"]
        before = len(fake.requests)
        assert arrives("products/update", {"id": 1}) == 200
        assert len(fake.requests) == before
        # Gone before it could be asked for.
        assert arrives("customers/update", {"id": 999}) == 200
        assert "999" not in driver.records["customers"]


def test_an_event_with_the_secret_before_is_taken_and_one_with_another_is_not() -> None:
    fake = shop()
    with fake, driver_of(fake, previous_secret="shpss_before") as driver:
        event = fake.webhook("customers/update", {"id": 3}, NOON)
        assert driver.receive(signed(event, "shpss_before")).status == 200
        assert driver.receive(signed(event, "shpss_of_somebody")).status == 401


def test_samples_are_what_is_asked_for_and_are_understood() -> None:
    is_understood("shopify")
    text = (Path(__file__).parents[3] / "connectors/shopify/manifest.yaml").read_text("utf-8")
    words = set(re.findall(r"\w+", text))
    for stream in ("customers", "orders"):
        for record in records("shopify", stream):
            assert set(record) <= words
