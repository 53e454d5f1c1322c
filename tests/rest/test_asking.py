"""How a question is put: parameters that are objects, bounds in a header."""

from __future__ import annotations

import orjson
import pytest

from hub.errors import ConfigError
from hub.testing.hostile import HostileServer

from .conftest import Connect, connector_of, customers

CURSOR = "cursor: {field: updated_at, order: unknown, format: datetime}\ndeletes: none"


def test_a_parameter_that_is_an_object_is_sent_as_json(vendor: HostileServer, connect: Connect):
    cursor = CURSOR.replace("datetime", "date, start: 2026-01-02")
    driver = connect(
        customers("cursor", 'params: {filter: {"at:gt": "{cursor.since} 00:00:00", new: true}}\n' + cursor)
    )
    driver.pull()
    assert orjson.loads(vendor.requests[0].query["filter"]) == {"at:gt": "2026-01-02 00:00:00", "new": True}


def test_a_bound_may_stand_in_a_header(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor", 'headers: {If-Modified-Since: "{cursor.since}"}\n' + CURSOR))
    driver.pull()
    assert "if-modified-since" not in vendor.requests[0].headers, "the first reading has no beginning"
    driver.clock.sleep(3600)
    driver.pull()
    assert vendor.requests[-1].headers["if-modified-since"] == "2026-07-30T11:55:00"


def test_a_cursor_that_nobody_is_told_of_is_refused():
    with pytest.raises(ConfigError, match="since when"):
        connector_of(customers("cursor", "headers: {X-Version: two}\n" + CURSOR))


def test_records_may_be_given_what_stands_beside_them(vendor: HostileServer, connect: Connect):
    driver = connect(
        customers("page", "beside: {of: $.total, on: $.page, nowhere: $.nothing}\ndeletes: none")
    )
    driver.pull()
    row = driver.records["customers"]["35"]
    assert (row["of"], row["on"], row["nowhere"]) == (35, 4, None)
