"""Zoho CRM under the kit: upserted by our id or the address, each row with its own result, tokens renewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.zoho_crm.fake import FakeZoho
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "zoho_crm" / "samples"


class TestZoho(Conformance):
    """Somebody is there already."""

    connector = "zoho_crm"
    wrong: ClassVar[Mapping[str, Any]] = {"refresh_token": "not-the-token-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no account of Zoho's was to be had"}

    def vendor(self, folder: Path) -> FakeZoho:
        return FakeZoho(contacts=[{"id": "99", "Last_Name": "Somebody", "Email": BEN["email"]}])

    def config(self, vendor: FakeZoho) -> Mapping[str, Any]:
        return {
            "base_url": f"{vendor.url}/crm/v8", "accounts_url": vendor.url, "client_id": "1000.ABC",
            "client_secret": "secret-of-the-client", "refresh_token": vendor.token,
        }  # fmt: skip

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("zoho_crm", "contacts", [ANA, BEN, BAD])

    def written(self, vendor: FakeZoho) -> Sequence[str]:
        assert len(vendor.tables["contacts"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["contacts"] if (told := row.get("Hub_ID"))]


def driver_of(fake: FakeZoho, **config: Any) -> Driver:
    connector = load_plugins().connector("zoho_crm")
    return Driver(connector(connector.Config(**{**TestZoho().config(fake), **config})), now=NOON)


def bodies(fake: FakeZoho) -> list[Any]:
    return [orjson.loads(asked.body) for asked in fake.requests if "/Contacts" in asked.path]


def test_who_is_written() -> None:
    assert compiled_of("zoho_crm").is_for("contacts", [ANA, BEN, SHOP]) == [True, True, False]


def test_a_new_contact_is_told_as_the_vendor_wants_it() -> None:
    with FakeZoho() as fake, driver_of(fake) as driver:
        driver.connector.write(rows_of("zoho_crm", "contacts", [ANA]), driver.context)
    assert bodies(fake) == [orjson.loads((SAMPLES / "upsert.json").read_bytes())]


def test_each_row_has_its_own_result() -> None:
    rows = rows_of("zoho_crm", "contacts", [ANA, BAD, BEN])
    with FakeZoho() as fake, driver_of(fake) as driver:
        fake.fail(1, status=207, body=orjson.loads((SAMPLES / "answer.json").read_bytes()), path="/upsert")
        results = driver.connector.write(rows, driver.context)
    assert [(one.status, one.remote_id, one.message) for one in results] == [
        (RowStatus.OK, "7244000000000000031", ""),
        (RowStatus.INVALID, None, "INVALID_DATA"),
        (RowStatus.REJECTED, None, "DUPLICATE_DATA"),
    ]


def test_known_contacts_are_changed_by_their_id_without_a_workflow() -> None:
    new, known = rows_of("zoho_crm", "contacts", [ANA, BEN])
    fake = FakeZoho(contacts=[{"id": "99", "Last_Name": "Somebody"}])
    with fake, driver_of(fake) as driver:
        changed = replace(known, remote_id="99", changed={"Title": "Cook", "Phone": None})
        gone = replace(known, delivery_id=9, remote_id="100")
        results = driver.connector.write([new, changed, gone], driver.context)
    assert [one.status for one in results] == [RowStatus.OK, RowStatus.OK, RowStatus.INVALID]
    assert bodies(fake)[1]["data"][0] == {"Title": "Cook", "Phone": None, "id": "99"}
    assert all(body["trigger"] == [] for body in bodies(fake))


def test_a_token_that_ended_is_renewed_once() -> None:
    with FakeZoho() as fake, driver_of(fake) as driver:
        for email in ("one@example.com", "two@example.com"):
            fake.access = ""
            (result,) = driver.connector.write(
                rows_of("zoho_crm", "contacts", [{**ANA, "email": email}]), driver.context
            )
            assert result.status is RowStatus.OK
    assert [asked.path for asked in fake.requests].count("/oauth/v2/token") == 2


def test_a_wrong_grant_is_called_that() -> None:
    with FakeZoho() as fake, driver_of(fake) as driver, driver_of(fake, refresh_token="no-token") as wrong:
        assert "Zoho" in driver.check().message
        with pytest.raises(AuthRefused):
            wrong.check()
