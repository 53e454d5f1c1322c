"""What a manifest says of webhooks: proven or refused, taken apart, landed or asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

import orjson
import pytest

from hub.contract import Received, Request
from hub.errors import BadAnswer, ConfigError, HubError
from hub.models import Page
from hub.rest.webhook_spec import SchemeName
from hub.signatures import SCHEMES, signed_headers
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked, FakeServer
from tests.rest.conftest import connector_of

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
URL = "https://hub.example.com/in/desk"
WORD = "whsec_" + "QUJD" * 8

HEAD = """
name: desk
title: Desk
config:
  webhook_secret: {description: Secret of the webhook, secret: true, optional: true}
  previous_secret: {description: The secret before, secret: true, optional: true}
  webhook_url: {description: Address of the webhook, optional: true}
client: {base_url: "https://desk.example.com", auth: none}
defaults: {key: id, paginate: single_page, deletes: none}
streams:
  users: {path: /users, records: "$.users[*]"}
  orders: {path: /orders, records: "$.orders[*]"}
webhook:
"""
EVENTS = """
  events:
    - {where: $.type, is: user.deleted, stream: users, gone: $.data.id}
    - {where: $.type, starts: user., stream: users, record: $.data}
    - {where: $.type, is: [order.created, order.paid], stream: orders, record: $.data}
"""


def signed_by(scheme: str, more: str = "") -> str:
    return HEAD + f'  signature: {{scheme: {scheme}, secret: "{{config.webhook_secret}}"{more}}}' + EVENTS


USER = {"type": "user.updated", "data": {"id": 7, "name": "Zoë Example"}}


def of_scheme(name: str) -> str:
    scheme = SCHEMES[name]
    url = ', url: "{config.webhook_url}"' if {"url", "form"} & set(scheme.signed) else ""
    return signed_by(name, url + ', previous: "{config.previous_secret}"')


class Desk(FakeServer):
    """Answers with single users; 404 for those it does not know."""

    users: dict[str, Any] = {"7": {"id": 7, "name": "as it is now"}}  # noqa: RUF012 - never changed
    status = 200

    def answer(self, asked: Asked) -> Answer:
        user = self.users.get(asked.path.rpartition("/")[2])
        if self.status != 200 or user is None:
            return Answer(404 if self.status == 200 else self.status, b"{}")
        return Answer(200, orjson.dumps({"user": user}), {"content-type": "application/json"})


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk(clock=lambda: NOW) as server:
        yield server


class Bench:
    """A connection, and requests to it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def connect(self, text: str, **config: Any) -> Driver:
        made = connector_of(text)
        wanted = {"webhook_secret": WORD, "webhook_url": URL} | config
        known = {name: value for name, value in wanted.items() if name in made.Config.model_fields}
        return self._stack.enter_context(Driver(made(made.Config(**known)), now=NOW))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def request(event: Any, method: str = "POST", query: dict[str, str] | None = None, **headers: str) -> Request:
    body = event if isinstance(event, bytes) else orjson.dumps(event)
    told = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Request(method, "/in/desk", query or {}, told, body, NOW)


def signed(name: str, event: Any = USER, secret: str = WORD) -> Request:
    bare = request(event)
    if name == "twilio":
        bare = replace(bare, query={"bodySHA256": hashlib.sha256(bare.body).hexdigest()})
    return replace(bare, headers=bare.headers | signed_headers(SCHEMES[name], bare, secret, url=URL))


# --- who sent it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in get_args(SchemeName) if name != "shipstation"])
def test_each_scheme_takes_what_is_signed_and_refuses_what_was_changed_or_is_late(
    bench: Bench, name: str
) -> None:
    driver = bench.connect(of_scheme(name))
    good = signed(name)
    changed = replace(good, body=good.body.replace(b"7", b"8"))
    late = replace(good, received_at=NOW + timedelta(minutes=6))
    assert driver.receive(changed).status == 401
    assert driver.receive(request(USER)).status == 401
    assert driver.receive(late).status == (401 if SCHEMES[name].is_timed else 200)
    driver.records.clear()
    assert driver.receive(good) == Received(Page("users", [USER["data"]]), 200)
    before = {stream: dict(rows) for stream, rows in driver.records.items()}
    driver.receive(good)  # sent twice
    assert driver.records == before and len(before["users"]) == 1


def test_the_models_know_every_scheme() -> None:
    assert set(get_args(SchemeName)) == set(SCHEMES)


def test_the_secret_before_holds_and_a_missing_one_opens_nothing(bench: Bench) -> None:
    text = of_scheme("shopify")
    driver = bench.connect(text, webhook_secret="new", previous_secret="old")
    assert [driver.receive(signed("shopify", secret=word)).status for word in ("new", "old", "other")] == [
        200, 200, 401,
    ]  # fmt: skip
    unset = bench.connect(text, webhook_secret=None)
    assert unset.receive(signed("shopify")).status == 401
    assert not unset.records


