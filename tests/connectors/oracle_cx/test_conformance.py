"""Oracle CX Sales under the kit: found by exactly the address, upserted by our reference, changed by its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.oracle_cx.fake import FakeOracle
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "oracle_cx" / "samples"


def contact(number: str, email: str, **fields: Any) -> dict[str, Any]:
    return {"PartyNumber": number, "LastName": "Somebody", "EmailAddress": email, **fields}


class TestOracle(Conformance):
    """Somebody is there already."""

    connector = "oracle_cx"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no Oracle CX was to be had"}

    def vendor(self, folder: Path) -> FakeOracle:
        return FakeOracle(contacts=[contact("P-1", "BEN.ode@example.org")])

    def config(self, vendor: FakeOracle) -> Mapping[str, Any]:
        base = f"{vendor.url}/crmRestApi/resources/11.13.18.05"
        return {
            "base_url": base,
            "host": "acme.example.com",
            "user": "hub",
            "password": vendor.token,
            "requests": 50,
        }

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("oracle_cx", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeOracle) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] if (told := row.get("SourceSystemReferenceValue"))]


def driver_of(fake: FakeOracle, **config: Any) -> Driver:
    connector = load_plugins().connector("oracle_cx")
    return Driver(connector(connector.Config(**{**TestOracle().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("oracle_cx").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("oracle_cx").is_for("accounts", [ANA, BEN, SHOP]) == [False, False, True]


def test_a_new_contact_is_told_as_the_vendor_shows_it() -> None:
    with FakeOracle() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("oracle_cx", "contacts", [ANA]), driver.context)
        (again,) = driver.connector.write(rows_of("oracle_cx", "contacts", [ANA]), driver.context)
    sample, told = orjson.loads((SAMPLES / "contact.json").read_bytes()), orjson.loads(fake.requests[0].body)
    assert told == {name: sample[name] for name in told}
    assert result.remote_id == again.remote_id == "CDRM_1"
    assert len(fake.tables["contacts"]) == 1


def test_an_organization_is_an_account() -> None:
    with FakeOracle() as fake, driver_of(fake) as driver:
        driver.connector.write(rows_of("oracle_cx", "accounts", [SHOP]), driver.context)
    (row,) = fake.tables["accounts"]
    assert (row["OrganizationName"], row["SourceSystemReferenceValue"]) == ("Tea Ltd", "c-shop")


def test_an_address_is_a_word_of_the_question_and_nothing_else() -> None:
    odd = "o'' or EmailAddress like '%@example.com"
    fake = FakeOracle(contacts=[contact("P-1", odd), contact("P-2", "p2@example.com"), contact("P-3", odd)])
    (row,) = rows_of("oracle_cx", "contacts", [{**ANA, "email": odd}])
    with fake, driver_of(fake) as driver:
        found = driver.connector.lookup([row], driver.context)
    assert [one.remote_id for one in found[row.delivery_id]] == ["P-1", "P-3"], (
        "both are told, none is chosen"
    )


def test_a_known_contact_is_changed_by_its_number() -> None:
    (row,) = rows_of("oracle_cx", "contacts", [ANA])
    with FakeOracle(contacts=[contact("P-1", "other@example.net")]) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="P-1", changed={"LastName": "Lee", "JobTitle": None})
        (result,) = driver.connector.write([known], driver.context)
        (gone,) = driver.connector.write([replace(known, remote_id="P-2")], driver.context)
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert orjson.loads(fake.requests[0].body) == {
        "LastName": "Lee",
        "JobTitle": None,
        "SourceSystem": "CUSTOMER_HUB",
    }
    assert "upsert-mode" not in fake.requests[0].headers


def test_a_wrong_password_is_called_that() -> None:
    with FakeOracle() as fake, driver_of(fake) as driver, driver_of(fake, password="no-password") as wrong:
        driver.check()
        with pytest.raises(AuthRefused):
            wrong.check()
