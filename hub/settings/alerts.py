"""Who is told of what: channels for notices, and from when on a rule says that something is wrong."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hub.models import AlertRule, Json
from hub.settings.origin import Origin
from hub.settings.values import AsWords, Place, Share, Words, named

_OWN = ("localhost", "127.0.0.1", "::1")


def _address(value: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:\"\\()]+@[^\s@<>,;:\"\\()]+", value):
        raise PydanticCustomError("address", "an address looks like ops@example.com")
    return value


def _url(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise PydanticCustomError("url", "an address begins with https://")
    return value


def _can_sign(secret: str) -> bool:
    """Whether a secret is one of Standard Webhooks."""
    prefix, _, rest = secret.partition("_")
    try:
        return prefix == "whsec" and 24 <= len(base64.b64decode(rest, validate=True)) <= 64
    except ValueError:
        return False


Address = Annotated[str, AfterValidator(_address)]
SecretUrl = Annotated[SecretStr, AfterValidator(_url)]
Rules = Annotated[tuple[AlertRule, ...], AsWords]


class WebhookChannel(BaseModel):
    """Notices posted as signed JSON to any address (Standard Webhooks)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: SecretUrl = Field(description="The address that notices are posted to: a reference, env: or file:.")
    secret: SecretStr = Field(
        description="Signs each notice: a reference to `whsec_` and 24 to 64 bytes in base64."
    )

    @field_validator("secret")
    @classmethod
    def _usable(cls, value: SecretStr) -> SecretStr:
        if not _can_sign(value.get_secret_value()):
            raise PydanticCustomError("secret", "a secret is `whsec_` and 24 to 64 bytes in base64")
        return value


class SlackChannel(BaseModel):
    """Notices as Slack takes them at an incoming webhook; Mattermost, Rocket.Chat and others do, too."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: SecretUrl = Field(
        description="The address of the incoming webhook: a reference, env: or file:, for who knows it can post."
    )


class EmailChannel(BaseModel):
    """Notices by e-mail."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field(min_length=1, description="The mail server that takes what is sent.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with starttls, 465 with tls.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls, or none, which sends no password but to this machine."
    )
    user: str = Field("", description="The name to sign in with; empty: nobody signs in.")
    password: SecretStr | None = Field(None, description="Its password: a reference, env: or file:.")
    sender: Address = Field(alias="from", description="The address that notices come from.")
    to: Annotated[tuple[Address, ...], AsWords] = Field(
        min_length=1, description="The addresses that they go to."
    )

    @model_validator(mode="after")
    def _signs_in_safely(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password belong together")
        if self.password and self.tls == "none" and self.host not in _OWN:
            raise ValueError("a password is not sent without TLS: take tls or starttls")
        return self


#: The config of each kind of channel.
CHANNELS: Mapping[str, type[WebhookChannel | SlackChannel | EmailChannel]] = {
    "webhook": WebhookChannel,
    "slack": SlackChannel,
    "email": EmailChannel,
}


class ChannelSettings(BaseModel):
    """One channel, as written. `config` is raw until `resolve_config` checks it against the model of its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["webhook", "slack", "email"] = Field(
        description="webhook: signed JSON; slack: Slack and what takes the same; email."
    )
    rules: Rules = Field((), description="The rules that it is told of; empty: all.")
    trusted_hosts: Words = Field(
        (), description="Hosts of your own that may have a private address or speak plain http."
    )
    config: Mapping[str, Json] = Field(
        default_factory=dict,
        repr=False,
        description="Where it goes; secrets are references as in connections.",
    )

    _place: Place = PrivateAttr(default_factory=lambda: Place("", Path(), Origin()))

    @property
    def name(self) -> str:
        """The channel's name in hub.yaml."""
        return self._place.name

    @property
    def project(self) -> Path:
        """The project's folder; files of secrets are below it."""
        return self._place.project

    def where(self, *path: str | int) -> str:
        """`hub.yaml:12`: where a value of this channel was told, or the nearest thing around it."""
        return self._place.origin.where(("alerts", "channels", self.name, *path))

    def wants(self, rule: str) -> bool:
        """Whether it is told of a rule."""
        return not self.rules or rule in self.rules

    def bind(self, place: Place) -> None:
        """Tells the channel where it came from; called once, when settings are loaded."""
        self._place = place


Channels = Annotated[
    Mapping[Annotated[str, named("a channel's")], ChannelSettings], BeforeValidator(lambda value: value or {})
]


class AlertSettings(BaseModel):
    """Channels, and the thresholds of the rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Channels = Field(
        default_factory=dict,
        description="Where notices go, each under a name of your own: one when an alert opens, one when it closes. "
        "`hub alerts test NAME` tries it.",
    )
    ignore: Rules = Field(
        (),
        description=f"Rules that do not matter here, of {', '.join(rule.value for rule in AlertRule)}.",
    )
    failed_runs: int = Field(
        3,
        ge=1,
        description="failed: so many runs of a connection in a row did not come to their end, though each may heal by itself. "
        "One that needs a person opens it at once.",
    )
    partial: Share = Field(
        0.05, ge=0, le=1, description="partial: more than this share of the latest rows was refused …"
    )
    partial_rows: int = Field(20, ge=1, description="… of at least so many rows.")
    quarantine: int = Field(
        100,
        ge=0,
        description="quarantine: more records and deliveries than this are kept aside or in doubt; it closes at four fifths.",
    )
    stale: int = Field(
        3, ge=1, description="stale: no success for so many intervals of a connection's `schedule`."
    )
    slow: float = Field(5.0, gt=1, description="slow: a run takes so many times as long as usual …")
    slow_minutes: float = Field(10.0, ge=0, description="… and longer than so many minutes.")
    volume_low: Share = Field(
        0.5,
        ge=0,
        le=1,
        description="volume: in 24 hours a connection read less than this share of the least of the seven days before …",
    )
    volume_high: float = Field(3.0, ge=1, description="… or so many times the most of them …")
    volume_rows: int = Field(100, ge=1, description="… where the most is at least so many rows.")
