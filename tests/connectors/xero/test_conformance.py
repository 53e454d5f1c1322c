"""Xero under the kit, its tokens, and what it says when nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.xero.fake import TENANT, FakeXero, dotnet
from hub import MissingScope, Request
from hub.plugins import load_plugins
from hub.signatures import SCHEMES, signed_headers
from hub.testing import NOON, Conformance, Driver
from hub.testing.fake_server import Answer

KEY = "key-of-the-webhooks"


def rows(key: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    """Records whose ids and times of change are in no common order."""
    return [
        {key: f"{number:04}", "UpdatedDateUTC": dotnet(NOON - timedelta(hours=7 * number + 1)), **fields}
        for number in range(1, count + 1)
    ]


def organisation() -> FakeXero:
    contact = {"ContactStatus": "ACTIVE", "Name": "Example", "IsCustomer": True, "IsSupplier": False}
    return FakeXero(
        rows("ContactID", 35, **contact),
        rows("InvoiceID", 25, Type="ACCREC", Status="AUTHORISED", Total=10.0, CurrencyCode="EUR"),
        rows("PaymentID", 12, PaymentType="ACCRECPAYMENT", Status="AUTHORISED", Amount=10.0),
    )


class TestXero(Conformance):
    """Contacts, invoices and payments by the time of change."""

    connector = "xero"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    listing = "/api.xro/2.0/"
    live = Path(__file__).parents[2] / "live" / "openapi"

    def vendor(self, folder: Path) -> FakeXero:
        return organisation()

    def config(self, vendor: FakeXero) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": f"{vendor.url}/api.xro/2.0", "token_url": f"{vendor.url}/connect/token", "client_id": client,
            "client_secret": secret, "refresh_token": vendor.refresh, "tenant_id": TENANT, "page_size": 10,
            "webhook_key": KEY,
        }  # fmt: skip

    def truth(self, vendor: FakeXero) -> Mapping[str, set[str]]:
        gone = ("GDPRREQUEST", "DELETED")
        return {
            "contacts": {
                row["ContactID"] for row in vendor.rows["Contacts"] if row["ContactStatus"] not in gone
            },
            "invoices": {row["InvoiceID"] for row in vendor.rows["Invoices"] if row["Status"] not in gone},
            "payments": {row["PaymentID"] for row in vendor.rows["Payments"] if row["Status"] not in gone},
        }

    def change(self, vendor: FakeXero, now: datetime) -> Mapping[str, str]:
        vendor.change("Contacts", "0030", Name="Renamed")
        vendor.change("Invoices", "0020", Status="PAID")
        vendor.change("Payments", "0010", Amount=11.0)
        return {"contacts": "0030", "invoices": "0020", "payments": "0010"}

    def remove(self, vendor: FakeXero, now: datetime) -> Mapping[str, str]:
        vendor.change("Contacts", "0031", ContactStatus="GDPRREQUEST")
        vendor.change("Invoices", "0021", Status="DELETED")
        vendor.change("Payments", "0011", Status="DELETED")
        return {"contacts": "0031", "invoices": "0021", "payments": "0011"}

    def forbid(self, vendor: FakeXero) -> None:
        vendor.may_see = {"Invoices", "Payments"}

    def arrivals(self, vendor: FakeXero) -> Sequence[Request]:
        return [delivery(("CONTACT", "0003"), ("INVOICE", "0004"), ("CONTACT", "of-another-organisation"))]


def delivery(*events: tuple[str, str]) -> Request:
    """A signed notice that records changed."""
    told = [
        {"resourceId": key, "eventCategory": kind, "eventType": "UPDATE", "tenantId": TENANT}
        for kind, key in events
    ]
    body = orjson.dumps(
        {"events": told, "firstEventSequence": 1, "lastEventSequence": len(told), "entropy": "ABCDEFGH"}
    )
    request = Request("POST", "/in/case", {}, {"content-type": "application/json"}, body, NOON)
    return Request(
        "POST",
        "/in/case",
        {},
        {**request.headers, **signed_headers(SCHEMES["xero"], request, KEY)},
        body,
        NOON,
    )


def driver_on(fake: FakeXero, **more: Any) -> Driver:
    connector = load_plugins().connector("xero")
    return Driver(connector(connector.Config(**{**TestXero().config(fake), **more})), now=NOON)


def test_only_what_changed_is_asked_for_and_nothing_may_be_said_with_304() -> None:
    with organisation() as fake, driver_on(fake) as driver:
        driver.pull()
        fake.requests.clear()
        fake.spoil(lambda asked, good: Answer(304), 3, path="/api.xro/")
        driver.clock.now += timedelta(minutes=10)
        driver.pull()
        assert [asked.headers["if-modified-since"] for asked in fake.requests] == ["2026-07-30T11:55:00"] * 3
        assert len(driver.records["contacts"]) == 35


def test_a_token_that_is_about_to_end_is_renewed_with_the_one_that_replaced_ours() -> None:
    """Each refresh token of the fake works once."""
    with organisation() as fake, driver_on(fake) as driver:
        fake.lifetime = 30
        driver.pull("payments")
        driver.pull("payments")
        asked = [one.body for one in fake.requests if one.path == "/connect/token"]
        assert len(asked) > 1 and len(set(asked)) == len(asked)
        assert len(driver.records["payments"]) == 12


def test_an_organisation_that_consent_was_not_given_for_is_named() -> None:
    with organisation() as fake, driver_on(fake, tenant_id="another") as driver:
        with pytest.raises(MissingScope) as caught:
            driver.pull()
        assert "tenant_id" in caught.value.hint


def test_a_notice_leads_to_the_record_as_it_is_now() -> None:
    with organisation() as fake, driver_on(fake) as driver:
        fake.change("Contacts", "0003", Name="Renamed")
        received = driver.receive(delivery(("CONTACT", "0003"), ("CONTACT", "of-another-organisation")))
        assert (received.status, driver.records["contacts"]["0003"]["Name"]) == (200, "Renamed")
        assert set(driver.records["contacts"]) == {"0003"}


def test_the_intent_to_receive_is_answered() -> None:
    with organisation() as fake, driver_on(fake) as driver:
        good = delivery()
        bad = Request("POST", "/in/case", {}, {"x-xero-signature": "d3Jvbmc="}, good.body, NOON)
        assert [driver.receive(request).status for request in (good, bad)] == [200, 401]
