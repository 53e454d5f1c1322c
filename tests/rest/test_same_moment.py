"""12,000 records that changed in one moment are all read once, and the cursor moves on: acceptance test 12 of the push."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.errors import SourceError
from hub.testing.hostile import HostileServer

from .conftest import NOW, STYLES, Connect, customers, keys

MANY = 12_000
CURSOR = "cursor: {field: updated_at, order: ORDER, send: {since: since, until: until}}\ndeletes: none"
#: Lists that go on by the page's own place; by id alone the server knows of no time.
PAGED = [style for style in STYLES if style not in ("single", "keyset")]


@pytest.fixture
def vendor() -> Iterator[HostileServer]:
    """A vendor that has so many, of one second."""
    with HostileServer(MANY, same_second=MANY + 1, clock=lambda: NOW) as server:
        assert len({row["updated_at"] for row in server.tables["customers"]}) == 1
        yield server


def manifest(style: str, order: str, more: str = "") -> str:
    cursor = CURSOR.replace("ORDER", f"{order}{more}")
    return customers(style, cursor, STYLES[style].replace("size: 10,", "size: 500,"))


@pytest.mark.parametrize("order", ["ascending", "unknown"])
@pytest.mark.parametrize("style", PAGED)
def test_they_are_all_read_once_and_the_cursor_moves_on(
    vendor: HostileServer, connect: Connect, style: str, order: str
) -> None:
    driver = connect(manifest(style, order))
    driver.pull()
    assert keys(driver) == list(range(1, MANY + 1))
    assert set(vendor.ledger.sent().values()) == {1}
    assert driver.checkpoint["customers"]["since"] == "2026-07-30T12:00:00.000Z"
    asked = len(vendor.requests)
    driver.clock.sleep(3600)
    assert [record for page in driver.pull() for record in page.records] == []
    assert len(vendor.requests) == asked + 1, "the next run does not begin at that moment again"


@pytest.mark.parametrize("order", ["ascending", "unknown"])
@pytest.mark.parametrize("style", ["cursor", "link_header", "json_link"])
def test_also_when_the_run_is_cut_off_in_the_middle_of_them(
    vendor: HostileServer, connect: Connect, style: str, order: str
) -> None:
    driver = connect(manifest(style, order))
    driver.pull(stop_after=9)
    assert 0 < len(keys(driver)) < MANY
    driver.pull()
    assert keys(driver) == list(range(1, MANY + 1))
    assert set(vendor.ledger.sent().values()) == {1}


@pytest.mark.parametrize("order", ["ascending", "unknown"])
def test_a_vendor_that_does_not_give_them_all_is_an_error_and_no_gap(
    vendor: HostileServer, connect: Connect, order: str
) -> None:
    """The negative control: a list of 10,000 at most, as with some searches, cannot be split within one moment."""
    driver = connect(manifest("cursor", order, ", start: 2020-01-01, window: 3650d, cap: 10000"))
    with pytest.raises(SourceError, match="HUB-4614"):
        driver.pull()
    since = driver.checkpoint.get("customers", {}).get("since")
    moment = vendor.tables["customers"][1]["updated_at"]
    assert since is None or since <= moment.replace("Z", ".000Z"), "nothing of it is taken for read"
