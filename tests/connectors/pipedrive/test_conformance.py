"""Pipedrive under the kit: found by our id or the address, created once, changed by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.pipedrive.fake import FakePipedrive
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, DEAL, SHOP, compiled_of, rows_of

FIELD = "9dc80c50d78a15643bfc4ca79d76156a73a1ca0e"
FIRM_FIELD = "1f0a7c44aa3c1d9e02b6c0f1d2e3a4b5c6d7e8f9"
DEAL_FIELD = "2a3b4c5d6e7f80912a3b4c5d6e7f80912a3b4c5d"
SAMPLES = Path(__file__).parents[3] / "connectors" / "pipedrive" / "samples"


def person(number: int, email: str, **custom: str) -> dict[str, Any]:
    mails = [{"value": email, "primary": True, "label": "work"}]
    return {"id": number, "name": "Somebody", "emails": mails, "phones": [], "custom_fields": custom}


class TestPipedrive(Conformance):
    """Somebody is there already."""

    connector = "pipedrive"
    wrong: ClassVar[Mapping[str, Any]] = {"token": "not-the-token-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Pipedrive's was to be had"}

    def vendor(self, folder: Path) -> FakePipedrive:
        firms = [{"id": 9, "name": "Old Inn", "custom_fields": {}}]
        known = [person(1, "Ben.Ode@example.org"), person(2, "other@example.net")]
        return FakePipedrive(persons=known, organizations=firms)

    def config(self, vendor: FakePipedrive) -> Mapping[str, Any]:
        url = f"{vendor.url}/api/v2"
        fields = {"hub_field": FIELD, "organization_field": FIRM_FIELD, "deal_field": DEAL_FIELD}
        return {"base_url": url, "company": "acme", "token": vendor.token, **fields}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("pipedrive", "persons", [ANA, BEN, BAD])

    def written(self, vendor: FakePipedrive) -> Sequence[str]:
        assert len(vendor.tables["persons"]) == 3, "one is new, one was found"
        return [told for row in vendor.tables["persons"] if (told := row["custom_fields"].get(FIELD))]


def driver_of(fake: FakePipedrive, **config: Any) -> Driver:
    connector = load_plugins().connector("pipedrive")
    return Driver(connector(connector.Config(**{**TestPipedrive().config(fake), **config})), now=NOON)


def test_who_is_written() -> None:
    assert compiled_of("pipedrive").is_for("persons", [ANA, BEN, SHOP]) == [True, True, False]


def test_a_new_person_is_told_as_the_vendor_shows_it() -> None:
    with FakePipedrive() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("pipedrive", "persons", [ANA]), driver.context)
    sample = orjson.loads((SAMPLES / "person.json").read_bytes())["data"]
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in ("name", "emails", "phones", "custom_fields")}
    assert (result.status, result.remote_id) == (RowStatus.OK, "1")


def test_what_a_search_shows_is_understood() -> None:
    (row,) = rows_of("pipedrive", "persons", [ANA])
    with FakePipedrive() as fake, driver_of(fake) as driver:
        fake.fail(1, status=200, body=orjson.loads((SAMPLES / "search.json").read_bytes()))
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
    assert found.remote_id == "31"
    assert found.fields == {
        "name": "Ana Ruiz", "email": ["ana.ruiz@example.com"], "phone": ["+12025550111"], "org_id": None,
    }  # fmt: skip


def test_our_id_counts_more_than_the_address_and_two_with_one_address_are_both_told() -> None:
    mail = str(ANA["email"])
    fake = FakePipedrive(
        persons=[person(1, mail), person(2, mail), person(3, "x@example.net", **{FIELD: "c-ben"})]
    )
    rows = rows_of("pipedrive", "persons", [ANA, {**BEN, "email": mail}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "2"], ["3"]]


def test_a_known_person_is_changed_by_its_id() -> None:
    (row,) = rows_of("pipedrive", "persons", [ANA])
    fake = FakePipedrive(persons=[person(7, "other@example.net")])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"name": "Ana Lee", "phone": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert orjson.loads(fake.requests[0].body) == {"name": "Ana Lee", "phones": []}
    assert [asked.path for asked in fake.requests] == ["/api/v2/persons/7", "/api/v2/persons/8"]


def test_an_organization_is_told_as_the_vendor_shows_it_and_found_by_its_name() -> None:
    (row,) = rows_of("pipedrive", "organizations", [SHOP])
    with FakePipedrive() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write([row], driver.context)
        told = orjson.loads(fake.requests[-1].body)
        fake.fail(1, status=200, body=orjson.loads((SAMPLES / "organization_search.json").read_bytes()))
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
    sample = orjson.loads((SAMPLES / "organization.json").read_bytes())["data"]
    assert told == {name: sample[name] for name in ("name", "custom_fields")}
    assert (result.status, result.remote_id) == (RowStatus.OK, "1")
    assert (found.remote_id, found.fields) == ("9", {"name": "Tea Ltd"})


def test_a_person_names_its_organization_by_its_number() -> None:
    fake = FakePipedrive(organizations=[{"id": 9, "name": "Tea Ltd", "custom_fields": {}}])
    (row,) = rows_of("pipedrive", "persons", [ANA])
    with fake, driver_of(fake) as driver:
        named = replace(row, changed={**row.changed, "org_id": "9"})
        driver.connector.write([named], driver.context)
        assert fake.tables["persons"][0]["org_id"] == 9
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
        driver.connector.write([replace(row, remote_id="1", changed={"org_id": None})], driver.context)
    assert found.fields["org_id"] == 9
    assert fake.tables["persons"][0]["org_id"] is None


def test_a_deal_is_told_as_the_vendor_shows_it_and_found_by_our_id() -> None:
    (row,) = rows_of("pipedrive", "deals", [DEAL])
    firms = [{"id": 9, "name": "Tea Ltd", "custom_fields": {}}]
    fake = FakePipedrive(organizations=firms, persons=[person(31, "ana.ruiz@example.com")])
    with fake, driver_of(fake) as driver:
        named = replace(row, changed={**row.changed, "person_id": "31", "org_id": "9"})
        (result,) = driver.connector.write([named], driver.context)
        told = orjson.loads(fake.requests[-1].body)
        (found,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
        changed = replace(row, remote_id="1", changed={"status": "won", "org_id": None})
        driver.connector.write([changed], driver.context)
        fake.fail(1, status=200, body=orjson.loads((SAMPLES / "deal_search.json").read_bytes()))
        (sample,) = driver.connector.lookup([row], driver.context)[row.delivery_id]
    shown = orjson.loads((SAMPLES / "deal.json").read_bytes())["data"]
    assert told == {name: shown[name] for name in told}
    assert told.keys() > {"title", "value", "currency", "status", "person_id", "org_id", "custom_fields"}
    assert (result.status, result.remote_id, found.remote_id, sample.remote_id) == (
        RowStatus.OK,
        "1",
        "1",
        "71",
    )
    assert sample.fields == {
        "title": "Tea for a year", "currency": "EUR", "status": "open", "person_id": 31, "org_id": 9,
    }  # fmt: skip
    assert (fake.tables["deals"][0]["status"], fake.tables["deals"][0]["org_id"]) == ("won", None)


def test_a_wrong_token_is_called_that() -> None:
    with FakePipedrive() as fake, driver_of(fake) as driver, driver_of(fake, token="no-token") as wrong:
        assert "Pipedrive" in driver.check().message
        with pytest.raises(AuthRefused):
            wrong.check()
