"""What `hub mappings preview` shows: raw -> canonical, field by field -> golden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hub.cli.app import App
from hub.cli.output import Column, cell

if TYPE_CHECKING:
    from hub.insight.lens import Lens
    from hub.mapping import RecordTrace
    from hub.models import Json

_FIELDS = (
    Column("field", "field"),
    Column("value", "value"),
    Column("text", "from"),
    Column("where", "where"),
    Column("reason", "remark"),
)


def show_preview(
    app: App, connection: str, stream: str, key: str | None, given: bytes | None, *, masked: bool
) -> None:
    """Show one record, from the store by its key or as it was given."""
    from hub.cli.looking import lens as lens_of
    from hub.insight.record import walk
    from hub.insight.summary import summaries
    from hub.sync.connected import connect

    connected = connect(app.settings, app.plugins, connection)
    lens = lens_of(app, masked=masked)
    raw_id: int | None = None
    if given is None:
        raw_id, record = _stored(lens, connection, stream, key or "")
    else:
        record = _parsed(given)
    traces = connected.mapping.explain(stream, record)
    ids = walk(lens, raw_id)["customers"] if raw_id is not None else []
    _tell(
        app,
        {
            "type": "preview",
            "connection": connection,
            "stream": stream,
            "raw_id": raw_id,
            "raw": lens.raw(record),
            "canonical": [_record(lens, trace) for trace in traces],
            "golden": summaries(lens, ids),
        },
    )


def _stored(lens: Lens, connection: str, stream: str, key: str) -> tuple[int, Json]:
    """The raw record of that key. Raises NotFound HUB-9022."""
    import orjson

    from hub.errors import NotFound
    from hub.insight.record import find_raw

    raw_id, _ = find_raw(lens, connection, stream, key)
    payload = lens.store.raw.payload(raw_id) if raw_id is not None else None
    if raw_id is None or payload is None:
        hint = "`hub rejects list` tells why it never landed."
        raise NotFound(
            "HUB-9022", "the stream has no record of this key", where=f"{connection}/{stream}", hint=hint
        )
    return raw_id, orjson.loads(payload)


def _parsed(given: bytes) -> Json:
    import orjson

    from hub.errors import ConfigError

    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise ConfigError("HUB-9013", f"the raw record is not JSON: {error.msg}", where="--raw") from None


def _record(lens: Lens, trace: RecordTrace) -> dict[str, Json]:
    """One emit as `--json` tells it."""
    return {
        "entity": trace.entity,
        "type": trace.type,
        "key": lens.key(trace.key) if trace.key is not None else None,
        "rank": trace.rank,
        "where": trace.where,
        "reason": trace.reason,
        "fields": [
            {
                "field": one.field,
                "value": _shown(lens, trace.entity, one.field, one.value),
                "text": one.text,
                "where": one.where,
                "reason": one.reason,
            }
            for one in trace.fields
        ],
    }


def _shown(lens: Lens, entity: str, name: str, value: Any) -> Json:
    """A canonical value as it may be shown; JSON columns parsed."""
    from hub.canonical.schema import ENTITIES
    from hub.insight.masking import mask_field

    field = ENTITIES[entity].by_name[name]
    if value is None:
        return None
    if field.type == "ref":
        kind, _, key = str(value).partition(" ")
        return f"{kind} {lens.key(key)}"
    if name == "identifiers":
        return [{**one, "value": lens.identifier(one["type"], str(one["value"]))} for one in _json(value)]
    shown = mask_field(field, value) if lens.masked else value
    return _json(shown) if field.type == "json" else shown


def _json(value: Any) -> Json:
    import orjson

    try:
        return orjson.loads(value) if isinstance(value, str | bytes) else value
    except orjson.JSONDecodeError:
        return value


def _tell(app: App, told: Mapping[str, Any]) -> None:
    import orjson

    app.output.item(told)
    if app.output.json:
        return
    app.output.text("raw", *orjson.dumps(told["raw"], option=orjson.OPT_INDENT_2).decode().splitlines())
    for record in told["canonical"]:
        key = record["key"] if record["key"] is not None else "nothing"
        app.output.text("", f"{record['entity']} {record['type']} {key} ({record['where']})")
        if record["reason"]:
            app.output.text(f"  {record['reason']}")
        if record["fields"]:
            app.output.rows(record["fields"], _FIELDS)
    for customer in told["golden"]:
        app.output.text("", f"customer {customer['customer_id']} ({len(customer['sources'])} sources)")
        app.output.text(*(f"  {name}: {cell(value)}" for name, value in customer["fields"].items()))
    if told["raw_id"] is not None and not told["golden"]:
        app.output.text("", "It belongs to no customer (yet): `hub sync` works it out.")
