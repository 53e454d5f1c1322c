"""What is gone is known only by evidence: a tombstone, or a complete reading that began fresh."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import BadAnswer
from hub.testing.hostile import HostileServer

from .conftest import NOW, Connect, customers, keys

CURSOR = "cursor: {field: updated_at, order: unknown, send: {since: since, until: until}}\n"


def test_without_evidence_nothing_is_gone(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", "deletes: none"))
    driver.pull()
    vendor.tables["customers"].remove(7)
    driver.pull()
    assert driver.deleted == []


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "keyset", "single"])
def test_what_a_complete_reading_does_not_find_is_gone(vendor: HostileServer, connect: Connect, style: str):
    driver = connect(customers(style, "deletes: full_scan"))
    driver.pull()
    assert driver.deleted == []
    vendor.tables["customers"].remove(7)
    driver.pull()
    assert driver.deleted == [("customers", "7")]


def test_a_reading_that_was_interrupted_goes_on_as_the_same_scan(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", "deletes: full_scan"))
    driver.pull()
    vendor.tables["customers"].remove(7)
    first = driver.pull(stop_after=2)
    assert driver.deleted == []
    rest = driver.pull()
    assert {page.scan for page in first} == {page.scan for page in rest}
    assert driver.deleted == [("customers", "7")]


def test_where_pages_are_counted_an_interrupted_scan_is_no_evidence(vendor: HostileServer, connect: Connect):
    driver = connect(customers("page", "deletes: full_scan"))
    driver.pull()
    vendor.tables["customers"].remove(7)
    driver.pull(stop_after=2)
    driver.pull()
    assert driver.deleted == [], "rows may have moved between the two runs"
    driver.pull()
    assert driver.deleted == [("customers", "7")]


def test_beside_a_cursor_everything_is_read_from_time_to_time(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", CURSOR + "deletes: {method: full_scan, every: 7d}"))
    driver.pull()
    vendor.tables["customers"].remove(7)
    driver.clock.sleep(24 * 3600)
    driver.pull()
    assert (driver.deleted, vendor.requests[-1].query.get("since")) == ([], "2026-07-30T11:55:00Z")
    driver.clock.sleep(7 * 24 * 3600)
    driver.pull()
    assert driver.deleted == [("customers", "7")]
    assert "since" not in vendor.requests[-1].query


def test_a_scan_in_windows_is_one_scan(vendor: HostileServer, connect: Connect):
    windows = CURSOR.replace("order:", "start: 2026-01-01, window: 7d, order:")
    driver = connect(customers("cursor", windows + "deletes: {method: full_scan, every: 7d}"))
    driver.pull(stop_after=5)
    driver.pull()
    vendor.tables["customers"].remove(7)
    driver.clock.sleep(8 * 24 * 3600)
    first = driver.pull(stop_after=5)
    rest = driver.pull()
    assert len({page.scan for page in (*first, *rest) if page.scan}) == 1
    assert driver.deleted == [("customers", "7")]
    assert len(keys(driver)) == 34


def test_where_a_person_may_move_the_beginning_absence_is_no_evidence(
    vendor: HostileServer, connect: Connect
):
    windows = CURSOR.replace("order:", 'start: "{config.start_date}", order:')
    text = customers("cursor", windows + "deletes: {method: full_scan, every: 7d}").replace(
        "config:\n", "config:\n  start_date: {description: Read from then on, type: date, optional: true}\n"
    )
    assert all(page.scan is None for page in connect(text, start_date="2026-01-01").pull())
    assert all(page.scan for page in connect(text).pull())


def test_a_tombstone_counts_at_once(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", CURSOR + "deletes: {method: tombstone, field: deleted}"))
    driver.pull()
    driver.clock.sleep(3600)
    vendor.tables["customers"].bury(7, NOW + timedelta(minutes=20))
    vendor.tables["customers"].change(8, NOW + timedelta(minutes=20), name="Still here")
    driver.pull()
    assert driver.deleted == [("customers", "7")]
    assert driver.records["customers"]["8"]["name"] == "Still here"


@pytest.mark.parametrize(("word", "gone"), [("Ana Gone", 1), ("[Ana Gone, Ben Gone]", 2), ("Nobody", 0)])
def test_a_tombstone_may_be_a_word(vendor: HostileServer, connect: Connect, word: str, gone: int):
    vendor.tables["customers"].change(1, NOW, name="Ana Gone")
    vendor.tables["customers"].change(2, NOW, name="Ben Gone")
    driver = connect(customers("cursor", f"deletes: {{method: tombstone, field: name, is: {word}}}"))
    pages = driver.pull()
    assert sum(len(page.deleted) for page in pages) == gone
    assert len(keys(driver)) == 35 - gone


def test_an_empty_answer_where_there_was_much_is_a_fault(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", "deletes: full_scan"))
    driver.pull()
    for number in range(1, 36):
        vendor.tables["customers"].remove(number)
    with pytest.raises(BadAnswer) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4616"
    assert driver.deleted == []
    driver.pull(full=True)
    assert len(driver.deleted) == 35, "a person says that it is true"


def test_a_small_stream_may_become_empty(vendor: HostileServer, connect: Connect):
    for number in range(4, 36):
        vendor.tables["customers"].remove(number)
    driver = connect(customers("cursor", "deletes: full_scan"))
    driver.pull()
    for number in range(1, 4):
        vendor.tables["customers"].remove(number)
    driver.pull()
    assert len(driver.deleted) == 3
