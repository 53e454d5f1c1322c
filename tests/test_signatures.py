"""Signatures of webhooks, scheme by scheme: held against the same bytes put together by hand; late, changed and foreign
requests are refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from hub.contract import Request
from hub.signatures import SCHEMES, TOLERANCE, Scheme, can_sign, is_signed, signed_headers

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECONDS = str(int(NOW.timestamp()))
BODY = '{"id":7,"name":"Zoë Example"}'.encode()
URL = "https://hub.example.com/in/vendor"
KEY = bytes(range(32))
WHSEC = "whsec_" + base64.b64encode(KEY).decode()
HMAC_SCHEMES = sorted(set(SCHEMES) - {"shipstation"})


def request(body: bytes = BODY, **headers: str) -> Request:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/in/vendor", {}, {"content-type": "application/json", **told}, body, NOW)


def secret_of(name: str) -> str:
    return WHSEC if SCHEMES[name].whsec else "a secret of theirs"


def signed(name: str, body: bytes = BODY) -> Request:
    query = {"bodySHA256": hashlib.sha256(body).hexdigest()} if name == "twilio" else {}
    bare = replace(request(body), query=query)
    headers = signed_headers(SCHEMES[name], bare, secret_of(name), url=URL)
    return replace(bare, headers={**bare.headers, **headers})


def fits(name: str, asked: Request, secret: str | None = None) -> bool:
    return is_signed(SCHEMES[name], asked, [secret or secret_of(name)], url=URL)


def b64(key: bytes, text: bytes, algorithm: Callable[..., object] = hashlib.sha256) -> str:
    return base64.b64encode(hmac.digest(key, text, algorithm)).decode()


# What each vendor's page says, put together by hand.
BY_HAND: dict[str, dict[str, str]] = {
    "shopify": {"x_shopify_hmac_sha256": b64(b"s", BODY)},
    "woocommerce": {"x_wc_webhook_signature": b64(b"s", BODY)},
    "standard": {
        "webhook_id": "msg_1",
        "webhook_timestamp": SECONDS,
        "webhook_signature": "v1a,bm90IG91cnM= v1," + b64(KEY, b"msg_1." + SECONDS.encode() + b"." + BODY),
    },
    "zendesk": {
        "x_zendesk_webhook_signature_timestamp": "2026-03-04T05:06:07Z",
        "x_zendesk_webhook_signature": b64(b"s", b"2026-03-04T05:06:07Z" + BODY),
    },
    "hubspot": {
        "x_hubspot_request_timestamp": SECONDS + "000",
        "x_hubspot_signature_v3": b64(b"s", b"POST" + URL.encode() + BODY + SECONDS.encode() + b"000"),
    },
    "stripe": {
        "stripe_signature": f"t={SECONDS},v1={'00' * 32},v0=ff,v1="
        + hmac.digest(b"s", SECONDS.encode() + b"." + BODY, hashlib.sha256).hex(),
    },
    "typeform": {"typeform_signature": "sha256=" + b64(b"s", BODY)},
    "tally": {"tally_signature": b64(b"s", BODY)},
    "meta": {"x_hub_signature_256": "sha256=" + hmac.digest(b"s", BODY, hashlib.sha256).hex()},
    "intercom": {"x_hub_signature": "sha1=" + hmac.digest(b"s", BODY, hashlib.sha1).hex()},
    "xero": {"x_xero_signature": b64(b"s", BODY)},
    "quickbooks": {"intuit_signature": b64(b"s", BODY)},
    "surveymonkey": {"sm_signature": b64(b"s", BODY, hashlib.sha1)},
    "twenty": {
        "x_twenty_webhook_timestamp": SECONDS + "000",
        "x_twenty_webhook_signature": hmac.digest(
            b"s", SECONDS.encode() + b"000:" + BODY, hashlib.sha256
        ).hex(),
    },
    "espocrm": {
        "signature": base64.b64encode(
            b"hook1:" + hmac.digest(b"s", BODY, hashlib.sha256).hex().encode()
        ).decode(),
    },
}


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_request_as_the_vendor_describes_it_is_known(name: str) -> None:
    secret = WHSEC if name == "standard" else "s"
    asked = request(**BY_HAND[name])
    assert fits(name, asked, secret)
    assert not fits(
        name, asked, "whsec_" + base64.b64encode(bytes(32)).decode() if name == "standard" else "t"
    )


def test_every_scheme_is_shown() -> None:
    assert set(BY_HAND) | {"twilio", "shipstation"} == set(SCHEMES)


@pytest.mark.parametrize("name", HMAC_SCHEMES)
def test_what_we_sign_is_known_and_nothing_else(name: str) -> None:
    good = signed(name)
    assert fits(name, good)
    assert fits(name, replace(good, headers=good.headers | {"x-more": "1"}))
    for place in (0, len(BODY) // 2, len(BODY) - 1):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert not fits(name, replace(good, body=changed)), "a changed body"
    assert not fits(name, request()), "no signature"
    assert not fits(name, replace(good, headers=good.headers | {SCHEMES[name].header: ""}))
    other = "whsec_" + base64.b64encode(bytes(32)).decode() if SCHEMES[name].whsec else "another"
    assert not fits(name, good, other)
    assert not is_signed(SCHEMES[name], good, [None, ""], url=URL), "without a secret nothing is believed"


@pytest.mark.parametrize("name", HMAC_SCHEMES)
def test_two_secrets_hold_while_one_is_changed(name: str) -> None:
    other = "whsec_" + base64.b64encode(bytes(32)).decode() if SCHEMES[name].whsec else "another"
    secrets = [SecretStr(other), None, SecretStr(secret_of(name))]
    assert is_signed(SCHEMES[name], signed(name), secrets, url=URL)


@pytest.mark.parametrize("name", [name for name in HMAC_SCHEMES if SCHEMES[name].is_timed])
def test_a_request_sent_again_later_is_refused(name: str) -> None:
    good = signed(name)
    for late in (TOLERANCE, -TOLERANCE):
        assert fits(name, replace(good, received_at=NOW + timedelta(seconds=late)))
        assert not fits(name, replace(good, received_at=NOW + timedelta(seconds=late * 1.01)))
    own = SCHEMES[name].timestamp
    for wrong in ("", "soon", "9" * 40, "١٢٣"):
        told = f"t={wrong},v1=00" if own == "t=" else wrong
        headers = good.headers | {SCHEMES[name].header if own == "t=" else own: told}
        assert not fits(name, replace(good, headers=headers))


def test_a_sender_signs_with_both_secrets_while_one_is_changed() -> None:
    former = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
    headers = signed_headers(SCHEMES["standard"], request(), WHSEC, former, id_="msg_1")
    both = replace(request(), headers=headers)
    assert headers["webhook-signature"].count("v1,") == 2
    assert fits("standard", both, WHSEC)
    assert fits("standard", both, former)
    assert not fits("standard", both, "whsec_" + base64.b64encode(bytes(32)).decode())
    joined = headers["webhook-signature"].replace(" ", ", ")
    assert fits("standard", replace(both, headers={**headers, "webhook-signature": joined}), former)
    with pytest.raises(ValueError, match="one secret"):
        signed_headers(SCHEMES["shopify"], request(), "one", "other")


def test_a_request_without_its_signed_name_is_refused() -> None:
    good = signed("standard")
    nameless = {name: value for name, value in good.headers.items() if name != "webhook-id"}
    assert not fits("standard", replace(good, headers=nameless))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_####", "whsec_c2hvcnQ=", WHSEC[6:]])
def test_a_secret_of_another_shape_is_none(secret: str) -> None:
    assert not can_sign(SCHEMES["standard"], secret)
    assert can_sign(SCHEMES["standard"], SecretStr(WHSEC))
    assert can_sign(SCHEMES["stripe"], "any text")
    assert not can_sign(SCHEMES["shipstation"], "only the vendor has the key")


def test_a_time_told_twice_is_none() -> None:
    good = signed("stripe")
    doubled = {"stripe-signature": f"t={SECONDS}," + good.headers["stripe-signature"]}
    assert not fits("stripe", replace(good, headers=good.headers | doubled))


# --- Twilio ----------------------------------------------------------------------------------------------------------


def form(body: bytes, signature: str) -> Request:
    headers = {
        "content_type": "application/x-www-form-urlencoded; charset=utf-8",
        "x_twilio_signature": signature,
    }
    return request(body, **headers)


def test_a_form_is_signed_field_by_field_in_order() -> None:
    body = b"To=%2B12025550100&From=%2B12025550101&Body=&Digits=1234"
    expected = b64(b"s", URL.encode() + b"BodyDigits1234From+12025550101To+12025550100", hashlib.sha1)
    assert fits("twilio", form(body, expected), "s")
    assert not fits("twilio", form(body.replace(b"1234", b"1235"), expected), "s")
    assert not is_signed(SCHEMES["twilio"], form(body, expected), ["s"], url=URL + "?more=1")


def test_another_body_is_signed_by_its_hash_in_the_address() -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    expected = b64(b"s", f"{URL}?bodySHA256={digest}".encode(), hashlib.sha1)
    good = replace(request(x_twilio_signature=expected), query={"bodySHA256": digest})
    assert fits("twilio", good, "s")
    assert not fits("twilio", replace(good, body=BODY + b" "), "s")
    bare = b64(b"s", URL.encode(), hashlib.sha1)
    assert not fits("twilio", request(x_twilio_signature=bare), "s"), "a body that nothing signs"


# --- RSA -------------------------------------------------------------------------------------------------------------


def test_a_public_key_knows_what_its_vendor_signed() -> None:
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()

    def text(number: int) -> str:
        return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()

    key = f"{text(numbers.n)}:{text(numbers.e)}"
    stamp = "2026-03-04T05:06:07Z"
    made = private.sign(stamp.encode() + b"." + BODY, padding.PKCS1v15(), SHA256())
    headers = {
        "x_shipengine_timestamp": stamp,
        "x_shipengine_rsa_sha256_signature": base64.b64encode(made).decode(),
    }
    good = request(**headers)
    assert fits("shipstation", good, key)
    assert is_signed(SCHEMES["shipstation"], good, ["no key", "YQ:YQ", key])
    assert not fits("shipstation", replace(good, body=BODY + b" "), key)
    assert not fits("shipstation", replace(good, received_at=NOW + timedelta(hours=1)), key)
    other = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    assert not fits("shipstation", good, f"{text(other.n)}:{text(other.e)}")
    with pytest.raises(ValueError, match="secret"):
        signed_headers(SCHEMES["shipstation"], request(), key)


# --- whatever comes --------------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=60), st.text(max_size=30), st.binary(max_size=60))
def test_nonsense_is_refused_and_nothing_else_happens(name: str, one: str, other: str, body: bytes) -> None:
    scheme: Scheme = SCHEMES[name]
    headers = {scheme.header: one, scheme.timestamp or "x": other, scheme.id or "y": other}
    asked = replace(request(body), headers=headers)
    assert not is_signed(scheme, asked, [secret_of(name) if name != "shipstation" else "x:y", other], url=URL)
