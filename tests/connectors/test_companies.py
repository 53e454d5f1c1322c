"""Companies on their way into each CRM that keeps them beside persons: once each, whatever is lost or refused on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from hub.models import WriteRow
from hub.testing import Conformance, FakeServer
from hub.testing.conformance_writing import writes
from tests.connectors.espocrm import test_conformance as espocrm
from tests.connectors.freshsales import test_conformance as freshsales
from tests.connectors.hubspot import test_conformance as hubspot
from tests.connectors.insightly import test_conformance as insightly
from tests.connectors.odoo import test_conformance as odoo
from tests.connectors.pipedrive import test_conformance as pipedrive
from tests.connectors.pushed import ANA, BEN, SHOP, compiled_of, rows_of
from tests.connectors.zoho_crm import test_conformance as zoho

#: Companies; one is there already by its name, the last has no name at all.
TEA: Mapping[str, Any] = {**SHOP, "customer_id": "c-tea", "full_name": None, "email": "desk@tea.example.com"}
INN: Mapping[str, Any] = {
    **TEA,
    "customer_id": "c-inn",
    "organization_name": "Old Inn",
    "email": "inn@example.org",
}
BAD: Mapping[str, Any] = {**TEA, "customer_id": "c-bad", "organization_name": None, "email": None}


class Vendor(NamedTuple):
    """How companies are written to one."""

    object: str
    case: type[Conformance]
    #: An account where the inn is there already.
    account: Callable[[], FakeServer]
    #: The table, and our id of a record in it.
    table: str
    hub_id: Callable[[Any], Any]


def _odoo() -> FakeServer:
    inn = {"id": 5, "name": "Old Inn", "email": False, "is_company": True, "active": True}
    person = {
        "id": 6,
        "name": "Tea Ltd",
        "email": "desk@tea.example.com",
        "is_company": False,
        "active": True,
    }
    return odoo.FakeOdoo(partners=[inn, person])


def _freshsales() -> FakeServer:
    return freshsales.FakeFreshsales(sales_accounts=[{"id": 5, "name": "Old Inn", "custom_field": {}}])


def _insightly() -> FakeServer:
    rows = [(5, "Old Inn"), (6, "Old Inn and Stables")]
    told = [{"ORGANISATION_ID": id_, "ORGANISATION_NAME": name, "CUSTOMFIELDS": []} for id_, name in rows]
    return insightly.FakeInsightly(organisations=told)


def _custom(row: Any) -> Any:
    return next((one["FIELD_VALUE"] for one in row["CUSTOMFIELDS"]), None)


def _espocrm() -> FakeServer:
    other = {"id": "b", "name": "Tea Ltd", "emailAddress": "tea@example.net"}
    return espocrm.FakeEspo(accounts=[{"id": "a", "name": "Old Inn"}, other])


def _zoho() -> FakeServer:
    return zoho.FakeZoho(accounts=[{"id": "99", "Account_Name": "Old Inn"}])


def _hubspot() -> FakeServer:
    told = {"name": "Old Inn", "hs_lastmodifieddate": hubspot.stamp(5)}
    return hubspot.FakeHubspot(companies=[{"id": "5", "archived": False, "properties": told}])


def _pipedrive() -> FakeServer:
    return pipedrive.FakePipedrive(organizations=[{"id": 5, "name": "Old Inn", "custom_fields": {}}])


VENDORS: dict[str, Vendor] = {
    "espocrm": Vendor("accounts", espocrm.TestEspo, _espocrm, "accounts", lambda row: row.get("cHubId")),
    "zoho_crm": Vendor("accounts", zoho.TestZoho, _zoho, "accounts", lambda row: row.get("Hub_ID")),
    "freshsales": Vendor(
        "sales_accounts",
        freshsales.TestFreshsales,
        _freshsales,
        "sales_accounts",
        lambda row: row["custom_field"].get("cf_hub_id"),
    ),
    "insightly": Vendor("organisations", insightly.TestInsightly, _insightly, "organisations", _custom),
    "hubspot": Vendor(
        "companies", hubspot.TestHubspot, _hubspot, "companies", lambda row: row["properties"].get("hub_id")
    ),
    "pipedrive": Vendor(
        "organizations",
        pipedrive.TestPipedrive,
        _pipedrive,
        "organizations",
        lambda row: row["custom_fields"].get(pipedrive.FIRM_FIELD),
    ),
    "odoo": Vendor("companies", odoo.TestOdoo, _odoo, "partners", lambda row: row.get("x_hub_id")),
}


@pytest.mark.parametrize("name", VENDORS)
def test_a_company_is_there_once_whatever_is_lost_on_the_way(name: str) -> None:
    vendor = VENDORS[name]

    class Case(vendor.case):  # type: ignore[name-defined, misc]
        def vendor(self, folder: Any) -> FakeServer:
            return vendor.account()

        def rows(self) -> Sequence[WriteRow]:
            return rows_of(name, vendor.object, [TEA, INN, BAD])

        def written(self, fake: Any) -> Sequence[str]:
            before = len(vendor.account().tables[vendor.table])  # type: ignore[attr-defined]
            rows = fake.tables[vendor.table]
            assert len(rows) == before + 1, "one is new, one was found"
            return [told for row in rows if (told := vendor.hub_id(row))]

    writes(Case())


@pytest.mark.parametrize("name", VENDORS)
def test_companies_go_before_persons_and_are_none(name: str) -> None:
    compiled, object_ = compiled_of(name), VENDORS[name].object
    assert compiled.objects[0] == object_
    assert compiled.is_for(object_, [TEA, ANA, BEN]) == [True, False, False]
