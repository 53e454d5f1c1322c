"""Customers posted as signed JSON to any address: for systems without a connector of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Webhook

    return [Webhook]
