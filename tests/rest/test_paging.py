"""Every way of paging reads every record, once, and goes on where it was interrupted."""

from __future__ import annotations

import pytest

from hub.errors import BadAnswer
from hub.testing.hostile import HostileServer
from hub.testing.hostile_faults import Fault, inject

from .conftest import STYLES, Connect, customers, keys

ALL = list(range(1, 36))


@pytest.mark.parametrize("style", STYLES)
def test_all_records_come(vendor: HostileServer, connect: Connect, style: str):
    driver = connect(customers(style))
    pages = driver.pull()
    assert keys(driver) == ALL
    assert sum(len(page.records) for page in pages) == 35
    assert driver.broken == []
    assert set(vendor.ledger.sent().values()) == {1}


@pytest.mark.parametrize("style", STYLES)
def test_an_interrupted_reading_goes_on(vendor: HostileServer, connect: Connect, style: str):
    driver = connect(customers(style))
    driver.pull(stop_after=2)
    asked = len(vendor.requests)
    driver.pull()
    assert keys(driver) == ALL
    if style != "single":
        assert len(vendor.requests) - asked < 5, "it did not start over"


@pytest.mark.parametrize("style", ["page", "offset"])
def test_where_pages_are_counted_the_last_page_is_read_again(
    vendor: HostileServer, connect: Connect, style: str
):
    driver = connect(customers(style))
    driver.pull(stop_after=2)
    # Rows 1 to 10 go: what was the third page is the second now.
    for number in range(1, 11):
        vendor.tables["customers"].remove(number)
    driver.pull()
    assert set(range(11, 36)) <= set(keys(driver))


@pytest.mark.parametrize("style", ["page", "offset"])
def test_without_a_word_about_the_end_an_empty_page_is_the_end(
    vendor: HostileServer, connect: Connect, style: str
):
    paginate = f"{{type: {style}, send: {style}, size: 10, send_size: limit}}"
    driver = connect(customers(style, paginate=paginate))
    driver.pull()
    assert keys(driver) == ALL
    assert len(vendor.requests) == 5, "four pages with rows and an empty one"


def test_a_short_page_may_be_the_end(vendor: HostileServer, connect: Connect):
    driver = connect(
        customers("offset", paginate="{type: offset, send: offset, size: 10, send_size: limit, end: short}")
    )
    driver.pull()
    assert keys(driver) == ALL
    assert len(vendor.requests) == 4


def test_a_server_that_gives_fewer_than_asked_loses_none(vendor: HostileServer, connect: Connect):
    # It allows 10 a page, whatever is asked: an offset that moved by what was asked would leave rows out.
    paginate = "{type: offset, send: offset, size: 50, send_size: size}"
    vendor.tables["customers"] = vendor.tables["customers"]
    driver = connect(customers("offset", paginate=paginate))
    driver.pull()
    assert keys(driver) == ALL


def test_the_page_size_may_come_from_the_settings(vendor: HostileServer, connect: Connect):
    text = customers("cursor", paginate=STYLES["cursor"].replace("size: 10", 'size: "{config.page_size}"'))
    text = text.replace(
        "config:\n", "config:\n  page_size: {description: Rows a page, type: integer, default: 20}\n"
    )
    driver = connect(text, page_size=5)
    driver.pull()
    assert keys(driver) == ALL
    assert [asked.query["limit"] for asked in vendor.requests] == ["5"] * 7


def test_a_cursor_may_stand_in_a_body(vendor: HostileServer, connect: Connect):
    """The server reads its parameters from the address only: what it was sent tells where they stood."""
    paginate = (
        "{type: cursor, next: $.meta.after, send: paging.after, in: body, size: 10, send_size: paging.limit}"
    )
    text = customers("cursor", "deletes: none\nmethod: POST\nbody: {sort: id}", paginate)
    driver = connect(text)
    driver.pull(stop_after=1)
    assert vendor.requests[0].method == "POST"
    assert vendor.requests[0].body == b'{"sort":"id","paging":{"limit":10}}'


def test_what_leads_on_may_stand_in_a_list_of_a_body(vendor: HostileServer, connect: Connect):
    paginate = "{type: keyset, field: id, send: filters.1.value, in: body, size: 10, send_size: limit}"
    text = customers("keyset", "deletes: none\nmethod: POST\nbody: {filters: [{}, {value: 0}]}", paginate)
    driver = connect(text)
    with pytest.raises(BadAnswer, match="HUB-4613"):  # the server reads the address only, and begins anew
        driver.pull()
    assert [asked.body for asked in vendor.requests] == [
        b'{"filters":[{},{"value":0}],"limit":10}',
        b'{"filters":[{},{"value":35}],"limit":10}',
    ]


def test_a_row_that_comes_twice_in_a_page_pushes_none_out(vendor: HostileServer, connect: Connect):
    inject(vendor, Fault("duplicate", after=1))
    driver = connect(customers("offset"))
    driver.pull()
    assert keys(driver) == ALL
