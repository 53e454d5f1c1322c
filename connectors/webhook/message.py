"""What is posted, how it is signed, and what the answer says of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import SecretStr

from hub import SCHEMES, Request, RowResult, RowStatus, WriteRow, signed_headers

#: What a receiver may say of a row -> what that means.
STATUSES = {
    "ok": RowStatus.OK,
    "invalid": RowStatus.INVALID,
    "rejected": RowStatus.REJECTED,
    "retry": RowStatus.RETRYABLE,
    "gone": RowStatus.GONE,
}
_LONGEST_MESSAGE = 200


def body_of(rows: Sequence[WriteRow], *, changed_only: bool) -> bytes:
    """The rows of one request as JSON. The same rows give the same bytes."""
    items = [
        {
            "id": row.idempotency_key,
            "op": row.op,
            "customer_id": row.customer_id,
            "remote_id": row.remote_id,
            "fields": dict(row.changed if changed_only else row.fields),
        }
        for row in rows
    ]
    return orjson.dumps({"type": "rows.changed", "object": rows[0].object, "rows": items})


def request_id(body: bytes) -> str:
    """Names a request by its content, so that a repetition is known as one."""
    return f"msg_{hashlib.sha256(body).hexdigest()[:32]}"


def headers_of(body: bytes, secrets: Sequence[SecretStr], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with one signature for each secret."""
    sent = Request("POST", "", {}, {"content-type": "application/json"}, body, now)
    return {
        **sent.headers,
        **signed_headers(SCHEMES["standard"], sent, *secrets, id_=request_id(body)),
    }


def results_of(rows: Sequence[WriteRow], answer: Any) -> list[RowResult]:
    """What became of each row. Without `results` in the answer a 2xx stands for all of them.

    With `results`, a row that is not among them has no result, and the engine holds it for unknown."""
    told = answer.get("results") if isinstance(answer, Mapping) else None
    if told is None:
        return [RowResult(row.delivery_id, RowStatus.OK, row.remote_id or row.customer_id) for row in rows]
    by_id = {item.get("id"): item for item in told if isinstance(item, Mapping)}
    return [_result(row, by_id[row.idempotency_key]) for row in rows if row.idempotency_key in by_id]


def _result(row: WriteRow, item: Mapping[str, Any]) -> RowResult:
    status = STATUSES.get(str(item.get("status")), RowStatus.UNKNOWN)
    remote_id = item.get("remote_id") or row.remote_id or row.customer_id
    fields = item.get("fields")
    return RowResult(
        row.delivery_id,
        status,
        remote_id=str(remote_id) if status is RowStatus.OK else None,
        code="" if status is RowStatus.OK else str(item.get("code") or "HUB-7101")[:60],
        message="" if status is RowStatus.OK else str(item.get("message") or "")[:_LONGEST_MESSAGE],
        fields=fields if isinstance(fields, Mapping) else None,
    )
