"""How vendors sign their webhooks, as data; one function tells whether a request is signed, another signs.

    is_signed(SCHEMES["stripe"], request, [secret, previous_secret])

A signature covers the raw bytes that arrived. Where a scheme signs a time, an old request is refused; where it signs
none, what is sent again is believed again: then take what arrives as a hint, and ask the vendor for the record.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import SecretStr

from hub.contract import Request

#: Seconds a webhook may be on its way, or that two clocks may differ.
TOLERANCE = 300


@dataclass(frozen=True, slots=True)
class Scheme:
    """One vendor's way. Headers are in lower case."""

    #: Header with the signature, or with several.
    header: str
    #: What is signed, one after the other: body, timestamp, id, method, url, form; anything else stands for itself.
    signed: tuple[str, ...] = ("body",)
    algorithm: Literal["sha1", "sha256", "rsa"] = "sha256"
    encoding: Literal["hex", "base64"] = "base64"
    #: What stands before a signature.
    prefix: str = ""
    #: What stands between several, as we send them; a comma or a space is as good in what arrives.
    between: str = ""
    #: Header with the time; `t=` in front: that part of the signature's own header.
    timestamp: str = ""
    unit: Literal["seconds", "milliseconds", "text"] = "seconds"
    #: Header with the delivery's id, where that is signed.
    id: str = ""
    #: Secrets are base64 behind `whsec_`.
    whsec: bool = False
    #: The whole header is base64, of an id, a colon and the signature.
    wrapped: bool = False
    #: For `rsa`: header with the name of the key, and the address of the vendor's public keys (a JWKS, RFC 7517).
    key_id: str = ""
    jwks: str = ""

    @property
    def is_timed(self) -> bool:
        """Whether an old request is refused."""
        return bool(self.timestamp)


#: By vendor, as their documentation of webhooks tells.
SCHEMES: Mapping[str, Scheme] = {
    "shopify": Scheme("x-shopify-hmac-sha256"),
    "woocommerce": Scheme("x-wc-webhook-signature"),
    # Standard Webhooks 1.0; Etsy's as well.
    "standard": Scheme(
        "webhook-signature", ("id", ".", "timestamp", ".", "body"), prefix="v1,", between=" ",
        timestamp="webhook-timestamp", id="webhook-id", whsec=True,
    ),
    "zendesk": Scheme(
        "x-zendesk-webhook-signature", ("timestamp", "body"), timestamp="x-zendesk-webhook-signature-timestamp",
        unit="text",
    ),
    "hubspot": Scheme(
        "x-hubspot-signature-v3", ("method", "url", "body", "timestamp"), timestamp="x-hubspot-request-timestamp",
        unit="milliseconds",
    ),
    "stripe": Scheme(
        "stripe-signature", ("timestamp", ".", "body"), encoding="hex", prefix="v1=", between=",",
        timestamp="t=",
    ),
    "typeform": Scheme("typeform-signature", prefix="sha256="),
    "tally": Scheme("tally-signature"),
    "twilio": Scheme("x-twilio-signature", ("url", "form"), algorithm="sha1"),
    "meta": Scheme("x-hub-signature-256", encoding="hex", prefix="sha256="),
    "intercom": Scheme("x-hub-signature", algorithm="sha1", encoding="hex", prefix="sha1="),
    "shipstation": Scheme(
        "x-shipengine-rsa-sha256-signature", ("timestamp", ".", "body"), algorithm="rsa",
        timestamp="x-shipengine-timestamp", unit="text", key_id="x-shipengine-rsa-sha256-key-id",
        jwks="https://api.shipengine.com/jwks",
    ),
    "xero": Scheme("x-xero-signature"),
    "quickbooks": Scheme("intuit-signature"),
    # The secret is the application's `client_id&client_secret`.
    "surveymonkey": Scheme("sm-signature", algorithm="sha1"),
    "twenty": Scheme(
        "x-twenty-webhook-signature", ("timestamp", ":", "body"), encoding="hex",
        timestamp="x-twenty-webhook-timestamp", unit="milliseconds",
    ),
    "espocrm": Scheme("signature", encoding="hex", wrapped=True),
}  # fmt: skip


