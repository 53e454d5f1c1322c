"""Nothing kept, logged or raised holds a secret or a person's data; canaries are planted everywhere and looked for."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
import respx

from hub.errors import HubError
from hub.http import Limits, Redactor, Ring
from hub.http.held import HeldExchange
from hub.http.redact import reason_of

Make = Callable[..., Any]
URL = "https://shop.example.com/api/customers"
PERSON = {
    "id": 12025550123,
    "email": "canary.person@example.com",
    "name": "Canary Nowak",
    "phone": 12025550123,
    "birth_date": "1980-01-31",
    "status": "active",
    "status_note": "canary note",
    "tags": ["canary", "vip"],
    "canary.person@example.com": 1,
    "updated_at": "2026-07-30T18:22:41Z",
    "password": "canary-password",
    "nested": {"a": {"b": {"c": {"d": {"e": {"f": "canary deep"}}}}}},
}
SECRETS = {
    "bearer": "canary-bearer-token",
    "params": {"consumer_key": "ck_canary"},
    "headers": {"X-Api-Key": "canary-api-key", "X-Odd": "canary-odd"},
}


def everything(ring: Ring) -> str:
    return "\n".join(f"{item.method} {item.url} {item.request} {item.response}" for item in ring.drain())


@respx.mock
def test_the_ring_holds_the_shape_and_no_person(make: Make, ring: Ring) -> None:
    respx.get(URL).mock(
        httpx.Response(200, json=[PERSON, PERSON], headers={"Set-Cookie": "canary=1", "X-Total": "2"})
    )
    make(**SECRETS).get_json(
        "/customers", params={"email": "canary.person@example.com", "page": 2, "status": "active"}
    )
    kept = everything(ring)
    assert "canary" not in kept.lower().replace("canary-odd", "canary")
    assert "12025550123" not in kept and "1980" not in kept
    for seen in (
        '"email":"text(25)"',
        '"status":"active"',
        "and 1 more",
        "page=2",
        "2026-07-30T18:22:41Z",
        "email=***",
    ):
        assert seen in kept.replace("\\", ""), seen


@respx.mock
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 429, 500])
def test_errors_and_logs_hold_no_canary(
    make: Make, ring: Ring, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "code": "invalid_thing",
        "message": "canary.person@example.com is taken",
        "data": PERSON,
        "echo": "ck_canary",
    }
    content = b"<p>canary</p>" if status == 200 else orjson.dumps(body)
    respx.get(url__startswith=URL).mock(httpx.Response(status, content=content))
    with caplog.at_level(logging.DEBUG), pytest.raises(HubError) as caught:
        make(**SECRETS, limits=Limits(attempts=1)).get_json(
            f"/customers/{PERSON['email']}", params={"q": "canary"}
        )
    chain: list[BaseException | None] = [caught.value]
    while chain[-1] is not None and not chain[-1].__suppress_context__:
        chain.append(chain[-1].__cause__ or chain[-1].__context__)
    shown = " ".join(
        [*(f"{item} {item!r}" for item in chain), str(caught.value.as_dict()), caplog.text, everything(ring)]
    )
    assert "canary" not in shown.lower().replace("canary-odd", "")
    assert status == 200 or "invalid_thing" in str(caught.value)


@respx.mock
def test_a_failed_exchange_is_remembered_too(make: Make, ring: Ring) -> None:
    respx.get(URL).mock(side_effect=httpx.ConnectTimeout("canary"))
    with pytest.raises(HubError):
        make(limits=Limits(attempts=2)).get_json("/customers")
    kept = ring.drain()
    assert [(item.status, item.response) for item in kept] == [(None, '{"error":"HUB-4011"}')] * 2
    assert [(item.error, item.retries) for item in kept] == [("HUB-4011", 0), ("HUB-4011", 1)]
    assert ring.drain() == []


@respx.mock
def test_the_ring_keeps_the_latest(make: Make, ring: Ring) -> None:
    respx.get(url__startswith=URL).mock(httpx.Response(200, json=[]))
    client = make()
    for page in range(30):
        client.get_json("/customers", params={"page": page})
    assert len(ring) == 20
    assert [item.url[-7:] for item in ring.drain()][::19] == ["page=10", "page=29"]


def test_large_bodies_of_older_exchanges_are_let_go_of() -> None:
    ring = Ring(5, whole=2)
    large, small = b'{"a": "%s"}' % (b"x" * 9000), b'{"a": 1}'
    for body in (large, small, large, large):
        at = datetime(2026, 7, 30, tzinfo=UTC)
        held = HeldExchange(Redactor(), "POST", httpx.URL(URL), {}, body, at, 1, 0, "", 200, {}, body)
        ring.add(held)
    bodies = [(orjson.loads(one.request)["body"], orjson.loads(one.response)["body"]) for one in ring.drain()]
    note, whole = "(9009 bytes)", '{"a":"text(9000)"}'
    assert bodies == [(note, note), ('{"a":"1"}',) * 2, (whole, whole), (whole, whole)]


@respx.mock
def test_a_large_body_is_capped(make: Make, ring: Ring) -> None:
    respx.get(URL).mock(httpx.Response(200, json={f"key_{n}": "x" * 1000 for n in range(5000)}))
    make().get_json("/customers")
    assert len(ring.drain()[0].response) < 3000


def test_a_known_secret_is_found_in_every_spelling() -> None:
    secret = "s3cret/with+odd"
    redactor = Redactor([secret, "abc"])
    packed = b64encode(secret.encode()).decode()
    assert redactor.text(f"a {secret} b s3cret%2Fwith%2Bodd c {packed} d") == "a *** b *** c *** d"
    assert redactor.text("abc") == "abc", "three letters are no secret, they are everywhere"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example.com/wp-json/wc/v3/orders?page=2", "https://h.example.com/wp-json/wc/v3/orders?page=2"),
        ("https://h.example.com/users/ada@example.com", "https://h.example.com/users/***"),
        ("https://h.example.com/users/ada%40example.com/x", "https://h.example.com/users/***/x"),
        ("https://h.example.com/users/+12025550123", "https://h.example.com/users/***"),
        ("https://u:p@h.example.com:8443/t/123.json", "https://h.example.com:8443/t/123.json"),
        ("https://h.example.com/?api_key=abcd&key=x&q=Ada", "https://h.example.com/?api_key=***&key=***&q=***"),
        ("https://h.example.com/?modified_after=2026-07-30T00:00:00", "https://h.example.com/?modified_after=2026-07-30T00:00:00"),
    ],
)  # fmt: skip
def test_addresses(url: str, shown: str) -> None:
    assert Redactor().url(url) == shown


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"code": "rest_forbidden", "message": "Ada"}', "rest_forbidden"),
        (b'{"error": "invalid_grant", "error_description": "Ada"}', "invalid_grant"),
        (b'{"error": {"code": 190, "message": "Ada"}}', "190"),
        (b'{"errors": [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]}', "REQUEST_LIMIT_EXCEEDED"),
        (b'[{"errorCode": "INVALID_FIELD"}]', "INVALID_FIELD"),
        (b'{"errors": {"email": ["ada@example.com is taken"]}}', ""),
        (b'{"error": "ada@example.com is taken"}', ""),
        (b'{"code": 12025550123}', ""),
        (b'{"error": {"error": {"error": {"error": {}}}}}', ""),
        (b'{"errors": []}', ""),
        (b"<html>", ""),
        (b'"text"', ""),
        (b"[]", ""),
        (b"", ""),
    ],
)
def test_the_vendors_word_for_an_error(body: bytes, word: str) -> None:
    assert reason_of(body) == word
