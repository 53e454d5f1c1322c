"""A stream that belongs to another: one list for each record of its parent, each with its own place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from hub.errors import BadAnswer, ConfigError, SourceError
from hub.rest import children
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer
from hub.testing.session import Session

from .conftest import NOW, Connect, with_head

CURSOR = "{field: updated_at, order: unknown, send: {since: since, until: until}}"
PAGES = "{type: cursor, next: $.meta.after, more: $.meta.has_more, send: after, size: 10, send_size: limit}"


def orders(more: str = "deletes: none", parent: str = "deletes: none") -> str:
    """Customers, and the orders of each."""
    return with_head(
        f"""
        customers: {{path: /cursor/customers, key: id, records: "$.data[*]", paginate: {PAGES}, {parent}}}
        orders:
          path: "/cursor/customers/{{customers.id}}/orders"
          key: id
          records: $.data[*]
          paginate: {PAGES}
          add: {{of: "{{customers.id}}", at: "shop {{customers.name}}"}}
          """
        + more.replace("\n", "\n          ")
    )


def asked_of(vendor: HostileServer) -> list[str]:
    """Customers whose orders were asked for, in order."""
    return [asked.path.split("/")[3] for asked in vendor.requests if asked.path.endswith("/orders")]


def test_the_records_of_every_parent_come_with_what_the_manifest_adds(
    vendor: HostileServer, connect: Connect
):
    driver = connect(orders())
    driver.pull("orders")
    assert len(driver.records["orders"]) == 35
    assert "customers" not in driver.records, "the parent was read, but not asked for"
    for record in driver.records["orders"].values():
        assert record["of"] == record["customer_id"]
        assert record["at"].startswith("shop ")


def test_an_interrupted_reading_visits_no_parent_twice_but_those_of_one_page(
    vendor: HostileServer, connect: Connect
):
    driver = connect(orders())
    driver.pull("orders", stop_after=30)
    before = asked_of(vendor)
    driver.pull("orders")
    after = asked_of(vendor)[len(before) :]
    assert len(driver.records["orders"]) == 35
    assert sorted(map(int, set(before + after))) == list(range(1, 36))
    assert len(set(before) & set(after)) <= 1


def test_a_reading_that_is_interrupted_behind_its_last_parent_begins_none_anew(
    vendor: HostileServer, connect: Connect
):
    whole = len(connect(orders()).pull("orders"))
    driver = connect(orders())
    driver.pull("orders", stop_after=whole - 1)
    vendor.requests.clear()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 35
    assert asked_of(vendor) == []


@pytest.mark.parametrize("more", ["deletes: none", f"cursor: {CURSOR}\ndeletes: none"])
def test_a_long_list_of_one_parent_goes_on_where_it_was_interrupted(
    vendor: HostileServer, connect: Connect, more: str
):
    for number in range(1, 36):
        vendor.tables["orders"].change(number, NOW - timedelta(days=40 - number), customer_id=1)
    pages = connect(orders(more)).pull("orders")
    third = [number for number, page in enumerate(pages, 1) if page.records][2]
    driver = connect(orders(more))
    driver.pull("orders", stop_after=third)
    assert len(driver.records["orders"]) == 30
    vendor.requests.clear()
    driver.pull("orders")
    assert len(driver.records["orders"]) == 35
    of_it = [one for one in vendor.requests if one.path.endswith("/1/orders")]
    assert [one.query.get("after") is not None for one in of_it] == [True]


def test_each_parent_has_a_place_of_its_own(vendor: HostileServer, connect: Connect):
    driver = connect(orders(f"cursor: {CURSOR}\ndeletes: none"))
    driver.pull("orders")
    assert len(driver.checkpoint["orders"]["parts"]) == 35
    driver.clock.sleep(3600)
    table = vendor.tables["orders"]
    number = next(iter(driver.records["orders"]))
    table.change(int(number), NOW + timedelta(minutes=10), status="returned")
    # A parent that is new brings old records along.
    vendor.tables["customers"].save({"id": 99, "name": "New"}, NOW + timedelta(minutes=10))
    table._put({"id": 500, "customer_id": 99, "updated_at": "2020-01-01T00:00:00Z", "status": "old"})
    pages = driver.pull("orders")
    assert sorted(record["id"] for page in pages for record in page.records) == [int(number), 500]
    assert driver.records["orders"][number]["status"] == "returned"


def test_a_vendor_whose_clock_is_ahead_loses_nothing(vendor: HostileServer, connect: Connect):
    driver = connect(orders(f"cursor: {CURSOR}\ndeletes: none"))
    vendor.clock = lambda: driver.clock() + timedelta(hours=2)
    driver.pull("orders")
    driver.clock.sleep(600)
    vendor.tables["orders"].change(3, vendor.clock() - timedelta(minutes=1), status="by its own clock")
    driver.clock.sleep(60)
    driver.pull("orders")
    assert driver.records["orders"]["3"]["status"] == "by its own clock"


def test_more_parents_than_can_be_remembered_are_an_error(
    vendor: HostileServer, connect: Connect, monkeypatch
):
    monkeypatch.setattr(children, "MOST_PARTS", 20)
    with pytest.raises(SourceError) as caught:
        connect(orders(f"cursor: {CURSOR}\ndeletes: none")).pull("orders")
    assert caught.value.code == "HUB-4623"
    driver = connect(orders())
    driver.pull("orders")
    assert len(driver.records["orders"]) == 35, "without a cursor for each there is nothing to remember"


def test_only_changed_parents_are_visited_where_the_manifest_says_so(vendor: HostileServer, connect: Connect):
    text = orders("deletes: none\nparents: changed", f"cursor: {CURSOR}, deletes: none")
    driver = connect(text)
    driver.pull("orders")
    assert len(driver.records["orders"]) == 35
    driver.clock.sleep(3600)
    vendor.tables["customers"].change(5, NOW + timedelta(minutes=30))
    vendor.requests.clear()
    driver.pull("orders")
    assert asked_of(vendor) == ["5"]


def test_deletions_of_a_child_need_every_parent(vendor: HostileServer, connect: Connect):
    driver = connect(orders("deletes: full_scan"))
    driver.pull("orders")
    gone = next(iter(driver.records["orders"]))
    vendor.tables["orders"].remove(int(gone))
    driver.pull("orders", stop_after=20)
    assert driver.deleted == []
    driver.pull("orders")
    assert driver.deleted == [("orders", gone)]


@pytest.mark.parametrize(("action", "deleted"), [("empty", True), ("skip_part", False)])
def test_a_parent_that_is_left_out_is_no_evidence(
    vendor: HostileServer, connect: Connect, action: str, deleted: bool
):
    driver = connect(orders(f"deletes: full_scan\nerrors: [{{status: 404, action: {action}}}]"))
    driver.pull("orders")
    landed = driver.records["orders"]
    parent = next(iter(landed.values()))["customer_id"]
    theirs = {key for key, record in landed.items() if record["customer_id"] == parent}
    vendor.fail(1, status=404, path=f"/customers/{parent}/orders")
    driver.pull("orders")
    assert {key for _, key in driver.deleted} == (theirs if deleted else set())


def test_a_grandchild_knows_all_above_it(vendor: HostileServer, connect: Connect):
    text = with_head(
        f"""
        customers: {{path: /cursor/customers, key: id, records: "$.data[*]", paginate: {PAGES}, deletes: none}}
        orders: {{path: "/cursor/customers/{{customers.id}}/orders", key: id, records: "$.data[*]", paginate: {PAGES}, deletes: none}}
        lines:
          path: "/cursor/customers/{{orders.customer_id}}/orders"
          params: {{name: "{{customers.name}}"}}
          add: {{order: "{{orders.id}}", customer: "{{customers.id}}"}}
          key: [order, id]
          records: $.data[*]
          paginate: {PAGES}
          deletes: none
        """
    )
    driver = connect(text)
    driver.pull("lines", stop_after=40)
    driver.pull("lines")
    assert len(driver.records["lines"]) == 35 * 7, "each customer has seven orders, listed for each of them"
    for record in driver.records["lines"].values():
        assert record["customer"] == record["customer_id"]


def test_a_parent_without_the_field_is_an_error_and_one_without_a_key_is_its_own_streams_reject(
    vendor: HostileServer, connect: Connect
):
    text = orders().replace("/customers/{customers.id}/orders", "/customers/{customers.number}/orders")
    with pytest.raises(BadAnswer) as caught:
        connect(text).pull("orders")
    assert caught.value.code == "HUB-4624"
    assert "{customers.number}" in caught.value.message


# --- hidden parents --------------------------------------------------------------------------------------------------


def test_a_hidden_parent_drives_its_children_and_is_nowhere_else(vendor: HostileServer, connect: Connect):
    driver = connect(orders(parent="deletes: none, hidden: true"))
    assert [stream.name for stream in driver.connector.streams()] == ["orders"]
    driver.pull()
    assert len(driver.records["orders"]) == 35
    assert driver.records.keys() == {"orders"}
    assert driver.checkpoint.keys() == {"orders"}
    assert "customers" not in driver.check().message


def test_a_hidden_parent_lands_nothing_in_the_store(vendor: HostileServer, connect: Connect, tmp_path: Path):
    driver = connect(orders(parent="deletes: none, hidden: true"))
    config = {"base_url": vendor.url, "token": vendor.token}
    with Session(type(driver.connector), config, tmp_path) as session:
        assert session.sync().error is None
        assert session.landed().keys() == {"orders"}
        assert len(session.landed()["orders"]) == 35


def test_only_changed_parents_may_be_hidden_too(vendor: HostileServer, connect: Connect):
    more = "deletes: none\nparents: changed"
    driver = connect(orders(more, parent=f"cursor: {CURSOR}, deletes: none, hidden: true"))
    driver.pull()
    vendor.tables["customers"].change(5, driver.clock(), name="Renamed")
    driver.clock.sleep(600)
    seen = len(asked_of(vendor))
    driver.pull()
    assert "5" in asked_of(vendor)[seen:]
    assert len(asked_of(vendor)) - seen < 35


def test_a_hidden_parent_without_a_key_is_an_error_as_nobody_would_tell_of_it(
    vendor: HostileServer, connect: Connect
):
    def keyless(asked: Asked, answer: Answer) -> Answer:
        body = orjson.loads(answer.body)
        body["data"][6]["id"] = None
        return Answer.json(body)

    text = orders(parent="deletes: none, hidden: true")
    vendor.spoil(keyless)
    with pytest.raises(BadAnswer, match="HUB-4624"):
        connect(text).pull()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (orders(parent="deletes: none, hidden: true").split("  orders:")[0], "nobody would read it"),
        (orders("deletes: none\nhidden: true"), "orders is hidden"),
    ],
)
def test_what_is_hidden_must_have_children(connect: Connect, text: str, problem: str):
    with pytest.raises(ConfigError, match=problem):
        connect(text)