def is_signed(
    scheme: Scheme, request: Request, secrets: Iterable[SecretStr | str | None], *, url: str = ""
) -> bool:
    """Whether one of the secrets signed the request as it arrived, and not long ago.

    secrets: the present one and the one before it, so that they can be changed without losing anything; for `rsa` the
    vendor's public keys, each as `modulus:exponent` in base64url. url: the address the vendor was given, where it signs
    that. Every signature is held against every secret, in constant time.
    """
    if not is_fresh(scheme, request):
        return False
    stamp = _timestamp(scheme, request.headers)
    given = _signatures(scheme, request.headers)
    content = _content(scheme, request, stamp, url)
    if content is None:
        return False
    told = [secret for secret in map(_opened, secrets) if secret]
    if scheme.algorithm == "rsa":
        return any(_is_rsa(key, one, content) for key in told for one in given)
    keys = [key for key in (_key(scheme, secret) for secret in told) if key]
    fits = [hmac.compare_digest(_digest(scheme, key, content), one) for key in keys for one in given]
    return any(fits)


def is_fresh(scheme: Scheme, request: Request) -> bool:
    """Whether the request says that it was sent within the tolerance of when it arrived, and what it is called, where the
    scheme signs that. True for a scheme without a time; nothing is proven by it."""
    if scheme.id and not request.headers.get(scheme.id):
        return False
    stamp = _timestamp(scheme, request.headers)
    return not scheme.timestamp or _is_near(scheme, stamp, request.received_at)


def can_sign(scheme: Scheme, secret: SecretStr | str) -> bool:
    """Whether a secret has the shape that the scheme asks for: `whsec_` and 24 to 64 bytes in base64, or any text."""
    return scheme.algorithm != "rsa" and bool(_key(scheme, _opened(secret) or ""))


def signed_headers(
    scheme: Scheme,
    request: Request,
    *secrets: SecretStr | str,
    url: str = "",
    id_: str = "evt_1",
) -> dict[str, str]:
    """The headers by which `is_signed` knows a request, sent at its `received_at`: for fakes, and for what we send.

    secrets: one; several while they are being changed, where the scheme takes several signatures.

    Raises ValueError for a secret that cannot be one, for several where the scheme takes one, and for `rsa`, where only
    the vendor has the key."""
    if not secrets or not all(can_sign(scheme, secret) for secret in secrets):
        raise ValueError("not a secret that can sign")
    if len(secrets) > 1 and not scheme.between:
        raise ValueError("one secret, as there is place for one signature")
    stamp = _written_time(scheme, request.received_at)
    own = {scheme.id: id_} if scheme.id else {}
    content = _content(scheme, replace(request, headers={**request.headers, **own}), stamp, url)
    assert content is not None, "only what arrives can contradict itself"
    said = scheme.between.join(_signature(scheme, secret, content) for secret in secrets)
    if scheme.wrapped:
        said = base64.b64encode(f"{id_}:{said}".encode()).decode()
    if scheme.timestamp.endswith("="):
        return {**own, scheme.header: f"{scheme.timestamp}{stamp},{said}"}
    return {**own, **({scheme.timestamp: stamp} if scheme.timestamp else {}), scheme.header: said}


def _signature(scheme: Scheme, secret: SecretStr | str, content: bytes) -> str:
    key = _key(scheme, _opened(secret) or "") or b""
    return scheme.prefix + _encoded(scheme, _digest(scheme, key, content))


def public_keys(jwks: object) -> dict[str, str]:
    """The RSA keys of a JWKS that sign with SHA-256, by their name, as `is_signed` takes them. Others are passed over."""
    told = jwks.get("keys") if isinstance(jwks, Mapping) else None
    keys = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    found: dict[str, str] = {}
    for one in keys:
        parts = [one.get(name) for name in ("kid", "n", "e")]
        is_meant = (
            one.get("kty") == "RSA" and one.get("use", "sig") == "sig" and one.get("alg", "RS256") == "RS256"
        )
        if is_meant and all(isinstance(part, str) and part for part in parts):
            found[str(parts[0])] = f"{parts[1]}:{parts[2]}"
    return found


