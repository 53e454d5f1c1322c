"""Salesforce under the kit: one question of SOQL, snapshots behind links, the recycle bin, tokens without an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.salesforce.fake import FakeSalesforce
from hub.errors import HubError, MissingScope
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of
from tests.connectors.sampled import is_understood, records

PREFIX = {"contacts": "003", "leads": "00Q", "accounts": "001"}


def key(table: str, number: int) -> str:
    return f"{PREFIX[table]}{number:015}"


def row(table: str, number: int) -> dict[str, Any]:
    """A lower number is longer ago, an hour each; always three records share one moment."""
    at = (NOON - timedelta(hours=60 - number // 3)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {**records("salesforce", table)[0], "Id": key(table, number), "SystemModstamp": at}


def org() -> FakeSalesforce:
    return FakeSalesforce(size=10, **{table: [row(table, n) for n in range(1, 32)] for table in PREFIX})


class TestSalesforce(Conformance):
    """Contacts, leads and accounts by SystemModstamp."""

    connector = "salesforce"
    listing = "/queryAll"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no org of Salesforce's was to be had"}

    def vendor(self, folder: Path) -> FakeSalesforce:
        return org()

    def config(self, vendor: FakeSalesforce) -> Mapping[str, Any]:
        client, secret = vendor.client
        return {
            "base_url": vendor.url, "domain": "tea-house", "client_id": client, "client_secret": secret,
            "refresh_token": vendor.refresh,
        }  # fmt: skip

    def truth(self, vendor: FakeSalesforce) -> Mapping[str, set[str]]:
        return {
            table: {one["Id"] for one in rows if not one["IsDeleted"]}
            for table, rows in vendor.tables.items()
        }

    def change(self, vendor: FakeSalesforce, now: datetime) -> Mapping[str, str]:
        for table in PREFIX:
            vendor.change(table, key(table, 3), "Id", OwnerId="005")
        return {table: key(table, 3) for table in PREFIX}

    def remove(self, vendor: FakeSalesforce, now: datetime) -> Mapping[str, str]:
        for table in PREFIX:
            vendor.bin(table, key(table, 4))
        return {table: key(table, 4) for table in PREFIX}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("salesforce", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeSalesforce) -> Sequence[str]:
        return [told for one in vendor.tables["contacts"] if (told := one.get("Hub_Id__c"))]

    def forbid(self, vendor: FakeSalesforce) -> None:
        vendor.forbidden = {"Lead"}


def driver_of(fake: FakeSalesforce, **config: Any) -> Driver:
    connector = load_plugins().connector("salesforce")
    driver = Driver(connector(connector.Config(**{**TestSalesforce().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_session_that_ended_is_begun_anew() -> None:
    fake = org()
    with fake, driver_of(fake) as driver:
        driver.pull("contacts")
        fake.token = "access-of-nobody"
        driver.pull("contacts")
        assert fake.tokens == 2


def test_the_second_run_asks_for_what_changed_since() -> None:
    fake = org()
    with fake, driver_of(fake) as driver:
        driver.pull("accounts")
        fake.requests.clear()
        driver.clock.now += timedelta(hours=1)
        fake.change("accounts", key("accounts", 5), "Id", Name="Renamed")
        driver.pull("accounts")
        assert driver.records["accounts"][key("accounts", 5)]["Name"] == "Renamed"
        [asked] = [one for one in fake.requests if one.path.endswith("/queryAll")]
        assert " FROM Account WHERE SystemModstamp >= 2026-" in asked.query["q"]


def test_leads_may_be_left_out() -> None:
    fake = org()
    fake.forbidden = {"Lead"}
    with fake, driver_of(fake, leads=False) as driver:
        driver.pull()
        assert not driver.records.get("leads") and len(driver.records["contacts"]) == 31


@pytest.mark.parametrize("code", ["INVALID_TYPE", "INVALID_FIELD"])
def test_a_field_that_may_not_be_seen_is_a_missing_permission(code: str) -> None:
    fake = org()
    fake.fail(9, status=400, body=[{"errorCode": code, "message": "It was refused."}], path="queryAll")
    with fake, driver_of(fake) as driver, pytest.raises(MissingScope) as told:
        driver.pull("contacts")
    assert "field security" in str(told.value.hint)


def test_a_day_without_requests_left_is_waited_for_not_taken_for_forbidden() -> None:
    fake = org()
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    fake.fail(99, status=403, body=body, path="queryAll")
    with fake, driver_of(fake) as driver, pytest.raises(HubError) as told:
        driver.pull("contacts")
    assert not isinstance(told.value, MissingScope)


def test_samples_are_understood() -> None:
    is_understood("salesforce")


def test_who_is_written_where() -> None:
    assert compiled_of("salesforce").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("salesforce").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_new_ones_are_upserted_together_each_with_its_own_result() -> None:
    rows = rows_of(
        "salesforce", "contacts", [ANA, BAD, {**BEN, "family_name": None, "full_name": None, "email": None}]
    )
    with FakeSalesforce() as fake, driver_of(fake) as driver:
        results = driver.connector.write(rows, driver.context)
        again = driver.connector.write(rows, driver.context)
    assert [(one.status, one.message) for one in results] == [
        (RowStatus.OK, ""), (RowStatus.INVALID, "INVALID_EMAIL_ADDRESS"), (RowStatus.INVALID, "REQUIRED_FIELD_MISSING"),
    ]  # fmt: skip
    assert results[0].remote_id == again[0].remote_id == fake.tables["contacts"][0]["Id"]
    (asked, _) = [one for one in fake.requests if one.method == "PATCH"]
    assert asked.path == "/services/data/v67.0/composite/sobjects/Contact/Hub_Id__c"
    assert orjson.loads(asked.body)["records"][0] == {
        "attributes": {"type": "Contact"}, "Hub_Id__c": "c-ana", "FirstName": "Ana", "LastName": "Ruiz",
        "Email": "ana.ruiz@example.com", "Phone": "+12025550111", "Title": "Buyer",
    }  # fmt: skip


def test_whoever_has_exactly_the_address_is_found() -> None:
    there = [
        {"Id": f"003{n}", "Email": mail}
        for n, mail in enumerate(["ANA.ruiz@example.com", "xana.ruiz@example.com"])
    ]
    rows = rows_of("salesforce", "contacts", [ANA, {**BEN, "email": None}])
    with FakeSalesforce(contacts=there) as fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert {number: [one.remote_id for one in told] for number, told in found.items()} == {1: ["0030"]}


def test_known_ones_are_changed_by_their_id_and_who_is_in_the_bin_is_gone() -> None:
    (row_,) = rows_of("salesforce", "accounts", [SHOP])
    there = [
        {"Id": f"001{n}", "attributes": {"type": "Account"}, "Name": "Tea", "IsDeleted": n == 2}
        for n in (1, 2)
    ]
    known = replace(row_, remote_id="0011", changed={"hub_id": "c-shop", "Phone": None})
    with FakeSalesforce(accounts=there) as fake, driver_of(fake) as driver:
        result, gone = driver.connector.write(
            [known, replace(known, delivery_id=9, remote_id="0012")], driver.context
        )
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    told = orjson.loads(fake.requests[-1].body)["records"][0]
    assert told == {"attributes": {"type": "Account"}, "id": "0011", "Hub_Id__c": "c-shop", "Phone": None}


def test_a_locked_row_is_tried_again() -> None:
    rows = rows_of("salesforce", "contacts", [ANA])
    with FakeSalesforce() as fake, driver_of(fake) as driver:
        busy = [
            {
                "success": False,
                "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "busy", "fields": []}],
            }
        ]
        fake.fail(1, status=200, body=busy, path="/composite")
        (result,) = driver.connector.write(rows, driver.context)
    assert (result.status, result.message) == (RowStatus.RETRYABLE, "UNABLE_TO_LOCK_ROW")


def test_all_that_is_there_is_listed_without_the_bin() -> None:
    fake = org()
    fake.bin("contacts", key("contacts", 5))
    with fake, driver_of(fake) as driver:
        ids = [one.remote_id for page in driver.connector.scan("contacts", driver.context) for one in page]
    assert len(ids) == len(set(ids))
    assert set(ids) == {key("contacts", n) for n in range(1, 32) if n != 5}
