"""Reading a shop: everything once, changes after that, nothing lost when the list moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.woocommerce.fake import FakeShop
from connectors.woocommerce.walk import Place, walk
from hub import BadAnswer, CursorGone, Page

from .conftest import NOW, Connect, customer, order


def count(pages: list[Page]) -> int:
    return sum(len(page.records) for page in pages)


def test_first_run_reads_everything_in_pages(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    pages = driver.pull()
    assert set(driver.records["customers"]) == {str(row["id"]) for row in shop.customers}
    assert set(driver.records["orders"]) == {str(row["id"]) for row in shop.orders}
    assert max(len(page.records) for page in pages) <= 10
    assert count(pages) == 55, "no record comes twice"
    assert [page.stream for page in pages if page.scan_complete] == ["customers", "orders"]


def test_links_are_not_part_of_a_record(connect: Connect) -> None:
    driver = connect()
    driver.pull("customers")
    assert "_links" not in driver.records["customers"]["1"]


def test_second_run_asks_little_and_finds_nothing(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    before = len(shop.requests)
    assert count(driver.pull()) == 0
    assert len(shop.requests) - before == 3


def test_new_and_changed_records_come_with_the_next_run(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    shop.clock = lambda: NOW + timedelta(hours=1)
    shop.save("customers", customer(26))
    shop.change("orders", 105, status="refunded")
    driver.clock.now = NOW + timedelta(hours=2)
    shop.clock = driver.clock
    pages = driver.pull()
    assert count(pages) == 2
    assert "26" in driver.records["customers"]
    assert driver.records["orders"]["105"]["status"] == "refunded"


def test_buyers_profile_is_read_again_when_an_order_changes(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull()
    shop.clock = lambda: NOW + timedelta(hours=1)
    shop.change("customers", 7, first_name="Ana")
    shop.save("orders", order(131, customer_id=7))
    driver.pull("customers")
    assert driver.records["customers"]["7"]["first_name"] == "Ana"


def test_profile_change_without_an_order_comes_with_the_full_scan(shop: FakeShop, connect: Connect) -> None:
    driver = connect(full_scan_every=24)
    driver.pull("customers")
    shop.change("customers", 3, first_name="Zoë")
    driver.clock.now = NOW + timedelta(hours=23)
    driver.pull("customers")
    assert "first_name" not in driver.records["customers"]["3"]
    driver.clock.now = NOW + timedelta(hours=25)
    driver.pull("customers")
    assert driver.records["customers"]["3"]["first_name"] == "Zoë"


def test_deletions_are_known_only_after_a_complete_scan(shop: FakeShop, connect: Connect) -> None:
    driver = connect(full_scan_every=0, orders_full_scan_every=0)
    driver.pull()
    shop.remove("customers", 4)
    shop.change("orders", 110, status="trash")
    driver.pull("customers", stop_after=2)
    assert driver.deleted == []
    driver.pull()
    assert driver.deleted == [("customers", "4"), ("orders", "110")]


def test_full_reading_on_request_begins_afresh(connect: Connect) -> None:
    driver = connect()
    driver.pull()
    assert count(driver.pull(full=True)) == 55


def test_since_reads_back_and_moves_no_cursor(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull("orders")
    before = dict(driver.checkpoint)
    pages = driver.pull("orders", since=datetime(2026, 7, 1, tzinfo=UTC))
    assert count(pages) == 30
    assert driver.checkpoint == before
    assert driver.pull("orders", since=datetime(2026, 7, 3, tzinfo=UTC))[0].records == []


def test_limit_stops_and_the_next_run_goes_on(connect: Connect) -> None:
    driver = connect()
    assert count(driver.pull("orders", limit=10)) == 10
    assert count(driver.pull("orders")) == 20


@pytest.mark.parametrize("pages", [1, 2, 3, 4, 5])
def test_a_crash_between_pages_loses_and_doubles_nothing(connect: Connect, pages: int) -> None:
    driver = connect()
    read = count(driver.pull(stop_after=pages))
    read += count(driver.pull())
    assert read == 55
    assert len(driver.records["customers"]) == 25
    assert len(driver.records["orders"]) == 30


def test_after_the_rest_of_a_crashed_run_come_the_changes_since(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull("customers", stop_after=1)
    driver.pull("orders", stop_after=1)
    shop.clock = lambda: NOW + timedelta(hours=1)
    shop.save("customers", customer(26))
    shop.change("orders", 101, status="refunded")
    driver.pull()
    assert "26" in driver.records["customers"]
    assert driver.records["orders"]["101"]["status"] == "refunded"


def test_an_order_changed_during_the_window_is_read_by_the_next_run(shop: FakeShop, connect: Connect) -> None:
    driver = connect()
    driver.pull("orders")
    for number in range(101, 126):
        shop.orders[number - 101]["date_modified_gmt"] = "2026-07-30T12:30:00"
    shop.clock = lambda: NOW + timedelta(hours=1)
    pages = driver.pull("orders", stop_after=1)
    shop.clock = lambda: NOW + timedelta(hours=1, minutes=1)
    shop.change("orders", 101, status="refunded")  # leaves the window: everything behind moves up
    shop.change("orders", 102, status="refunded")
    pages += driver.pull("orders")
    assert {row["id"] for page in pages for row in page.records} == set(range(101, 126))
    shop.clock = lambda: NOW + timedelta(hours=2)
    driver.pull("orders")
    assert driver.records["orders"]["101"]["status"] == "refunded"


def test_a_wrong_clock_of_ours_loses_no_change(shop: FakeShop, connect: Connect) -> None:
    for hours in (-24, 24):
        driver = connect()
        shop.clock = lambda: NOW
        driver.clock.now = NOW + timedelta(hours=hours)
        driver.pull("orders")
        shop.clock = lambda: NOW + timedelta(minutes=30)
        shop.save("orders", order(200 + hours, status="processing"))
        shop.clock = lambda: NOW + timedelta(hours=1)
        driver.pull("orders")
        assert str(200 + hours) in driver.records["orders"]


@pytest.mark.parametrize("stream", ["customers", "orders"])
def test_a_shop_whose_clock_was_set_back_is_read_afresh(
    shop: FakeShop, connect: Connect, stream: str
) -> None:
    driver = connect()
    driver.pull(stream)
    shop.clock = lambda: NOW - timedelta(minutes=4)  # several servers differ by more or less
    driver.pull(stream)
    shop.clock = lambda: NOW - timedelta(hours=5)
    with pytest.raises(CursorGone, match="HUB-4407"):
        driver.pull(stream)
    driver.pull(stream, full=True)
    assert count(driver.pull(stream)) == 0


class MovingList:
    """A list sorted by id, of which `trouble` deletes and adds some before each answer."""

    def __init__(self, ids: list[int], size: int, by_page: bool = False) -> None:
        self.ids = ids
        self.size = size
        self.by_page = by_page
        self.asked = 0

    def fetch(self, offset: int, page: int) -> Any:
        from connectors.woocommerce.client import Listing

        self.asked += 1
        start = (page - 1) * self.size if self.by_page else offset
        rows = [{"id": number} for number in self.ids[start : start + self.size]]
        return Listing(rows, len(self.ids), None)


def read_all(moving: MovingList, between: Any = lambda: None) -> list[int]:
    read: list[int] = []
    for step in walk(moving.fetch, moving.size, Place()):
        read.extend(row["id"] for row in step.rows)
        between()
    return read


@pytest.mark.parametrize("by_page", [False, True])
@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 99, 100, 101, 1000])
def test_a_walk_reads_a_quiet_list_once(total: int, by_page: bool) -> None:
    ids = [3 * number for number in range(1, total + 1)]
    assert read_all(MovingList(ids, 10, by_page)) == ids


def test_a_quiet_walk_asks_no_page_twice() -> None:
    moving = MovingList(list(range(1, 1001)), 100)
    read_all(moving)
    assert moving.asked == 11


def test_a_walk_over_a_moving_list_leaves_nothing_out() -> None:
    moving = MovingList(list(range(1, 301)), 10)
    stayed = set(range(1, 301, 2))
    gone = iter(range(2, 301, 2))

    def trouble() -> None:
        """Six early records vanish, as many new ones appear: the total stays and tells nothing."""
        for _ in range(6):
            number = next(gone, None)
            if number is not None:
                moving.ids.remove(number)
                moving.ids.append(moving.ids[-1] + 1)

    read = read_all(moving, trouble)
    assert stayed <= set(read)
    assert len(read) == len(set(read))


def test_reading_by_position_alone_would_leave_records_out() -> None:
    """The negative control of the test above."""
    moving = MovingList(list(range(1, 301)), 10)
    read: list[int] = []
    for page in range(1, 31):
        read.extend(row["id"] for row in moving.fetch((page - 1) * 10, page).rows)
        moving.ids.pop(0)
    assert not set(moving.ids) <= set(read)


def test_an_imitation_that_knows_only_pages_is_read_whole(shop: FakeShop, connect: Connect) -> None:
    shop.ignores_offset = True
    shop.refuses_pages_beyond = True
    driver = connect()
    assert count(driver.pull()) == 55
    assert count(driver.pull()) == 0


def test_a_repeated_page_is_a_named_error(shop: FakeShop, connect: Connect) -> None:
    shop.repeat_page(path="/orders", after=1)
    driver = connect()
    with pytest.raises(BadAnswer, match="HUB-4402"):
        driver.pull("orders")
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30


def test_an_answer_that_is_no_list_is_a_named_error(shop: FakeShop, connect: Connect) -> None:
    shop.fail(status=200, body={"code": "something"})
    with pytest.raises(BadAnswer, match="HUB-4401"):
        connect().pull("orders")


def test_a_shop_that_sorts_by_itself_is_a_named_error(shop: FakeShop, connect: Connect) -> None:
    shop.fail(status=200, body=[order(9), order(8)])
    with pytest.raises(BadAnswer, match="HUB-4403"):
        connect().pull("orders")


@pytest.mark.parametrize("given", [0, 8])
def test_fewer_records_than_counted_is_a_named_error_and_heals(
    shop: FakeShop, connect: Connect, given: int
) -> None:
    answer = [order(number) for number in range(101, 101 + given)]
    shop.fail(status=200, body=answer, headers={"X-WP-Total": "9"})
    driver = connect()
    with pytest.raises(BadAnswer, match="HUB-4404"):
        driver.pull("orders")
    assert len(driver.records["orders"]) == given, "what came is kept"
    assert driver.deleted == []
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30


def test_records_without_a_key_are_handed_over_for_the_engine_to_refuse(
    shop: FakeShop, connect: Connect
) -> None:
    shop.orders.insert(0, {"status": "completed"})
    shop.orders.append("not an object")
    driver = connect()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 30
    assert {"status": "completed"} in driver.broken
    assert "not an object" in driver.broken
