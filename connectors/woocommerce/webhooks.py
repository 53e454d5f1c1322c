"""The shop's webhooks: a changed record in the body, signed with HMAC-SHA256 in base64 over the raw bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from hub import SCHEMES, Page, Received, Request, is_signed

_STREAMS = {"customer": "customers", "order": "orders"}


def receive(request: Request, secrets: Iterable[SecretStr | None]) -> Received:
    """The page a webhook brings, or the answer that refuses it.

    401 HUB-4405 for a missing or wrong signature, 400 HUB-4406 for a signed body that is no record. The ping that
    a new webhook sends, and topics nobody maps, are answered with 200 and bring nothing.
    """
    if request.method == "POST" and request.body.startswith(b"webhook_id="):
        return Received(None, status=200)
    if not is_signed(SCHEMES["woocommerce"], request, secrets):
        return _refusal(401, "HUB-4405", "the signature of the webhook does not fit")
    stream = _STREAMS.get(request.headers.get("x-wc-webhook-resource", ""))
    if stream is None:
        return Received(None, status=200)
    record = _record(request.body)
    if record is None:
        return _refusal(400, "HUB-4406", "the webhook brought no record")
    if request.headers.get("x-wc-webhook-event") == "deleted" or record.get("status") == "trash":
        return Received(Page(stream, deleted=(str(record["id"]),)), status=200)
    return Received(Page(stream, [record]), status=200)


def _record(body: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get("id") not in (None, "") else None


def _refusal(status: int, code: str, message: str) -> Received:
    return Received(None, status, json.dumps({"error": {"code": code, "message": message}}))
