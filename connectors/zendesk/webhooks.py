"""Webhooks of an account: they tell that a record changed; the record itself is asked for.

An event carries only part of its record, and events overtake each other. What the account says now is right
whatever the order.
"""

from __future__ import annotations

import json

from hub import Received

_STREAMS = {"user": "users", "organization": "organizations", "ticket": "tickets"}


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
