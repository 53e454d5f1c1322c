"""Every notation of time, and the clock changes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.time import (
    from_text,
    known_zone,
    normalise_date,
    normalise_time,
    now_text,
    read_time,
    to_text,
)

GOOD = [
    ("2026-07-30T18:22:41Z", "2026-07-30T18:22:41.000Z"),
    ("2026-07-30T18:22:41.000Z", "2026-07-30T18:22:41.000Z"),
    ("2026-07-30T18:22:41.987654Z", "2026-07-30T18:22:41.987Z"),
    ("2026-07-30T18:22:41.123456789Z", "2026-07-30T18:22:41.123Z"),
    (" 2026-07-30t18:22:41z ", "2026-07-30T18:22:41.000Z"),
    ("2026-07-30T18:22:41-07:00", "2026-07-31T01:22:41.000Z"),
    ("2026-07-30 18:22:41 UTC", "2026-07-30T18:22:41.000Z"),
    ("2026-07-30 18:22:41 +0200", "2026-07-30T16:22:41.000Z"),
    ("2026-W31-4T18:22:41Z", "2026-07-30T18:22:41.000Z"),
    ("20260730T182241Z", "2026-07-30T18:22:41.000Z"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),  # a leap second
    ("Thu, 30 Jul 2026 18:22:41 -0700", "2026-07-31T01:22:41.000Z"),
    ("Thu, 30 Jul 2026 18:22:41 -0000", "2026-07-30T18:22:41.000Z"),
    ("30 Jul 2026 18:22 GMT", "2026-07-30T18:22:00.000Z"),
    (1785435761, "2026-07-30T18:22:41.000Z"),
    (1785435761.5, "2026-07-30T18:22:41.500Z"),
    (1785435761123, "2026-07-30T18:22:41.123Z"),
    (1785435761123456, "2026-07-30T18:22:41.123Z"),
    ("1785435761", "2026-07-30T18:22:41.000Z"),
    ("1785435761.25", "2026-07-30T18:22:41.250Z"),
    (-86400, "1969-12-31T00:00:00.000Z"),
    ("/Date(1785435761123+0200)/", "2026-07-30T18:22:41.123Z"),
    ("/Date(-1000)/", "1969-12-31T23:59:59.000Z"),
]

BAD = [
    ("03/04/2026", "HUB-3230"),  # April or March?
    ("2026-02-30", "HUB-3230"),
    ("2026-13-01T00:00:00Z", "HUB-3230"),
    ("yesterday", "HUB-3230"),
    ("２０２６-07-30", "HUB-3230"),
    ("2" * 10_000, "HUB-3230"),
    (True, "HUB-3230"),
    ({"date": "2026-07-30"}, "HUB-3230"),
    ("0000-00-00", "HUB-3231"),
    ("0000-00-00 00:00:00", "HUB-3231"),
    ("0001-01-01T00:00:00Z", "HUB-3231"),
    ("0001-01-01T00:00:00", "HUB-3231"),
    ("9999-12-31T23:59:59-12:00", "HUB-3231"),
    (10**40, "HUB-3231"),
    (float("nan"), "HUB-3231"),
    (float("inf"), "HUB-3231"),
]


@pytest.mark.parametrize(("raw", "expected"), GOOD)
def test_a_time_becomes_utc_text(raw: object, expected: str) -> None:
    assert normalise_time(raw, "America/New_York") == expected


@pytest.mark.parametrize(("raw", "code"), BAD)
def test_anything_else_is_refused(raw: object, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        normalise_time(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_is_absent(raw: object) -> None:
    assert normalise_time(raw) is None
    assert normalise_date(raw) is None


def test_a_naive_time_belongs_to_its_zone() -> None:
    assert normalise_time("2026-07-30 18:22:41", "Europe/Berlin") == "2026-07-30T16:22:41.000Z"
    assert normalise_time("2026-07-30 18:22:41") == "2026-07-30T18:22:41.000Z"
    assert normalise_time("2026-07-30", "Asia/Shanghai") == "2026-07-29T16:00:00.000Z"


def test_clock_changes_are_read_in_one_way_only() -> None:
    skipped, twice = "2026-03-29T02:30:00", "2026-10-25T02:30:00"
    assert normalise_time(skipped, "Europe/Berlin") == "2026-03-29T01:30:00.000Z"  # 03:30 summer time
    assert normalise_time(twice, "Europe/Berlin") == "2026-10-25T00:30:00.000Z"  # the first of the two


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1985-04-12", "1985-04-12"),
        ("1985-04-12T23:30:00-11:00", "1985-04-12"),  # a birthday does not move with a zone
        ("1985-04-12 00:00:00", "1985-04-12"),
        ("19850412", "1985-04-12"),
        ("/Date(482112000000)/", "1985-04-12"),
        (482112000, "1985-04-12"),
    ],
)
def test_a_date_is_taken_as_written(raw: object, expected: str) -> None:
    assert normalise_date(raw) == expected


@pytest.mark.parametrize(
    ("raw", "code"), [("1985-02-30", "HUB-3230"), ("0000-00-00", "HUB-3231"), ("0001-01-01", "HUB-3231")]
)
def test_a_bad_date_is_refused(raw: object, code: str) -> None:
    with pytest.raises(BadValue, match=code):
        normalise_date(raw)


def test_a_notation_of_its_own() -> None:
    assert read_time("30.07.2026 18:22", "%d.%m.%Y %H:%M", "Europe/Berlin") == "2026-07-30T16:22:00.000Z"
    assert (
        read_time("30.07.2026 18:22 +0000", "%d.%m.%Y %H:%M %z", "Europe/Berlin")
        == "2026-07-30T18:22:00.000Z"
    )
    with pytest.raises(BadValue, match="HUB-3230"):
        read_time("2026-07-30", "%d.%m.%Y")


def test_zones_are_known_or_not() -> None:
    assert known_zone("Europe/Berlin").key == "Europe/Berlin"
    for name in ("Europe/Atlantis", "", "../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="no such time zone"):
            known_zone(name)


def test_text_goes_there_and_back() -> None:
    moment = datetime(2026, 7, 30, 20, 22, 41, 987_654, tzinfo=timezone(timedelta(hours=2)))
    assert to_text(moment) == "2026-07-30T18:22:41.987Z"
    assert from_text("2026-07-30T18:22:41.987Z") == datetime(2026, 7, 30, 18, 22, 41, 987_000, tzinfo=UTC)
    assert abs(from_text(now_text()) - datetime.now(UTC)) < timedelta(minutes=1)
    for wrong in (lambda: to_text(datetime(2026, 7, 30)), lambda: from_text("2026-07-30T18:22:41")):
        with pytest.raises(ValueError, match="zone"):
            wrong()


MOMENTS = st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 31), timezones=st.timezones())


@given(MOMENTS)
def test_texts_sort_like_instants_and_keep_them(moment: datetime) -> None:
    text = normalise_time(moment.isoformat())
    assert text is not None
    assert len(text) == 24
    assert text == to_text(moment)
    assert timedelta(0) <= moment - from_text(text) < timedelta(milliseconds=1)


@given(
    st.one_of(MOMENTS.map(str), st.text(max_size=30), st.integers(), st.floats()),
    st.sampled_from(["UTC", "Asia/Tokyo"]),
)
def test_normalising_twice_changes_nothing(raw: object, zone: str) -> None:
    try:
        once = normalise_time(raw, zone)
    except BadValue:
        return
    assert normalise_time(once, zone) == once
    date = normalise_date(raw)
    assert normalise_date(date) == date
