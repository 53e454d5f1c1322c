"""What a connection to a django-oscar shop needs to know."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class OscarConfig(BaseModel):
    """A shop's interface, and an account that may read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        description="Address of the shop's REST interface, such as https://shop.example.com/api",
        examples=["https://shop.example.com/api"],
    )
    username: str = Field(
        description="An account with staff status and the permissions to view users, orders and order lines"
    )
    password: SecretStr = Field(description="Its password")
    trusted_host: bool = Field(
        default=False,
        description="The shop is in your own network: allow a private address, any port, and http without TLS",
    )
    overlap_minutes: int = Field(
        default=10, ge=0, le=1440, description="Minutes before the newest order whose lines are read again"
    )
    requests_per_second: float = Field(
        default=4, gt=0, description="Requests a second at most; the shop's own server has to bear them"
    )

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("url must be a full address, such as https://shop.example.com/api")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError(
                "url is http: the password and your customers' data would travel readable. Use https, or say "
                "`trusted_host: true` for a shop in your own network"
            )
        if url.username or url.query or url.fragment:
            raise ValueError("url must hold no user, no query and no fragment")
        return self

    @property
    def host(self) -> str:
        """Name of the shop's host."""
        return urlsplit(self.url).hostname or ""
