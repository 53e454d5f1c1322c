"""The rows of a run, bucket by bucket, in the order they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.insight.lens import Lens
from hub.models import Json, Outcome, Reject, Run, RunKind
from hub.store.balance import BUCKETS, DELETED
from hub.store.connections import StreamRow
from hub.store.id_list import count, unpack

#: What a row of a run can be asked for by.
OUTCOMES = tuple(dict.fromkeys((*(outcome.value for outcome in Outcome), DELETED)))


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the rows of a run."""

    items: list[dict[str, Json]]
    #: Position of the last one, for the next page; None when this is the last page.
    after: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One row in one bucket; `number` is a raw id, a reject's, an outbox row's or a finding's, as the run and the
    bucket have it."""

    position: int
    outcome: str
    stream_id: int
    number: int


def listed(
    lens: Lens, run_id: str, *, outcome: str = "", stream: str = "", after: int = 0, limit: int = 50
) -> Listed:
    """Rows of a run in the order they came: {position, outcome, stream, raw_id, key, code, message, path, where,
    reject_id, customer_id, op}.

    outcome, stream: only those. after: the position of the last row of the page before.
    Raises NotFound HUB-6005 when there is no such run."""
    with lens.store.read():
        run = lens.store.runs.get(run_id)
        rows = _page(lens, run, outcome, stream, after, limit + 1)
        told = _told(lens, run, rows[:limit])
        return Listed(told, rows[limit - 1].position if len(rows) > limit else None)


def _page(lens: Lens, run: Run, outcome: str, stream: str, after: int, limit: int) -> list[_Row]:
    """Rows behind a position; buckets before it are counted, not unpacked."""
    found: list[_Row] = []
    position = 0
    for stream_id, bucket, items in _buckets(lens, run, outcome, stream):
        held = count(items)
        if position + held > after:
            start = max(after - position, 0)
            found += [
                _Row(position + n + 1, bucket, stream_id, number)
                for n, number in enumerate(unpack(items))
                if n >= start
            ][: limit - len(found)]
        position += held
        if len(found) >= limit:
            break
    return found


def _buckets(lens: Lens, run: Run, outcome: str, stream: str) -> Iterator[tuple[int, str, list[Any]]]:
    """(stream, bucket, packed ids) of a run's batches, in order."""
    names = {row.id: row.name for row in streams_of(lens, run.connection)}
    order = [*(bucket.value for bucket in BUCKETS[run.kind]), DELETED]
    for stream_id, text in lens.store.driver.query(
        "SELECT stream_id, outcomes FROM run_batches WHERE run_id = ? ORDER BY number", (run.id,)
    ):
        if stream and names.get(stream_id) != stream:
            continue
        outcomes = orjson.loads(text)
        for bucket in order:
            if bucket in outcomes and outcome in ("", bucket):
                yield stream_id, bucket, outcomes[bucket]


def streams_of(lens: Lens, connection: str) -> Sequence[StreamRow]:
    """The streams of a connection by its name; none of one that the store has never heard of."""
    connection_id = lens.store.connections.find(connection)
    return lens.store.connections.streams(connection_id) if connection_id is not None else ()


def _told(lens: Lens, run: Run, rows: Sequence[_Row]) -> list[dict[str, Json]]:
    """Rows with their key, their reason and their customer, looked up by sets."""
    streams = {row.id: row.name for row in streams_of(lens, run.connection)}
    if run.kind is RunKind.PUSH:
        details = _deliveries(lens, run, [row.number for row in rows])
    elif run.kind is RunKind.RECONCILE:
        details = _found(lens, rows)
    elif run.kind is RunKind.PULL:
        refused = [row.number for row in rows if row.outcome == Outcome.REJECTED]
        details = {("rejected", id_): item for id_, item in _refused_at_landing(lens, refused).items()}
        details |= _raws(lens, [row.number for row in rows if row.outcome != Outcome.REJECTED])
    else:
        details = _raws(lens, [row.number for row in rows])
        details |= _refused_by_mapping(lens, [row.number for row in rows if row.outcome == Outcome.REJECTED])
    return [
        {
            "position": row.position,
            "outcome": row.outcome,
            "stream": streams.get(row.stream_id),
            **_EMPTY,
            **(details.get((row.outcome, row.number)) or details.get(("", row.number)) or {}),
        }
        for row in rows
    ]


#: The keys of every row, so that all rows have the same.
_EMPTY: dict[str, Json] = dict.fromkeys(
    ("raw_id", "key", "code", "message", "path", "where", "reject_id", "customer_id", "op")
)

#: (outcome or "" for any, number) -> what is known of the row
_Details = dict[tuple[str, int], dict[str, Json]]


def _raws(lens: Lens, raw_ids: Sequence[int]) -> _Details:
    keys = lens.store.raw.keys_of(raw_ids)
    return {("", raw_id): {"raw_id": raw_id, "key": lens.key(key)} for raw_id, key in keys.items()}


def _refused_at_landing(lens: Lens, reject_ids: Sequence[int]) -> dict[int, dict[str, Json]]:
    if not reject_ids:
        return {}
    rejects = lens.store.rejects.find(ids=reject_ids, state=None, limit=len(reject_ids))
    return {reject.id: told_reject(lens, reject) for reject in rejects}


def _refused_by_mapping(lens: Lens, raw_ids: Sequence[int]) -> _Details:
    rows = lens.store.driver.query_in(
        "SELECT id FROM rejects WHERE stage = 'map' AND raw_id IN ({})", raw_ids
    )
    rejects = (
        lens.store.rejects.find(ids=[row[0] for row in rows], state=None, limit=len(rows)) if rows else []
    )
    return {("rejected", reject.raw_id): told_reject(lens, reject) for reject in rejects if reject.raw_id}


def told_reject(lens: Lens, reject: Reject) -> dict[str, Json]:
    """{reject_id, raw_id, key, code, message, path, where} of a reject; never the value."""
    return {
        "reject_id": reject.id,
        "raw_id": reject.raw_id,
        "key": lens.key(reject.key),
        "code": reject.code,
        "message": reject.message,
        "path": reject.path,
        "where": reject.where,
    }


def _deliveries(lens: Lens, run: Run, outbox_ids: Sequence[int]) -> _Details:
    rows = lens.store.driver.query_in(
        "SELECT outbox_id, customer_id, op, code, message FROM deliveries WHERE run_id = ? AND outbox_id IN ({})",
        outbox_ids,
        (run.id,),
    )
    names = ("key", "op", "code", "message")
    return {("", row[0]): {**dict(zip(names, row[1:], strict=True)), "customer_id": row[1]} for row in rows}


def _found(lens: Lens, rows: Sequence[_Row]) -> _Details:
    """What reconciling found; a record that is the same is only a number."""
    found = lens.store.reconciles.found([row.number for row in rows if row.outcome != Outcome.SAME])
    told: _Details = {}
    for row in found.values():
        message = f"{row.object}: {', '.join(filter(None, (row.why, row.fields)))}".removesuffix(": ")
        item = {"key": lens.key(row.remote_id), "customer_id": row.customer_id, "message": message}
        told[row.outcome, row.id] = item
    return told
