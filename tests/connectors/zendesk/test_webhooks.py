"""Webhooks of an account: only fresh signed ones are heard, and the record itself is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.zendesk.fake import FakeDesk
from hub import BadAnswer, Page, Received, Request
from hub.testing.driver import Driver

from .conftest import NOW, Connect, user

SECRET = "signing-secret-of-the-test"
EVENT = {"type": "zen:event-type:user.name_changed", "subject": "zen:user:7", "detail": {"id": "7"}}


def arrived(headers: dict[str, str], body: bytes, seconds: int = 0) -> Request:
    return Request("POST", "/in/test", {}, headers, body, NOW + timedelta(seconds=seconds))


@pytest.fixture
def driver(connect: Connect) -> Driver:
    return connect(webhook_secret=SECRET)


def deliver(desk: FakeDesk, driver: Driver, body: Any, *, secret: str = SECRET, late: int = 0) -> Received:
    return driver.receive(arrived(*desk.webhook(body, secret), late))


def test_an_event_brings_the_record_as_it_is_now(desk: FakeDesk, driver: Driver) -> None:
    received = deliver(desk, driver, EVENT)
    assert (received.status, received.page) == (200, Page("users", [user(7)]))


@pytest.mark.parametrize(
    ("body", "stream", "key"),
    [
        ({"ticket_id": "105"}, "tickets", "105"),
        ({"ticket_id": 105}, "tickets", "105"),
        ({"subject": "zen:organization:51"}, "organizations", "51"),
        ({"subject": "zen:ticket:105"}, "tickets", "105"),
    ],
)
def test_the_shapes_of_events(desk: FakeDesk, driver: Driver, body: Any, stream: str, key: str) -> None:
    deliver(desk, driver, body)
    assert list(driver.records[stream]) == [key]


def test_an_inactive_user_is_a_tombstone(desk: FakeDesk, driver: Driver) -> None:
    desk.remove("users", 7)
    assert deliver(desk, driver, EVENT).page == Page("users", [], deleted=("7",))


def test_a_record_that_is_not_there_is_a_tombstone(desk: FakeDesk, driver: Driver) -> None:
    assert deliver(desk, driver, {"ticket_id": "999"}).page == Page("tickets", deleted=("999",))


def test_a_strange_answer_deletes_nothing(desk: FakeDesk, driver: Driver) -> None:
    desk.fail(status=200, body={})
    with pytest.raises(BadAnswer, match="HUB-4501"):
        deliver(desk, driver, EVENT)


@pytest.mark.parametrize("body", ["text", [], {}, {"subject": "zen:article:7"}, {"user_id": "x; drop"}])
def test_events_about_nothing_we_read(desk: FakeDesk, driver: Driver, body: Any) -> None:
    received = deliver(desk, driver, body)
    assert (received.status, received.page) == (200, None)


@pytest.mark.parametrize(("late", "status"), [(0, 200), (299, 200), (-299, 200), (301, 401), (-301, 401)])
def test_an_old_or_early_delivery_is_refused(desk: FakeDesk, driver: Driver, late: int, status: int) -> None:
    assert deliver(desk, driver, EVENT, late=late).status == status


def test_a_wrong_signature_is_refused_before_anything_is_asked(desk: FakeDesk, driver: Driver) -> None:
    received = deliver(desk, driver, EVENT, secret="another")
    assert (received.status, received.page) == (401, None)
    assert "HUB-4505" in received.body
    assert desk.requests == []


@pytest.mark.parametrize("name", ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"])
def test_a_missing_header_is_refused(desk: FakeDesk, driver: Driver, name: str) -> None:
    headers, body = desk.webhook(EVENT, SECRET)
    del headers[name]
    assert driver.receive(arrived(headers, body)).status == 401


def test_a_moved_timestamp_is_refused(desk: FakeDesk, driver: Driver) -> None:
    headers, body = desk.webhook(EVENT, SECRET)
    headers["x-zendesk-webhook-signature-timestamp"] = "2026-07-30T12:00:01Z"
    assert driver.receive(arrived(headers, body)).status == 401


def test_without_a_secret_nothing_is_accepted(desk: FakeDesk, connect: Connect) -> None:
    assert deliver(desk, connect(), EVENT, secret="").status == 401


def test_both_secrets_work_while_they_are_rotated(desk: FakeDesk, connect: Connect) -> None:
    driver = connect(webhook_secret="new", previous_webhook_secret="old")
    assert deliver(desk, driver, EVENT, secret="new").status == 200
    assert deliver(desk, driver, EVENT, secret="old").status == 200
