"""Reading an account: everything once, changes after that, tombstones for what is gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.zendesk.fake import FakeDesk
from hub import BadAnswer, CursorGone, Page

from .conftest import NOW, Connect, stamp, ticket, user


def count(pages: list[Page]) -> int:
    return sum(len(page.records) for page in pages)


def test_first_run_reads_everything_in_pages(desk: FakeDesk, connect: Connect) -> None:
    driver = connect()
    pages = driver.pull()
    assert len(driver.records["users"]) == 25
    assert len(driver.records["organizations"]) == 7
    assert len(driver.records["tickets"]) == 30
    assert count(pages) == 62
    asked = [request.query for request in desk.requests if request.path.endswith("users/cursor.json")]
    assert asked[0] == {"per_page": "10", "start_time": "0"}
    assert set(asked[1]) == {"per_page", "cursor"}


def test_second_run_finds_nothing(connect: Connect) -> None:
    driver = connect()
    driver.pull()
    assert count(driver.pull("users", "tickets")) == 0
    assert count(driver.pull("organizations")) == 1, "the last minute before the place is read again"


def test_new_and_changed_records_come_with_the_next_run(desk: FakeDesk, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    desk.clock = lambda: NOW + timedelta(minutes=1)
    desk.save("users", user(26))
    desk.change("organizations", 51, name="Renamed")
    desk.change("tickets", 105, status="solved")
    desk.clock = lambda: NOW + timedelta(minutes=5)
    driver.pull()
    assert "26" in driver.records["users"]
    assert driver.records["organizations"]["51"]["name"] == "Renamed"
    assert driver.records["tickets"]["105"]["status"] == "solved"


def test_a_change_of_the_last_minute_comes_later_and_is_not_lost(desk: FakeDesk, connect: Connect) -> None:
    driver = connect()
    driver.pull("tickets")
    desk.change("tickets", 105, status="solved")
    driver.pull("tickets")
    assert driver.records["tickets"]["105"]["status"] == "open"
    desk.clock = lambda: NOW + timedelta(minutes=2)
    driver.pull("tickets")
    assert driver.records["tickets"]["105"]["status"] == "solved"


def test_what_is_gone_is_a_tombstone(desk: FakeDesk, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    desk.remove("users", 3)
    desk.remove("tickets", 110)
    desk.change("organizations", 52, deleted_at=stamp(0))
    desk.clock = lambda: NOW + timedelta(minutes=5)
    driver.pull()
    assert sorted(driver.deleted) == [("organizations", "52"), ("tickets", "110"), ("users", "3")]


def test_a_suspended_user_is_not_gone(desk: FakeDesk, connect: Connect) -> None:
    desk.users.append(user(30, suspended=True))
    driver = connect()
    driver.pull("users")
    assert "30" in driver.records["users"]


@pytest.mark.parametrize("pages", range(1, 8))
def test_a_crash_between_pages_loses_and_doubles_nothing(connect: Connect, pages: int) -> None:
    driver = connect()
    read = count(driver.pull("users", "tickets", stop_after=pages))
    read += count(driver.pull("users", "tickets"))
    assert read == 55
    assert len(driver.records["users"]) == 25
    assert len(driver.records["tickets"]) == 30


def test_full_reading_finds_what_vanished_without_a_word(desk: FakeDesk, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    desk.users.pop(4)
    driver.pull(full=True, stop_after=1)
    assert driver.deleted == []
    driver.pull()
    assert driver.deleted == [("users", "5")]
    assert "scan" not in driver.checkpoint["users"]


def test_with_a_start_date_absence_proves_nothing(desk: FakeDesk, connect: Connect) -> None:
    driver = connect(start_date=date(2026, 6, 19))
    driver.pull("users")
    assert 0 < len(driver.records["users"]) < 25
    desk.users.clear()
    driver.pull("users", full=True)
    assert driver.deleted == []


def test_since_reads_back_and_moves_no_cursor(connect: Connect) -> None:
    driver = connect()
    driver.pull()
    before = dict(driver.checkpoint)
    pages = driver.pull("tickets", since=NOW - timedelta(hours=1875))
    assert 0 < count(pages) < 30
    assert driver.checkpoint == before


def test_since_never_comes_nearer_than_zendesk_allows(desk: FakeDesk, connect: Connect) -> None:
    connect().pull(since=NOW)
    assert {request.query.get("start_time") for request in desk.requests} == {
        str(int(NOW.timestamp()) - 61),
        str(int(NOW.timestamp()) - 122),
    }


def test_limit_stops_and_the_next_run_goes_on(connect: Connect) -> None:
    driver = connect()
    assert count(driver.pull("users", limit=3)) == 3
    assert count(driver.pull("users")) == 22


def test_identities_come_with_the_user_when_asked_for(desk: FakeDesk, connect: Connect) -> None:
    desk.identities[7] = [
        {"id": 1, "type": "email", "value": "seven@example.com", "primary": True},
        {"id": 2, "type": "email", "value": "seven@example.org", "primary": False},
        {"id": 3, "type": "phone_number", "value": "+12025550107"},
    ]
    driver = connect(identities=True)
    driver.pull("users")
    found = driver.records["users"]["7"]["identities"]
    assert [row["value"] for row in found["email"]] == ["seven@example.com", "seven@example.org"]
    assert [row["value"] for row in found["phone_number"]] == ["+12025550107"]
    assert driver.records["users"]["8"]["identities"] == {}


def test_the_conversation_comes_with_the_ticket_when_asked_for(desk: FakeDesk, connect: Connect) -> None:
    desk.users.append(user(40, role="agent"))
    desk.comments[101] = [
        {"id": 1, "author_id": 1, "body": "Where is it?", "public": True},
        {"id": 2, "author_id": 40, "body": "On its way.", "public": True},
    ]
    driver = connect(comments=True)
    driver.pull("tickets")
    found = driver.records["tickets"]["101"]["comments"]
    assert [(row["id"], row["author_role"]) for row in found] == [(1, "end-user"), (2, "agent")]


def test_details_end_at_a_wish_to_stop(connect: Connect) -> None:
    driver = connect(comments=True)
    driver.stop = True
    assert driver.pull("tickets") == []
    driver.stop = False
    driver.pull("tickets")
    assert len(driver.records["tickets"]) == 30


def test_an_unknown_cursor_is_told_so_that_the_stream_is_read_afresh(connect: Connect) -> None:
    driver = connect()
    driver.checkpoint["users"] = {"cursor": "bm90LWEtY3Vyc29y"}
    with pytest.raises(CursorGone, match="HUB-4503"):
        driver.pull("users")


def test_a_repeated_page_is_a_named_error(desk: FakeDesk, connect: Connect) -> None:
    desk.repeat_page(path="tickets", after=1)
    driver = connect()
    with pytest.raises(BadAnswer, match="HUB-4502"):
        driver.pull("tickets")
    driver.pull("tickets")
    assert len(driver.records["tickets"]) == 30


def test_an_export_without_its_list_is_a_named_error(desk: FakeDesk, connect: Connect) -> None:
    desk.fail(status=200, body={"end_of_stream": True})
    with pytest.raises(BadAnswer, match="HUB-4501"):
        connect().pull("tickets")


def test_records_without_a_key_are_handed_over_for_the_engine_to_refuse(
    desk: FakeDesk, connect: Connect
) -> None:
    desk.tickets.insert(0, "not an object")
    desk.tickets.append({"subject": "without id", "status": "deleted"})
    driver = connect()
    driver.pull("tickets")
    assert len(driver.records["tickets"]) == 30
    assert len(driver.broken) == 2


def test_many_records_of_one_second_over_a_page_border(desk: FakeDesk, connect: Connect) -> None:
    moment = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
    desk.tickets = [ticket(number, generated_timestamp=moment) for number in range(1, 36)]
    driver = connect()
    driver.pull("tickets")
    assert len(driver.records["tickets"]) == 35
