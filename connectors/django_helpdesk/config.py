"""What a connection to a django-helpdesk needs to know."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class DjangoHelpdeskConfig(BaseModel):
    """A help desk, and an account that may read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        description="Address of the help desk itself, where its home page is, such as https://desk.example.com/helpdesk",
        examples=["https://desk.example.com/helpdesk"],
    )
    username: str = Field(
        description="An account with staff status; it sees the queues that it may see there"
    )
    password: SecretStr = Field(description="Its password")
    webhook_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="A long random word of yours, which the help desk repeats in the address it calls (its webhooks "
        "carry no signature). Without it nothing is received",
    )
    trusted_host: bool = Field(
        default=False,
        description="The help desk is in your own network: allow a private address, any port, and http without TLS",
    )
    page_size: int = Field(default=100, ge=1, le=1000, description="Tickets asked for at once")
    requests_per_second: float = Field(
        default=4, gt=0, description="Requests a second at most; the help desk's own server has to bear them"
    )

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("url must be a full address, such as https://desk.example.com/helpdesk")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError(
                "url is http: the password and your customers' data would travel readable. Use https, or say "
                "`trusted_host: true` for a help desk in your own network"
            )
        if url.username or url.query or url.fragment:
            raise ValueError("url must hold no user, no query and no fragment")
        return self

    @property
    def host(self) -> str:
        """Name of the help desk's host."""
        return urlsplit(self.url).hostname or ""
