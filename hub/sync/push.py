"""Push: what the outbox planned, delivered; exactly one outcome per row, and nothing advances without one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from hub.canonical.time import from_text, now_text, to_text
from hub.contract import Connector, Context
from hub.errors import Cancelled, HubError
from hub.models import Outcome, RowResult, RowStatus, WriteRow
from hub.store.api import Store
from hub.store.leases import Lease
from hub.store.outbox import Claimed

#: Waits before a rejected-for-now row is tried again.
_WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))

_OUTCOME = {
    RowStatus.OK: Outcome.SENT,
    RowStatus.INVALID: Outcome.INVALID,
    RowStatus.REJECTED: Outcome.REJECTED,
    RowStatus.RETRYABLE: Outcome.PENDING,
    RowStatus.UNKNOWN: Outcome.UNKNOWN,
}
_STATUS = {
    RowStatus.OK: "sent",
    RowStatus.INVALID: "invalid",
    RowStatus.REJECTED: "rejected",
    RowStatus.RETRYABLE: "retry",
    RowStatus.UNKNOWN: "unknown",
}


class Push:
    """One push run to one destination."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        context: Context,
        *,
        run_id: str,
        connection_id: int,
        lease: Lease,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._store = store
        self._connector = connector
        self._context = context
        self._run_id = run_id
        self._connection_id = connection_id
        self._lease = lease
        self._progress = progress

    def run(self, limit: int | None = None) -> int:
        """Delivers what is due, at most `limit` rows; how many were tried. Raises HubError of the destination."""
        stream_id = self._store.connections.stream_id(self._connection_id, "customers")
        size = self._connector.capabilities.write_batch
        after, tried = 0, 0
        while limit is None or tried < limit:
            wanted = size if limit is None else min(size, limit - tried)
            claimed = self._store.outbox.claim(self._connection_id, after, wanted, now_text())
            if not claimed:
                break
            results = self._write(claimed)
            self._settle(stream_id, claimed, results)
            after, tried = claimed[-1].id, tried + len(claimed)
            if self._progress:
                self._progress(tried)
            if self._context.stopping():
                raise Cancelled("HUB-6030", "stopped on request", where=self._context.connection)
        return tried

    def _write(self, claimed: Sequence[Claimed]) -> dict[int, RowResult]:
        rows = [
            WriteRow(
                delivery_id=item.id,
                op="delete" if item.op == "delete" else "upsert",
                customer_id=item.customer_id,
                remote_id=item.remote_id,
                fields=orjson.loads(item.fields),
                idempotency_key=self._key(item),
            )
            for item in claimed
        ]
        return results_by_row(claimed, self._connector.write(rows, self._context))

    def _key(self, item: Claimed) -> str:
        text = f"{self._connection_id}|{item.customer_id}|{item.op}|{item.hash}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _settle(self, stream_id: int, claimed: Sequence[Claimed], results: Mapping[int, RowResult]) -> None:
        """Every outcome of a batch in one transaction."""
        now = now_text()
        outcomes: dict[Outcome, list[int]] = {}
        for item in claimed:
            outcomes.setdefault(_OUTCOME[results[item.id].status], []).append(item.id)
        with self._store.write():
            self._store.leases.check(self._lease)
            self._store.outbox.add_deliveries(
                [self._delivery(item, results[item.id], now) for item in claimed]
            )
            self._store.outbox.holds(
                [
                    self._held(item, results[item.id], now)
                    for item in claimed
                    if results[item.id].status is RowStatus.OK
                ]
            )
            self._store.outbox.settle(
                [
                    (
                        _STATUS[results[item.id].status],
                        _next_at(item, results[item.id], now),
                        now,
                        item.id,
                        item.hash,
                    )
                    for item in claimed
                ]
            )
            self._store.runs.add_batch(self._run_id, stream_id, len(claimed), outcomes)

    def _delivery(self, item: Claimed, result: RowResult, now: str) -> tuple[Any, ...]:
        return (
            item.id, self._connection_id, item.customer_id, self._run_id, item.op, _STATUS[result.status],
            result.code or None, result.message or None, result.remote_id, now,
        )  # fmt: skip

    def _held(self, item: Claimed, result: RowResult, now: str) -> tuple[Any, ...]:
        state = "deleted" if item.op == "delete" else "sent"
        remote_id = result.remote_id or item.remote_id
        return (self._connection_id, item.customer_id, remote_id, item.hash, item.fields, state, now)


def results_by_row(claimed: Sequence[Claimed], results: Sequence[RowResult]) -> dict[int, RowResult]:
    """One result for each row. A row without one is unknown; a result for a row never sent, or two for one, is a
    broken connector: HubError HUB-7001, and nothing of the batch is believed."""
    wanted = {item.id for item in claimed}
    by_row: dict[int, RowResult] = {}
    for result in results:
        if result.delivery_id not in wanted or result.delivery_id in by_row:
            raise HubError("HUB-7001", "the connector gave results that do not fit the rows it was sent")
        by_row[result.delivery_id] = result
    for item_id in wanted - by_row.keys():
        by_row[item_id] = RowResult(
            item_id, RowStatus.UNKNOWN, code="HUB-7002", message="no result was given"
        )
    return by_row


def _next_at(item: Claimed, result: RowResult, now: str) -> str | None:
    if result.status not in (RowStatus.RETRYABLE, RowStatus.UNKNOWN):
        return None
    if result.retry_at:
        return to_text(result.retry_at)
    return to_text(from_text(now) + _WAITS[min(item.attempt, len(_WAITS) - 1)])
