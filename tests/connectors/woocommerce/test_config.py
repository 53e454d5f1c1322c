"""A connection that could leak the key or the customers is refused before it is used."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.source import WooCommerce

KEY = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}


@pytest.mark.parametrize(
    "url",
    ["shop.example.com", "ftp://shop.example.com", "http://shop.example.com", "https://me:word@shop.example.com",
     "https://shop.example.com/?x=1", "https://"],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="store_url"):
        WooCommerceConfig(store_url=url, **KEY)


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("https://shop.example.com", {}),
        ("https://shop.example.com/blog/", {}),
        ("http://shop.local", {"trusted_host": True}),
    ],
)
def test_addresses_that_are_taken(url: str, more: dict[str, Any]) -> None:
    options = WooCommerce(WooCommerceConfig(store_url=url, **KEY, **more)).http()
    assert options.base_url == url.rstrip("/")
    assert options.trusted_hosts == (("shop.local",) if more else ())


def test_every_field_explains_itself() -> None:
    assert all(field.description for field in WooCommerceConfig.model_fields.values())


def test_secrets_hide_themselves() -> None:
    assert "ck_1" not in repr(WooCommerceConfig(store_url="https://shop.example.com", **KEY))
