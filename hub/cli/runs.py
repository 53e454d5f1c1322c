"""`hub runs`: the sync log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.output import Column, as_json
from hub.cli.rejects import connection_id
from hub.cli.shapes import LOG, counts_text, run_item, run_row

if TYPE_CHECKING:
    from hub.models import Run
    from hub.store.api import Store
    from hub.store.events import Event

_EVENTS = (
    Column("at", "at"),
    Column("level", "level"),
    Column("kind", "kind"),
    Column("message", "message"),
    Column("data", "particulars"),
)
_CODES = (Column("code", "code"), Column("count", "records", number=True), Column("message", "for example"))
_EXCHANGES = (
    Column("id", "id", number=True),
    Column("at", "at"),
    Column("method", "method"),
    Column("url", "address"),
    Column("status", "status", number=True),
    Column("ms", "ms", number=True),
)
#: Seconds between two looks at the store while tailing.
LOOK = 0.5


@click.group("runs", cls=Group)
def runs() -> None:
    """What ran, when, and what became of every record."""


_connection = click.option(
    "--connection", help="Only those of this connection.", shell_complete=connection_names
)


@runs.command(
    "list",
    examples=("hub runs list", "hub runs list --connection shop-eu --status failed --json"),
    exits=(0, 3, 9),
)
@_connection
@click.option(
    "--kind", type=click.Choice(["pull", "consolidate", "push", "reconcile"]), help="Only this step."
)
@click.option("--status", help="Only those that stand so, such as failed or 'succeeded with rejects'.")
@click.option("--sync", "sync_id", help="Only those of this sync.")
@click.option("--before", help="Only those older than this run: the next page.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@pass_app
def list_runs(
    app: App,
    connection: str | None,
    kind: str | None,
    status: str | None,
    sync_id: str | None,
    before: str | None,
    limit: int,
) -> None:
    """Runs, the youngest first."""
    from hub.models import RunKind

    found = app.store.runs.find(
        connection_id=connection_id(app, connection),
        kind=RunKind(kind) if kind else None,
        status=_status(status),
        sync_id=sync_id,
        before=before,
        limit=limit,
    )
    items = [run_item(run) if app.output.json else run_row(run) for run in found]
    app.output.rows(items, LOG, empty="Nothing has run yet.")


def _status(text: str | None) -> Any:
    from hub.models import RunStatus

    if text is None:
        return None
    try:
        return RunStatus(text)
    except ValueError:
        known = ", ".join(repr(status.value) for status in RunStatus)
        raise click.BadParameter(f"it is one of {known}", param_hint="--status") from None


@runs.command(
    "show",
    examples=("hub runs show", "hub runs show 01985d2e-0000-7000-8000-000000000000 --json"),
    exits=(0, 3, 9),
)
@click.argument("run_id", required=False, metavar="[ID]")
@pass_app
def show_run(app: App, run_id: str | None) -> None:
    """One run, by default the latest: its counts, events, rejects by code, and the last exchanges with the vendor."""
    run = _named(app.store, run_id)
    detail = details(app.store, run)
    if app.output.json:
        app.output.item({**run_item(run), **detail})
        return
    _show(app, run, detail)


def _named(store: Store, run_id: str | None) -> Run:
    """The run of that id, the latest without one. Raises NotFound HUB-6005."""
    from hub.errors import NotFound

    if run_id is not None:
        return store.runs.get(run_id)
    latest = store.runs.find(limit=1)
    if not latest:
        raise NotFound("HUB-6005", "nothing has run yet", hint="`hub sync` runs what is configured.")
    return latest[0]


def details(store: Store, run: Run) -> dict[str, Any]:
    """What `hub runs show` tells beyond the run itself."""
    number = store.connections.find(run.connection)
    events = store.events.find(run_id=run.id, limit=1000)
    groups: dict[str, dict[str, Any]] = {}
    after = 0
    while page := store.rejects.find(run_id=run.id, state=None, after=after, limit=500):
        for one in page:
            group = groups.setdefault(one.code, {"code": one.code, "count": 0, "message": one.message})
            group["count"] += 1
        after = page[-1].id
    exchanges = store.exchanges.recent(number, 10) if number is not None else []
    return {
        "sync_id": run.sync_id,
        "events": [event_item(event) for event in events],
        "rejects": sorted(groups.values(), key=lambda group: -group["count"]),
        "exchanges": [one._asdict() for one in exchanges],
    }


def event_item(event: Event) -> dict[str, Any]:
    """A run event as `--json` tells it."""
    return {**asdict(event), "level": event.level.value, "data": dict(event.data)}


def _show(app: App, run: Run, detail: Mapping[str, Any]) -> None:
    output = app.output
    error = run.error or {}
    told = {
        **run_row(run), "finished_at": run.finished_at, "sync_id": run.sync_id,
        "error": f"{error['code']} {error['message']}" if error else None, "hint": error.get("hint"),
    }  # fmt: skip
    names = (
        "run_id",
        "connection",
        "kind",
        "status",
        "started_at",
        "finished_at",
        "counts",
        "sync_id",
        "error",
        "hint",
    )
    output.fields(told, {name: name.removesuffix("_id").removesuffix("_at") for name in names})
    for title, items, columns in (
        ("rejects of this run", detail["rejects"], _CODES),
        ("events", [_event_row(event) for event in detail["events"]], _EVENTS),
        ("last exchanges of the connection", detail["exchanges"], _EXCHANGES),
    ):
        if items:
            output.text("", title)
            output.rows(items, columns)


def _event_row(event: Mapping[str, Any]) -> dict[str, Any]:
    data = ", ".join(
        f"{name}: {value if isinstance(value, str) else as_json(value)}"
        for name, value in event["data"].items()
    )
    return {**event, "data": data}


@runs.command("tail", examples=("hub runs tail", "hub runs tail --no-follow --json"), exits=(0, 3, 9, 130))
@_connection
@click.option(
    "--lines", type=click.IntRange(min=0), default=10, show_default=True, help="Earlier events to begin with."
)
@click.option("--no-follow", is_flag=True, help="End after the earlier events.")
@pass_app
def tail(app: App, connection: str | None, lines: int, no_follow: bool) -> None:
    """Runs and events as they happen, until Ctrl-C."""
    store = app.store
    names = store.connections.names()
    for moment in _moments(store, connection_id(app, connection), lines, follow=not no_follow):
        number = moment.pop("connection_id", None)
        if number is not None:
            names = names if number in names else store.connections.names()
            moment["connection"] = names[number]
        _tell(app, moment)
        if app.output.closed:
            return


def _moments(store: Store, connection: int | None, lines: int, *, follow: bool) -> Iterator[dict[str, Any]]:
    """The last events, then events and ended runs as they come."""
    row = store.driver.one("SELECT max(id) FROM run_events")
    last_event = int(row[0] or 0) if row else 0
    latest = store.runs.find(limit=1)
    last_run = latest[0].id if latest else ""
    earlier = _last_events(store, connection, lines)
    yield from ({"type": "event", **event_item(event)} for event in earlier)
    running: set[str] = {
        run.id for run in store.runs.find(connection_id=connection, limit=20) if not run.finished_at
    }
    while follow:
        for event in store.events.find(connection_id=connection, after=last_event, limit=500):
            last_event = event.id
            yield {"type": "event", **event_item(event)}
        fresh = [run for run in store.runs.find(connection_id=connection, limit=50) if run.id > last_run]
        for run in reversed(fresh):
            last_run = run.id
            running.add(run.id)
            yield {"type": "run", **run_item(run)}
        for run in [store.runs.get(one) for one in sorted(running)]:
            if run.finished_at:
                running.discard(run.id)
                yield {"type": "run", **run_item(run)}
        time.sleep(LOOK)


def _last_events(store: Store, connection: int | None, lines: int) -> list[Event]:
    """The youngest events, the oldest of them first."""
    clause, values = ("WHERE connection_id = ? ", (connection,)) if connection is not None else ("", ())
    row = store.driver.one(
        f"SELECT min(id) FROM (SELECT id FROM run_events {clause}ORDER BY id DESC LIMIT ?)",  # noqa: S608
        (*values, lines),
    )
    if row is None or row[0] is None:
        return []
    return store.events.find(connection_id=connection, after=row[0] - 1, limit=lines)


def _tell(app: App, moment: Mapping[str, Any]) -> None:
    app.output.item(moment)
    if moment["type"] == "event":
        at = moment["at"].strftime("%H:%M:%S")
        data = _event_row(moment)["data"]
        app.output.text(f"{at} {moment['level']} {moment['connection']}: {moment['message']} ({data})")
        return
    at = (moment["finished_at"] or moment["started_at"]).strftime("%H:%M:%S")
    counts = counts_text(moment["counts"])
    app.output.text(f"{at} run {moment['connection']} {moment['kind']}: {moment['status']} ({counts})")
