"""What a connection to a CardDAV server needs to know."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class CardDavConfig(BaseModel):
    """An address book, and a user who may write to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        description="Address of the server, such as https://dav.example.com, or of the address book itself",
        examples=["https://dav.example.com"],
    )
    address_book: str = Field(
        default="",
        description="Name of the address book, as programs show it or as its address ends, where the user has several",
    )
    user: str = Field(default="", description="Name of the user (HTTP Basic); not with `token`")
    password: SecretStr | None = Field(
        default=None, description="The user's password; many providers want an app password here"
    )
    token: SecretStr | None = Field(
        default=None, description="Bearer token, where the server takes one instead of a password"
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
            raise ValueError("url must be a full address, such as https://dav.example.com")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError(
                "url is http: the password and your customers' data would travel readable. Use https, or say "
                "`trusted_host: true` for a server in your own network"
            )
        if url.username or url.query or url.fragment:
            raise ValueError("url must hold no user, no query and no fragment")
        return self

    @model_validator(mode="after")
    def _is_one_way_in(self) -> Self:
        if bool(self.user and self.password) == bool(self.token) or bool(self.user) != bool(self.password):
            raise ValueError("give `user` and `password`, or `token`")
        return self

    @property
    def server(self) -> str:
        """The address without a path."""
        url = urlsplit(self.url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def host(self) -> str:
        """Name of the server's host."""
        return urlsplit(self.url).hostname or ""
