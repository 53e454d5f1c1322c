"""Vendors that hand out a place to go on from in the next run: export cursors, and links to what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from hub.errors import CursorGone
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked, FakeServer

from .conftest import connector_of, with_head


class Log(FakeServer):
    """Changes in the order they happened, two a page, by an opaque cursor or by links."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[dict[str, Any]] = [{"id": number} for number in range(1, 8)]
        #: Places that the vendor no longer knows.
        self.forgotten: set[int] = set()

    def answer(self, asked: Asked) -> Answer:
        if asked.query.get("api_key") != "the-token":
            return Answer.json({}, 401)
        place = int(asked.query.get("cursor", "0"))
        if place in self.forgotten and "cursor" in asked.query:
            return Answer.json({"error": "too_old"}, 410 if "links" in asked.path else 400)
        rows = self.changes[place : place + 2]
        after, is_last = place + len(rows), place + 2 >= len(self.changes)
        if asked.path == "/export":
            return Answer.json({"rows": rows, "after": str(after), "end": is_last})
        name = "delta" if is_last else "next"
        return Answer.json({"rows": rows, name: f"{self.url}/links?cursor={after}&api_key=the-token"})


EXPORT = "{type: cursor, next: $.after, done: $.end, keep: $.after, send: cursor}"
LINKS = "{type: json_link, next: $.next, keep: $.delta}"


@pytest.fixture
def log() -> Iterator[Log]:
    with Log() as server:
        yield server


@pytest.fixture(params=["export", "links"])
def driver(request: pytest.FixtureRequest, log: Log) -> Iterator[Driver]:
    paginate = EXPORT if request.param == "export" else LINKS
    text = with_head(
        f"""
        changes:
          path: /{request.param}
          key: id
          records: $.rows[*]
          paginate: {paginate}
          deletes: none
        """
    ).replace(
        '{type: bearer, token: "{config.token}"}', '{type: api_key, query: api_key, value: "{config.token}"}'
    )
    made = connector_of(text)
    with Driver(made(made.Config(base_url=log.url, token="the-token"))) as driver:
        yield driver


def ids(driver: Driver) -> list[int]:
    return sorted(int(key) for key in driver.records["changes"])


def test_the_next_run_goes_on_behind_it(driver: Driver, log: Log):
    driver.pull()
    assert ids(driver) == list(range(1, 8))
    log.changes += [{"id": 8}, {"id": 3, "name": "again"}, {"id": 9}]
    log.requests.clear()
    pages = driver.pull()
    assert [record["id"] for page in pages for record in page.records] == [8, 3, 9]
    assert len(log.requests) == 2
    assert driver.records["changes"]["3"]["name"] == "again"
    log.requests.clear()
    assert [list(page.records) for page in driver.pull()] == [[]]
    assert len(log.requests) == 1


def test_an_interruption_loses_nothing(driver: Driver, log: Log):
    driver.pull(stop_after=2)
    driver.pull()
    assert ids(driver) == list(range(1, 8))
    log.changes += [{"id": number} for number in range(8, 15)]
    driver.pull(stop_after=2)
    driver.pull()
    assert ids(driver) == list(range(1, 15))


def test_what_the_vendor_has_forgotten_is_read_afresh(driver: Driver, log: Log):
    driver.pull()
    log.forgotten = {7}
    with pytest.raises(CursorGone):
        driver.pull()
    # The engine then forgets its place, and reads everything.
    driver.pull(full=True)
    assert ids(driver) == list(range(1, 8))


def test_no_key_is_kept(driver: Driver):
    driver.pull(stop_after=2)
    assert b"the-token" not in orjson.dumps(driver.checkpoint)
    driver.pull()
    assert b"the-token" not in orjson.dumps(driver.checkpoint)
    assert driver.checkpoint["changes"]["kept"]
