"""What `hub sync --dry-run` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.app import App, worst
from hub.cli.output import Column, plural

if TYPE_CHECKING:
    from hub.errors import HubError
    from hub.sync.dry_run import DryStream
    from hub.sync.pull import PullOptions

_STREAMS = (
    Column("connection", "connection"),
    Column("stream", "stream"),
    *(
        Column(name, name, number=True)
        for name in ("read", "new", "changed", "unchanged", "mapped", "filtered", "rejected", "deleted")
    ),
    Column("entities", "would become"),
)
_REJECTS = tuple(
    Column(name, name) for name in ("connection", "stream", "key", "code", "message", "path", "where")
)
_WARNINGS = (
    *(Column(name, name) for name in ("connection", "stream", "entity", "field", "code", "path")),
    Column("count", "records", number=True),
)


def dry_run(app: App, names: Sequence[str], options: PullOptions) -> int:
    """Read a sample of each connection and tell what would become of it."""
    from hub.cli.stopping import stopped_gently
    from hub.errors import HubError
    from hub.sync.dry_run import DryRun

    engine = app.engine
    runs: list[DryRun] = []
    errors: list[HubError] = []
    with stopped_gently(engine.stop, app.output) as asked:
        for name in names:
            try:
                item = engine.connected(name)
            except HubError as error:  # the others are told all the same
                errors.append(error)
                continue
            if item.is_source and not engine.stopping():
                app.output.note(f"{name}: reading a sample …")
                run = DryRun(engine.store, item, options, engine.stopping)
                run.run()
                runs.append(run)
                for stream in run.streams.values():
                    app.output.item(_item(stream))
    errors += [run.error for run in runs if run.error]
    _tell(app, [stream for run in runs for stream in run.streams.values()], errors)
    return asked.exit_code(worst(error.exit_code for error in errors), errors)


def _item(told: DryStream) -> dict[str, Any]:
    return {
        "type": "dry_run",
        "connection": told.connection,
        "stream": told.stream,
        "counts": dict(told.counts),
        "entities": dict(told.entities),
        "rejects": _rejects(told),
        "warnings": _warnings(told),
    }


def _rejects(told: DryStream) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from hub.insight.masking import mask_key

    return [{**asdict(one), "key": mask_key(one.key)} for one in told.rejects]


def _warnings(told: DryStream) -> list[dict[str, Any]]:
    return [
        {"entity": entity, "field": field, "code": code, "path": path, "count": count}
        for (entity, field, code, path), count in told.warnings.most_common()
    ]


def _tell(app: App, streams: Sequence[DryStream], errors: Sequence[HubError]) -> None:
    from hub.sync.dry_run import COUNTED

    total: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    for stream in streams:
        total.update(stream.counts)
    app.output.item(
        {
            "type": "summary",
            "dry_run": True,
            "counts": dict(total),
            "errors": [error.as_dict() for error in errors],
        }
    )
    if not app.output.json:
        _tables(app, streams)
    for error in errors:
        app.output.complain(*str(error).splitlines())
    app.output.note("Nothing was written.")


def _tables(app: App, streams: Sequence[DryStream]) -> None:
    rows = [
        {
            "connection": one.connection,
            "stream": one.stream,
            **dict(one.counts),
            "entities": ", ".join(f"{count} {entity}" for entity, count in one.entities.items()),
        }
        for one in streams
    ]
    app.output.rows(rows, _STREAMS, empty="There is nothing to read from.")
    rejects = [
        {"connection": one.connection, "stream": one.stream, **item}
        for one in streams
        for item in _rejects(one)
    ]
    if rejects:
        app.output.text("", f"would be kept aside (first {plural(len(rejects), 'record')})")
        app.output.rows(rejects, _REJECTS)
    warnings = [
        {"connection": one.connection, "stream": one.stream, **item}
        for one in streams
        for item in _warnings(one)
    ]
    if warnings:
        app.output.text("", "values that would be left empty")
        app.output.rows(warnings, _WARNINGS)
