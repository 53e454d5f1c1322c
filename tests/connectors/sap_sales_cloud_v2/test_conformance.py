"""SAP Sales Cloud V2 under the kit: found by our id or exactly the address, created once, changed with If-Match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.sap_sales_cloud_v2.fake import FakeSapV2
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "sap_sales_cloud_v2" / "samples"


def customer(id_: str, email: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "familyName": "Somebody", "defaultCommunication": {"eMail": email}, **fields}


class TestSapV2(Conformance):
    """Somebody is there already."""

    connector = "sap_sales_cloud_v2"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no SAP Sales Cloud V2 was to be had"}

    def vendor(self, folder: Path) -> FakeSapV2:
        return FakeSapV2(customers=[customer("id-1", "ben.ode@example.org")])

    def config(self, vendor: FakeSapV2) -> Mapping[str, Any]:
        base = f"{vendor.url}/sap/c4c/api/v1"
        told = {"host": "my1.example.com", "user": "hub", "password": vendor.token, "requests": 50}
        return {"base_url": base, **told}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("sap_sales_cloud_v2", "customers", [ANA, BEN, BAD])

    def written(self, vendor: FakeSapV2) -> Sequence[str]:
        assert len(vendor.tables["customers"]) == 2, "one is new, one was found"
        told = (row.get("extensions", {}).get("Z_Hub_Id") for row in vendor.tables["customers"])
        return [hub_id for hub_id in told if hub_id]


def driver_of(fake: FakeSapV2, **config: Any) -> Driver:
    connector = load_plugins().connector("sap_sales_cloud_v2")
    return Driver(connector(connector.Config(**{**TestSapV2().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("sap_sales_cloud_v2").is_for("customers", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("sap_sales_cloud_v2").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_a_new_customer_is_told_as_the_vendor_shows_it() -> None:
    with FakeSapV2() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("sap_sales_cloud_v2", "customers", [ANA]), driver.context)
    sample = orjson.loads((SAMPLES / "customer.json").read_bytes())["value"]
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in told}
    assert (result.status, result.remote_id) == (RowStatus.OK, sample["id"])


def test_our_id_counts_more_than_the_address_and_two_with_one_address_are_both_told() -> None:
    mail = "o'hara@example.com"
    ours = customer("3", "x@example.net", extensions={"Z_Hub_Id": "c-ben"})
    fake = FakeSapV2(customers=[customer("1", mail), customer("2", mail), ours])
    rows = rows_of("sap_sales_cloud_v2", "customers", [{**ANA, "email": mail}, {**BEN, "email": mail}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "2"], ["3"]]
    assert found[rows[1].delivery_id][0].fields["email"] == "x@example.net"


def test_an_organization_is_an_account() -> None:
    with FakeSapV2() as fake, driver_of(fake) as driver:
        rows = rows_of("sap_sales_cloud_v2", "accounts", [SHOP])
        assert driver.connector.lookup(rows, driver.context) == {}
        driver.connector.write(rows, driver.context)
        assert list(driver.connector.lookup(rows, driver.context)) == [rows[0].delivery_id]
    assert fake.tables["accounts"][0]["formattedName"] == "Tea Ltd"


def test_a_known_customer_is_changed_by_its_id_and_what_is_not_told_stays() -> None:
    (row,) = rows_of("sap_sales_cloud_v2", "customers", [ANA])
    there = customer("7", "other@example.net")
    there["defaultCommunication"]["phoneFormattedNumber"] = "+12025550177"
    with FakeSapV2(customers=[there]) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"hub_id": "c-ana", "familyName": "Lee", "phone": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert fake.requests[0].headers["if-match"] == "*"
    assert fake.tables["customers"] == [
        customer("7", "other@example.net", familyName="Lee", extensions={"Z_Hub_Id": "c-ana"})
    ]


def test_a_customer_is_deleted_and_once_more_does_no_harm() -> None:
    (row,) = rows_of("sap_sales_cloud_v2", "customers", [ANA])
    with FakeSapV2(customers=[customer("7", "a@example.com")]) as fake, driver_of(fake) as driver:
        away = replace(row, op="delete", remote_id="7")
        results = [driver.connector.write([away], driver.context)[0].status for _ in range(2)]
    assert (results, fake.tables["customers"]) == ([RowStatus.OK, RowStatus.OK], [])


def test_all_that_is_there_is_listed_page_by_page() -> None:
    there = [customer(f"{n:04}", f"p{n}@example.com") for n in range(1100)]
    with FakeSapV2(customers=there) as fake, driver_of(fake) as driver:
        pages = [list(page) for page in driver.connector.scan("customers", driver.context)]
    assert [len(page) for page in pages if page] == [500, 500, 100]
    assert pages[2][-1].fields["email"] == "p1099@example.com"


def test_a_wrong_password_is_called_that() -> None:
    with FakeSapV2() as fake, driver_of(fake) as driver, driver_of(fake, password="no-password") as wrong:
        driver.check()
        with pytest.raises(AuthRefused):
            wrong.check()
