"""The door: what a connector gets, what a sender hears, and what nobody may learn."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract import Received
from hub.errors import AuthRefused, HubError, Locked, SkipRecord, StoreError
from hub.web.arrival import truncated
from hub.web.headers import policy


def test_a_connector_gets_the_bytes_as_they_came(web: httpx.Client, receiver: Any) -> None:
    body = b'{ "a" :1,\r\n"b":"\xff"}'
    answer = web.post("/in/form?x=1&y=%20", content=body, headers={"Webhook-ID": "m1", "X-Two": "a"})
    assert (answer.status_code, answer.json()) == (202, {"ok": 1})
    name, request = receiver.requests[0]
    assert (name, request.method, request.path, request.query) == (
        "form",
        "POST",
        "/in/form",
        {"x": "1", "y": " "},
    )
    assert request.body == body
    assert request.headers["webhook-id"] == "m1"
    assert request.remote == "127.0.0.0"
    assert request.received_at.isoformat() == "2026-07-30T12:00:00+00:00"


def test_headers_that_come_twice_are_joined(web: httpx.Client, receiver: Any) -> None:
    web.post("/in/form", headers=[("webhook-signature", "v1,a"), ("webhook-signature", "v1,b")])
    assert receiver.requests[0][1].headers["webhook-signature"] == "v1,a, v1,b"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_pings_arrive(web: httpx.Client, receiver: Any, method: str) -> None:
    assert web.request(method, "/in/form?challenge=1").status_code == 202
    assert receiver.requests[0][1].method == method


def test_a_form_page_is_asked_for_by_get(web: httpx.Client, receiver: Any) -> None:
    receiver.answer = lambda request: Received(None, 200, "<!doctype html><p>é", "text/html")
    answer = web.get("/form/form")
    assert (answer.status_code, answer.text) == (200, "<!doctype html><p>é")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert receiver.requests[0][1].path == "/form/form"


def test_a_browser_is_sent_on(web: httpx.Client, receiver: Any) -> None:
    receiver.answer = lambda request: Received(None, 303, location="/form/form?sent=1")
    answer = web.post("/in/form", data={"a": "b"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/form/form?sent=1")


@pytest.mark.parametrize(
    "path", ["/in/other", "/form/other", "/in/FORM", "/in/form/", "/in/", "/nothing", "/in/a%2Fb"]
)
def test_what_is_not_there_looks_like_everything_that_is_not_there(
    web: httpx.Client, receiver: Any, path: str
) -> None:
    answers = [web.post(path, content=b"x" * 20_000), web.get(path)]
    seen = {(answer.status_code, answer.text) for answer in answers if answer.status_code != 405}
    assert seen == {(404, '{"error": {"code": "HUB-4201", "message": "not found"}}')}
    assert receiver.requests == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_possible(web: httpx.Client, receiver: Any, method: str) -> None:
    assert web.request(method, "/in/form").status_code == 405
    assert receiver.requests == []


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "status"), [(10_000, 202), (10_001, 413)])
def test_the_size_limit_is_exact(web: httpx.Client, receiver: Any, size: int, status: int) -> None:
    assert web.post("/in/form", content=b"x" * size).status_code == status
    assert len(receiver.requests) == (status == 202)


def test_a_body_without_a_length_is_stopped_while_it_streams(
    raw: Callable[..., bytes], receiver: Any
) -> None:
    chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    head = b"POST /in/form HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(head, *[chunk] * 12)  # no end: the answer comes before the body is over
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert receiver.requests == []


def test_an_announced_giant_is_refused_unread(raw: Callable[..., bytes], receiver: Any) -> None:
    answer = raw(b"POST /in/form HTTP/1.1\r\nHost: h\r\nContent-Length: 10485760\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert receiver.requests == []


def test_a_body_that_does_not_come(
    raw: Callable[..., bytes], receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.arrival.BODY_SECONDS", 0.05)
    answer = raw(b"POST /in/form HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert receiver.requests == []


@pytest.mark.parametrize(
    "head", [b"POST /in/form HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", b"\x00\xff\r\n\r\n"]
)
def test_a_broken_request_is_answered(raw: Callable[..., bytes], receiver: Any, head: bytes) -> None:
    assert raw(head).startswith(b"HTTP/1.1 400 ")
    assert receiver.requests == []


# --- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AuthRefused("HUB-4209", "canary"), 401),
        (SkipRecord("HUB-4211", "no"), 422),
        (StoreError("HUB-5001", "canary disk"), 503),
        (Locked("HUB-5002", "canary locked"), 503),
        (HubError("HUB-6001", "canary"), 500),
        (ValueError("canary@example.com"), 500),
    ],
)
def test_a_sender_hears_that_it_was_not_taken(
    web: httpx.Client, receiver: Any, error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(request: object) -> Received:
        raise error

    receiver.answer = fail
    answer = web.post("/in/form", content=b"{}")
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}
    assert ("retry-after" in answer.headers) == (status == 503)
    if status >= 500:
        assert "canary" not in answer.text + caplog.text
        assert [record.levelno for record in caplog.records if record.name == "hub.web"] == [logging.ERROR]


def test_the_answer_waits_for_the_landing(web: httpx.Client, receiver: Any) -> None:
    """Durable before the 2xx: nothing is said while `deliver` has not returned."""
    gate, order = threading.Event(), []

    def slow(request: object) -> Received:
        gate.wait(5)
        order.append("landed")
        return Received(None, 202)

    receiver.answer = slow
    threading.Timer(0.05, gate.set).start()
    assert web.post("/in/form").status_code == 202
    order.append("answered")
    assert order == ["landed", "answered"]


def test_a_slow_landing_does_not_hold_up_the_others(web: httpx.Client, receiver: Any) -> None:
    gate = threading.Event()
    receiver.answer = lambda request: Received(None, 202) if gate.wait(5) else Received(None, 500)
    statuses: list[int] = []
    posts = [
        threading.Thread(target=lambda: statuses.append(web.post("/in/form").status_code)) for _ in range(5)
    ]
    for post in posts:
        post.start()
    assert web.get("/healthz").json() == {"status": "ok"}
    gate.set()
    for post in posts:
        post.join()
    assert statuses == [202] * 5


# --- headers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/in/form", "/form/form", "/in/other", "/healthz", "/nothing", "/static/form.css", "/openapi.json"],
)
def test_every_answer_has_the_security_headers(web: httpx.Client, path: str) -> None:
    headers = web.get(path).headers
    csp = headers["content-security-policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in csp
    assert "unsafe" not in csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers
    assert headers["cache-control"] == ("public, max-age=3600" if path.startswith("/static/") else "no-store")


def test_a_form_may_lead_on_to_https_and_nothing_else_may() -> None:
    assert "form-action 'self' https:;" in policy("/form/x")
    assert "form-action 'self';" in policy("/in/x")


def test_the_style_sheet(web: httpx.Client) -> None:
    answer = web.get("/static/form.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert web.get("/static/../app.py").status_code == 404
    assert web.get("/static/%2e%2e/app.py").status_code == 404


def test_the_api_description_names_each_route_once(
    web: httpx.Client, recwarn: pytest.WarningsRecorder
) -> None:
    described = json.loads(web.get("/openapi.json").text)
    ids = [item["operationId"] for path in described["paths"].values() for item in path.values()]
    assert len(ids) == len(set(ids)) >= 5
    assert not [warning for warning in recwarn if "Duplicate" in str(warning.message)]


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:aaaa:bbbb::7", "2001:db8:aaaa::"),
        ("::ffff:192.0.2.77", "192.0.2.0"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_an_address_loses_what_points_at_a_person(address: str, kept: str) -> None:
    assert truncated(address) == kept


@given(st.text(max_size=30))
def test_any_address_is_bearable(text: str) -> None:
    truncated(text)
