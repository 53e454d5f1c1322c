"""Webhooks of an account: they tell that a record changed; the record itself is asked for.

An event carries only part of its record, and events overtake each other. What the account says now is right
whatever the order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import SecretStr

from hub import Received, Request

#: Seconds a webhook may be on its way, or our clock may be wrong.
TOLERANCE = 300

_STREAMS = {"user": "users", "organization": "organizations", "ticket": "tickets"}


def is_signed(request: Request, secrets: Iterable[SecretStr | None]) -> bool:
    """Whether one of the secrets signed timestamp and body, within the last minutes."""
    timestamp = request.headers.get("x-zendesk-webhook-signature-timestamp", "")
    given = request.headers.get("x-zendesk-webhook-signature", "").encode()
    return _is_fresh(timestamp, request.received_at) and any(
        hmac.compare_digest(signature(timestamp, request.body, secret), given) for secret in secrets if secret
    )


def signature(timestamp: str, body: bytes, secret: SecretStr) -> bytes:
    """What Zendesk sends as `X-Zendesk-Webhook-Signature`."""
    signed = timestamp.encode() + body
    return base64.b64encode(hmac.digest(secret.get_secret_value().encode(), signed, hashlib.sha256))


def subject(body: bytes) -> tuple[str, str] | None:
    """(stream, id) of the record a webhook is about; None when it is about nothing we read.

    Two shapes: Zendesk's own events (`"subject": "zen:user:123"`), and the body that our README gives for triggers
    (`{"ticket_id": "123"}`).
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    _, _, named = str(event.get("subject") or "").partition(":")
    for kind, stream in _STREAMS.items():
        number = str(event.get(f"{kind}_id") or named.removeprefix(f"{kind}:"))
        if number.isdecimal():
            return stream, number
    return None


def refusal(status: int, code: str, message: str) -> Received:
    """An answer that brings nothing."""
    return Received(None, status, json.dumps({"error": {"code": code, "message": message}}))


def _is_fresh(timestamp: str, now: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return False
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return abs((now - moment).total_seconds()) <= TOLERANCE
