"""Odoo under the kit: found by our id or the address, created once, changed by id, and silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.odoo.fake import FakeOdoo
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "odoo" / "samples"


def partner(number: int, email: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": "Somebody", "email": email, "is_company": False, "active": True, **more}


class TestOdoo(Conformance):
    """Somebody is there already, and a company with somebody else's address."""

    connector = "odoo"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no Odoo was to be had"}

    def vendor(self, folder: Path) -> FakeOdoo:
        company = partner(2, str(ANA["email"]), is_company=True)
        return FakeOdoo(partners=[partner(1, "BEN.Ode@example.org"), company])

    def config(self, vendor: FakeOdoo) -> Mapping[str, Any]:
        return {"base_url": f"{vendor.url}/json/2", "host": "acme.odoo.com", "api_key": vendor.token}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("odoo", "partners", [ANA, BEN, BAD])

    def written(self, vendor: FakeOdoo) -> Sequence[str]:
        assert len(vendor.tables["partners"]) == 3, "one is new, one was found"
        return [told for row in vendor.tables["partners"] if (told := row.get("x_hub_id"))]


def driver_of(fake: FakeOdoo, **config: Any) -> Driver:
    connector = load_plugins().connector("odoo")
    return Driver(connector(connector.Config(**{**TestOdoo().config(fake), **config})), now=NOON)


def test_who_is_written() -> None:
    assert compiled_of("odoo").is_for("partners", [ANA, BEN, SHOP]) == [True, True, False]


def test_a_new_partner_is_told_as_the_vendor_wants_it() -> None:
    with FakeOdoo() as fake, driver_of(fake, database="acme") as driver:
        (result,) = driver.connector.write(rows_of("odoo", "partners", [ANA]), driver.context)
    (asked,) = fake.requests
    assert orjson.loads(asked.body) == orjson.loads((SAMPLES / "create.json").read_bytes())
    assert (asked.path, asked.headers["x-odoo-database"]) == ("/json/2/res.partner/create", "acme")
    assert (result.status, result.remote_id) == (RowStatus.OK, "101")


def test_what_is_found_is_understood() -> None:
    rows = rows_of("odoo", "partners", [ANA])
    with FakeOdoo() as fake, driver_of(fake) as driver:
        fake.fail(1, status=200, body=orjson.loads((SAMPLES / "found.json").read_bytes()))
        (found,) = driver.connector.lookup(rows, driver.context)[1]
    assert (found.remote_id, found.fields["function"]) == ("117", "Buyer")
    assert "x-odoo-database" not in fake.requests[0].headers


def test_our_id_finds_archived_partners_and_the_address_only_others() -> None:
    mail = str(ANA["email"])
    fake = FakeOdoo(partners=[
        partner(1, mail), partner(2, mail.upper()), partner(3, mail, active=False),
        partner(4, "x@example.net", active=False, x_hub_id="c-ben"),
    ])  # fmt: skip
    rows = rows_of("odoo", "partners", [ANA, {**BEN, "email": mail}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "2"], ["4"]]


def test_a_known_partner_is_changed_by_its_id() -> None:
    (row,) = rows_of("odoo", "partners", [ANA])
    fake = FakeOdoo(partners=[partner(7, "other@example.net", phone="+12025550100")])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"name": "Ana Lee", "phone": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, result.remote_id, gone.status) == (RowStatus.OK, "7", RowStatus.GONE)
    told = orjson.loads(fake.requests[0].body)
    assert (told["ids"], told["vals"]) == ([7], {"name": "Ana Lee", "phone": False})


def test_a_partner_is_archived_not_deleted() -> None:
    (row,) = rows_of("odoo", "partners", [ANA])
    fake = FakeOdoo(partners=[partner(7, "other@example.net")])
    with fake, driver_of(fake) as driver:
        (result,) = driver.connector.write([replace(row, op="delete", remote_id="7")], driver.context)
    assert (result.status, fake.tables["partners"][0]["active"]) == (RowStatus.OK, False)


def test_a_wrong_key_is_called_that() -> None:
    with FakeOdoo() as fake, driver_of(fake) as driver, driver_of(fake, api_key="no-key") as wrong:
        assert driver.check().details == {"user": "7"}
        with pytest.raises(AuthRefused):
            wrong.check()