TOKEN = (
    HEAD
    + """
  token: {query: word, value: "{config.webhook_secret}"}
  events: [{stream: users, fetch: "/users/{event.user.id}", records: $.user}]
"""
)


def test_what_nobody_signs_is_only_a_hint(bench: Bench, desk: Desk) -> None:
    driver = bench.connect(TOKEN, base_url=desk.url, webhook_secret="knock")
    event = {"user": {"id": 7, "name": "as somebody claims"}}
    for query in ({}, {"word": "no"}, {"token": "knock"}):
        assert driver.receive(request(event, query=query)).status == 401
    assert not driver.records
    driver.receive(request(event, query={"word": "knock"}))
    assert driver.records["users"]["7"] == {"id": 7, "name": "as it is now"}
    password = request(event, authorization="Basic aHViOmtub2Nr")
    assert driver.receive(password).status == 200
    for wrong in ("Basic !", "Basic aHViOg==", "Bearer knock"):
        assert driver.receive(request(event, authorization=wrong)).status == 401


def test_a_record_that_cannot_be_asked_for_is_sent_again(bench: Bench, desk: Desk) -> None:
    driver = bench.connect(TOKEN, base_url=desk.url, webhook_secret="knock")
    gone = request({"user": {"id": 8}}, query={"word": "knock"})
    assert driver.receive(gone) == Received(None, 200)
    nameless = request({"user": {}}, query={"word": "knock"})
    assert driver.receive(nameless) == Received(None, 200)
    driver = bench.connect(TOKEN.replace("$.user}", "$.person}"), base_url=desk.url, webhook_secret="knock")
    with pytest.raises(BadAnswer, match="HUB-4610"):
        driver.receive(request({"user": {"id": 7}}, query={"word": "knock"}))
    driver = bench.connect(TOKEN, base_url=desk.url, webhook_secret="knock")
    desk.status = 500
    with pytest.raises(HubError):
        driver.receive(request({"user": {"id": 7}}, query={"word": "knock"}))
    desk.status = 200
    assert driver.receive(request({"user": {"id": 7}}, query={"word": "knock"})).status == 200


GRAPH = (
    HEAD
    + """
  signature: {scheme: shopify, secret: "{config.webhook_secret}"}
  events:
    - stream: users
      fetch: /graphql/7
      body: {query: "query One($id: ID!) { user(id: $id) { id } }", variables: {id: "User/{event.id}"}}
      records: $.user
"""
)


def test_a_record_may_be_asked_for_with_a_body(bench: Bench, desk: Desk) -> None:
    driver = bench.connect(GRAPH, base_url=desk.url)
    driver.receive(signed("shopify", {"id": 7}))
    assert driver.records["users"] == {"7": {"id": 7, "name": "as it is now"}}
    [asked] = desk.requests
    assert asked.method == "POST"
    assert orjson.loads(asked.body)["variables"] == {"id": "User/7"}
    assert driver.receive(signed("shopify", {"nothing": 1})) == Received(None, 200)
    assert len(desk.requests) == 1


def test_a_failure_inside_the_answer_is_no_missing_record(bench: Bench, desk: Desk) -> None:
    driver = bench.connect(GRAPH, base_url=desk.url)
    desk.fail(1, status=200, body={"user": None, "errors": [{"extensions": {"code": "INTERNAL"}}]})
    with pytest.raises(BadAnswer, match="HUB-4612"):
        driver.receive(signed("shopify", {"id": 7}))
    assert driver.receive(signed("shopify", {"id": 7})).status == 200


@pytest.mark.parametrize(
    ("wrong", "code"),
    [("fetch: /graphql/7", "record: $"), ("{event.id}", "{happening.id}")],
)
def test_a_body_that_cannot_be_is_told(bench: Bench, wrong: str, code: str) -> None:
    with pytest.raises(ConfigError):
        bench.connect(GRAPH.replace(wrong, code))


def test_an_id_stays_one_piece_of_the_address(bench: Bench, desk: Desk) -> None:
    driver = bench.connect(TOKEN, base_url=desk.url, webhook_secret="knock")
    driver.receive(request({"user": {"id": "../admin?x=7"}}, query={"word": "knock"}))
    assert desk.requests[-1].path == "/users/..%2Fadmin%3Fx%3D7"


# --- what it says ----------------------------------------------------------------------------------------------------


def test_events_go_to_their_streams_and_others_are_passed_over(bench: Bench) -> None:
    driver = bench.connect(of_scheme("shopify"))
    assert driver.receive(signed("shopify", {"type": "user.deleted", "data": {"id": 7}})).page == Page(
        "users", deleted=("7",)
    )
    paid = {"type": "order.paid", "data": {"id": 1}}
    assert driver.receive(signed("shopify", paid)).page == Page("orders", [{"id": 1}])
    for event in ({"type": "order.seen", "data": {"id": 1}}, {"type": None}, {}, 5, {"type": "user.deleted"}):
        assert driver.receive(signed("shopify", event)) == Received(None, 200)


