"""Freshsales under the kit: upserted by the address, changed by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.freshsales.fake import FakeFreshsales
from hub.errors import AuthRefused, Refused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "freshsales" / "samples"


def contact(number: int, *emails: str) -> dict[str, Any]:
    told = [{"value": email, "is_primary": not place} for place, email in enumerate(emails)]
    return {"id": number, "last_name": "Somebody", "emails": told, "custom_field": {}}


class TestFreshsales(Conformance):
    """Somebody is there already, with a second address."""

    connector = "freshsales"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Freshsales' was to be had"}

    def vendor(self, folder: Path) -> FakeFreshsales:
        return FakeFreshsales(contacts=[contact(1, "first@example.net", "BEN.ode@example.org")])

    def config(self, vendor: FakeFreshsales) -> Mapping[str, Any]:
        url = f"{vendor.url}/crm/sales/api"
        return {"base_url": url, "bundle": "acme", "api_key": vendor.token, "requests": 5000}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("freshsales", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeFreshsales) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] if (told := row["custom_field"].get("cf_hub_id"))]


def driver_of(fake: FakeFreshsales, **config: Any) -> Driver:
    connector = load_plugins().connector("freshsales")
    return Driver(connector(connector.Config(**{**TestFreshsales().config(fake), **config})), now=NOON)


def test_who_is_written() -> None:
    people = [ANA, BEN, SHOP, {**ANA, "email": None}]
    assert compiled_of("freshsales").is_for("contacts", people) == [True, True, False, False]


def test_a_new_contact_is_told_as_the_vendor_wants_it() -> None:
    with FakeFreshsales() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("freshsales", "contacts", [ANA]), driver.context)
    assert orjson.loads(fake.requests[-1].body) == orjson.loads((SAMPLES / "upsert.json").read_bytes())
    assert (result.status, result.remote_id) == (RowStatus.OK, "70000000")


def test_what_the_vendor_answers_is_understood() -> None:
    with FakeFreshsales() as fake, driver_of(fake) as driver:
        fake.fail(1, status=201, body=orjson.loads((SAMPLES / "answer.json").read_bytes()))
        (result,) = driver.connector.write(rows_of("freshsales", "contacts", [ANA]), driver.context)
    assert (result.status, result.remote_id) == (RowStatus.OK, "70042009001")


def test_a_known_contact_is_changed_by_its_id() -> None:
    (row,) = rows_of("freshsales", "contacts", [ANA])
    fake = FakeFreshsales(contacts=[contact(7, "other@example.net")])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"job_title": "Cook", "work_number": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert [asked.path for asked in fake.requests] == [
        "/crm/sales/api/contacts/7",
        "/crm/sales/api/contacts/8",
    ]
    assert orjson.loads(fake.requests[0].body) == {"contact": {"job_title": "Cook", "work_number": None}}


def test_a_phone_that_another_contact_has_is_refused_without_its_number() -> None:
    with FakeFreshsales() as fake, driver_of(fake) as driver:
        fake.fail(1, status=400, body={"errors": {"code": 400, "message": ["+12025550111 is not unique"]}})
        with pytest.raises(Refused) as caught:
            driver.connector.write(rows_of("freshsales", "contacts", [ANA]), driver.context)
    assert "5550111" not in str(caught.value)


def test_a_wrong_key_is_called_that() -> None:
    with FakeFreshsales() as fake, driver_of(fake) as driver, driver_of(fake, api_key="no-key") as wrong:
        assert "Freshsales" in driver.check().message
        with pytest.raises(AuthRefused):
            wrong.check()
