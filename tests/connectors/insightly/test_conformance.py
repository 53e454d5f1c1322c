"""Insightly under the kit: found by our id or exactly the address, created once, changed by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.insightly.fake import FakeInsightly
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "insightly" / "samples"


def contact(number: int, email: str, **custom: str) -> dict[str, Any]:
    own = [{"FIELD_NAME": name, "FIELD_VALUE": value} for name, value in custom.items()]
    return {"CONTACT_ID": number, "FIRST_NAME": "Somebody", "EMAIL_ADDRESS": email, "CUSTOMFIELDS": own}


def ids(row: Mapping[str, Any]) -> list[str]:
    return [one["FIELD_VALUE"] for one in row["CUSTOMFIELDS"] if one["FIELD_NAME"] == "HUB_ID__c"]


class TestInsightly(Conformance):
    """Somebody is there already, and somebody whose address begins like another's."""

    connector = "insightly"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Insightly's was to be had"}

    def vendor(self, folder: Path) -> FakeInsightly:
        longer = contact(2, f"{ANA['email']}.example.net")
        return FakeInsightly(contacts=[contact(1, "BEN.Ode@example.org", TIER__c="gold"), longer])

    def config(self, vendor: FakeInsightly) -> Mapping[str, Any]:
        return {"base_url": f"{vendor.url}/v3.1", "pod": "na1", "api_key": vendor.token}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("insightly", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeInsightly) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 3, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] for told in ids(row)]


def driver_of(fake: FakeInsightly, **config: Any) -> Driver:
    connector = load_plugins().connector("insightly")
    return Driver(connector(connector.Config(**{**TestInsightly().config(fake), **config})), now=NOON)


def test_who_is_written_and_by_which_name() -> None:
    assert compiled_of("insightly").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]
    ana, ben = rows_of("insightly", "contacts", [ANA, BEN])
    assert (ana.fields["FIRST_NAME"], ana.fields["LAST_NAME"]) == ("Ana", "Ruiz")
    assert (ben.fields["FIRST_NAME"], ben.fields["LAST_NAME"]) == ("Ben Ode", None)


def test_a_new_contact_is_told_as_the_vendor_shows_it() -> None:
    sample = orjson.loads((SAMPLES / "contact.json").read_bytes())
    with FakeInsightly() as fake, driver_of(fake) as driver:
        fake.fail(1, status=201, body=sample)
        (result,) = driver.connector.write(rows_of("insightly", "contacts", [ANA]), driver.context)
    told = orjson.loads(fake.requests[-1].body)
    assert told == {name: sample[name] for name in told}
    assert set(told) == {"FIRST_NAME", "LAST_NAME", "EMAIL_ADDRESS", "PHONE", "TITLE", "CUSTOMFIELDS"}
    assert (result.status, result.remote_id) == (RowStatus.OK, "331122")


def test_our_id_counts_more_than_the_address_and_two_with_one_address_are_both_told() -> None:
    mail = str(ANA["email"])
    known = contact(3, "x@example.net", HUB_ID__c="c-ben")
    fake = FakeInsightly(contacts=[contact(1, mail), contact(2, mail.upper()), known])
    rows = rows_of("insightly", "contacts", [ANA, {**BEN, "email": mail}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "2"], ["3"]]


def test_a_known_contact_is_changed_by_its_id() -> None:
    (row,) = rows_of("insightly", "contacts", [ANA])
    fake = FakeInsightly(contacts=[contact(7, "other@example.net")])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="7", changed={"TITLE": "Cook", "PHONE": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="8")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    (asked, _) = fake.requests
    assert (asked.method, asked.path) == ("PUT", "/v3.1/Contacts")
    assert orjson.loads(asked.body) == {"TITLE": "Cook", "PHONE": None, "CONTACT_ID": 7}


def test_a_wrong_key_is_called_that() -> None:
    with (
        FakeInsightly() as fake,
        driver_of(fake) as driver,
        driver_of(fake, api_key="no-key-at-all") as wrong,
    ):
        assert "Insightly" in driver.check().message
        with pytest.raises(AuthRefused):
            wrong.check()
