"""SuiteCRM under the kit: an id of ours for what is new, changed by id, nothing made twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.suitecrm.fake import FakeSuite
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "suitecrm" / "samples"


def contact(id_: str, **fields: Any) -> dict[str, Any]:
    return {"type": "Contact", "id": id_, "attributes": {"last_name": "Somebody", **fields}}


class TestSuite(Conformance):
    """One was made before, by a push whose answer was lost."""

    connector = "suitecrm"
    wrong: ClassVar[Mapping[str, Any]] = {"client_secret": "not-the-secret-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no SuiteCRM was to be had"}

    def vendor(self, folder: Path) -> FakeSuite:
        return FakeSuite(contacts=[contact("c-ben", email1="ben.ode@example.org")])

    def config(self, vendor: FakeSuite) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/Api", "host": "crm.example.com", "client_id": "client", "client_secret": vendor.token,
        }  # fmt: skip

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("suitecrm", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeSuite) -> Sequence[str]:
        return [row["id"] for row in vendor.tables["contacts"]]


def driver_of(fake: FakeSuite, **config: Any) -> Driver:
    connector = load_plugins().connector("suitecrm")
    return Driver(connector(connector.Config(**{**TestSuite().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("suitecrm").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("suitecrm").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_a_new_contact_is_told_as_the_vendor_shows_it() -> None:
    with FakeSuite() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("suitecrm", "contacts", [ANA]), driver.context)
    sample = orjson.loads((SAMPLES / "contact.json").read_bytes())["data"]
    told = orjson.loads(fake.requests[-1].body)["data"]
    assert (told["type"], told["id"]) == ("Contacts", sample["id"])
    assert told["attributes"] == {name: sample["attributes"][name] for name in told["attributes"]}
    assert set(told["attributes"]) == {"first_name", "last_name", "email1", "phone_work", "title"}
    assert (result.status, result.remote_id) == (RowStatus.OK, "c-ana")


def test_an_organization_is_an_account() -> None:
    with FakeSuite() as fake, driver_of(fake) as driver:
        rows = rows_of("suitecrm", "accounts", [SHOP])
        assert driver.connector.lookup(rows, driver.context) == {}
        driver.connector.write(rows, driver.context)
        found = driver.connector.lookup(rows, driver.context)
    assert fake.tables["accounts"][0]["attributes"]["name"] == "Tea Ltd"
    assert [one.remote_id for one in found[rows[0].delivery_id]] == ["c-shop"]


def test_a_known_contact_is_changed_by_its_id() -> None:
    (row,) = rows_of("suitecrm", "contacts", [ANA])
    with FakeSuite(contacts=[contact("7", title="Cook")]) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"last_name": "Lee", "title": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert fake.tables["contacts"] == [contact("7", last_name="Lee", title="")]
    told = next(asked for asked in fake.requests if asked.method == "PATCH")
    assert orjson.loads(told.body) == {
        "data": {"type": "Contacts", "id": "7", "attributes": {"last_name": "Lee", "title": ""}}
    }


def test_all_that_is_there_is_listed_page_by_page() -> None:
    there = [contact(str(n), email1=f"p{n}@example.com") for n in range(120)]
    with FakeSuite(contacts=there) as fake, driver_of(fake) as driver:
        pages = [list(page) for page in driver.connector.scan("contacts", driver.context)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert pages[2][19].remote_id == "119"
    assert pages[2][19].fields["email1"] == "p119@example.com"


def test_a_wrong_secret_is_called_that() -> None:
    with FakeSuite() as fake, driver_of(fake) as driver, driver_of(fake, client_secret="no-secret") as wrong:
        assert driver.check().details == {"user": "hub"}
        with pytest.raises(AuthRefused):
            wrong.check()
