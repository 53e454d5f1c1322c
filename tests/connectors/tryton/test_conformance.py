"""Tryton under the kit: parties by their ids, what belongs to a party written with it, found by our id or the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.tryton.connector import Tryton
from connectors.tryton.fake import FakeTryton
from hub.errors import AuthRefused
from hub.models import RowStatus, WriteRow
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, rows_of

ROOT = Path(__file__).parents[3]


def party(number: int, email: str = "", **fields: Any) -> dict[str, Any]:
    at = (NOON - timedelta(days=3) + timedelta(minutes=number)).isoformat()
    mails = [{"id": 10_000 + number, "type": "email", "value": email or f"p{number}@example.com"}]
    told = {"name": f"Party {number}", "code": str(number), "active": True, "lang": None, "create_date": at}
    lists = {"contact_mechanisms": mails, "identifiers": [], "addresses": []}
    return {"id": number, **told, "last_modified_at": at, **lists, **fields}


class TestTryton(Conformance):
    """More parties than two pages hold."""

    connector = "tryton"
    wrong: ClassVar[Mapping[str, Any]] = {"key": "not-the-key-at-all"}
    live = ROOT / "tests" / "live" / "tryton"
    exempt: ClassVar[Mapping[str, str]] = {
        "missing_scope": "a key reads the parties that its user may read: Tryton leaves the others out without a word",
    }

    def vendor(self, folder: Path) -> FakeTryton:
        return FakeTryton(parties=[party(n) for n in range(1, 231)])

    def config(self, vendor: FakeTryton) -> Mapping[str, Any]:
        return {
            "url": vendor.url,
            "database": "crm",
            "key": vendor.token,
            "trusted_host": True,
            "requests_per_second": 1000,
        }

    def truth(self, vendor: FakeTryton) -> Mapping[str, set[str]]:
        return {"parties": {str(row["id"]) for row in vendor.tables["parties"] if row["active"]}}

    def change(self, vendor: FakeTryton, now: datetime) -> Mapping[str, str]:
        row = vendor.find("parties", 3)
        row |= {"name": "Renamed", "last_modified_at": now.isoformat()}
        return {"parties": "3"}

    def remove(self, vendor: FakeTryton, now: datetime) -> Mapping[str, str]:
        vendor.find("parties", 4).update(active=False, last_modified_at=now.isoformat())
        return {"parties": "4"}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("tryton", "parties", [ANA, BEN, BAD])

    def written(self, vendor: FakeTryton) -> Sequence[str]:
        ours = [ids[0]["code"] for row in vendor.tables["parties"] if (ids := row["identifiers"])]
        return [str(code) for code in ours]


def driver_of(fake: FakeTryton, **config: Any) -> Driver:
    driver = Driver(Tryton(Tryton.Config(**{**TestTryton().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def test_a_new_party_brings_what_belongs_to_it() -> None:
    with FakeTryton() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("tryton", "parties", [ANA]), driver.context)
        (row,) = fake.tables["parties"]
    assert orjson.loads(fake.requests[-1].body) == {
        "name": "Ana Ruiz",
        "contact_mechanisms": [
            ["create", [{"type": "email", "value": "ana.ruiz@example.com"}]],
            ["create", [{"type": "phone", "value": "+12025550111"}]],
        ],
        "identifiers": [["create", [{"code": "hub:c-ana"}]]],
    }
    assert (result.status, result.remote_id) == (RowStatus.OK, str(row["id"]))
    assert result.fields == {
        "hub_id": "c-ana", "name": "Ana Ruiz", "email": "ana.ruiz@example.com", "phone": "+12025550111",
    }  # fmt: skip


def test_a_known_party_keeps_what_is_not_ours() -> None:
    mobile = {"id": 2, "type": "mobile", "value": "+12025550100"}
    other = {"id": 3, "type": "website", "value": "https://example.net"}
    there = party(7, "first@example.com")
    there["contact_mechanisms"] += [mobile, other, {"id": 4, "type": "email", "value": "second@example.com"}]
    (row,) = rows_of("tryton", "parties", [ANA])
    with FakeTryton(parties=[there]) as fake, driver_of(fake) as driver:
        known = replace(
            row, remote_id="7", changed={"hub_id": "c-ana", "email": "new@example.com", "phone": None}
        )
        (result,) = driver.connector.write([known], driver.context)
        (again,) = driver.connector.write([replace(known, changed={"hub_id": "c-ana"})], driver.context)
    assert [(one["type"], one["value"]) for one in there["contact_mechanisms"]] == [
        ("email", "new@example.com"), ("website", "https://example.net"), ("email", "second@example.com"),
    ]  # fmt: skip
    assert (result.status, again.status) == (RowStatus.OK, RowStatus.OK)
    assert [asked.method for asked in fake.requests] == ["GET", "PUT", "GET"], (
        "what stands there is not written again"
    )
    assert [one["code"] for one in there["identifiers"]] == ["hub:c-ana"]


def test_our_id_counts_more_than_the_address_and_all_of_an_address_are_told() -> None:
    mine = party(4, "x@example.net", identifiers=[{"id": 1, "type": None, "code": "hub:c-ben"}])
    there = [party(1, "A_B@example.com"), party(2, "axb@example.com"), party(3, "a_b@example.com"), mine]
    rows = rows_of(
        "tryton", "parties", [{**ANA, "email": "a_b@example.com"}, {**BEN, "email": "a_b@example.com"}]
    )
    with FakeTryton(parties=there) as fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [["1", "3"], ["4"]]


def test_who_is_gone_is_told_and_who_is_put_away_stays() -> None:
    (row,) = rows_of("tryton", "parties", [ANA])
    with FakeTryton(parties=[party(1), party(2)]) as fake, driver_of(fake) as driver:
        (gone,) = driver.connector.write([replace(row, remote_id="9", changed={"name": "x"})], driver.context)
        for op, number in (("archive", "1"), ("delete", "2"), ("delete", "9")):
            (result,) = driver.connector.write([replace(row, remote_id=number, op=op)], driver.context)  # type: ignore[arg-type]
            assert result.status is RowStatus.OK
    assert gone.status is RowStatus.GONE
    assert [(one["id"], one["active"]) for one in fake.tables["parties"]] == [(1, False)]


def test_a_new_address_of_a_party_is_a_change_of_it() -> None:
    fake = FakeTryton(parties=[party(n) for n in range(1, 5)])
    with fake, driver_of(fake) as driver:
        driver.pull()
        driver.clock.sleep(86_400)
        mail = fake.find("parties", 2)["contact_mechanisms"][0]
        mail |= {"value": "moved@example.com", "last_modified_at": driver.clock().isoformat()}
        fake.requests.clear()
        driver.pull()
    assert driver.records["parties"]["2"]["contact_mechanisms"][0]["value"] == "moved@example.com"


def test_all_that_is_there_is_listed() -> None:
    with (
        FakeTryton(parties=[party(n, active=n % 2 == 0) for n in range(1, 231)]) as fake,
        driver_of(fake) as driver,
    ):
        ids = [one.remote_id for page in driver.connector.scan("parties", driver.context) for one in page]
    assert ids == [str(n) for n in range(1, 231)]


def test_a_wrong_key_is_called_that() -> None:
    with FakeTryton() as fake, driver_of(fake) as driver, driver_of(fake, key="no-key") as wrong:
        driver.check()
        with pytest.raises(AuthRefused):
            wrong.check()


@pytest.mark.parametrize(
    "url", ["http://tryton.example.com", "tryton.example.com", "https://me:pw@tryton.example.com"]
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Tryton.Config(url=url, database="crm", key="key-of-somebody")
