"""`hub connect requests`: the last requests of a connection and their answers, without secrets and people's data."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Command, pass_app
from hub.cli.completion import connection_names
from hub.cli.output import Column
from hub.cli.rejects import connection_id

if TYPE_CHECKING:
    from hub.models import Json
    from hub.store.exchanges import KeptExchange

_LIST = (
    Column("id", "id", number=True),
    Column("at", "at"),
    Column("method", "method"),
    Column("url", "address"),
    Column("status", "status", number=True),
    Column("error", "error"),
    Column("ms", "ms", number=True),
    Column("retries", "retries", number=True),
    Column("run_id", "run"),
)
_SHOWN = {
    "id": "request", "connection": "connection", "at": "at", "method": "method", "url": "address", "status": "status",
    "error": "error", "seconds": "seconds", "retries": "retries", "run_id": "run",
}  # fmt: skip


@click.command(
    "requests",
    cls=Command,
    examples=("hub connect requests crm --failed", "hub connect requests crm --show 17"),
    exits=(0, 3, 9),
)
@click.argument("name", shell_complete=connection_names)
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@click.option("--failed", is_flag=True, help="Only those without a good answer.")
@click.option("--show", "shown", type=int, metavar="ID", help="One of them whole: headers and bodies, too.")
@pass_app
def requests(app: App, name: str, last: int, failed: bool, shown: int | None) -> None:
    """The last requests that connection NAME was asked, and their answers, the youngest first.

    Secrets are taken out before anything is kept, and of bodies only names of fields, numbers and machine words are kept,
    never what they say of people. `keep_exchanges` in hub.yaml says how many.
    """
    number = connection_id(app, name)
    assert number is not None, "a name was given"
    if shown is not None:
        _show(app, app.store.exchanges.get(number, shown))
        return
    found = app.store.exchanges.recent(number, last, failed=failed)
    app.output.rows([item(one) for one in found], _LIST, empty="No such request is kept.")


def item(one: KeptExchange) -> dict[str, Json]:
    """An exchange as `--json` tells it."""
    told: dict[str, Any] = one._asdict()
    seconds = None if one.ms is None else one.ms / 1000
    return {**told, "seconds": seconds, "request": _parsed(one.request), "response": _parsed(one.response)}


def _parsed(text: str | None) -> Json:
    """Headers and body as JSON, the body too where it was some."""
    import orjson

    told = orjson.loads(text or "{}")
    with suppress(orjson.JSONDecodeError):  # a size, or cut off
        told["body"] = orjson.loads(told.get("body") or "null")
    return told


def _show(app: App, one: KeptExchange) -> None:
    told = item(one)
    app.output.fields(told, _SHOWN)
    if app.output.json:
        return
    for title, side in (("Request", told["request"]), ("Answer", told["response"])):
        app.output.text("", title, *(f"  {name}: {value}" for name, value in side.get("headers", {}).items()))
        if side.get("body") is not None:
            app.output.text("", *(f"  {line}" for line in _pretty(side["body"]).splitlines()))


def _pretty(body: Json) -> str:
    import orjson

    return body if isinstance(body, str) else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
