"""`hub deliveries`: what was planned for destinations, what became of it, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.looking import reveal_option, section
from hub.cli.output import Column, plural
from hub.cli.rejects import connection_id

if TYPE_CHECKING:
    from datetime import datetime

    from hub.models import Json
    from hub.store.outbox import OutboxRow

_LIST = (
    Column("id", "id", number=True),
    Column("connection", "destination"),
    Column("object", "object"),
    Column("customer_id", "customer", whole=True),
    Column("op", "op"),
    Column("status", "status"),
    Column("code", "code"),
    Column("message", "message"),
    Column("attempt", "tries", number=True),
    Column("next_at", "next"),
)
_ATTEMPTS = tuple(
    Column(key, title)
    for key, title in (
        ("at", "at"), ("op", "op"), ("status", "status"), ("code", "code"), ("message", "message"),
        ("changed", "changed"), ("exchange_id", "request"), ("run_id", "run_id"),
    )
)  # fmt: skip
_FIELDS = (
    Column("field", "field"),
    Column("there", "there"),
    Column("wanted", "wanted"),
    Column("sent", "to send"),
)
_SHOWN = {
    "id": "delivery", "connection": "destination", "object": "object", "customer_id": "customer", "op": "op",
    "status": "status", "in_doubt": "in doubt", "code": "code", "message": "message", "attempt": "tries",
    "next_at": "next", "remote_id": "record there", "created_at": "planned",
}  # fmt: skip
#: What a person may ask for by one word.
_STATES = {
    "open": ("pending", "retry", "unknown", "rejected", "invalid"),
    "refused": ("rejected", "invalid"),
    "waiting": ("pending", "retry"),
    "unknown": ("unknown",),
    "sent": ("sent",),
    "all": (),
}
_PAGE = 500


@click.group("deliveries", cls=Group)
def deliveries() -> None:
    """What was planned for destinations and what became of it: look, replay, drop."""


_connection = click.option(
    "--connection", help="Only those of this destination.", shell_complete=connection_names
)
_code = click.option("--code", help="Only those whose last attempt ended with this code.")


@deliveries.command(
    "list",
    examples=("hub deliveries list", "hub deliveries list --connection crm --state sent --json"),
    exits=(0, 2, 3, 9),
)
@_connection
@_code
@click.option(
    "--state", type=click.Choice(list(_STATES)), default="open", show_default=True, help="How they stand."
)
@click.option("--customer", help="Only those of this customer, by id.")
@click.option("--run", "run_id", help="Only those that this run tried last.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most.")
@pass_app
def list_deliveries(
    app: App,
    connection: str | None,
    code: str | None,
    state: str,
    customer: str | None,
    run_id: str | None,
    limit: int,
) -> None:
    """Planned deliveries, the youngest first."""
    found = _find(
        app, code, limit, connection_id=connection_id(app, connection), statuses=_STATES[state],
        customer_id=customer, run_id=run_id,
    )  # fmt: skip
    app.output.rows([_item(row) for row in found], _LIST, empty="There is no such delivery.")
    if len(found) == limit:
        app.output.note(f"These are the last {limit}; `--limit` shows more.")


@deliveries.command(
    "show", examples=("hub deliveries show 12", "hub deliveries show 12 --reveal --json"), exits=(0, 3, 9)
)
@click.argument("delivery_id", type=int, metavar="ID")
@reveal_option
@pass_app
def show(app: App, delivery_id: int, reveal: bool) -> None:
    """One planned delivery: what is to stand there, what stands there, and every attempt."""
    row = app.store.outbox.get(delivery_id)
    told = {
        **_item(row),
        "fields": _fields(app, delivery_id, reveal=reveal),
        "attempts": app.store.outbox.attempts(delivery_id),
    }
    app.output.item(told)
    if app.output.json:
        return
    app.output.fields(told, _SHOWN)
    section(app, "Fields", told["fields"], _FIELDS)
    section(app, "Attempts", told["attempts"], _ATTEMPTS)
    carried = next((one["exchange_id"] for one in told["attempts"] if one["exchange_id"]), None)
    if carried is not None:
        app.output.note(
            f"`hub connect requests {row.connection} --show {carried}` shows what was sent and answered."
        )


@deliveries.command(
    "export",
    examples=("hub deliveries export > deliveries.csv", "hub deliveries export --since 2026-07-01 --json"),
    exits=(0, 2, 3, 9),
)
@_connection
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was done since this day (UTC).")
@pass_app
def export(app: App, connection: str | None, since: datetime | None) -> None:
    """Every operation on records of destinations, as CSV: ids, names of fields and codes, and nobody's data.

    The same can be asked of the store's views sync_runs, sync_changelog and sync_snapshot. What is older than
    `keep_deliveries` is forgotten by every push.
    """
    import csv
    import sys
    from datetime import UTC

    from hub.canonical.time import to_text
    from hub.store.delivery_log import COLUMNS

    connection_id(app, connection)
    begin = to_text(since.replace(tzinfo=UTC)) if since else None
    rows = app.store.delivery_log.changelog(connection, begin)
    if app.output.json:
        for row in rows:
            app.output.item(row)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)


def _cell(value: object) -> str:
    """A value as CSV text; one that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@deliveries.command(
    "replay",
    examples=("hub deliveries replay --code HUB-7010", "hub deliveries replay 12 13 --create"),
    exits=(0, 2, 3, 9),
)
@click.argument("ids", type=int, nargs=-1, metavar="[ID…]")
@_connection
@_code
@click.option("--all", "every", is_flag=True, help="All that were refused or are in doubt.")
@click.option("--create", is_flag=True, help="Make again what somebody deleted there.")
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@pass_app
def replay(
    app: App,
    ids: tuple[int, ...],
    connection: str | None,
    code: str | None,
    every: bool,
    create: bool,
    dry_run: bool,
) -> None:
    """Let deliveries be tried again with the next push, whatever was said of them.

    What may have arrived is looked up first, as always. Where nobody can look it up, your word counts that it is not there.
    """
    chosen = choose(app, ids, connection, code, every=every)
    if not dry_run:
        blind = [row.id for row in chosen if row.code == "HUB-7003"]
        app.store.outbox.release(blind)
        if create:
            app.store.outbox.forget_records([row.id for row in chosen])
        from hub.canonical.time import now_text

        app.store.outbox.replay([row.id for row in chosen], now_text())
    _tell(
        app,
        "replayed",
        "would be tried again" if dry_run else "tried again with the next push",
        chosen,
        dry_run,
    )


