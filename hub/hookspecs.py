"""The hooks a plugin may implement. Entry-point group: `customer_hub`. All are optional, all are called by name.

from hub import hookimpl

@hookimpl
def hub_connectors():
    return [Shop]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:  # a plugin that is only asked for its commands loads nothing else
    import click

    from hub.contract import Connector
    from hub.models import Run

hookspec = pluggy.HookspecMarker("customer_hub")
hookimpl = pluggy.HookimplMarker("customer_hub")


@hookspec
def hub_connectors() -> Sequence[type[Connector]]:
    """Connector classes of this plugin."""
    return ()


@hookspec
def hub_mappings() -> Sequence[Path]:
    """Files or folders of starter mappings (`<connector>.yaml`), copied out by `hub connect add`."""
    return ()


@hookspec
def hub_mapping_functions() -> Mapping[str, Callable[..., object]]:
    """Functions for mapping pipelines, by name. Each takes the value first, then the arguments written in the mapping."""
    return {}


@hookspec
def hub_commands() -> Sequence[click.Command]:
    """Commands to add to `hub`. Imported only when an unknown command is asked for, or for `hub --help`."""
    return ()


@hookspec
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """Fakes of vendors for demos and tests, by connector name (see `hub.testing.fake_server`)."""
    return {}


@hookspec
def hub_run_finished(run: Run) -> None:
    """A run has ended; `run.status` says how. An exception here is logged and changes nothing."""
