"""What changed is read by spans; the cursor moves only over what was read."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from hub.errors import CursorGone, SourceError
from hub.testing.hostile import HostileServer

from .conftest import NOW, Connect, customers, keys

UNKNOWN = "cursor: {field: updated_at, order: unknown, send: {since: since, until: until}}\ndeletes: none"
ASCENDING = UNKNOWN.replace("unknown", "ascending")


def weekly(more: str = "") -> str:
    """A cursor with windows of a week, from the beginning of the year on."""
    return UNKNOWN.replace("order:", f"{more}start: 2026-01-01, window: 7d, order:")


def spans(vendor: HostileServer) -> list[tuple[str, str]]:
    """The bounds that were asked for, each once, in order."""
    asked = [(one.query.get("since", ""), one.query.get("until", "")) for one in vendor.requests]
    return list(dict.fromkeys(asked))


def spread(vendor: HostileServer, days: int = 5) -> None:
    """Records 1, 2, 3 … change so many days apart."""
    for number in range(1, 36):
        vendor.tables["customers"].change(
            number, datetime.fromisoformat("2026-01-01T08:00:00Z") + timedelta(days=days * number)
        )


@pytest.mark.parametrize("order", [UNKNOWN, ASCENDING])
def test_the_second_run_reads_what_changed(vendor: HostileServer, connect: Connect, order: str):
    driver = connect(customers("cursor", order))
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert "since" not in vendor.requests[0].query, "the first reading has no beginning"
    assert driver.checkpoint["customers"]["since"] == "2026-07-30T12:00:00.000Z"
    driver.clock.sleep(3600)
    vendor.tables["customers"].change(7, NOW + timedelta(minutes=10), name="Ana Changed")
    before = len(vendor.requests)
    pages = driver.pull()
    assert [record["id"] for page in pages for record in page.records] == [7]
    assert driver.records["customers"]["7"]["name"] == "Ana Changed"
    assert len(vendor.requests) == before + 1
    # Five minutes are read again, up to a bound that is fixed.
    assert spans(vendor)[-1] == ("2026-07-30T11:55:00Z", "2026-07-30T13:00:00Z")


def test_what_is_committed_late_is_still_seen(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull()
    vendor.tables["customers"].change(3, NOW - timedelta(minutes=3), name="Late")
    driver.clock.sleep(600)
    driver.pull()
    assert driver.records["customers"]["3"]["name"] == "Late"


def test_a_vendor_whose_clock_is_behind_loses_nothing(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    vendor.clock = lambda: driver.clock() - timedelta(hours=2)
    driver.pull()
    assert driver.checkpoint["customers"]["since"] == "2026-07-30T10:00:00.000Z"
    vendor.tables["customers"].change(3, NOW - timedelta(hours=1), name="By its own clock")
    driver.clock.sleep(3600)
    driver.pull()
    assert driver.records["customers"]["3"]["name"] == "By its own clock"


@pytest.mark.parametrize("order", [UNKNOWN, ASCENDING])
def test_a_vendor_whose_clock_is_ahead_loses_nothing(vendor: HostileServer, connect: Connect, order: str):
    """Its newest changes lie in our future: a bound by our own clock would leave them out for hours."""
    driver = connect(customers("cursor", order))
    vendor.clock = lambda: driver.clock() + timedelta(hours=2)
    driver.pull()
    assert driver.checkpoint["customers"]["ahead"] == 7200
    driver.clock.sleep(600)
    vendor.tables["customers"].change(3, vendor.clock() - timedelta(minutes=1), name="By its own clock")
    driver.clock.sleep(60)
    driver.pull()
    assert driver.records["customers"]["3"]["name"] == "By its own clock"
    vendor.clock = driver.clock
    driver.clock.sleep(4 * 3600)
    driver.pull()
    assert "ahead" not in driver.checkpoint["customers"], "it was set right"


def test_an_unsorted_stream_moves_only_when_its_window_is_complete(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull(stop_after=3)
    state = driver.checkpoint["customers"]
    assert "since" not in state
    assert state["at"]["next"], "a token leads on inside the window"
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert set(vendor.ledger.sent().values()) == {1}


def test_after_a_resumed_reading_comes_what_changed_since_it_began(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull(stop_after=3)
    driver.clock.sleep(3600)
    vendor.tables["customers"].change(2, NOW + timedelta(minutes=10), name="Meanwhile")
    driver.pull()
    assert driver.records["customers"]["2"]["name"] == "Meanwhile"
    assert driver.checkpoint["customers"] == {"since": "2026-07-30T13:00:00.000Z", "rows": 35}


def test_windows_follow_each_other_without_a_gap(vendor: HostileServer, connect: Connect):
    spread(vendor)
    driver = connect(customers("cursor", weekly()))
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    asked = spans(vendor)
    assert asked[0] == ("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z")
    assert asked[-1][1] == "2026-07-30T12:00:00Z"
    for (_, end), (begin, _) in pairwise(asked):
        assert datetime.fromisoformat(begin) == datetime.fromisoformat(end) - timedelta(seconds=1)


def test_a_window_that_was_read_is_not_read_again(vendor: HostileServer, connect: Connect):
    spread(vendor)
    driver = connect(customers("cursor", weekly()))
    driver.pull(stop_after=10)
    vendor.requests.clear()
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert spans(vendor)[0][0] > "2026-03-01"


def test_a_window_as_full_as_the_cap_is_split(vendor: HostileServer, connect: Connect):
    spread(vendor, days=1)
    driver = connect(customers("cursor", weekly("cap: 5, ")))
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    widths = {datetime.fromisoformat(b) - datetime.fromisoformat(a) for a, b in spans(vendor)}
    assert max(widths) <= timedelta(days=7, seconds=1)
    assert min(widths) < timedelta(days=6)


def test_without_the_cap_the_same_windows_stay_whole(vendor: HostileServer, connect: Connect):
    spread(vendor, days=1)
    driver = connect(customers("cursor", weekly()))
    driver.pull()
    assert len(spans(vendor)) == 31


def test_a_total_above_the_cap_splits_before_anything_is_read(vendor: HostileServer, connect: Connect):
    spread(vendor, days=1)
    driver = connect(customers("page", weekly("cap: 5, ")))
    pages = driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert sum(len(page.records) for page in pages) == 35


def test_one_moment_with_more_rows_than_the_cap_is_an_error(vendor: HostileServer, connect: Connect):
    moment = datetime.fromisoformat("2026-02-01T00:00:00Z")
    vendor.tables["customers"].align(range(1, 36), moment)
    driver = connect(customers("cursor", weekly("cap: 20, ")))
    with pytest.raises(SourceError) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4614"
    since = driver.checkpoint["customers"].get("since")
    assert since is None or since <= "2026-02-01T00:00:00.000Z"


def test_sorted_rows_get_around_a_cap_without_an_upper_bound(vendor: HostileServer, connect: Connect):
    spread(vendor, days=1)
    text = customers(
        "cursor",
        "cursor: {field: updated_at, order: ascending, cap: 20, send: {since: since}}\ndeletes: none",
    )
    driver = connect(text)
    driver.pull()
    assert keys(driver) == list(range(1, 36))


def test_a_cap_may_be_a_setting(vendor: HostileServer, connect: Connect):
    """As where every question is for one page: the next one begins at the last row."""
    spread(vendor, days=1)
    cursor = 'cursor: {field: updated_at, order: ascending, cap: "{config.size}", send: {since: since}}\ndeletes: none'
    text = customers("cursor", cursor, "{type: single_page, size: '{config.size}', send_size: limit}")
    text = text.replace("config:", "config:\n  size: {description: Rows at once, type: integer}", 1)
    driver = connect(text, size=10)
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert [len(page.records) for page in driver.pull(full=True)] == [10, 10, 10, 8]


def test_a_sorted_stream_goes_on_from_its_last_row(vendor: HostileServer, connect: Connect):
    spread(vendor, days=1)
    driver = connect(customers("cursor", ASCENDING))
    driver.pull()
    for number in range(1, 36):
        vendor.tables["customers"].change(number, NOW + timedelta(minutes=number))
    driver.clock.sleep(7200)
    driver.pull(stop_after=2)
    assert driver.checkpoint["customers"]["since"] == "2026-07-30T12:20:00.000Z"
    del driver.checkpoint["customers"]["at"]
    vendor.requests.clear()
    driver.pull()
    assert "2026-07-30T12:15:00Z" in [since for since, _ in spans(vendor)]


def test_rows_that_are_not_sorted_are_not_taken_for_sorted(vendor: HostileServer, connect: Connect):
    spread(vendor, days=-1)  # by id they are the wrong way round
    text = customers("page", ASCENDING + "\nparams: {sort: id}")
    driver = connect(text)
    with pytest.raises(SourceError) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4617"
    driver = connect(text.replace("order: ascending", "order: unknown"))
    driver.pull()
    assert keys(driver) == list(range(1, 36))


def test_a_field_without_a_time_is_named(vendor: HostileServer, connect: Connect):
    for field in ("changed_at", "name"):
        with pytest.raises(SourceError) as caught:
            connect(customers("cursor", ASCENDING.replace("updated_at", field))).pull()
        assert caught.value.code == "HUB-4621"


def test_a_state_that_lies_ahead_is_not_believed(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.checkpoint["customers"] = {"since": "2027-01-01T00:00:00.000Z"}
    with pytest.raises(CursorGone) as caught:
        driver.pull()
    assert caught.value.code == "HUB-4625"
    driver.checkpoint["customers"] = {"since": "2026-07-30T12:30:00.000Z"}
    driver.pull()
    assert driver.checkpoint["customers"]["since"] <= "2026-07-30T12:30:00.000Z"


def test_since_and_full_say_otherwise(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull()
    kept = dict(driver.checkpoint["customers"])
    vendor.requests.clear()
    driver.pull(since=NOW - timedelta(days=30))
    assert spans(vendor) == [("2026-06-30T12:00:00Z", "2026-07-30T12:00:00Z")]
    assert driver.checkpoint["customers"] == kept
    vendor.requests.clear()
    driver.pull(full=True)
    assert spans(vendor) == [("", "2026-07-30T12:00:00Z")]
    assert len(vendor.requests) == 4


@pytest.mark.parametrize(
    ("notation", "since"),
    [
        ("rfc3339", "2026-01-01T00:00:00Z"),
        ("datetime", "2026-01-01T00:00:00"),
        ("epoch", "1767225600"),
        ("epoch_ms", "1767225600000"),
        ("date", "2026-01-01"),
    ],
)
def test_notations_of_a_bound(vendor: HostileServer, connect: Connect, notation: str, since: str):
    text = customers("single", UNKNOWN.replace("order:", f"start: 2026-01-01, format: {notation}, order:"))
    connect(text).pull()
    assert vendor.requests[0].query["since"] == since


def test_the_beginning_may_come_from_the_settings(vendor: HostileServer, connect: Connect):
    start = UNKNOWN.replace("order:", 'start: "{config.start_date}", order:')
    text = customers("cursor", start).replace(
        "config:\n", "config:\n  start_date: {description: Read from then on, type: date, optional: true}\n"
    )
    driver = connect(text, start_date="2026-03-01")
    driver.pull()
    assert vendor.requests[0].query["since"] == "2026-03-01T00:00:00Z"
    assert keys(driver) == []
    driver = connect(text)
    driver.pull()
    assert keys(driver) == list(range(1, 36))


def test_bounds_may_stand_in_a_body(vendor: HostileServer, connect: Connect):
    cursor = "cursor: {field: updated_at, order: unknown, start: 2026-01-01}"
    body = """body: {filter: "updated_at:>='{cursor.since}' AND updated_at:<'{cursor.until}'"}"""
    driver = connect(customers("single", f"deletes: none\nmethod: POST\n{cursor}\n{body}"))
    driver.pull()
    filters = b"{\"filter\":\"updated_at:>='2026-01-01T00:00:00Z' AND updated_at:<'2026-07-30T12:00:00Z'\"}"
    assert vendor.requests[0].body == filters


def test_a_token_that_is_forgotten_costs_one_window(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull(stop_after=2)
    driver.checkpoint["customers"]["at"]["next"] = {"cursor": "!!!"}
    driver.pull()
    assert keys(driver) == list(range(1, 36))
    assert "at" not in driver.checkpoint["customers"]


def test_a_reading_that_was_left_long_ago_begins_anew(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", UNKNOWN))
    driver.pull(stop_after=2)
    before = len([asked for asked in vendor.requests if "after" not in asked.query])
    driver.clock.sleep(30 * 3600)
    driver.pull()
    assert len([asked for asked in vendor.requests if "after" not in asked.query]) > before
