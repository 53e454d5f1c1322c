"""Dynamics 365 under the kit: upserted by an alternate key, found by the address, changed only where it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.dynamics365.fake import FakeDataverse
from hub.errors import AuthRefused, ConfigError
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "dynamics365" / "samples"


def contact(id_: str, email: str, **fields: Any) -> dict[str, Any]:
    return {"contactid": id_, "lastname": "Somebody", "emailaddress1": email, **fields}


class TestDynamics(Conformance):
    """Somebody is there already."""

    connector = "dynamics365"
    wrong: ClassVar[Mapping[str, Any]] = {"client_secret": "not-the-secret-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no Dataverse was to be had"}

    def vendor(self, folder: Path) -> FakeDataverse:
        return FakeDataverse(contacts=[contact("id-1", "BEN.ode@example.org")])

    def config(self, vendor: FakeDataverse) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/api/data/v9.2", "login_url": vendor.url, "host": "acme.example.com", "tenant": "tenant",
            "client_id": "client", "client_secret": vendor.token, "requests": 100,
        }  # fmt: skip

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("dynamics365", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeDataverse) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] if (told := row.get("new_hubid"))]


def driver_of(fake: FakeDataverse, **config: Any) -> Driver:
    connector = load_plugins().connector("dynamics365")
    return Driver(connector(connector.Config(**{**TestDynamics().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("dynamics365").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("dynamics365").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_a_new_contact_is_told_as_the_vendor_shows_it() -> None:
    rows = rows_of("dynamics365", "contacts", [ANA])
    with FakeDataverse() as fake, driver_of(fake) as driver:
        (result,), (again,) = (driver.connector.write(rows, driver.context) for _ in range(2))
    sample = orjson.loads((SAMPLES / "contact.json").read_bytes())
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in told}
    assert fake.requests[-1].path == "/api/data/v9.2/contacts(new_hubid='c-ana')"
    assert result.remote_id == again.remote_id == fake.tables["contacts"][0]["contactid"]
    assert len(fake.tables["contacts"]) == 1


def test_an_organization_is_an_account() -> None:
    with FakeDataverse() as fake, driver_of(fake) as driver:
        driver.connector.write(rows_of("dynamics365", "accounts", [SHOP]), driver.context)
    (row,) = fake.tables["accounts"]
    assert (row["name"], row["new_hubid"]) == ("Tea Ltd", "c-shop")


def test_whoever_has_the_address_is_found_and_nobody_else() -> None:
    odd = "o'' or '1' eq '1@example.com"
    fake = FakeDataverse(
        contacts=[contact("1", odd), contact("2", "p2@example.com"), contact("3", odd.upper())]
    )
    (row,) = rows_of("dynamics365", "contacts", [{**ANA, "email": odd}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup([row], driver.context)
    assert [one.remote_id for one in found[row.delivery_id]] == ["1", "3"]


def test_who_was_found_gets_our_id_and_who_is_gone_is_not_made_again() -> None:
    (row,) = rows_of("dynamics365", "contacts", [ANA])
    with FakeDataverse(contacts=[contact("1", "other@example.net")]) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="1", changed={"hub_id": "c-ana", "lastname": "Lee", "jobtitle": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="2")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert fake.tables["contacts"] == [
        contact("1", "other@example.net", lastname="Lee", jobtitle=None, new_hubid="c-ana")
    ]


def test_all_that_is_there_is_listed_page_by_page() -> None:
    there = [contact(str(n), f"p{n}@example.com") for n in range(1100)]
    with FakeDataverse(contacts=there) as fake, driver_of(fake) as driver:
        pages = [list(page) for page in driver.connector.scan("contacts", driver.context)]
    assert [len(page) for page in pages] == [500, 500, 100]
    assert pages[2][-1].fields["emailaddress1"] == "p1099@example.com"


def test_a_wrong_secret_is_called_that() -> None:
    with (
        FakeDataverse() as fake,
        driver_of(fake) as driver,
        driver_of(fake, client_secret="no-secret") as wrong,
    ):
        assert "user" in driver.check().details
        with pytest.raises(AuthRefused):
            wrong.check()


@pytest.mark.parametrize("key", [("new_hubid", "Pending"), ("emailaddress1", "Active")])
def test_a_key_that_cannot_be_used_is_told_by_the_check(key: tuple[str, str]) -> None:
    with FakeDataverse() as fake, driver_of(fake) as driver:
        driver.check()
        fake.keys["account"] = key
        with pytest.raises(ConfigError) as told:
            driver.check()
    assert told.value.code == "HUB-4823" and "accounts" in told.value.message


def test_own_logic_is_left_out_only_where_that_is_wanted() -> None:
    rows, header = rows_of("dynamics365", "contacts", [ANA]), "mscrm.bypassbusinesslogicexecution"
    with FakeDataverse() as fake, driver_of(fake) as plain, driver_of(fake, bypass="CustomSync") as quiet:
        for driver in (plain, quiet):
            driver.connector.write(rows, driver.context)
    writes = [asked for asked in fake.requests if asked.method == "PATCH"]
    assert [asked.headers.get(header) for asked in writes] == [None, "CustomSync"]


def test_too_much_is_waited_for_as_long_as_dataverse_says() -> None:
    body = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit."}}
    with FakeDataverse() as fake, driver_of(fake) as driver:
        fake.fail(1, status=429, retry_after=17, body=body, path="/contacts")
        (result,) = driver.connector.write(rows_of("dynamics365", "contacts", [ANA]), driver.context)
        assert result.status is RowStatus.OK
        assert sum(driver.clock.slept) >= 17
