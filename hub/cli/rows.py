"""`hub rows`: what became of single records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.looking import lens, reveal_option, section
from hub.cli.output import Column, as_json

if TYPE_CHECKING:
    from hub.models import Json

#: What became of a row, as `hub.insight.rows.OUTCOMES` has it; here too, because importing that takes its time.
OUTCOMES = (
    "new", "changed", "unchanged", "rejected", "mapped", "filtered", "sent", "suppressed", "invalid", "unknown",
    "pending", "erased", "same", "drifted", "missing", "orphaned", "unlinked", "deleted",
)  # fmt: skip

_ROWS = (
    Column("position", "row", number=True),
    Column("outcome", "outcome"),
    Column("stream", "stream"),
    Column("key", "key"),
    Column("raw_id", "raw", number=True),
    Column("code", "code"),
    Column("path", "path"),
    Column("message", "message"),
)
_REJECTS = tuple(
    Column(name, name) for name in ("reject_id", "stage", "state", "code", "message", "path", "where")
)
_DELIVERIES = tuple(Column(name, name) for name in ("at", "connection", "op", "status", "code", "message"))


@click.group("rows", cls=Group)
def rows() -> None:
    """What became of single records."""


@rows.command(
    "list",
    examples=(
        "hub rows list --run 0198f0a2-5181-701d-a46e-1f40f85027c2",
        "hub rows list --run 0198f0a2-5181-701d-a46e-1f40f85027c2 --outcome rejected --json",
    ),
    exits=(0, 3, 9),
)
@click.option("--run", "run_id", required=True, metavar="RUN", help="The run; `hub runs list` names them.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows of which this became.")
@click.option("--stream", default="", help="Only rows of this stream.")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="ROW", help="Go on after this row.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most.")
@reveal_option
@pass_app
def list_rows(
    app: App, run_id: str, outcome: str | None, stream: str, after: int, limit: int, reveal: bool
) -> None:
    """The rows of one run and what became of each, in the order they came. Keys that are addresses are masked."""
    from hub.insight.rows import listed

    view = lens(app, masked=not reveal)
    page = listed(view, run_id, outcome=outcome or "", stream=stream, after=after, limit=limit)
    app.output.rows(page.items, _ROWS, empty="The run has no such rows.")
    if page.after is not None:
        app.output.note(f"There are more: `--after {page.after}` goes on.")


@rows.command(
    "show",
    examples=("hub rows show 1042", "hub rows show shop-eu customers 17 --reveal"),
    exits=(0, 3, 9),
)
@click.argument("which", nargs=-1, required=True, metavar="RAW | CONNECTION STREAM KEY")
@reveal_option
@pass_app
def show_row(app: App, which: tuple[str, ...], reveal: bool) -> None:
    """The whole walk of one record: raw, what it became, whose it is, what was delivered.

    RAW is its number, as `hub rows list` tells. The record and what it became are masked unless --reveal.
    """
    from hub.insight.record import find_raw, walk

    view = lens(app, masked=not reveal)
    if len(which) == 3:
        told = walk(view, *find_raw(view, *which))
    elif len(which) == 1 and which[0].isascii() and which[0].isdigit():
        told = walk(view, int(which[0]))
    else:
        raise click.UsageError("name a record by its number, or by CONNECTION STREAM KEY")
    app.output.item(told)
    if not app.output.json:
        _show(app, told)


def _show(app: App, told: dict[str, Any]) -> None:
    raw = told["raw"]
    if raw is not None:
        app.output.text(f"{raw['connection']}/{raw['stream']}/{raw['key']}: {raw['state']}", "")
        names = ("raw_id", "first_seen", "changed", "deleted", "run_id")
        app.output.fields(raw, {name: name for name in names})
        app.output.text("", "Raw record", *_pretty(raw["record"]))
    section(app, "Rejects", told["rejects"], _REJECTS)
    for reject in told["rejects"]:
        if reject.get("record") is not None:
            app.output.text(
                "", f"What was kept of it (reject {reject['reject_id']})", *_pretty(reject["record"])
            )
    for item in told["canonical"]:
        app.output.text("", _title(item), *_lines(item["told"] or item["fields"]))
    if told["customers"]:
        app.output.text("", "Customer", *(f"  {customer}" for customer in told["customers"]))
    section(app, "Deliveries", told["deliveries"], _DELIVERIES)


def _title(item: dict[str, Json]) -> str:
    more = f", told by {item['tellers']} records; this one says" if item["told"] else ""
    stale = ", old: its latest version was refused" if item["stale"] else ""
    return f"{item['entity']} {item['type']}/{item['external_id']}{stale}{more}"


def _lines(fields: dict[str, Json]) -> list[str]:
    return [
        f"  {name}: {value if isinstance(value, str) else as_json(value)}" for name, value in fields.items()
    ]


def _pretty(record: Json) -> Sequence[str]:
    import orjson

    if isinstance(record, str):
        return [record]
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode().splitlines()