# --- what is signed --------------------------------------------------------------------------------------------------


def _content(scheme: Scheme, request: Request, stamp: str, url: str) -> bytes | None:
    """The signed bytes; None where the request contradicts itself."""
    parts = {
        "body": request.body,
        "timestamp": stamp.encode(),
        "id": request.headers.get(scheme.id, "").encode() if scheme.id else b"",
        "method": request.method.encode(),
        "url": url.encode(),
    }
    if "form" in scheme.signed:
        form = _form(request, url)
        if form is None:
            return None
        return form
    return b"".join(parts.get(part, part.encode()) for part in scheme.signed)


def _form(request: Request, url: str) -> bytes | None:
    """Twilio: the address, and behind it the fields of a form in order; for other bodies the address alone, which tells
    the body's hash then."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields = sorted(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return url.encode() + "".join(f"{name}{value}" for name, value in dict.fromkeys(fields)).encode()
    told = request.query.get("bodySHA256")
    if told is None:
        return None if request.body else url.encode()
    if not hmac.compare_digest(hashlib.sha256(request.body).hexdigest().encode(), told.lower().encode()):
        return None
    return f"{url}{'&' if '?' in url else '?'}bodySHA256={told}".encode()


def _timestamp(scheme: Scheme, headers: Mapping[str, str]) -> str:
    if not scheme.timestamp.endswith("="):
        return headers.get(scheme.timestamp, "")
    parts = headers.get(scheme.header, "").split(",")
    found = [part.strip() for part in parts if part.strip().startswith(scheme.timestamp)]
    return found[0].removeprefix(scheme.timestamp) if len(found) == 1 else ""


def _is_near(scheme: Scheme, stamp: str, now: datetime) -> bool:
    try:
        if scheme.unit == "text":
            moment = datetime.fromisoformat(stamp)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        elif re.fullmatch(r"[0-9]{1,15}", stamp, re.ASCII):
            seconds = int(stamp) / (1000 if scheme.unit == "milliseconds" else 1)
        else:
            return False
    except (ValueError, OverflowError):
        return False
    return abs(now.timestamp() - seconds) <= TOLERANCE


def _written_time(scheme: Scheme, now: datetime) -> str:
    if scheme.unit == "text":
        return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(int(now.timestamp() * (1000 if scheme.unit == "milliseconds" else 1)))


# --- signatures ------------------------------------------------------------------------------------------------------


def _signatures(scheme: Scheme, headers: Mapping[str, str]) -> list[bytes]:
    """Every signature in the header, as bytes of the digest."""
    told = headers.get(scheme.header, "").strip()
    if scheme.wrapped:
        _, _, told = (_unwrapped(told) or "").rpartition(":")
    if scheme.between:
        texts = re.findall(rf"(?:^|[\s,]){re.escape(scheme.prefix)}([A-Za-z0-9+/=]+)(?=[\s,]|$)", told)
    else:
        texts = [told.removeprefix(scheme.prefix)] if told.startswith(scheme.prefix) else []
    return [decoded for text in texts if text and (decoded := _decoded(scheme, text)) is not None]


def _unwrapped(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return None


def _decoded(scheme: Scheme, text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if scheme.encoding == "hex" else base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _encoded(scheme: Scheme, digest: bytes) -> str:
    return digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()


def _digest(scheme: Scheme, key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha1 if scheme.algorithm == "sha1" else hashlib.sha256)


def _key(scheme: Scheme, secret: str) -> bytes | None:
    if not scheme.whsec:
        return secret.encode() or None
    if not secret.startswith("whsec_"):
        return None
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return None
    return key if 24 <= len(key) <= 64 else None


def _is_rsa(key: str, signature: bytes, content: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017)."""
    try:
        modulus, exponent = (int.from_bytes(base64.urlsafe_b64decode(f"{part}==")) for part in key.split(":"))
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature, content, padding.PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True


def _opened(secret: SecretStr | str | None) -> str | None:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret
