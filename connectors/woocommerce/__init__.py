"""WooCommerce: customers and orders of a WordPress shop, over its REST interface v3 and its webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from connectors.woocommerce.source import WooCommerce

    return [WooCommerce]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.woocommerce.fake import FakeShop

    return {"woocommerce": FakeShop}
