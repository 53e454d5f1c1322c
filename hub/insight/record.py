"""The walk of one record: raw, the canonical records it tells of, their customers, their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.errors import NotFound
from hub.insight.lens import Lens
from hub.insight.rows import streams_of, told_reject
from hub.models import Json, Reject, SourceKey
from hub.store.rejects import RejectState, Stage


@dataclass(frozen=True, slots=True)
class _Canonical:
    """A canonical record that a raw record tells of."""

    entity: str
    id: int
    type: str
    external_id: str
    supports: int
    stale: bool
    #: What it is now, and what this raw record said of it where several do.
    fields: dict[str, Any]
    told: dict[str, Any] | None


def find_raw(lens: Lens, connection: str, stream: str, key: str) -> tuple[int | None, list[Reject]]:
    """The raw record of a key, and rejects that no raw record holds. Raises NotFound HUB-9022 when there is neither."""
    stream_id = next((row.id for row in streams_of(lens, connection) if row.name == stream), None)
    if stream_id is None:
        raise NotFound(
            "HUB-9022", "there is no such stream", where=f"{connection}/{stream}",
            hint="`hub rows list --run RUN` names the streams and keys of a run.",
        )  # fmt: skip
    raw_id = lens.store.raw.find(stream_id, key)
    refused = lens.store.rejects.find(stream_id=stream_id, key=key, stage=Stage.LAND, state=None)
    if raw_id is None and not refused:
        raise NotFound("HUB-9022", "the stream has no record of this key", where=f"{connection}/{stream}")
    return raw_id, refused


def walk(lens: Lens, raw_id: int | None, refused: Sequence[Reject] = ()) -> dict[str, Json]:
    """The walk of one record: {raw, rejects, canonical, customers, deliveries}.

    refused: rejects at landing, told besides those of the raw record. Raises NotFound HUB-9022."""
    with lens.store.read():
        raw = _raw(lens, raw_id) if raw_id is not None else None
        rejects = [*refused, *_rejects_of(lens, raw_id)]
        connection = raw["connection"] if raw else refused[0].connection
        canonical = _canonical(lens, raw_id) if raw_id is not None else []
        if raw is not None:
            raw["state"] = raw["state"] or _state(rejects, canonical)
        customers = _customers(lens, connection, canonical)
        return {
            "raw": raw,
            "rejects": [_full_reject(lens, reject) for reject in rejects],
            "canonical": [_shown(lens, item) for item in canonical],
            "customers": customers,
            "deliveries": [
                item._asdict() for id_ in customers for item in lens.store.outbox.deliveries_of(id_, 5)
            ],
        }


def _raw(lens: Lens, raw_id: int) -> dict[str, Json]:
    row = lens.store.driver.one(
        "SELECT c.name, s.name, r.key, r.seq, s.consolidated_seq, r.first_seen_at, r.changed_at, r.run_id, "
        "r.deleted_at FROM raw_records r JOIN streams s ON s.id = r.stream_id "
        "JOIN connections c ON c.id = s.connection_id WHERE r.id = ?",
        (raw_id,),
    )
    payload = lens.store.raw.payload(raw_id)
    if row is None or payload is None:
        raise NotFound(
            "HUB-9022", "there is no raw record of this number", where=str(raw_id),
            hint="`hub rows list --run RUN` names them.",
        )  # fmt: skip
    connection, stream, key, seq, done, first_seen, changed, run_id, deleted = row
    return {
        "raw_id": raw_id,
        "connection": connection,
        "stream": stream,
        "key": lens.key(key),
        "state": "waiting" if seq > done else "deleted" if deleted else "",
        "first_seen": first_seen,
        "changed": changed,
        "deleted": deleted,
        "run_id": run_id,
        "record": lens.raw(orjson.loads(payload)),
    }


def _state(rejects: Sequence[Reject], canonical: Sequence[_Canonical]) -> str:
    """What consolidation made of a record."""
    if any(reject.state == RejectState.OPEN for reject in rejects):
        return "rejected"
    return "mapped" if canonical else "filtered"


def _rejects_of(lens: Lens, raw_id: int | None) -> list[Reject]:
    if raw_id is None:
        return []
    rows = lens.store.driver.query("SELECT id FROM rejects WHERE raw_id = ?", (raw_id,))
    return lens.store.rejects.find(ids=[row[0] for row in rows], state=None) if rows else []


def _full_reject(lens: Lens, reject: Reject) -> dict[str, Json]:
    told = {**told_reject(lens, reject), "stage": reject.stage, "state": reject.state, "times": reject.times}
    payload = lens.store.rejects.payload(reject.id)
    return told if payload is None else {**told, "record": _readable(lens, payload)}


def _readable(lens: Lens, payload: bytes) -> Json:
    """What was kept of a record that could not land; of what is no JSON only its size, unless values are shown."""
    try:
        return lens.raw(orjson.loads(payload))
    except orjson.JSONDecodeError:
        return f"({len(payload)} bytes, not JSON)" if lens.masked else payload.decode("utf-8", "replace")


def _canonical(lens: Lens, raw_id: int) -> list[_Canonical]:
    found: list[_Canonical] = []
    for entity, declared in ENTITIES.items():
        known = lens.store.records.told_by(entity, [raw_id])
        ids = [row.id for row in known.values()]
        fields = lens.store.records.fields(entity, ids)
        shared = lens.store.records.derivations(
            entity, [row.id for row in known.values() if row.supports > 1]
        )
        for (type_, external_id), row in sorted(known.items()):
            told = next((item.fields for item in shared.get(row.id, ()) if item.raw_id == raw_id), None)
            values = dict(zip(declared.columns, fields[row.id], strict=True))
            found.append(
                _Canonical(
                    entity, row.id, type_, external_id, row.supports, bool(row.stale), values,
                    dict(told) if told is not None else None,
                )
            )  # fmt: skip
    return found


def _shown(lens: Lens, item: _Canonical) -> dict[str, Json]:
    return {
        "entity": item.entity,
        "type": item.type,
        "external_id": lens.key(item.external_id),
        "stale": item.stale,
        "tellers": item.supports,
        "fields": _present(lens, item.entity, item.fields),
        "told": None if item.told is None else _present(lens, item.entity, item.told),
    }


def _present(lens: Lens, entity: str, values: dict[str, Any]) -> dict[str, Json]:
    """Fields that have a value; JSON columns as JSON."""
    lists = {field.name for field in ENTITIES[entity].fields if field.type == "json"}
    present = {
        name: orjson.loads(value) if name in lists and isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }
    return lens.columns(entity, present)


def _customers(lens: Lens, connection: str, canonical: Sequence[_Canonical]) -> list[str]:
    """The customers that a record tells of, by themselves or by reference."""
    keys = {
        SourceKey(connection, item.type, item.external_id) for item in canonical if item.entity == "customer"
    }
    keys |= {
        SourceKey(connection, item.fields["customer_type"], item.fields["customer_key"])
        for item in canonical
        if item.fields.get("customer_type") and item.fields.get("customer_key")
    }
    numbers = lens.store.identity.source_ids(keys)
    return sorted({row[0] for row in lens.store.identity.customer_of(list(numbers.values())).values()})


# --- records that are no customer yet -----------------------------------------------------------------------------


def traces(lens: Lens, text: str) -> list[dict[str, Json]]:
    """Records of any stream whose key a text is, and how far each came: for what no customer has."""
    connection, _, rest = text.strip().partition("/")
    stream, mark, key = rest.partition("/")
    found = []
    for item in lens.store.connections.all():
        for row in lens.store.connections.streams(item.id):
            keys = [text.strip(), *([key] if mark and (item.name, row.name) == (connection, stream) else [])]
            found += [told for each in keys if (told := _trace(lens, item.name, row.name, row.id, each))]
    return found


def _trace(lens: Lens, connection: str, stream: str, stream_id: int, key: str) -> dict[str, Json] | None:
    raw_id = lens.store.raw.find(stream_id, key)
    rejects = lens.store.rejects.find(stream_id=stream_id, key=key)
    if raw_id is None and not rejects:
        return None
    state = walk(lens, raw_id, ())["raw"]["state"] if raw_id is not None else "rejected"
    reason = told_reject(lens, rejects[0]) if rejects else {}
    return {
        "connection": connection,
        "stream": stream,
        "state": state,
        **dict.fromkeys(("reject_id", "code", "message", "path", "where")),
        **reason,
        "raw_id": raw_id,
        "key": lens.key(key),
    }
