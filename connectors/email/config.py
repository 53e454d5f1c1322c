"""What a mailbox connection needs to know. The descriptions are the manual."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from hub import PUBLIC_PROVIDERS


class EmailConfig(BaseModel):
    """A mailbox: on an IMAP server, or as files on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["imap", "maildir", "mbox", "eml"] = Field(
        description="Where the mail is: an IMAP server, a Maildir, an mbox file (or a folder of them), "
        "or a folder of .eml files."
    )
    host: str = Field("", description="IMAP server, for example imap.example.com.")
    port: int | None = Field(None, ge=1, le=65535, description="Port; default 993 for ssl, else 143.")
    tls: Literal["ssl", "starttls", "none"] = Field(
        "ssl", description="Encryption. `none` is accepted for a server on this machine only."
    )
    ca_file: Path | None = Field(
        None,
        description="PEM file of your own certificate authority, if the server's is not publicly trusted.",
    )
    username: str = Field("", description="Log-in name, mostly the mail address.")
    password: SecretStr | None = Field(
        None, description="Password; Gmail, iCloud, Yahoo and Fastmail want an app password."
    )
    oauth_token: SecretStr | None = Field(
        None, description="OAuth access token (XOAUTH2) instead of a password. It expires within hours."
    )
    oauth_refresh_token: SecretStr | None = Field(
        None, description="OAuth refresh token: access tokens are then fetched when needed."
    )
    oauth_client_id: str = Field("", description="Client id of your OAuth application.")
    oauth_client_secret: SecretStr | None = Field(
        None, description="Client secret, if the application has one."
    )
    oauth_token_url: str = Field(
        "", description="Token endpoint of the provider, for example https://oauth2.googleapis.com/token."
    )
    path: Path | None = Field(
        None, description="Maildir, mbox file or folder; relative to the project folder. Not for imap."
    )
    folders: tuple[str, ...] = Field(
        (),
        description="Folders to read. Default: INBOX and the sent mail; on Gmail, All Mail; "
        "for files, everything but drafts, junk and trash.",
    )
    own_addresses: tuple[str, ...] = Field(
        (), description="Your own addresses: they tell the direction of a mail and are never customers."
    )
    own_domains: tuple[str, ...] = Field(
        (), description="Your own domains, subdomains included: everybody there is an employee."
    )
    since_days: int | None = Field(
        None, ge=1, description="Read only mail that arrived within so many days. Default: all of it."
    )
    keep_body: int = Field(
        20_000, ge=0, le=200_000, description="Most characters of text kept of a message; 0 keeps none."
    )
    max_size: int = Field(
        25_000_000, ge=100_000, le=200_000_000,
        description="Bytes; of a larger message only the beginning is read (headers and text, no attachments).",
    )  # fmt: skip
    page_size: int = Field(200, ge=1, le=5_000, description="Most messages committed at a time.")
    timeout: float = Field(60.0, gt=0, le=600, description="Seconds to wait for an answer of the server.")

    @field_validator("own_addresses", "own_domains")
    @classmethod
    def _lower(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.strip().lower().lstrip("@") for value in values if value.strip())

    @field_validator("own_domains")
    @classmethod
    def _not_public(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        shared = sorted(PUBLIC_PROVIDERS.intersection(values))
        if shared:
            raise ValueError(
                f"{', '.join(shared)}: a public mail provider is nobody's own domain, every customer there would "
                "be hidden; list your addresses in own_addresses instead"
            )
        return values

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = self._missing()
        if missing:
            raise ValueError(f"kind: {self.kind} also needs {', '.join(missing)}")
        if self.kind == "imap" and self.tls == "none" and not _is_loopback(self.host):
            raise ValueError("tls: none would send the password readable; use ssl or starttls")
        if not (self.us_addresses or self.us_domains):
            raise ValueError(
                "own_domains or own_addresses is needed to tell your colleagues from your customers"
            )
        return self

    def _missing(self) -> list[str]:
        if self.kind != "imap":
            return [] if self.path else ["path"]
        missing = [name for name in ("host", "username") if not getattr(self, name)]
        if not (self.password or self.oauth_token or self.oauth_refresh_token):
            missing.append("password (or oauth_token, or oauth_refresh_token)")
        if self.oauth_refresh_token:
            missing += [name for name in ("oauth_client_id", "oauth_token_url") if not getattr(self, name)]
        return missing

    @property
    def us_addresses(self) -> frozenset[str]:
        """Our addresses; the log-in name is one of them when it is an address."""
        login = self.username.strip().lower()
        return frozenset(self.own_addresses) | ({login} if "@" in login else set())

    @property
    def us_domains(self) -> frozenset[str]:
        """Our domains; without any, the domain of the log-in name unless a public provider owns it."""
        if self.own_domains:
            return frozenset(self.own_domains)
        domain = self.username.strip().lower().rpartition("@")[2] if "@" in self.username else ""
        return frozenset({domain} if domain and domain not in PUBLIC_PROVIDERS else ())

    @property
    def server_port(self) -> int:
        """The port, or the usual one for this encryption."""
        return self.port or (993 if self.tls == "ssl" else 143)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
