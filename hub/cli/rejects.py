"""`hub rejects`: records kept aside, why, and what to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.looking import reveal_option
from hub.cli.output import Column, plural

if TYPE_CHECKING:
    from hub.models import Json, Reject

_LIST = (
    Column("id", "id", number=True),
    Column("connection", "connection"),
    Column("stream", "stream"),
    Column("stage", "stage"),
    Column("code", "code"),
    Column("key", "key"),
    Column("path", "path"),
    Column("message", "message"),
    Column("times", "times", number=True),
)
_BY_CODE = (
    Column("code", "code"),
    Column("connection", "connection"),
    Column("stream", "stream"),
    Column("stage", "stage"),
    Column("count", "records", number=True),
    Column("message", "for example"),
)
_SHOWN = {
    "id": "reject", "connection": "connection", "stream": "stream", "key": "key", "stage": "stage", "state": "state",
    "code": "code", "message": "message", "path": "path", "where": "mapping", "value": "value", "times": "times",
    "run_id": "run", "created_at": "first",
}  # fmt: skip
#: Rejects taken in one query.
_PAGE = 500


@click.group("rejects", cls=Group)
def rejects() -> None:
    """Records kept aside with their reason: look, replay, drop."""


_connection = click.option(
    "--connection", help="Only those of this connection.", shell_complete=connection_names
)
_code = click.option("--code", help="Only those with this code, such as HUB-3002.")


@rejects.command(
    "list",
    examples=("hub rejects list --by-code", "hub rejects list --connection shop-eu --json"),
    exits=(0, 2, 3, 9),
)
@_connection
@_code
@click.option(
    "--state",
    type=click.Choice(["open", "resolved", "dropped", "all"]),
    default="open",
    show_default=True,
    help="How they stand.",
)
@click.option("--by-code", is_flag=True, help="Group them by what is wrong.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most.")
@reveal_option
@pass_app
def list_rejects(
    app: App, connection: str | None, code: str | None, state: str, by_code: bool, limit: int, reveal: bool
) -> None:
    """Rejects, in the order they were first kept aside."""
    from hub.store.rejects import RejectState

    number = connection_id(app, connection)
    wanted = None if state == "all" else RejectState(state)
    if by_code:
        groups = app.store.rejects.by_code(connection_id=number, state=wanted)
        items = [asdict(group) for group in groups if code in (None, group.code)]
        app.output.rows(items, _BY_CODE, empty="No record is kept aside.")
        return
    found = app.store.rejects.find(connection_id=number, code=code, state=wanted, limit=limit)
    app.output.rows([item(one, reveal=reveal) for one in found], _LIST, empty="No record is kept aside.")
    if len(found) == limit:
        app.output.note(f"These are the first {limit}; `--limit` shows more, `--by-code` groups them.")


@rejects.command(
    "show", examples=("hub rejects show 12", "hub rejects show 12 --reveal --json"), exits=(0, 3, 9)
)
@click.argument("reject_id", type=int, metavar="ID")
@reveal_option
@pass_app
def show_reject(app: App, reject_id: int, reveal: bool) -> None:
    """One reject: its reason, the value that was refused, and the raw record, masked unless --reveal."""
    reject = app.store.rejects.get(reject_id)
    record = raw_record(app, reject)
    told = {**item(reject, reveal=reveal), **_values(record, reject.path, reveal=reveal)}
    app.output.fields(told, _SHOWN)
    if not app.output.json and told["record"] is not None:
        app.output.text("", "raw record", *_pretty(told["record"]))


@rejects.command(
    "replay",
    examples=("hub rejects replay --code HUB-3102", "hub rejects replay 12 13 --dry-run"),
    exits=(0, 2, 3, 5, 8, 9, 130),
)
@click.argument("ids", type=int, nargs=-1, metavar="[ID…]")
@_connection
@_code
@click.option("--all", "every", is_flag=True, help="All that are open.")
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@pass_app
def replay(
    app: App, ids: tuple[int, ...], connection: str | None, code: str | None, every: bool, dry_run: bool
) -> int:
    """Map rejects again, from the raw records in the store: after the mapping was mended.

    The vendor is not asked. Records that were refused before they could land are not in the store: they come again
    when the vendor sends them again, at the latest with `hub sync --full`.
    """
    from hub.cli.replaying import replay_rejects

    chosen = choose(app, ids, connection, code, every=every)
    return replay_rejects(app, chosen, dry_run=dry_run)


@rejects.command(
    "drop",
    examples=("hub rejects drop 12 13", "hub rejects drop --code HUB-3002 --dry-run"),
    exits=(0, 2, 3, 9),
)
@click.argument("ids", type=int, nargs=-1, metavar="[ID…]")
@_connection
@_code
@click.option("--all", "every", is_flag=True, help="All that are open.")
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@pass_app
def drop(
    app: App, ids: tuple[int, ...], connection: str | None, code: str | None, every: bool, dry_run: bool
) -> None:
    """Say that rejects need nothing. They stay in the store, and open again when the record is refused again."""
    chosen = choose(app, ids, connection, code, every=every)
    dropped = len(chosen) if dry_run else app.store.rejects.drop(one.id for one in chosen)
    app.output.item({"type": "dropped", "dropped": dropped, "dry_run": dry_run})
    app.output.text(f"{'would drop' if dry_run else 'dropped'} {plural(dropped, 'reject')}")


def choose(
    app: App, ids: Sequence[int], connection: str | None, code: str | None, *, every: bool
) -> list[Reject]:
    """The open rejects that a person named. Raises UsageError when they named none, NotFound HUB-6006 for an unknown id."""
    if not (ids or connection or code or every):
        raise click.UsageError("name rejects by id, --code or --connection, or say --all")
    for one in ids:
        app.store.rejects.get(one)
    number = connection_id(app, connection)
    chosen: list[Reject] = []
    after = 0
    while page := app.store.rejects.find(connection_id=number, code=code, ids=ids, after=after, limit=_PAGE):
        chosen += page
        after = page[-1].id
    return chosen


def connection_id(app: App, name: str | None) -> int | None:
    """The number of a connection that the store or hub.yaml knows. Raises ConfigError HUB-1010 for another name."""
    if name is None:
        return None
    number = app.store.connections.find(name)
    if number is None:
        app.settings.connection(name)
        return -1  # it is in hub.yaml and has never run: nothing belongs to it
    return number


def item(reject: Reject, *, reveal: bool) -> dict[str, Json]:
    """A reject as `--json` tells it; of a key that is an address only what nobody is recognised by."""
    from hub.insight.masking import mask_key

    return {**asdict(reject), "key": reject.key if reveal else mask_key(reject.key)}


def raw_record(app: App, reject: Reject) -> Json:
    """The raw record behind a reject: parsed, or text when it is no JSON; None when nothing was kept."""
    import orjson

    if reject.raw_id is not None:
        payload = app.store.raw.payload(reject.raw_id)
    else:
        payload = app.store.rejects.payload(reject.id)
    if payload is None:
        return None
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "replace")


def _values(record: Json, path: str, *, reveal: bool) -> dict[str, Json]:
    from hub.cli.values import at_path, last_name
    from hub.insight.masking import mask_raw

    value = at_path(record, path)
    if reveal:
        return {"value": value, "record": record}
    if isinstance(record, str):
        return {"value": None, "record": f"({len(record)} characters, not JSON)"}
    return {"value": mask_raw(value, last_name(path)), "record": mask_raw(record)}


def _pretty(record: Any) -> list[str]:
    import orjson

    if isinstance(record, str):
        return [record]
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode().splitlines()