MANY = (
    HEAD
    + """
  signature: {scheme: xero, secret: "{config.webhook_secret}"}
  each: $.events[*]
  events:
    - {where: "header:x-topic", is: users, stream: users, record: $}
    - {where: $.kind, is: order, stream: orders, record: $.order}
    - {stream: users, record: $.user}
"""
)


def test_one_request_may_bring_several_events_of_several_streams(bench: Bench) -> None:
    driver = bench.connect(MANY)
    events = [{"user": {"id": 1}}, {"kind": "order", "order": {"id": 9}}, {"user": {"id": 2}}]
    received = driver.receive(signed("xero", {"events": events}))
    assert received.pages == (Page("users", [{"id": 1}, {"id": 2}]), Page("orders", [{"id": 9}]))
    assert (sorted(driver.records["users"]), sorted(driver.records["orders"])) == (["1", "2"], ["9"])
    by_header = signed("xero", {"events": [{"id": 3, "kind": "order"}]})
    driver.receive(replace(by_header, headers=by_header.headers | {"x-topic": "users"}))
    assert "3" in driver.records["users"]


@pytest.mark.parametrize("body", [b"", b"no json", b"[", b'{"events": 7}', b"{}", b"[1]", b"\xff"])
def test_a_request_without_events_is_told_so(bench: Bench, body: bytes) -> None:
    driver = bench.connect(MANY)
    received = driver.receive(signed("xero", body))
    assert (received.status, received.page) == (400, None) and "HUB-4651" in received.body


def test_a_form_is_an_object(bench: Bench) -> None:
    text = (
        HEAD
        + """
  signature: {scheme: twilio, secret: "{config.webhook_secret}", url: "{config.webhook_url}"}
  events: [{stream: users, record: $}]
"""
    )
    driver = bench.connect(text)
    body = urlencode({"id": "SM1", "Body": "Grüße"}).encode()
    bare = request(body, content_type="application/x-www-form-urlencoded")
    good = replace(bare, headers=bare.headers | signed_headers(SCHEMES["twilio"], bare, WORD, url=URL))
    driver.receive(good)
    assert driver.records["users"] == {"SM1": {"id": "SM1", "Body": "Grüße"}}


# --- pings -----------------------------------------------------------------------------------------------------------

PINGS = of_scheme("meta").replace(
    "  events:",
    """  pings:
    - {method: GET, echo: hub.challenge, verify: {hub.verify_token: "{config.webhook_secret}"}}
    - {method: POST, echo: validationToken}
    - {method: HEAD}
  events:""",
)


def test_a_vendor_that_tries_the_address_hears_what_it_wants(bench: Bench) -> None:
    driver = bench.connect(PINGS)
    good = {"hub.mode": "subscribe", "hub.challenge": "1158", "hub.verify_token": WORD}
    answer = driver.receive(request(b"", "GET", good))
    assert (answer.status, answer.body, answer.page) == (200, "1158", None)
    assert answer.content_type.startswith("text/plain"), "never a page that a browser would run"
    for wrong in ({"hub.verify_token": "no"}, {"hub.verify_token": ""}):
        assert driver.receive(request(b"", "GET", good | wrong)).status == 403
    assert driver.receive(request(b"", "POST", {"validationToken": "abc"})).body == "abc"
    assert driver.receive(request(b"", "HEAD")).status == 200
    assert driver.receive(request(USER)).status == 401, "an event is no ping"
    assert driver.receive(request(b"", "GET")).status == 401


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (TOKEN.replace('fetch: "/users/{event.user.id}", records: $.user', "record: $"), "HUB-1004", "fetch"),
        (TOKEN.replace('fetch: "/users/{event.user.id}", records: $.user', "gone: $.id"), "HUB-1004", "fetch"),
        (TOKEN.replace('  token: {query: word, value: "{config.webhook_secret}"}\n', ""), "HUB-1004", "token"),
        (TOKEN.replace("stream: users, fetch", "stream: user, fetch"), "HUB-4604", "user"),
        (TOKEN.replace("{event.user.id}", "{events.user.id}"), "HUB-4601", "events"),
        (TOKEN.replace("{config.webhook_secret}", "{config.webhook_word}"), "HUB-4601", "webhook_word"),
        (signed_by("twilio"), "HUB-1004", "url"),
        (signed_by("shipstation"), "HUB-1004", "public keys"),
        (signed_by("stripes"), "HUB-1004", "stripe"),
        (signed_by("stripe").replace("record: $.data}", "record: $.data, gone: $.id}", 1), "HUB-1004", "one"),
        (signed_by("stripe").replace("{where: $.type, is: user.deleted", "{is: user.deleted"), "HUB-1004", "where"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(wrong: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connector_of(wrong)
    assert caught.value.code == code
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.where.startswith("hostile/connector.yaml:")
