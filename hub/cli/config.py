"""`hub config`: everything a person wrote, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.output import plural

if TYPE_CHECKING:
    from hub.errors import HubError
    from hub.settings import ChannelSettings, ConnectionSettings

IDENTITY = "identity.yaml"


@click.group("config", cls=Group)
def config() -> None:
    """Check the project's settings, mappings and identity rules."""


@config.command(
    "check", examples=("hub config check", "hub config check --json --project /srv/hub"), exits=(0, 3)
)
@pass_app
def check(app: App) -> int:
    """Check hub.yaml, every connection, every mapping and identity.yaml.

    All that is wrong is listed, each with file and line. Nothing is opened and nobody is asked; `hub connect test`
    tries the credentials.
    """
    found = list(problems(app))
    for error in found:
        app.output.item({"type": "problem", **error.as_dict()})
        app.output.text(*str(error).splitlines())
    app.output.item({"type": "summary", "problems": len(found)})
    app.output.note("Nothing is wrong." if not found else f"{plural(len(found), 'problem')}.")
    return 3 if found else 0


def problems(app: App) -> Iterator[HubError]:
    """Everything that is wrong with the project's files."""
    from hub.errors import HubError
    from hub.settings import find_project

    folder = find_project(app.folder)
    try:
        settings = app.settings
    except HubError as error:
        yield error
        yield from _identity(folder)
        return
    yield from _identity(folder)
    for channel in settings.alerts.channels.values():
        yield from _channel(channel)
    used = set()
    for connection in settings.connections.values():
        used.add(connection.mapping_path)
        yield from _connection(app, connection)
    for path in sorted((folder / "mappings").glob("*.yaml")):
        if path not in used and not path.name.endswith(".test.yaml"):
            yield from _mapping(app, path)


def _identity(folder: Path) -> Iterator[HubError]:
    from hub.errors import ConfigError, HubError
    from hub.identity import IdentityPolicy

    path = folder / IDENTITY
    if not path.is_file():
        return
    try:
        IdentityPolicy.parse(path.read_text(encoding="utf-8"), IDENTITY)
    except HubError as error:
        yield error
    except UnicodeDecodeError:
        yield ConfigError("HUB-1002", "the file is not UTF-8 text", where=IDENTITY)


def _connection(app: App, connection: ConnectionSettings) -> Iterator[HubError]:
    """Its connector, its config with its secrets, and its mapping."""
    from hub.errors import HubError
    from hub.sync.connected import connect

    try:
        connected = connect(app.settings, app.plugins, connection.name)
    except HubError as error:
        yield error
        return
    try:
        _ = connected.mapping
    except HubError as error:
        yield error


def _channel(channel: ChannelSettings) -> Iterator[HubError]:
    """The config of a channel for alerts, with its secrets."""
    from hub.errors import HubError
    from hub.sync.notices import config_of

    try:
        config_of(channel)
    except HubError as error:
        yield error


def _mapping(app: App, path: Path) -> Iterator[HubError]:
    """A mapping that no connection uses (yet)."""
    from hub.errors import HubError
    from hub.mapping import compile as compile_mapping
    from hub.mapping import document

    try:
        compile_mapping(document.load(path), functions=app.plugins.mapping_functions)
    except HubError as error:
        yield error
