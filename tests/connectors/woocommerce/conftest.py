"""A shop on loopback, and a connection to it that waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.fake import FakeShop
from connectors.woocommerce.source import WooCommerce
from hub.testing.driver import Driver

NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)

Connect = Callable[..., Driver]


def customer(number: int, **fields: Any) -> dict[str, Any]:
    """A customer with little more than an id."""
    stamp = "2026-07-01T08:00:00"
    return {
        "id": number,
        "email": f"person{number}@example.com",
        "role": "customer",
        "date_created_gmt": stamp,
        "date_modified_gmt": stamp,
        "_links": {"self": [{"href": "https://shop.example.com"}]},
        **fields,
    }


def order(number: int, **fields: Any) -> dict[str, Any]:
    """An order with little more than an id."""
    stamp = "2026-07-02T08:00:00"
    return {
        "id": number,
        "status": "completed",
        "customer_id": 0,
        "date_created_gmt": stamp,
        "date_modified_gmt": stamp,
        **fields,
    }


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop(clock=lambda: NOW) as fake:
        fake.customers = [customer(number) for number in range(1, 26)]
        fake.orders = [order(number) for number in range(101, 131)]
        yield fake


@pytest.fixture
def connect(shop: FakeShop) -> Iterator[Connect]:
    """Makes drivers of connections to the shop; keyword arguments go into the config."""
    with ExitStack() as stack:

        def make(**config: Any) -> Driver:
            known = {
                "store_url": shop.url,
                "consumer_key": shop.key,
                "consumer_secret": shop.secret,
                "trusted_host": True,
                "page_size": 10,
            }
            return stack.enter_context(Driver(WooCommerce(WooCommerceConfig(**known | config)), now=NOW))

        yield make
