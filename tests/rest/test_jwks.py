"""Webhooks that a vendor signs with a key of its own: its public keys are asked for, kept, and no oracle for strangers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from hub.contract import Request
from hub.errors import HubError, Unreachable
from hub.http import Limits
from hub.rest.jwks import KEPT, SOONEST
from hub.signatures import SCHEMES, public_keys
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked, FakeServer
from tests.rest.conftest import NOW, connector_of

MANIFEST = """
name: desk
title: Desk
client: {base_url: "https://desk.example.com", auth: {type: api_key, header: API-Key, value: the-key-of-ours}}
streams:
  labels: {path: /labels, records: "$.labels[*]", key: id, paginate: single_page, deletes: none}
webhook:
  signature: {scheme: shipstation, jwks: JWKS}
  events: [{stream: labels, record: $.data}]
"""
EVENT = orjson.dumps({"resource_type": "API_LABEL_CREATED", "data": {"id": "se-1"}})
OLD, NEW = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def word(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def jwk(name: str, key: rsa.RSAPrivateKey, **more: Any) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": name, "n": word(numbers.n), "e": word(numbers.e), **more}


class Keys(FakeServer):
    """Publishes the keys that it has now."""

    def __init__(self, **keys: rsa.RSAPrivateKey) -> None:
        super().__init__(clock=lambda: NOW)
        self.keys = keys
        self.status = 200

    def answer(self, asked: Asked) -> Answer:
        return Answer.json({"keys": [jwk(name, key) for name, key in self.keys.items()]}, self.status)


@pytest.fixture
def vendor() -> Iterator[Keys]:
    with Keys(one=OLD) as server:
        yield server


@pytest.fixture
def driver(vendor: Keys) -> Iterator[Driver]:
    with opened(vendor, "/jwks") as driver:
        yield driver


def opened(vendor: Keys, jwks: str) -> Driver:
    made = connector_of(MANIFEST.replace("JWKS", jwks))
    return Driver(made(made.Config(base_url=vendor.url)), now=NOW, limits=Limits(attempts=1))


def signed(
    name: str = "one", key: rsa.RSAPrivateKey = OLD, at: datetime = NOW, body: bytes = EVENT
) -> Request:
    stamp = at.isoformat().replace("+00:00", "Z")
    made = key.sign(stamp.encode() + b"." + body, padding.PKCS1v15(), SHA256())
    headers = {
        "content-type": "application/json",
        "x-shipengine-rsa-sha256-key-id": name,
        "x-shipengine-rsa-sha256-signature": base64.b64encode(made).decode(),
        "x-shipengine-timestamp": stamp,
    }
    return Request("POST", "/in/desk", {}, headers, body, at)


def test_what_the_vendor_signed_is_taken_and_its_keys_are_asked_for_once(
    vendor: Keys, driver: Driver
) -> None:
    for seconds in range(3):
        assert driver.receive(signed(at=NOW + timedelta(seconds=seconds))).status == 200
    assert driver.records["labels"] == {"se-1": {"id": "se-1"}}
    assert [asked.path for asked in vendor.requests] == ["/jwks"]


def test_what_was_changed_on_its_way_is_refused(driver: Driver) -> None:
    good = signed()
    header = dict(good.headers)
    stamp = "2026-07-30T12:00:01Z"
    for wrong in (
        replace(good, body=EVENT.replace(b"se-1", b"se-2")),
        replace(good, headers=header | {"x-shipengine-timestamp": stamp}),
        replace(good, headers=header | {"x-shipengine-rsa-sha256-key-id": "two"}),
        replace(good, headers=header | {"x-shipengine-rsa-sha256-signature": "AAAA"}),
        signed(key=NEW),
    ):
        assert driver.receive(wrong).status == 401
    assert "labels" not in driver.records
    assert driver.receive(good).status == 200


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_is_sent_again_later_is_refused_and_asks_nobody(
    vendor: Keys, driver: Driver, seconds: int
) -> None:
    late = replace(signed(), received_at=NOW + timedelta(seconds=seconds))
    assert driver.receive(late).status == 401
    bare = {name: value for name, value in signed().headers.items() if "signature" not in name}
    assert driver.receive(replace(signed(), headers=bare)).status == 401
    assert vendor.requests == []


def test_a_new_key_is_found_and_a_stranger_cannot_have_us_ask_at_will(vendor: Keys, driver: Driver) -> None:
    assert driver.receive(signed()).status == 200
    for number in range(20):
        assert driver.receive(signed(f"guess-{number}", NEW)).status == 401
    assert len(vendor.requests) == 1
    vendor.keys["two"] = NEW
    later = NOW + SOONEST
    assert driver.receive(signed("two", NEW, later)).status == 200
    assert driver.receive(signed("one", OLD, later)).status == 200
    assert len(vendor.requests) == 2


def test_a_key_that_is_withdrawn_is_not_believed_for_ever(vendor: Keys, driver: Driver) -> None:
    assert driver.receive(signed()).status == 200
    vendor.keys = {"two": NEW}
    assert driver.receive(signed(at=NOW + KEPT)).status == 401


def test_keys_out_of_reach_are_no_refusal_the_vendor_sends_again(vendor: Keys, driver: Driver) -> None:
    vendor.status = 503
    with pytest.raises(Unreachable):
        driver.receive(signed())
    vendor.status = 200
    assert driver.receive(signed()).status == 200


def test_keys_elsewhere_see_no_credentials_and_none_are_fetched_from_a_private_address(vendor: Keys) -> None:
    with Keys(one=OLD) as other, opened(vendor, f"{other.url}/jwks") as driver:
        with pytest.raises(HubError, match="HUB-405"):
            driver.receive(signed())
        assert other.requests == []


def test_the_vendors_own_address_is_the_tables() -> None:
    assert SCHEMES["shipstation"].jwks == "https://api.shipengine.com/jwks"
    assert connector_of(MANIFEST.replace(", jwks: JWKS", "")).capabilities.receiver


@pytest.mark.parametrize(
    "told",
    [
        None, [], "keys", {}, {"keys": {}}, {"keys": [1, None]}, {"keys": [jwk("a", OLD, kty="EC")]},
        {"keys": [jwk("a", OLD, use="enc")]}, {"keys": [jwk("a", OLD, alg="RS512")]}, {"keys": [{"kty": "RSA"}]},
        {"keys": [jwk("", OLD)]},
    ],
)  # fmt: skip
def test_what_is_no_key_for_this_is_passed_over(told: Any) -> None:
    assert public_keys(told) == {}
    assert list(public_keys({"keys": [jwk("a", OLD, use="sig", alg="RS256")]})) == ["a"]
