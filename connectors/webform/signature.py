"""Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64, any number of them in one header."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

#: Seconds that sender's and our clock may differ.
TOLERANCE = 300
_PREFIX = "whsec_"
_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")
_SIGNATURE = re.compile(r"\bv1,([A-Za-z0-9+/=]+)")
_ID = re.compile(r"[!-~]{1,256}\Z")


def key_of(secret: SecretStr) -> bytes | None:
    """The bytes of a `whsec_` secret; None when it is not one of 24 to 64 bytes."""
    text = secret.get_secret_value()
    if not text.startswith(_PREFIX):
        return None
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return None
    return key if 24 <= len(key) <= 64 else None


def is_marked(headers: Mapping[str, str]) -> bool:
    """Whether the request claims to be signed."""
    return "webhook-signature" in headers


def is_id(text: str) -> bool:
    """Whether a `webhook-id` can be one: printable, not blank, not endless."""
    return _ID.match(text) is not None


def is_fresh(headers: Mapping[str, str], now: float) -> bool:
    """Whether the timestamp is a number within the tolerance of `now` (epoch seconds)."""
    text = headers.get("webhook-timestamp", "")
    return _TIMESTAMP.match(text) is not None and abs(int(text) - int(now)) <= TOLERANCE


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[SecretStr]) -> bool:
    """Whether one of the signatures was made with one of the secrets; every pair is compared, in constant time."""
    given = [found.encode() for found in _SIGNATURE.findall(headers.get("webhook-signature", ""))]
    content = b".".join(
        (headers.get("webhook-id", "").encode(), headers.get("webhook-timestamp", "").encode(), body)
    )
    keys = [key for secret in secrets if (key := key_of(secret)) is not None]
    fits = [hmac.compare_digest(_digest(key, content), one) for key in keys for one in given]
    return any(fits)


def sign(secret: SecretStr, event_id: str, timestamp: int, body: bytes) -> str:
    """What a sender puts into `webhook-signature`. Raises ValueError for a secret that is none."""
    key = key_of(secret)
    if key is None:
        raise ValueError("not a whsec_ secret of 24 to 64 bytes")
    return "v1," + _digest(key, f"{event_id}.{timestamp}.".encode() + body).decode()


def _digest(key: bytes, content: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256))
