"""QuickBooks Online under the kit, and its lists that go on from the last row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

from connectors.quickbooks.fake import REALM, FakeBooks
from hub import Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver

TOKEN = "the-verifier-token"
PACIFIC = timezone(timedelta(hours=-7))


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Records whose ids and times of change are in no common order, three of each second."""
    return [
        {
            "Id": str(number),
            "MetaData": {"LastUpdatedTime": (NOON - timedelta(hours=7 * (number // 3) + 1)).astimezone(PACIFIC).isoformat()},
            **fields,
        }
        for number in range(1, count + 1)
    ]  # fmt: skip


def company() -> FakeBooks:
    invoice = {"TotalAmt": 10.0, "Balance": 10.0, "CustomerRef": {"value": "1"}, "Line": []}
    return FakeBooks(
        rows(35, DisplayName="Example", Active=True), rows(25, **invoice), rows(12, TotalAmt=10.0, Line=[])
    )


class TestQuickBooks(Conformance):
    """Customers, invoices and payments by the time of change, and everything once a week."""

    connector = "quickbooks"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/query"
    # What is deleted is seen by reading everything, once a week.
    later = timedelta(days=8)
    todo: ClassVar[Mapping[str, str]] = {"live": "no company at QuickBooks was to be had"}

    def vendor(self, folder: Path) -> FakeBooks:
        return company()

    def config(self, vendor: FakeBooks) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": f"{vendor.url}/v3/company/{REALM}", "token_url": f"{vendor.url}/tokens/bearer", "client_id": client,
            "client_secret": secret, "refresh_token": vendor.refresh, "realm_id": REALM, "page_size": 10,
            "webhook_token": TOKEN,
        }  # fmt: skip

    def truth(self, vendor: FakeBooks) -> Mapping[str, set[str]]:
        names = {"customers": "Customer", "invoices": "Invoice", "payments": "Payment"}
        return {stream: {row["Id"] for row in vendor.rows[name]} for stream, name in names.items()}

    def change(self, vendor: FakeBooks, now: datetime) -> Mapping[str, str]:
        vendor.change("Customer", "30", Active=False)
        vendor.change("Invoice", "20", Balance=0)
        vendor.change("Payment", "10", TotalAmt=11.0)
        return {"customers": "30", "invoices": "20", "payments": "10"}

    def remove(self, vendor: FakeBooks, now: datetime) -> Mapping[str, str]:
        del vendor.rows["Invoice"][3], vendor.rows["Payment"][4]
        return {"invoices": "4", "payments": "5"}

    def forbid(self, vendor: FakeBooks) -> None:
        vendor.is_allowed = False

    def arrivals(self, vendor: FakeBooks) -> Sequence[Request]:
        events = [
            ("qbo.customer.updated.v1", "3"),
            ("qbo.invoice.created.v1", "4"),
            ("qbo.payment.updated.v1", "5"),
        ]
        return [signed(vendor.webhook(NOON, *events))]


def signed(request: Request) -> Request:
    headers = signed_headers(SCHEMES["quickbooks"], request, TOKEN)
    return replace(request, headers={**request.headers, **headers})


def test_of_a_delivery_only_ids_are_taken_and_what_is_gone_or_of_others_does_no_harm() -> None:
    connector, case = load_plugins().connector("quickbooks"), TestQuickBooks()
    with company() as fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        fake.clock = driver.clock
        driver.pull()
        fake.change("Customer", "7", DisplayName="As it is now")
        driver.receive(signed(fake.webhook(NOON, ("qbo.customer.updated.v1", "7"))))
        assert driver.records["customers"]["7"]["DisplayName"] == "As it is now"
        before = {name: dict(rows) for name, rows in driver.records.items()}
        driver.receive(
            signed(fake.webhook(NOON, ("qbo.invoice.deleted.v1", "999"), ("qbo.vendor.updated.v1", "1")))
        )
        driver.receive(
            signed(fake.webhook(NOON, ("qbo.customer.deleted.v1", "7"), company="another-company"))
        )
        assert driver.records == before


def test_a_delivery_that_was_changed_is_refused_and_one_sent_again_changes_nothing() -> None:
    connector, case = load_plugins().connector("quickbooks"), TestQuickBooks()
    with company() as fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        good = signed(fake.webhook(NOON, ("qbo.customer.updated.v1", "7")))
        changed = replace(good, body=good.body.replace(b'"7"', b'"8"'))
        assert driver.connector.receive(changed, driver.context).status == 401
        assert not fake.requests, "nothing is asked for on the word of a stranger"
        for _ in range(2):
            driver.receive(good)
        assert set(driver.records["customers"]) == {"7"}


def test_each_question_begins_at_the_last_row_of_the_one_before() -> None:
    connector, case = load_plugins().connector("quickbooks"), TestQuickBooks()
    with company() as fake, Driver(connector(connector.Config(**case.config(fake))), now=NOON) as driver:
        fake.clock = driver.clock
        driver.pull("customers")
        asked = [one.query["query"] for one in fake.requests if "query" in one.query]
        assert asked[0].startswith("select * from Customer where Active in (true, false) and")
        since = [query.split("'")[1] for query in asked]
        assert since[0] == "2000-01-01T00:00:00Z" and since == sorted(since)
        assert len(driver.records["customers"]) == 35
        fake.change("Customer", "7", DisplayName="Renamed while nobody looked")
        driver.clock.now += timedelta(minutes=10)
        assert sum(len(page.records) for page in driver.pull("customers")) == 1
        assert driver.records["customers"]["7"]["DisplayName"] == "Renamed while nobody looked"
