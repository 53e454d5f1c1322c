"""Lists in both shapes, when absence counts, and lines of new orders only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.oscar import lines, scan
from connectors.oscar.client import last_number
from connectors.oscar.config import OscarConfig
from hub import AuthRefused, BadAnswer, Checkpoint, MissingScope, Refused, Selection, StreamSelection
from hub.testing.fake_server import Answer


class TestLists:
    @pytest.mark.parametrize("page_size", [None, 1, 5, 12, 50])
    def test_every_user_once(self, reader, shop, page_size):
        shop.page_size = page_size
        reader.pull("users")
        assert list(reader.rows) == [str(number) for number in range(1, 13)]
        assert reader.read == 12
        assert reader.complete
        assert reader.cursor == {}

    def test_a_long_bare_list_is_committed_in_slices(self, reader, shop, monkeypatch):
        monkeypatch.setattr(scan, "SLICE", 5)
        reader.pull("users")
        assert [len(page.records) for page in reader.pages] == [5, 5, 2]
        assert [page.checkpoint for page in reader.pages] == [None, None, {}]
        assert [page.scan_complete for page in reader.pages] == [False, False, True]
        assert len({page.scan for page in reader.pages}) == 1

    def test_an_empty_list_is_complete(self, reader, shop):
        shop.users.clear()
        assert reader.pull("users").complete

    def test_the_host_the_shop_believes_to_have_is_never_asked(self, reader, shop):
        shop.page_size = 5
        reader.pull("users")
        assert [asked.query for asked in shop.requests] == [{}, {"page": "2"}, {"page": "3"}]

    def test_an_interrupted_scan_goes_on_but_does_not_judge(self, reader, shop):
        shop.page_size = 5
        reader.pull("orders", stop_after=2)
        assert reader.cursor == {"query": {"page": "3"}}
        reader.pull("orders")
        assert len(reader.rows) == 23
        assert not reader.complete
        assert {page.scan for page in reader.pages} == {None}
        assert reader.pull("orders").complete

    def test_a_record_that_slips_to_another_page_makes_the_scan_incomplete(self, reader, shop):
        """Deleted while we read: the first of page 3 moves onto page 2, which is behind us."""
        shop.page_size = 5
        pages = iter(_steps(reader, "orders"))
        next(pages), next(pages)
        del shop.orders[0]
        assert not any(page.scan_complete for page in pages)
        assert "13" not in reader.rows

    def test_one_deleted_and_then_one_added_is_noticed_too(self, reader, shop):
        """The shop's count ends as it began, but not every page said so."""
        shop.page_size = 4
        pages = iter(_steps(reader, "users"))
        next(pages)
        del shop.users[0]
        next(pages)
        shop.users.append(shop._user(99))
        assert not any(page.scan_complete for page in pages)

    def test_full_begins_anew(self, reader, shop):
        shop.page_size = 5
        reader.pull("orders", stop_after=2)
        reader.pull("orders", full=True)
        assert reader.read == 23
        assert reader.complete

    def test_limit(self, reader, shop):
        shop.page_size = 5
        reader.pull("orders", limit=7)
        assert reader.read == 10
        assert not reader.complete

    def test_a_record_without_an_address_is_left_to_the_engine_and_spoils_the_scan(self, shop, reader):
        shop.users.append({"username": "x"})
        with reader.lent(connector := reader.connector()) as context:
            selection = Selection((StreamSelection("users"),), until=datetime(2026, 7, 30, tzinfo=UTC))
            pages = list(connector.read(selection, Checkpoint(), context))
        assert pages[-1].records[-1] == {"username": "x"}
        assert not pages[-1].scan_complete


def _steps(reader, stream):
    connector = reader.connector()
    selection = Selection((StreamSelection(stream),), until=datetime(2026, 7, 30, tzinfo=UTC))
    with reader.lent(connector) as context:
        for page in connector.read(selection, Checkpoint(), context):
            reader.rows.update((record["_id"], record) for record in page.records)
            yield page


