"""What the help desk posts by itself when a ticket is opened or followed up: the whole ticket, unsigned.

The secret is a word in the address it calls. As the password of the address
(`https://hub:WORD@hub.example.com/in/desk`) it travels in the Authorization header and stays out of access logs;
as `?token=WORD` it works too.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from pydantic import SecretStr

from hub import Page, Received, Request

from .client import plain


def receive(request: Request, token: SecretStr | None) -> Received:
    """A page of the one ticket.

    401 HUB-4412 when the word is missing or wrong, or none is configured; 400 HUB-4413 when the body is no ticket.
    """
    if token is None or not _knows(request, token.get_secret_value()):
        return _refusal(401, "HUB-4412", "the token of the webhook does not fit")
    ticket = _ticket(request.body)
    if ticket is None:
        return _refusal(400, "HUB-4413", "the webhook brought no ticket")
    return Received(Page("tickets", [plain(ticket)]))


def _knows(request: Request, token: str) -> bool:
    """Whether the request carries the word; compared in constant time."""
    given = _password(request.headers.get("authorization", "")) or request.query.get("token", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _password(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return ""


def _ticket(body: bytes) -> dict[str, Any] | None:
    try:
        ticket = json.loads(body).get("ticket")
    except (ValueError, AttributeError, RecursionError):
        return None
    return ticket if isinstance(ticket, dict) and isinstance(ticket.get("id"), int) else None


def _refusal(status: int, code: str, message: str) -> Received:
    return Received(None, status, json.dumps({"error": {"code": code, "message": message}}))
