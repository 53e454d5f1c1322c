"""Standard Webhooks as a receiver: what is let in, what is not, to the second and to the byte."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.webform.config import WebformConfig
from hub.contract import Request
from hub.signatures import SCHEMES, is_signed, signed_headers

Make = Callable[..., Any]
BODY = {"email": "ada@example.com", "message": "hello"}
#: A key, id, time and body, and the signature that the standard's formula gives for them, worked out apart from our code.
KEY = b"0123456789abcdef0123456789abcdef"
VECTOR = base64.b64encode(
    hmac.new(KEY, b'msg_1.1785412800.{"test": 2432232314}', hashlib.sha256).digest()
).decode()


def sign(secret: str, event: str, stamp: int, body: bytes) -> str:
    sent = Request("POST", "/in/form", {}, {}, body, datetime.fromtimestamp(stamp, UTC))
    return signed_headers(SCHEMES["standard"], sent, secret, id_=event)["webhook-signature"]


def test_the_formula() -> None:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    assert sign(secret, "msg_1", 1785412800, b'{"test": 2432232314}') == "v1," + VECTOR


def test_a_signed_post_is_taken(bench: Make, record: Make) -> None:
    received = bench().program(BODY)
    assert (received.status, received.body) == (202, '{"status": "accepted"}')
    assert record(received)["fields"] == BODY
    assert record(received)["meta"]["signed"] is True


@pytest.mark.parametrize(
    ("offset", "taken"), [(-301, False), (-300, True), (-299, True), (0, True), (299, True), (301, False)]
)
def test_the_tolerance_is_exact(bench: Make, code: Make, offset: int, taken: bool) -> None:
    received = bench().program(BODY, offset=offset)
    assert received.status == (202 if taken else 401)
    if not taken:
        assert code(received) == "HUB-4209"


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "９", "1785412800.5", " 1785412800", "9" * 40])
def test_a_timestamp_that_is_none(bench: Make, code: Make, stamp: str) -> None:
    assert code(bench().program(BODY, headers={"webhook-timestamp": stamp})) == "HUB-4209"


def test_a_wrong_key(bench: Make, code: Make, secrets: tuple[str, str]) -> None:
    assert code(bench().program(BODY, secret=secrets[1])) == "HUB-4208"


def test_two_secrets_while_rotating(bench: Make, secrets: tuple[str, str]) -> None:
    current, previous = secrets
    rotating = bench(previous_signing_secret=previous)
    assert rotating.program(BODY, secret=current).status == 202
    assert rotating.program(BODY, secret=previous).status == 202
    assert bench().program(BODY, secret=previous).status == 401


@pytest.mark.parametrize("joint", [" ", ", ", ","])
def test_several_signatures(bench: Make, secrets: tuple[str, str], joint: str) -> None:
    body = json.dumps(BODY).encode()
    right = sign(secrets[0], "evt_1", 1785412800, body)
    for parts in (["v1,AAAA", right], [right, "v1a,BBBB"], ["v2," + right[3:], right]):
        received = bench().program(body, headers={"webhook-signature": joint.join(parts)})
        assert received.status == 202, parts


@pytest.mark.parametrize(
    "given_signature",
    ["", "v1,", "v1", "v2,{0}", "v1a,{0}", "{0}", "v1={0}", "v1,{0}x", "V1,{0}", "xv1,{0}", "v1,é"],
)
def test_a_signature_that_is_none(
    bench: Make, code: Make, secrets: tuple[str, str], given_signature: str
) -> None:
    body = json.dumps(BODY).encode()
    right = sign(secrets[0], "evt_1", 1785412800, body)[3:]
    received = bench().program(body, headers={"webhook-signature": given_signature.format(right)})
    assert code(received) == "HUB-4208"


def test_the_same_json_written_otherwise_is_not_the_same(bench: Make, code: Make) -> None:
    headers: dict[str, str] = {}
    original = json.dumps(BODY).encode()
    right = bench()
    stamp = "1785412800"
    headers = {
        "content-type": "application/json",
        "webhook-id": "evt_1",
        "webhook-timestamp": stamp,
        "webhook-signature": sign(
            right.connector.config.signing_secret.get_secret_value(), "evt_1", int(stamp), original
        ),
    }
    assert right.send(original, headers).status == 202
    assert code(right.send(json.dumps(BODY, indent=1).encode(), headers)) == "HUB-4208"


@given(
    place=st.integers(0, 10_000), flip=st.integers(1, 255), where=st.sampled_from(["body", "id", "timestamp"])
)
def test_no_tampering_is_accepted(place: int, flip: int, where: str) -> None:
    """A thousand ways to change one byte; none gets in."""
    secret = "whsec_" + base64.b64encode(KEY).decode()
    parts = {"body": b'{"a": "hello"}', "id": b"evt_1", "timestamp": b"1785412800"}
    right = sign(secret, "evt_1", 1785412800, parts["body"])
    changed = bytearray(parts[where])
    changed[place % len(changed)] ^= flip
    parts[where] = bytes(changed)
    headers = {
        "webhook-id": parts["id"].decode("latin-1"),
        "webhook-timestamp": parts["timestamp"].decode("latin-1"),
        "webhook-signature": right,
    }
    now = datetime.fromtimestamp(1785412800, UTC)
    arrived = Request("POST", "/in/form", {}, headers, parts["body"], now)
    assert not is_signed(SCHEMES["standard"], arrived, [secret])


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "hunter2hunter2",
        "whsec_",
        "whsec_####",
        "whsec_c2hvcnQ=",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_secret_that_is_none_is_told_without_showing_it(secret: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WebformConfig.model_validate({"signing_secret": secret})
    assert "whsec_ followed by" in str(caught.value)
    assert not secret[6:] or secret[6:] not in str(caught.value)
    with pytest.raises(ValueError, match="not a secret"):
        sign(secret, "a", 1, b"")


def test_unsigned_json_is_refused_unless_allowed(bench: Make, code: Make, record: Make) -> None:
    plain = {"content-type": "application/json"}
    assert code(bench().send(b'{"a": 1}', plain)) == "HUB-4207"
    assert record(bench(allow_unsigned=True).send(b'{"a": 1}', plain))["meta"]["signed"] is False


def test_a_wrong_signature_is_refused_even_where_none_is_needed(
    bench: Make, code: Make, secrets: tuple[str, str]
) -> None:
    assert code(bench(allow_unsigned=True).program(BODY, secret=secrets[1])) == "HUB-4208"


def test_a_signed_form_post_needs_no_site(bench: Make, record: Make) -> None:
    received = bench(allowed_origins=[]).program(
        b"email=ada%40example.com", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert record(received)["fields"] == {"email": "ada@example.com"}


@pytest.mark.parametrize("event", ["", " ", "a b", "a\tb", "é", "x" * 257])
def test_an_event_id_that_cannot_be_one(bench: Make, code: Make, event: str) -> None:
    assert code(bench().program(BODY, event=event)) == "HUB-4210"
