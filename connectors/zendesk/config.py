"""What a connection to a Zendesk account needs to know."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class ZendeskConfig(BaseModel):
    """An account, credentials of an administrator, and what to read beyond the plain records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subdomain: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="The part of your Zendesk address before .zendesk.com",
        examples=["acme"],
    )
    base_url: str = Field(
        default="", description="Full address instead of the subdomain, for a proxy of your own or a test"
    )
    trusted_host: bool = Field(
        default=False,
        description="base_url is in your own network: allow a private address, any port, and http without TLS",
    )
    email: str = Field(default="", description="Mail address of the administrator the API token works for")
    api_token: SecretStr | None = Field(
        default=None, description="API token from Admin Center, Apps and integrations, APIs, API tokens"
    )
    oauth_token: SecretStr | None = Field(
        default=None, description="OAuth access token with scope read, instead of e-mail and API token"
    )
    start_date: date | None = Field(
        default=None, description="Read only what was created or changed since this day; default: everything"
    )
    identities: bool = Field(
        default=False,
        description="Read all mail addresses, phone numbers and accounts of each changed user: one request more each",
    )
    comments: bool = Field(
        default=False, description="Read the whole conversation of each changed ticket: one request more each"
    )
    page_size: int = Field(
        default=1000, ge=1, le=1000, description="Records asked for at once; Zendesk allows 1000"
    )
    requests_per_minute: int = Field(
        default=200,
        ge=10,
        le=2500,
        description="Your plan's limit: Team 200, Growth and Professional 400, Enterprise 700, Plus 2500",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signing secret of the account's webhook; without it none are accepted"
    )
    previous_webhook_secret: SecretStr | None = Field(
        default=None, description="The signing secret before the last change, accepted while you rotate it"
    )

    @model_validator(mode="after")
    def _names_one_account(self) -> ZendeskConfig:
        if bool(self.subdomain) == bool(self.base_url):
            raise ValueError("name the account by subdomain (acme for acme.zendesk.com), or by base_url")
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query:
            raise ValueError("base_url must be a full address, such as https://support.example.com")
        if url.scheme == "http" and not self.trusted_host:
            raise ValueError("base_url is http: the token would travel readable. Use https")
        return self

    @model_validator(mode="after")
    def _has_one_kind_of_credentials(self) -> ZendeskConfig:
        by_token = bool(self.email) and self.api_token is not None
        if by_token == (self.oauth_token is not None):
            raise ValueError("give email and api_token, or oauth_token alone")
        return self

    @property
    def url(self) -> str:
        """Address of the account."""
        return self.base_url.rstrip("/") or f"https://{self.subdomain}.zendesk.com"

    @property
    def host(self) -> str:
        """Its host."""
        return urlsplit(self.url).hostname or ""
