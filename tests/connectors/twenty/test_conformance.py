"""Twenty under the kit: upserted by our id or the address, a bad row halved out of its batch, changed by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from connectors.twenty.fake import FakeTwenty
from hub.errors import AuthRefused, Refused
from hub.models import RowStatus, WriteRow
from hub.plugins import load_plugins
from hub.testing import NOON, Conformance, Driver
from tests.connectors.pushed import ANA, BAD, BEN, SHOP, compiled_of, rows_of

SAMPLES = Path(__file__).parents[3] / "connectors" / "twenty" / "samples"


class TestTwenty(Conformance):
    """Somebody is there already."""

    connector = "twenty"
    wrong: ClassVar[Mapping[str, Any]] = {"api_key": "not-the-key-at-all"}
    todo: ClassVar[Mapping[str, str]] = {"live": "no Twenty was to be had"}

    def vendor(self, folder: Path) -> FakeTwenty:
        return FakeTwenty(people=[{"id": "p-1", "emails": {"primaryEmail": BEN["email"]}}])

    def config(self, vendor: FakeTwenty) -> Mapping[str, Any]:
        return {"base_url": f"{vendor.url}/rest", "api_key": vendor.token, "requests": 10000}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("twenty", "people", [ANA, BEN, BAD])

    def written(self, vendor: FakeTwenty) -> Sequence[str]:
        assert len(vendor.tables["people"]) == 2, "one is new, one was found"
        return [told for row in vendor.tables["people"] if (told := row.get("hubId"))]


def driver_of(fake: FakeTwenty, **config: Any) -> Driver:
    connector = load_plugins().connector("twenty")
    return Driver(connector(connector.Config(**{**TestTwenty().config(fake), **config})), now=NOON)


def test_who_is_written_where() -> None:
    assert compiled_of("twenty").is_for("people", [ANA, BEN, SHOP]) == [True, True, False]
    assert compiled_of("twenty").is_for("companies", [ANA, BEN, SHOP]) == [False, False, True]


def test_new_people_are_told_as_the_vendor_wants_them() -> None:
    with FakeTwenty() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("twenty", "people", [ANA]), driver.context)
        (again,) = driver.connector.write(rows_of("twenty", "people", [ANA]), driver.context)
    assert orjson.loads(fake.requests[0].body) == orjson.loads((SAMPLES / "people.json").read_bytes())
    assert result.remote_id == again.remote_id == fake.tables["people"][0]["id"]


def test_a_batch_with_a_bad_row_is_refused_whole() -> None:
    with FakeTwenty() as fake, driver_of(fake) as driver:
        with pytest.raises(Refused):
            driver.connector.write(rows_of("twenty", "people", [ANA, BAD]), driver.context)
        assert fake.tables["people"] == []


def test_an_organization_is_a_company() -> None:
    with FakeTwenty() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("twenty", "companies", [SHOP]), driver.context)
    (row,) = fake.tables["companies"]
    assert (row["name"], row["hubId"], row["id"]) == ("Tea Ltd", "c-shop", result.remote_id)


def test_known_people_are_changed_by_their_id() -> None:
    (row,) = rows_of("twenty", "people", [ANA])
    fake = FakeTwenty(people=[{"id": "p-1", "name": {"firstName": "Ana", "lastName": "Ruiz"}}])
    with fake, driver_of(fake) as driver:
        known = replace(row, remote_id="p-1", changed={"name.lastName": "Lee", "jobTitle": None})
        result, gone = driver.connector.write(
            [known, replace(known, delivery_id=9, remote_id="p-2")], driver.context
        )
    assert (result.status, gone.status) == (RowStatus.OK, RowStatus.GONE)
    assert fake.tables["people"] == [
        {"id": "p-1", "name": {"firstName": "Ana", "lastName": "Lee"}, "jobTitle": ""}
    ]
    assert orjson.loads(fake.requests[0].body) == {"name": {"lastName": "Lee"}, "jobTitle": ""}


def test_all_that_is_there_is_listed_page_by_page() -> None:
    people = [{"id": f"p-{n}", "emails": {"primaryEmail": f"p{n}@example.com"}} for n in range(130)]
    with FakeTwenty(people=people) as fake, driver_of(fake) as driver:
        pages = [list(page) for page in driver.connector.scan("people", driver.context)]
    assert [len(page) for page in pages] == [60, 60, 10]
    assert pages[2][9].fields["emails.primaryEmail"] == "p129@example.com"


def test_a_wrong_key_is_called_that() -> None:
    with FakeTwenty() as fake, driver_of(fake) as driver, driver_of(fake, api_key="no-key") as wrong:
        driver.check()
        with pytest.raises(AuthRefused):
            wrong.check()
