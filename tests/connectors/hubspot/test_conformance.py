"""HubSpot under the kit; bulk changes, and more rows than a search hands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson

from connectors.hubspot.fake import FakeHubspot
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, DEAL, SHOP, compiled_of, rows_of
from tests.connectors.sampled import is_understood


def stamp(hours: float) -> str:
    """So many hours before noon."""
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def contact(number: int, hours: float | None = None) -> dict[str, Any]:
    """A contact; the greater its number, the later the change, unless that is told."""
    told = {
        "email": f"person{number}@example.com", "firstname": "Person", "lastname": str(number), "phone": None,
        "lastmodifieddate": stamp(1000 - number if hours is None else hours),
    }  # fmt: skip
    return {"id": str(number), "archived": False, "properties": told}


def company(number: int) -> dict[str, Any]:
    told = {"name": f"Company {number}", "hs_lastmodifieddate": stamp(1000 - number)}
    return {"id": str(number), "archived": False, "properties": told}


def deal(number: int) -> dict[str, Any]:
    told = {"dealname": "Deal", "hs_is_closed": "false", "hs_lastmodifieddate": stamp(100)}
    linked = {"contacts": {"results": [{"id": "1", "type": "deal_to_contact"}]}}
    return {"id": str(number), "archived": False, "properties": told, "associations": linked}


def ticket(number: int) -> dict[str, Any]:
    told = {
        "subject": "Question",
        "hs_pipeline": "0",
        "hs_pipeline_stage": "1",
        "hs_lastmodifieddate": stamp(100),
    }
    return {"id": str(number), "archived": False, "properties": told}


def account() -> FakeHubspot:
    return FakeHubspot(
        contacts=[contact(number) for number in range(1, 36)],
        companies=[company(number) for number in range(101, 126)],
        deals=[deal(number) for number in range(201, 213)],
        tickets=[ticket(301)],
        owners=[{"id": "77", "email": "nora@example.org", "firstName": "Nora", "lastName": "Fields"}],
    )


class TestHubspot(Conformance):
    """Contacts and companies by search, the rest by lists."""

    connector = "hubspot"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "pat-that-nobody-knows"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of HubSpot's was to be had"}

    def vendor(self, folder: Path) -> FakeHubspot:
        return account()

    def config(self, vendor: FakeHubspot) -> Mapping[str, Any]:
        return {"base_url": vendor.url, "token": vendor.token, "page_size": 10}

    def truth(self, vendor: FakeHubspot) -> Mapping[str, set[str]]:
        return {name: {row["id"] for row in rows} for name, rows in vendor.tables.items()}

    def change(self, vendor: FakeHubspot, now: datetime) -> Mapping[str, str]:
        changed = {"contacts": "3", "companies": "105", "deals": "202", "tickets": "301"}
        for name, key in changed.items():
            told = {"firstname": "New", "name": "New", "dealname": "New", "subject": "New"}
            vendor.change(name, key, properties={**vendor.find(name, key)["properties"], **told})
        return changed

    def remove(self, vendor: FakeHubspot, now: datetime) -> Mapping[str, str]:
        removed = {"contacts": "4", "companies": "106", "deals": "203"}
        for name, key in removed.items():
            vendor.remove(name, key)
        return removed

    def forbid(self, vendor: FakeHubspot) -> None:
        vendor.forbidden = {"/contacts"}

    def rows(self) -> Sequence[WriteRow]:
        known = {**BEN, "email": "person3@example.com"}  # has a contact already
        return rows_of("hubspot", "contacts", [ANA, known, BAD])

    def written(self, vendor: FakeHubspot) -> Sequence[str]:
        told = [row["properties"] for row in vendor.tables["contacts"]]
        assert len(told) == 36, "one is new"
        return [properties["hub_id"] for properties in told if "hub_id" in properties]


def driver_of(fake: FakeHubspot, **config: Any) -> Driver:
    connector = load_plugins().connector("hubspot")
    driver = Driver(connector(connector.Config(**{**TestHubspot().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_bulk_change_of_more_than_a_search_hands_out_is_read_whole() -> None:
    fake = account()
    fake.tables["contacts"] = [contact(number, hours=5) for number in range(1, 10_251)]
    with fake, driver_of(fake, page_size=100) as driver:
        driver.pull("contacts")
        assert len(driver.records["contacts"]) == 10_250
    assert all("after" not in orjson.loads(asked.body) for asked in fake.requests)


def test_a_search_goes_on_behind_the_last_id_and_back_ten_minutes_in_time() -> None:
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull("contacts")
        driver.clock.now += timedelta(hours=1)
        driver.pull("contacts")
    # The last one: a page that was asked for ahead may still be on its way when the first reading ends.
    since, behind = orjson.loads(fake.requests[-1].body)["filterGroups"][0]["filters"]
    assert int(since["value"]) == int((NOON - timedelta(minutes=10)).timestamp() * 1000)
    assert behind == {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}


def test_deals_come_with_their_contacts() -> None:
    fake = account()
    with fake, driver_of(fake) as driver:
        driver.pull("deals")
        assert driver.records["deals"]["201"]["associations"]["contacts"]["results"][0]["id"] == "1"


def test_an_account_that_is_being_moved_is_tried_again() -> None:
    fake = account()
    fake.fail(times=2, status=477)
    with fake, driver_of(fake) as driver:
        driver.pull("contacts")
        assert len(driver.records["contacts"]) == 35


def test_deals_and_tickets_may_be_left_out() -> None:
    fake = account()
    with fake, driver_of(fake, deals=False, tickets=False) as driver:
        names = [stream.name for stream in driver.connector.streams()]
    assert names == ["contacts", "companies", "owners"]


def test_samples_are_understood() -> None:
    is_understood("hubspot")


def test_the_mapping_tells_a_contact() -> None:
    row = rows_of("hubspot", "contacts", [ANA])[0]
    assert row.changed == {
        "hub_id": "c-ana", "email": "ana.ruiz@example.com", "firstname": "Ana", "lastname": "Ruiz",
        "phone": "+12025550111", "company": "Tea Ltd", "jobtitle": "Buyer",
    }  # fmt: skip
    assert compiled_of("hubspot").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]


def test_a_contact_is_found_by_a_second_address_and_told_only_what_it_lacks() -> None:
    fake = account()
    fake.tables["contacts"][0]["properties"]["hs_additional_emails"] = "x@example.net;ana.ruiz@example.com"
    (row,) = rows_of("hubspot", "contacts", [ANA])
    with fake, driver_of(fake) as driver:
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
        assert (found.remote_id, found.fields["firstname"]) == ("1", "Person")
        known = replace(row, remote_id="1", changed={"jobtitle": "Cook", "phone": None})
        (result,) = driver.connector.write([known], driver.context)
    assert (result.status, result.remote_id) == (RowStatus.OK, "1")
    (sent,) = orjson.loads(fake.requests[-1].body)["inputs"]
    assert sent == {"id": "1", "properties": {"jobtitle": "Cook", "phone": ""}}


def test_a_contact_that_somebody_deleted_is_gone_and_not_made_again() -> None:
    fake = account()
    row, other = rows_of("hubspot", "contacts", [ANA, BEN])
    with fake, driver_of(fake) as driver:
        known = [replace(row, remote_id="999"), replace(other, remote_id="2")]
        results = driver.connector.write(known, driver.context)
    assert [result.status for result in results] == [RowStatus.GONE, RowStatus.OK]
    assert len(fake.tables["contacts"]) == 35


def test_a_contact_is_archived_only_once() -> None:
    fake = account()
    (row,) = rows_of("hubspot", "contacts", [ANA])
    with fake, driver_of(fake) as driver:
        gone = replace(row, op="delete", remote_id="5")
        for _ in range(2):
            (result,) = driver.connector.write([gone], driver.context)
            assert result.status is RowStatus.OK
    assert [asked.method for asked in fake.requests] == ["DELETE", "DELETE"]
    assert len(fake.tables["contacts"]) == 34


def test_an_answer_that_tells_of_nothing_leaves_the_rows_unknown() -> None:
    fake = account()
    fake.fail(1, status=200, body={"status": "COMPLETE", "results": []}, path="/batch/upsert")
    rows = rows_of("hubspot", "contacts", [ANA, BEN])
    with fake, driver_of(fake) as driver:
        results = driver.connector.write(rows, driver.context)
    assert {result.status for result in results} == {RowStatus.UNKNOWN}


def test_a_company_is_found_by_its_name_and_told_only_what_it_lacks() -> None:
    fake = account()
    (row,) = rows_of("hubspot", "companies", [{**SHOP, "organization_name": "Company 101"}])
    with fake, driver_of(fake) as driver:
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
        assert (found.remote_id, found.fields["name"]) == ("101", "Company 101")
        known = replace(row, remote_id="101", changed={"hub_id": "c-shop"})
        (result,) = driver.connector.write([known], driver.context)
    assert (result.status, result.remote_id) == (RowStatus.OK, "101")
    (sent,) = orjson.loads(fake.requests[-1].body)["inputs"]
    assert sent == {"id": "101", "properties": {"hub_id": "c-shop"}}


def of_company(row: WriteRow, company_id: str, **changed: Any) -> WriteRow:
    """The row, and the company that it names."""
    told = {"company_id": company_id}
    return replace(row, fields={**row.fields, **told}, changed={**changed, **told})


def test_contacts_get_their_primary_companies_in_one_more_request() -> None:
    fake = account()
    new, known, alone = rows_of(
        "hubspot", "contacts", [ANA, BEN, {**BEN, "customer_id": "c-x", "email": None}]
    )
    rows = [
        of_company(new, "101", **new.changed),
        replace(of_company(known, "102"), remote_id="3"),
        alone,
    ]
    with fake, driver_of(fake) as driver:
        results = driver.connector.write(rows, driver.context)
    assert {result.status for result in results} == {RowStatus.OK}
    assert fake.find("contacts", "36")["properties"]["associatedcompanyid"] == "101"
    assert fake.find("contacts", "3")["properties"]["associatedcompanyid"] == "102"
    upsert, link = (orjson.loads(asked.body)["inputs"] for asked in fake.requests)
    assert "company_id" not in upsert[0]["properties"]
    assert link[0] == {
        "from": {"id": "36"}, "to": {"id": "101"},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
    }  # fmt: skip


def test_a_contact_whose_company_is_gone_is_not_done_and_others_are() -> None:
    fake = account()
    one, other = rows_of("hubspot", "contacts", [ANA, BEN])
    rows = [
        replace(of_company(one, "999"), remote_id="1"),
        replace(of_company(other, "102"), remote_id="3"),
    ]
    with fake, driver_of(fake) as driver:
        results = {result.delivery_id: result for result in driver.connector.write(rows, driver.context)}
    assert [results[row.delivery_id].status for row in rows] == [RowStatus.REJECTED, RowStatus.OK]
    assert results[one.delivery_id].message == "OBJECT_NOT_FOUND"


def test_the_mapping_tells_a_deal() -> None:
    won = {
        **DEAL,
        "status": "won",
        "closed_at": "2026-08-01T10:00:00.000Z",
        "stage_group": None,
        "name": None,
    }
    one, other = rows_of("hubspot", "deals", [DEAL, won])
    assert one.changed == {
        "hub_deal_id": DEAL["deal_id"], "dealname": "Tea for a year", "pipeline": "default",
        "dealstage": "decisionmakerboughtin", "amount": "1250.50", "deal_currency_code": "EUR",
        "closedate": "2026-09-30T00:00:00.000Z",
    }  # fmt: skip
    assert (other.changed["dealstage"], other.changed["dealname"]) == ("closedwon", DEAL["deal_id"])
    assert other.changed["closedate"] == "2026-08-01T10:00:00.000Z"


def test_a_deal_is_upserted_by_our_id_and_told_its_contact_and_company_apart() -> None:
    fake = account()
    (row,) = rows_of("hubspot", "deals", [DEAL])
    named = {"contact_id": "3", "company_id": "101"}
    row = replace(row, fields={**row.fields, **named}, changed={**row.changed, **named})
    with fake, driver_of(fake) as driver:
        for _ in range(2):
            (result,) = driver.connector.write([row], driver.context)
            assert (result.status, result.remote_id) == (RowStatus.OK, "213")
        known = replace(row, remote_id="213", changed={"amount": "10.00", "deal_currency_code": None})
        driver.connector.write([known], driver.context)
    assert len(fake.tables["deals"]) == 13
    written = fake.find("deals", "213")
    assert (written["properties"]["amount"], written["properties"]["deal_currency_code"]) == ("10.00", "")
    linked = {name: told["results"][0]["id"] for name, told in written["associations"].items()}
    assert linked == {"contacts": "3", "companies": "101"}
    upsert = orjson.loads(fake.requests[0].body)["inputs"][0]
    assert (upsert["idProperty"], upsert["id"]) == ("hub_deal_id", DEAL["deal_id"])
    assert not upsert["properties"].keys() & named.keys()


def test_a_deal_whose_contact_is_gone_is_not_done() -> None:
    fake = account()
    (row,) = rows_of("hubspot", "deals", [DEAL])
    lost = replace(
        row, remote_id="201", changed={"contact_id": "999"}, fields={**row.fields, "contact_id": "999"}
    )
    with fake, driver_of(fake) as driver:
        (result,) = driver.connector.write([lost], driver.context)
    assert (result.status, result.message) == (RowStatus.REJECTED, "OBJECT_NOT_FOUND")
