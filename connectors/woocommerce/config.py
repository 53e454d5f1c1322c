"""What a connection to a WooCommerce shop needs to know."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class WooCommerceConfig(BaseModel):
    """A shop, a key that may read it, and how carefully to read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store_url: str = Field(
        description="Address of the shop's WordPress, such as https://shop.example.com",
        examples=["https://shop.example.com"],
    )
    consumer_key: SecretStr = Field(
        description="Consumer key (ck_…) from WooCommerce, Settings, Advanced, REST API; permission Read"
    )
    consumer_secret: SecretStr = Field(description="Consumer secret (cs_…) that was shown with the key")
    auth: Literal["basic", "query"] = Field(
        default="basic",
        description="Where the key travels: in the Authorization header, or in the address for hosts that strip it",
    )
    trusted_host: bool = Field(
        default=False,
        description="The shop is in your own network: allow a private address, any port, and http without TLS",
    )
    plain_permalinks: bool = Field(
        default=False, description="The WordPress uses plain permalinks (?rest_route=/wc/v3/…)"
    )
    page_size: int = Field(
        default=100, ge=2, le=100, description="Records asked for at once; the shop allows 100"
    )
    overlap_minutes: int = Field(
        default=5, ge=0, le=1440, description="Minutes before the last reading that are read again"
    )
    full_scan_every: int = Field(
        default=24,
        ge=0,
        description="Hours between readings of all customers, the only way to see changed profiles and deletions; "
        "0: every run",
    )
    orders_full_scan_every: int = Field(
        default=168,
        ge=0,
        description="Hours between readings of all orders, to see deletions and changes that plugins made silently; "
        "0: every run",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Secret of the shop's webhooks; without it none are accepted"
    )
    previous_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The webhook secret before the last change, accepted as well while you rotate it",
    )
    requests_per_second: float = Field(
        default=4, gt=0, description="Requests a second at most; the shop's own server has to bear them"
    )

    @model_validator(mode="after")
    def _address_is_safe(self) -> WooCommerceConfig:
        url = urlsplit(self.store_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("store_url must be a full address, such as https://shop.example.com")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError(
                "store_url is http: the key and your customers' data would travel readable. Use https, "
                "or say `trusted_host: true` for a shop in your own network"
            )
        if url.username or url.query or url.fragment:
            raise ValueError("store_url must hold no user, no query and no fragment")
        return self

    @property
    def host(self) -> str:
        """Name of the shop's host."""
        return urlsplit(self.store_url).hostname or ""
