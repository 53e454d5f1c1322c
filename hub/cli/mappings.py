"""`hub mappings`: the documents that turn raw records into canonical ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.looking import reveal_option
from hub.cli.output import Column, plural

if TYPE_CHECKING:
    from hub.mapping import Mapping

_LIST = (
    Column("name", "mapping"),
    Column("file", "file"),
    Column("connector", "connector"),
    Column("used_by", "used by"),
    Column("streams", "streams"),
    Column("status", "status"),
)


@click.group("mappings", cls=Group)
def mappings() -> None:
    """Copy, test and preview mappings."""


@mappings.command("list", examples=("hub mappings list", "hub mappings list --json"), exits=(0, 3))
@pass_app
def list_mappings(app: App) -> None:
    """The project's mappings, and the starters that can be copied."""
    items = [_told(app, path) for path in files(app)]
    known = {item["connector"] for item in items}
    for connector in sorted(app.plugins.connectors.keys() - known):
        if app.plugins.starter_mapping(connector) is not None:
            items.append(_item(connector, "", connector, "starter"))
    shown = items if app.output.json else [_row(item) for item in items]
    app.output.rows(shown, _LIST, empty="There is no mapping yet: `hub mappings copy CONNECTOR`.")


def _told(app: App, path: Path) -> dict[str, Any]:
    from hub.errors import HubError

    name = _below(app, path)
    users = [one.name for one in app.settings.connections.values() if one.mapping_path == path]
    try:
        mapping = compiled(app, path)
    except HubError as error:
        return _item(path.stem, name, "", "broken", used_by=users, error=error.as_dict())
    document = mapping.document
    return _item(path.stem, name, document.connector, "ok", used_by=users, streams=list(mapping.streams))


def _item(
    name: str,
    file: str,
    connector: str,
    status: str,
    *,
    used_by: Sequence[str] = (),
    streams: Sequence[str] = (),
    error: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "name": name, "file": file, "connector": connector, "status": status, "used_by": list(used_by),
        "streams": list(streams), "error": error,
    }  # fmt: skip


def _row(item: dict[str, Any]) -> dict[str, Any]:
    status = item["status"]
    if item["error"]:
        status = f"broken: {item['error']['where']}: {item['error']['message']}"
    lists = {name: ", ".join(item[name]) for name in ("used_by", "streams")}
    return {**item, **lists, "status": status}


def files(app: App) -> list[Path]:
    """The mapping files of the project: those in mappings/, and those that a connection names elsewhere."""
    found = {path for path in (app.settings.project / "mappings").glob("*.yaml") if not _is_test(path)}
    found |= {one.mapping_path for one in app.settings.connections.values() if one.mapping_path.is_file()}
    return sorted(found)


def compiled(app: App, path: Path) -> Mapping:
    """A mapping, with the functions of the plugins. Raises MappingError."""
    from hub.mapping import compile as compile_mapping
    from hub.mapping import document

    return compile_mapping(document.load(path), functions=app.plugins.mapping_functions)


def _is_test(path: Path) -> bool:
    return path.name.endswith(".test.yaml")


def _below(app: App, path: Path) -> str:
    project = app.settings.project
    return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)


@mappings.command(
    "copy",
    examples=("hub mappings copy woocommerce", "hub mappings copy tabular --to mappings/lists.yaml"),
    exits=(0, 3),
)
@click.argument("connector")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: mappings/CONNECTOR.yaml.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be copied.")
@pass_app
def copy(app: App, connector: str, target: Path | None, dry_run: bool) -> None:
    """Copy the starter mapping of CONNECTOR into the project, with its examples, to be changed there."""
    from hub.cli.connect import copy_starter
    from hub.errors import ConfigError

    app.plugins.connector(connector)
    path = app.settings.project / (target or f"mappings/{connector}.yaml")
    if app.plugins.starter_mapping(connector) is None:
        raise ConfigError(
            "HUB-9011",
            f"no starter mapping comes with {connector}",
            hint="Write one: see `hub mappings list`.",
        )
    if path.exists():
        raise ConfigError(
            "HUB-9010",
            "there is a mapping already",
            where=_below(app, path),
            hint="Name another file with --to.",
        )
    if not dry_run:
        copy_starter(app, connector, path)
    app.output.item(
        {"type": "mapping", "file": _below(app, path), "connector": connector, "dry_run": dry_run}
    )
    app.output.text(f"{'would make' if dry_run else 'made'} {_below(app, path)}")


@mappings.command(
    "test", examples=("hub mappings test", "hub mappings test woocommerce --json"), exits=(0, 3, 5)
)
@click.argument("names", nargs=-1, metavar="[MAPPING…]")
@pass_app
def test(app: App, names: tuple[str, ...]) -> int:
    """Run the examples beside the mappings (NAME.test.yaml): does each raw record become what it should?"""
    results = list(_examples(app, names))
    failed = [one for one in results if one["status"] != "ok"]
    if app.output.json:
        app.output.rows(results, ())
        app.output.item({"type": "summary", "examples": len(results), "failed": len(failed)})
    else:
        for one in failed:
            app.output.text(
                "", f"{one['where']}: {one['name']}", *(f"  {line}" for line in one["diff"].splitlines())
            )
        app.output.text(f"{plural(len(results), 'example')}, {len(failed)} failed")
    return 5 if failed else 0


def _examples(app: App, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    from hub.errors import ConfigError
    from hub.mapping import examples
    from hub.settings import choices

    paths = {path.stem: path for path in files(app)}
    for name in names:
        if name not in paths:
            raise ConfigError("HUB-9012", f"there is no mapping {name!r}", hint=choices(name, paths))
    for name in names or paths:
        tests = paths[name].with_name(f"{name}.test.yaml")
        if not tests.is_file():
            app.output.note(f"{name} has no examples beside it ({tests.name}).")
            continue
        mapping = compiled(app, paths[name])
        for result in examples.run(tests, mapping):
            yield {
                "mapping": name,
                "name": result.name,
                "where": result.where,
                "status": "ok" if result.ok else "failed",
                "diff": result.diff,
            }


@mappings.command(
    "preview",
    examples=(
        "hub mappings preview shop-eu orders 1001",
        "hub mappings preview shop-eu orders --raw order.json --reveal",
    ),
    exits=(0, 2, 3, 9),
)
@click.argument("connection", shell_complete=connection_names)
@click.argument("stream")
@click.argument("key", required=False, metavar="[KEY]")
@click.option(
    "--raw",
    type=click.File("rb"),
    help="A raw record from a file (- for standard input), not from the store.",
)
@reveal_option
@pass_app
def preview(app: App, connection: str, stream: str, key: str | None, raw: Any, reveal: bool) -> None:
    """One record on its way: raw, what the mapping makes of each field, and the customer it belongs to."""
    from hub.cli.previewing import show_preview

    if (key is None) == (raw is None):
        raise click.UsageError("name the record by its KEY, or give one with --raw")
    show_preview(app, connection, stream, key, raw.read() if raw else None, masked=not reveal)
