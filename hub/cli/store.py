"""`hub store`: what the store holds, table by table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.store.api import Store

_TABLES = (Column("table", "table"), Column("rows", "rows", number=True))


@click.group("store", cls=Group)
def store() -> None:
    """What the store holds."""


@store.command("info", examples=("hub store info", "hub store info --json"), exits=(0, 3, 9))
@pass_app
def info(app: App) -> None:
    """Where the store is, how large it is, which version, and the rows of each table."""
    from hub.store.api import open_store

    path = app.settings.store_path
    with open_store(path, create=False) as opened:
        told = describe(opened, path)
    told["store"] = app.settings.store
    if app.output.json:
        app.output.item({"type": "store", **told})
        return
    app.output.fields(
        told, {"store": "store", "bytes": "bytes", "schema_version": "schema", "sqlite": "SQLite"}
    )
    app.output.text("")
    app.output.rows([{"table": name, "rows": rows} for name, rows in told["tables"].items()], _TABLES)


def describe(opened: Store, path: Path) -> dict[str, Any]:
    """Size, versions, and the rows of every table."""
    from hub.store.migrations import applied
    from hub.store.sqlite_library import version

    db = opened.driver
    with opened.read():
        tables = sorted(name for name in db.tables() if not name.startswith("sqlite_"))
        counts = {name: db.query(f"SELECT count(*) FROM {name}")[0][0] for name in tables}  # noqa: S608
    return {
        "bytes": sum(part.stat().st_size for part in files_of(path)),
        "schema_version": max(applied(db), default=None),
        "sqlite": ".".join(map(str, version())),
        "tables": counts,
    }


def files_of(path: Path) -> list[Path]:
    """The file of the store and those that the database keeps beside it."""
    names = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
    return [one for one in names if one.is_file()]
