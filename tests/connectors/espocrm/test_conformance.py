"""EspoCRM under the kit: found by our id or any address, created once, changed by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.espocrm.fake import FakeEspo
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "espocrm" / "samples"


def contact(id_: str, email: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "firstName": None, "lastName": "Somebody", "emailAddress": email, **more}


class TestEspo(Conformance):
    """Somebody is there already, with a second address."""

    connector = "espocrm"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no EspoCRM was to be had"}

    def vendor(self, folder: Path) -> FakeEspo:
        return FakeEspo(contacts=[contact("a", "first@example.net", more=["BEN.ode@example.org"])])

    def config(self, vendor: FakeEspo) -> Mapping[str, Any]:
        return {"base_url": f"{vendor.url}/api/v1", "host": "crm.example.com", "api_key": vendor.token}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("espocrm", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeEspo) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] if (told := row.get("cHubId"))]


def driver_of(fake: FakeEspo, **config: Any) -> Driver:
    connector = load_plugins().connector("espocrm")
    return Driver(connector(connector.Config(**{**TestEspo().config(fake), **config})), now=NOON)


def test_who_is_written() -> None:
    assert compiled_of("espocrm").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]


def test_a_new_contact_is_told_as_the_vendor_shows_it() -> None:
    with FakeEspo() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("espocrm", "contacts", [ANA]), driver.context)
    sample = orjson.loads((SAMPLES / "contact.json").read_bytes())
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in told}
    assert set(told) == {"firstName", "lastName", "emailAddress", "phoneNumber", "cHubId"}
    assert (result.status, result.remote_id) == (RowStatus.OK, fake.tables["contacts"][0]["id"])


def test_a_namesake_is_another_contact() -> None:
    fake = FakeEspo(contacts=[contact("a", "namesake@example.net", firstName="Ana", lastName="Ruiz")])
    rows = rows_of("espocrm", "contacts", [ANA])
    with fake, driver_of(fake) as driver:
        assert driver.connector.lookup(rows, driver.context) == {}
        (result,) = driver.connector.write(rows, driver.context)
    assert result.status is RowStatus.OK
    assert len(fake.tables["contacts"]) == 2


def test_our_id_counts_more_than_the_address_and_two_with_one_address_are_both_told() -> None:
    mail = str(ANA["email"])
    fake = FakeEspo(
        contacts=[contact("a", mail), contact("b", mail), contact("c", "x@example.net", ownId="c-ben")]
    )
    rows = rows_of("espocrm", "contacts", [ANA, {**BEN, "email": mail}])
    with fake, driver_of(fake, hub_field="ownId") as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["a", "b"], ["c"]]


def test_a_known_contact_is_changed_by_its_id() -> None:
    (row,) = rows_of("espocrm", "contacts", [ANA])
    fake = FakeEspo(contacts=[contact("a", "other@example.net", phoneNumber="+12025550100")])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="a", changed={"lastName": "Lee", "phoneNumber": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="b")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert [(asked.method, asked.path) for asked in fake.requests] == [
        ("PUT", "/api/v1/Contact/a"), ("PUT", "/api/v1/Contact/b"),
    ]  # fmt: skip
    assert orjson.loads(fake.requests[0].body) == {"lastName": "Lee", "phoneNumber": None}


def test_a_wrong_key_is_called_that() -> None:
    with FakeEspo() as fake, driver_of(fake) as driver, driver_of(fake, api_key="no-key") as wrong:
        assert driver.check().details == {"user": "hub"}
        with pytest.raises(AuthRefused):
            wrong.check()
