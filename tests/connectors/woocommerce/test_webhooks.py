"""Webhooks of the shop: only signed ones land, and they land as a poll would."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.woocommerce.fake import FakeShop
from hub import SCHEMES, Page, Received, Request, signed_headers
from hub.testing.driver import Driver

from .conftest import NOW, Connect, customer, order

SECRET = "whsec-of-the-test"


def arrived(headers: dict[str, str], body: bytes) -> Request:
    return Request("POST", "/in/test", {}, headers, body, NOW)


@pytest.fixture
def driver(connect: Connect) -> Driver:
    return connect(webhook_secret=SECRET)


def deliver(shop: FakeShop, driver: Driver, topic: str, body: Any, secret: str = SECRET) -> Received:
    return driver.receive(arrived(*shop.webhook(topic, body, secret)))


def test_a_changed_record_lands(shop: FakeShop, driver: Driver) -> None:
    received = deliver(shop, driver, "order.updated", order(101, status="completed"))
    assert received.status == 200
    assert received.page == Page("orders", [order(101, status="completed")])


def test_a_webhook_is_equal_to_the_polled_record(shop: FakeShop, driver: Driver) -> None:
    driver.pull("customers")
    sent = {name: value for name, value in customer(3).items() if name != "_links"}
    polled = driver.records["customers"]["3"]
    deliver(shop, driver, "customer.updated", sent)
    assert driver.records["customers"]["3"] == polled


def test_a_deletion_is_a_tombstone(shop: FakeShop, driver: Driver) -> None:
    driver.pull("customers")
    received = deliver(shop, driver, "customer.deleted", {"id": 3})
    assert received.page == Page("customers", deleted=("3",))
    assert driver.deleted == [("customers", "3")]


def test_an_order_in_the_trash_is_a_tombstone(shop: FakeShop, driver: Driver) -> None:
    received = deliver(shop, driver, "order.updated", order(101, status="trash"))
    assert received.page == Page("orders", deleted=("101",))


def test_the_ping_of_a_new_webhook_is_answered(driver: Driver) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    received = driver.receive(arrived(headers, b"webhook_id=12"))
    assert (received.status, received.page) == (200, None)


def test_other_topics_are_answered_and_bring_nothing(shop: FakeShop, driver: Driver) -> None:
    received = deliver(shop, driver, "product.updated", {"id": 9})
    assert (received.status, received.page) == (200, None)


def test_a_wrong_signature_is_refused(shop: FakeShop, driver: Driver) -> None:
    received = deliver(shop, driver, "order.updated", order(101), secret="another")
    assert (received.status, received.page) == (401, None)
    assert "HUB-4405" in received.body


def test_one_changed_byte_is_refused(shop: FakeShop, driver: Driver) -> None:
    headers, body = shop.webhook("order.updated", order(101), SECRET)
    assert driver.receive(arrived(headers, body.replace(b"101", b"102"))).status == 401
    assert driver.receive(arrived(headers, body)).status == 200


def test_a_missing_signature_is_refused(shop: FakeShop, driver: Driver) -> None:
    headers, body = shop.webhook("order.updated", order(101), SECRET)
    del headers["x-wc-webhook-signature"]
    assert driver.receive(arrived(headers, body)).status == 401


def test_without_a_secret_nothing_is_accepted(shop: FakeShop, connect: Connect) -> None:
    assert deliver(shop, connect(), "order.updated", order(101), secret="").status == 401


def test_both_secrets_work_while_they_are_rotated(shop: FakeShop, connect: Connect) -> None:
    driver = connect(webhook_secret="new", previous_webhook_secret="old")
    assert deliver(shop, driver, "order.updated", order(101), secret="new").status == 200
    assert deliver(shop, driver, "order.updated", order(101), secret="old").status == 200


@pytest.mark.parametrize("body", ["text", [1], {"status": "completed"}, {"id": ""}])
def test_a_signed_body_that_is_no_record(shop: FakeShop, driver: Driver, body: Any) -> None:
    received = deliver(shop, driver, "order.updated", body)
    assert (received.status, received.page) == (400, None)
    assert "HUB-4406" in received.body


def test_a_signed_body_of_endless_depth(driver: Driver) -> None:
    body = b"[" * 100_000
    headers = {"x-wc-webhook-resource": "order"}
    signed = signed_headers(SCHEMES["woocommerce"], arrived(headers, body), SECRET)
    assert driver.receive(arrived(headers | signed, body)).status == 400