class TestLines:
    def test_lines_of_all_orders_oldest_first(self, reader):
        reader.pull("order_lines")
        assert reader.read == 23 * 3
        assert [row["_order_id"] for row in reader.rows.values()][::3] == [
            str(number) for number in range(1, 24)
        ]
        assert reader.cursor == {"placed": "2026-07-02T08:00:00+00:00", "order": 23}

    def test_only_lines_of_new_orders_are_asked_for(self, reader, shop):
        reader.pull("order_lines", config={"overlap_minutes": 0})
        shop.requests.clear()
        shop.orders.insert(0, shop._order(24))
        reader.pull("order_lines", config={"overlap_minutes": 0})
        assert "240" in reader.rows
        asked = [each.path for each in shop.requests if each.path.endswith("/lines/")]
        assert asked == ["/api/admin/orders/23/lines/", "/api/admin/orders/24/lines/"]

    def test_some_are_read_again_because_shops_commit_late(self, reader, shop):
        reader.pull("order_lines")
        shop.requests.clear()
        reader.pull("order_lines", config={"overlap_minutes": 150})
        asked = [each.path for each in shop.requests if each.path.endswith("/lines/")]
        assert asked == [f"/api/admin/orders/{number}/lines/" for number in (21, 22, 23)]

    @pytest.mark.parametrize("stop", [1, 2, 3])
    def test_after_a_crash_reading_goes_on(self, reader, monkeypatch, stop):
        monkeypatch.setattr(lines, "FULL", 9)
        reader.pull("order_lines", stop_after=stop)
        assert len(reader.rows) == 9 * stop
        reader.pull("order_lines", config={"overlap_minutes": 0})
        assert len(reader.rows) == 23 * 3

    def test_an_order_that_does_not_tell_its_time_is_read_with_the_oldest(self, reader, shop):
        shop.orders[0] |= {"date_placed": None}
        reader.pull("order_lines")
        assert len(reader.rows) == 23 * 3
        assert next(iter(reader.rows.values()))["_order_id"] == "23"

    def test_products_are_asked_for_once_and_may_be_gone(self, reader, shop):
        reader.pull("order_lines")
        products = [row["_product"] for row in list(reader.rows.values())[:3]]
        assert products == [
            {"id": 1, "upc": "T-001", "title": "Thing 1"}, {"id": 2, "upc": "T-001", "title": "Thing 2"}, None,
        ]  # fmt: skip
        assert sum(asked.path.startswith("/api/products/") for asked in shop.requests) == 3

    def test_since_and_full(self, reader, shop):
        reader.pull("order_lines")
        assert reader.pull("order_lines", since=datetime(2026, 7, 2, 0, 0, tzinfo=UTC)).read == 3 * 9
        assert reader.pull("order_lines", full=True).read == 23 * 3

    def test_no_orders_no_page(self, reader, shop):
        shop.orders.clear()
        assert reader.pull("order_lines").pages == []


class TestRefusals:
    def test_check(self, reader, shop):
        with reader.lent(connector := reader.connector()) as context:
            assert connector.check(context).details == {"users": "12", "orders": "23"}

    @pytest.mark.parametrize(
        ("config", "error"),
        [
            ({"password": "wrong"}, AuthRefused),
            ({"username": "clerk"}, MissingScope),
            ({"url": None}, Refused),
        ],
    )
    def test_a_refusal_is_told_apart(self, reader, shop, config, error):
        if "url" in config:
            config = {"url": f"{shop.url}/api/elsewhere"}
        if error is Refused:
            shop.answer = lambda asked: Answer(404, b"<h1>Not Found</h1>")  # type: ignore[method-assign]
        with reader.lent(connector := reader.connector(**config)) as context, pytest.raises(error):
            connector.check(context)

    @pytest.mark.parametrize("body", ["x", 1, {}, {"results": None}, {"results": {}}])
    def test_something_else_than_a_list(self, reader, shop, body):
        shop.answer = lambda asked: Answer.json(body)  # type: ignore[method-assign]
        with pytest.raises(BadAnswer) as caught:
            reader.pull("users")
        assert caught.value.code == "HUB-4421"

    def test_throttled_broken_and_truncated_answers_heal(self, reader, shop):
        shop.page_size = 5
        shop.fail(status=429, retry_after=0)
        shop.fail(status=503, after=1)
        shop.truncate(after=2)
        assert reader.pull("orders").complete


@pytest.mark.parametrize(
    ("address", "number"),
    [("https://a.example.com/api/users/17/", "17"), ("/users/3", "3"), ("/users/", ""), (None, ""), (5, "")],
)
def test_the_number_an_address_ends_in(address, number):
    assert last_number(address) == number


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "shop.example.com"}, {"url": "http://shop.example.com"}, {"url": "https://u:p@shop.example.com"},
        {"url": "https://shop.example.com#x"}, {"overlap_minutes": -1}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(wrong):
    right = {"url": "https://shop.example.com/api", "username": "u", "password": "p"}
    OscarConfig(**right)
    with pytest.raises(ValidationError):
        OscarConfig(**(right | wrong))
