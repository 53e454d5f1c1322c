"""SAP Sales Cloud under the kit: found by our id or exactly the address, created once, changed by its ObjectID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.sap_sales_cloud.fake import FakeSap
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "sap_sales_cloud" / "samples"


def customer(id_: str, email: str, **fields: Any) -> dict[str, Any]:
    return {"ObjectID": id_, "LastName": "Somebody", "Email": email, **fields}


class TestSap(Conformance):
    """Somebody is there already."""

    connector = "sap_sales_cloud"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no SAP Sales Cloud was to be had"}

    def vendor(self, folder: Path) -> FakeSap:
        return FakeSap(customers=[customer("00AB", "ben.ode@example.org")])

    def config(self, vendor: FakeSap) -> Mapping[str, Any]:
        base = f"{vendor.url}/sap/c4c/odata/v1/c4codataapi"
        return {
            "base_url": base,
            "host": "my1.example.com",
            "user": "hub",
            "password": vendor.token,
            "requests": 50,
        }

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("sap_sales_cloud", "customers", [ANA, BEN, BAD])

    def written(self, vendor: FakeSap) -> Sequence[str]:
        assert len(vendor.tables["customers"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["customers"] if (told := row.get("ExternalID"))]


def driver_of(fake: FakeSap, **config: Any) -> Driver:
    connector = load_plugins().connector("sap_sales_cloud")
    return Driver(connector(connector.Config(**{**TestSap().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("sap_sales_cloud").is_for("customers", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("sap_sales_cloud").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_a_new_customer_is_told_as_the_vendor_shows_it() -> None:
    with FakeSap() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("sap_sales_cloud", "customers", [ANA]), driver.context)
    sample = orjson.loads((SAMPLES / "customer.json").read_bytes())["d"]["results"]
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in told}
    assert (result.status, result.remote_id) == (RowStatus.OK, sample["ObjectID"])


def test_our_id_counts_more_than_the_address_and_two_with_one_address_are_both_told() -> None:
    mail = "o'hara@example.com"
    fake = FakeSap(
        customers=[
            customer("1", mail),
            customer("2", mail),
            customer("3", "x@example.net", ExternalID="c-ben"),
        ]
    )
    rows = rows_of("sap_sales_cloud", "customers", [{**ANA, "email": mail}, {**BEN, "email": mail}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "2"], ["3"]]


def test_an_organization_is_an_account() -> None:
    with FakeSap() as fake, driver_of(fake) as driver:
        rows = rows_of("sap_sales_cloud", "accounts", [SHOP])
        assert driver.connector.lookup(rows, driver.context) == {}
        driver.connector.write(rows, driver.context)
        assert list(driver.connector.lookup(rows, driver.context)) == [rows[0].delivery_id]
    assert fake.tables["accounts"][0]["Name"] == "Tea Ltd"


def test_a_known_customer_is_changed_by_its_id() -> None:
    (row,) = rows_of("sap_sales_cloud", "customers", [ANA])
    with FakeSap(customers=[customer("00AB", "other@example.net")]) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="00AB", changed={"LastName": "Lee", "Phone": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="00AC")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert [asked.method for asked in fake.requests] == ["PATCH", "PATCH"], "a PUT would empty the rest"
    assert orjson.loads(fake.requests[0].body) == {"LastName": "Lee", "Phone": ""}


def test_all_that_is_there_is_listed_page_by_page() -> None:
    there = [customer(f"{n:04}", f"p{n}@example.com") for n in range(1100)]
    with FakeSap(customers=there) as fake, driver_of(fake) as driver:
        pages = [list(page) for page in driver.connector.scan("customers", driver.context)]
    assert [len(page) for page in pages if page] == [500, 500, 100]
    assert pages[2][-1].fields["Email"] == "p1099@example.com"


def test_a_wrong_password_is_called_that() -> None:
    with FakeSap() as fake, driver_of(fake) as driver, driver_of(fake, password="no-password") as wrong:
        driver.check()
        with pytest.raises(AuthRefused):
            wrong.check()
