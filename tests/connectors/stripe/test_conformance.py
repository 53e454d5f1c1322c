"""Stripe under the kit, and what of an old charge is seen when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.stripe.fake import FakeStripe
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from tests.connectors.sampled import is_understood

SECRET = "whsec_of_the_webhooks"


def thing(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """An object; a lower number is an older one, six hours each: number 40 is of noon."""
    created = int((NOON - timedelta(hours=6 * (40 - number))).timestamp())
    return {"id": f"{kind}_{number:04}", "created": created, "livemode": True, "metadata": {}, **fields}


def subscription(number: int) -> dict[str, Any]:
    price = {"id": "price_1", "unit_amount": 2000, "product": "prod_0001", "recurring": {"interval": "month"}}
    items = {"data": [{"id": f"si_{number}", "quantity": 1, "price": price}]}
    status = "canceled" if number % 3 == 0 else "active"
    return thing("sub", number, customer=f"cus_{number:04}", status=status, currency="usd", items=items)


def charge(number: int) -> dict[str, Any]:
    return thing(
        "ch", number, customer=f"cus_{number:04}", amount=number * 100, currency="usd", status="succeeded",
        captured=True, paid=True, refunded=False, disputed=False, amount_refunded=0, billing_details={"email": None},
    )  # fmt: skip


def account() -> FakeStripe:
    numbers = range(1, 26)
    return FakeStripe(
        customers=[
            thing("cus", n, name=f"Person {n}", email=f"person{n}@example.com", phone=None) for n in numbers
        ],
        products=[thing("prod", 1, name="Team", active=True)],
        subscriptions=[subscription(n) for n in numbers],
        invoices=[
            thing("in", n, customer="cus_0001", status="paid", total=100, currency="usd", lines={"data": []})
            for n in numbers
        ],
        charges=[charge(n) for n in (*numbers, 39)],
        refunds=[
            thing("re", n, charge="ch_0001", amount=5, currency="usd", status="succeeded") for n in (1, 39)
        ],
    )


class TestStripe(Conformance):
    """All lists: what was created since, what is young again, and everything once a day."""

    connector = "stripe"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "rk_test_that_nobody_knows"}
    # What is older than three days is seen to have changed with the daily reading of everything.
    later = timedelta(hours=25)
    live = Path(__file__).parents[2] / "live" / "openapi"

    def vendor(self, folder: Path) -> FakeStripe:
        return account()

    def config(self, vendor: FakeStripe) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/v1", "api_key": vendor.token, "page_size": 10, "webhook_secret": SECRET,
        }  # fmt: skip

    def truth(self, vendor: FakeStripe) -> Mapping[str, set[str]]:
        return {name: {row["id"] for row in rows} for name, rows in vendor.tables.items()}

    def change(self, vendor: FakeStripe, now: datetime) -> Mapping[str, str]:
        changed = {
            "customers": "cus_0003", "products": "prod_0001", "subscriptions": "sub_0004", "invoices": "in_0005",
            "charges": "ch_0039", "refunds": "re_0039",
        }  # fmt: skip
        for name, key in changed.items():
            vendor.change(name, key, metadata={"changed": "yes"})
        return changed

    def remove(self, vendor: FakeStripe, now: datetime) -> Mapping[str, str]:
        removed = {"customers": "cus_0003", "subscriptions": "sub_0004", "invoices": "in_0005"}
        for name, key in removed.items():
            vendor.remove(name, key)
        return removed

    def forbid(self, vendor: FakeStripe) -> None:
        vendor.forbidden = {"customers"}

    def arrivals(self, vendor: FakeStripe) -> Sequence[Request]:
        return [signed(vendor.event("customer.updated", {"id": "cus_0007"}, NOON))]


def signed(request: Request) -> Request:
    headers = signed_headers(SCHEMES["stripe"], request, SECRET)
    return replace(request, headers={**request.headers, **headers})


def driver_of(fake: FakeStripe, **config: Any) -> Driver:
    connector = load_plugins().connector("stripe")
    driver = Driver(connector(connector.Config(**{**TestStripe().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_charge_is_asked_for_again_while_it_is_young_and_with_the_weekly_reading() -> None:
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull()
        for key in ("ch_0001", "ch_0039"):
            fake.change("charges", key, amount_refunded=1)

        def refunded(after: timedelta) -> set[str]:
            driver.clock.now += after
            driver.pull()
            return {key for key, row in driver.records["charges"].items() if row["amount_refunded"]}

        assert refunded(timedelta(hours=1)) == {"ch_0039"}
        assert refunded(timedelta(days=7)) == {"ch_0001", "ch_0039"}


def test_requests_name_the_version_and_ask_for_ended_subscriptions() -> None:
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull("subscriptions")
    assert {asked.headers["stripe-version"] for asked in fake.requests} == {"2026-02-25.clover"}
    assert {row["status"] for row in driver.records["subscriptions"].values()} == {"active", "canceled"}


def test_a_start_date_leaves_out_what_is_older_and_deletes_nothing() -> None:
    fake = account()
    start = (NOON - timedelta(days=1)).date()
    with fake, driver_of(fake, start_date=start) as driver:
        driver.pull("charges")
        assert set(driver.records["charges"]) == {"ch_0039"}
        fake.remove("charges", "ch_0039")
        driver.pull("charges", full=True)
        assert set(driver.records["charges"]) == {"ch_0039"}, (
            "not everything was read: nothing is known to be gone"
        )


@pytest.mark.parametrize(
    ("kind", "of", "stream", "key"),
    [
        ("customer.updated", {"id": "cus_0003"}, "customers", "cus_0003"),
        ("customer.subscription.deleted", {"id": "sub_0003"}, "subscriptions", "sub_0003"),
        ("invoice.paid", {"id": "in_0003"}, "invoices", "in_0003"),
        ("charge.dispute.created", {"id": "dp_1", "charge": "ch_0003"}, "charges", "ch_0003"),
        ("charge.refund.updated", {"id": "re_0001"}, "refunds", "re_0001"),
        ("charge.succeeded", {"id": "ch_0004"}, "charges", "ch_0004"),
        ("product.updated", {"id": "prod_0001"}, "products", "prod_0001"),
    ],
)
def test_an_event_leads_to_the_object_as_it_is_now(
    kind: str, of: dict[str, Any], stream: str, key: str
) -> None:
    fake = account()
    fake.change(stream, key, metadata={"now": "yes"})
    old = {"metadata": {"now": "no"}}
    with fake, driver_of(fake) as driver:
        driver.receive(signed(fake.event(kind, {**old, **of}, NOON)))
        assert {name: set(rows) for name, rows in driver.records.items() if rows} == {stream: {key}}
        assert driver.records[stream][key]["metadata"] == {"now": "yes"}


def test_an_event_of_a_deleted_customer_deletes_it_and_others_are_passed_over() -> None:
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull("customers")
        driver.receive(signed(fake.event("customer.deleted", {"id": "cus_0003"}, NOON)))
        assert "cus_0003" not in driver.records["customers"]
        before = len(fake.requests)
        driver.receive(signed(fake.event("payout.paid", {"id": "po_1"}, NOON)))
        assert len(fake.requests) == before


def test_samples_are_understood() -> None:
    is_understood("stripe")
