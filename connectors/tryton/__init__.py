"""Tryton: its parties are read, and customers are written as parties, over its REST interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Tryton

    return [Tryton]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """A server for tests."""
    from .fake import FakeTryton

    return {"tryton": FakeTryton}
