"""What a connection to a Tryton server needs to know."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class TrytonConfig(BaseModel):
    """A database of a Tryton server, and a key that opens it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        description="Address of the server, such as https://tryton.example.com",
        examples=["https://tryton.example.com"],
    )
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="Name of its database")
    key: SecretStr = Field(
        description="Key of a user application of the kind REST, which the user has validated"
    )
    trusted_host: bool = Field(
        default=False,
        description="The server is in your own network: allow a private address, any port, and http without TLS",
    )
    requests_per_second: float = Field(
        default=5, gt=0, description="Requests a second at most; your own server has to bear them"
    )

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("url must be a full address, such as https://tryton.example.com")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError(
                "url is http: the key and your customers' data would travel readable. Use https, or say "
                "`trusted_host: true` for a server in your own network"
            )
        if url.username or url.query or url.fragment:
            raise ValueError("url must hold no user, no query and no fragment")
        return self

    @property
    def host(self) -> str:
        """Name of the server's host."""
        return urlsplit(self.url).hostname or ""
