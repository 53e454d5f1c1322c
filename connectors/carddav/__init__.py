"""CardDAV: cards of an address book are read, and customers are written as cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import CardDav

    return [CardDav]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """A server for tests."""
    from .fake import FakeCardDav

    return {"carddav": FakeCardDav}
