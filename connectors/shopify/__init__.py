"""Shopify: customers and orders. What is read stands in `connector.yaml`; here is only the shop for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.shopify.fake import FakeShopify

    return {"shopify": FakeShopify}