@deliveries.command(
    "drop",
    examples=("hub deliveries drop 12", "hub deliveries drop --code HUB-7003 --dry-run"),
    exits=(0, 2, 3, 9),
)
@click.argument("ids", type=int, nargs=-1, metavar="[ID…]")
@_connection
@_code
@click.option("--all", "every", is_flag=True, help="All that were refused or are in doubt.")
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@pass_app
def drop(
    app: App, ids: tuple[int, ...], connection: str | None, code: str | None, every: bool, dry_run: bool
) -> None:
    """Say that deliveries need nothing more. The next change of their customer plans new ones."""
    chosen = choose(app, ids, connection, code, every=every)
    if not dry_run:
        from hub.canonical.time import now_text

        app.store.outbox.drop([row.id for row in chosen], now_text())
    _tell(app, "dropped", "would be dropped" if dry_run else "dropped", chosen, dry_run)


def choose(
    app: App, ids: Sequence[int], connection: str | None, code: str | None, *, every: bool
) -> list[OutboxRow]:
    """The open deliveries that a person named. Raises UsageError when they named none, NotFound HUB-7040."""
    if not (ids or connection or code or every):
        raise click.UsageError("name deliveries by id, --code or --connection, or say --all")
    for one in ids:
        app.store.outbox.get(one)
    statuses = (*_STATES["open"], "suppressed") if ids else ("rejected", "invalid", "unknown")
    return _find(
        app, code, None, connection_id=connection_id(app, connection), statuses=statuses, ids=tuple(ids)
    )


def _find(app: App, code: str | None, limit: int | None, **filters: Any) -> list[OutboxRow]:
    found: list[OutboxRow] = []
    before: int | None = None
    while page := app.store.outbox.find(before=before, limit=_PAGE, **filters):
        found += [row for row in page if code in (None, row.code)]
        before = page[-1].id
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def _item(row: OutboxRow) -> dict[str, Json]:
    return {**row._asdict(), "in_doubt": bool(row.in_doubt)}


def _fields(app: App, delivery_id: int, *, reveal: bool) -> list[dict[str, Json]]:
    """Each field of a delivery: what stands there, and what is wanted."""
    from hub.insight.masking import mask_raw
    from hub.sync import wanted

    item = app.store.outbox.content(delivery_id)
    if item is None:
        return []
    there = wanted.known(wanted.parsed(item.sent_fields), wanted.parsed(item.remote_fields)) or {}
    aim = wanted.parsed(item.fields) or {}

    def shown(name: str, value: Json) -> Json:
        return value if reveal else mask_raw(value, name)

    return [
        {
            "field": name,
            "there": shown(name, there.get(name)),
            "wanted": shown(name, aim.get(name)),
            "sent": "" if wanted.same(aim.get(name), there.get(name)) else "differs",
        }
        for name in dict.fromkeys([*aim, *there])
        if not (wanted.is_empty(aim.get(name)) and wanted.is_empty(there.get(name)))
    ]


def _tell(app: App, kind: str, words: str, chosen: Sequence[OutboxRow], dry_run: bool) -> None:
    app.output.item({"type": kind, kind: len(chosen), "dry_run": dry_run})
    app.output.text(f"{plural(len(chosen), 'delivery', 'deliveries')} {words}")
