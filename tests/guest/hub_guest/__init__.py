"""Everything a plugin may bring, by the door that the built-in connectors use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    import click

    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from hub_guest.connector import Guest

    return [Guest]


@hookimpl
def hub_mappings() -> Sequence[Path]:
    return [Path(__file__).parent / "mappings"]


@hookimpl
def hub_mapping_functions() -> Mapping[str, Callable[..., object]]:
    return {"shout": lambda value: str(value).upper()}


@hookimpl
def hub_commands() -> Sequence[click.Command]:
    import click

    return [click.Command("greet", callback=lambda: click.echo("hello from the guest"), help="Say hello.")]
