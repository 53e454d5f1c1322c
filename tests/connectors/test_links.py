"""A contact's company as each CRM is told of it: the record's id there, in the vendor's own field and kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from hub.models import RowStatus
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver, FakeServer
from tests.connectors.dynamics365 import test_conformance as dynamics365
from tests.connectors.espocrm import test_conformance as espocrm
from tests.connectors.freshsales import test_conformance as freshsales
from tests.connectors.insightly import test_conformance as insightly
from tests.connectors.odoo import test_conformance as odoo
from tests.connectors.pipedrive import test_conformance as pipedrive
from tests.connectors.pushed import ANA, SHOP, compiled_of, rows_of
from tests.connectors.salesforce import test_conformance as salesforce
from tests.connectors.suitecrm import test_conformance as suitecrm
from tests.connectors.twenty import test_conformance as twenty
from tests.connectors.zoho_crm import test_conformance as zoho


class Vendor(NamedTuple):
    """How one is told of a contact's company."""

    case: type[Conformance]
    companies: str
    contacts: str
    field: str
    #: The part of a body that names the company of this id.
    told: Callable[[str], Mapping[str, Any]]


VENDORS: dict[str, Vendor] = {
    "salesforce": Vendor(
        salesforce.TestSalesforce, "accounts", "contacts", "AccountId", lambda id_: {"AccountId": id_}
    ),
    "dynamics365": Vendor(
        dynamics365.TestDynamics, "accounts", "contacts", "parentcustomerid_account",
        lambda id_: {"parentcustomerid_account@odata.bind": f"/accounts({id_})"},
    ),
    "zoho_crm": Vendor(
        zoho.TestZoho, "accounts", "contacts", "Account_Name", lambda id_: {"Account_Name": {"id": id_}}
    ),
    "odoo": Vendor(odoo.TestOdoo, "companies", "partners", "parent_id", lambda id_: {"parent_id": int(id_)}),
    "espocrm": Vendor(espocrm.TestEspo, "accounts", "contacts", "accountId", lambda id_: {"accountId": id_}),
    "suitecrm": Vendor(
        suitecrm.TestSuite, "accounts", "contacts", "account",
        lambda id_: {"data": {"type": "Accounts", "id": id_}},
    ),
    "twenty": Vendor(twenty.TestTwenty, "companies", "people", "companyId", lambda id_: {"companyId": id_}),
    "insightly": Vendor(
        insightly.TestInsightly, "organisations", "contacts", "ORGANISATION_ID",
        lambda id_: {"ORGANISATION_ID": int(id_)},
    ),
    "freshsales": Vendor(
        freshsales.TestFreshsales, "sales_accounts", "contacts", "sales_accounts",
        lambda id_: {"sales_accounts": [{"id": int(id_), "is_primary": True}]},
    ),
    "pipedrive": Vendor(
        pipedrive.TestPipedrive, "organizations", "persons", "org_id", lambda id_: {"org_id": int(id_)}
    ),
}  # fmt: skip


def _driver(name: str, case: Conformance, fake: FakeServer) -> Driver:
    connector = load_plugins().connector(name)
    driver = Driver(connector(connector.Config(**case.config(fake))), now=NOON)
    fake.clock = driver.clock
    return driver


@pytest.mark.parametrize("name", VENDORS)
def test_a_contact_names_its_company(name: str, tmp_path: Path) -> None:
    vendor = VENDORS[name]
    case = vendor.case()
    (company,) = rows_of(name, vendor.companies, [SHOP])
    (row,) = rows_of(name, vendor.contacts, [ANA])
    with case.vendor(tmp_path) as fake, _driver(name, case, fake) as driver:
        (made,) = driver.connector.write([company], driver.context)
        assert made.status is RowStatus.OK and made.remote_id
        link = {vendor.field: made.remote_id}
        named = replace(row, fields={**row.fields, **link}, changed={**row.changed, **link})
        (result,) = driver.connector.write([named], driver.context)
        bodies = [orjson.loads(asked.body) for asked in fake.requests if asked.body[:1] in (b"{", b"[")]
    assert result.status is RowStatus.OK
    assert any(_holds(body, vendor.told(made.remote_id)) for body in bodies)


def _holds(body: Any, told: Mapping[str, Any]) -> bool:
    """Whether some object within a body has these fields."""
    if isinstance(body, list):
        return any(_holds(one, told) for one in body)
    if not isinstance(body, dict):
        return False
    return told.items() <= body.items() or any(_holds(one, told) for one in body.values())


@pytest.mark.parametrize("name", [*VENDORS, "hubspot"])
def test_the_starter_mapping_says_so(name: str) -> None:
    compiled = compiled_of(name)
    vendor = VENDORS.get(name)
    links = [(one, link) for one in compiled.objects for link in compiled.out_rule(one).links]
    places = compiled.objects
    assert all(places.index(link.object) < places.index(one) for one, link in links), (
        "who is named goes first"
    )
    ((object_, link),) = [(one, link) for one, link in links if compiled.out_rule(one).of_customers]
    assert link.whose == "company"
    of_deals = {link.whose for one, link in links if not compiled.out_rule(one).of_customers}
    assert of_deals == ({"contact", "company"} if "deals" in places else set())
    if vendor:
        assert (object_, link.field, link.object) == (vendor.contacts, vendor.field, vendor.companies)
