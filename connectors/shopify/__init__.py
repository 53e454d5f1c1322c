"""Shopify: customers and orders, by pages, and where a shop is large by bulk operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Shopify

    return [Shopify]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """The shop for tests."""
    from .fake import FakeShopify

    return {"shopify": FakeShopify}
