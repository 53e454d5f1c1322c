"""The settings of a project. The descriptions here are the manual: config/hub.yaml is written from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from hub.errors import ConfigError
from hub.models import Json
from hub.settings.alerts import AlertSettings
from hub.settings.origin import Origin
from hub.settings.schedule import ALLOWED, is_schedule
from hub.settings.values import AsWords, Place, Share, Words, named

#: The folder of a project for what can be made again: environments of foreign connectors, what sources told of themselves.
MADE = ".hub"


def _schedule(value: str) -> str:
    if not is_schedule(value):
        raise PydanticCustomError("schedule", "a schedule is {allowed}", {"allowed": ALLOWED})
    return value


def _domain(value: str) -> str:
    domain = value.strip().lower().removeprefix("@").rstrip(".")
    if not re.fullmatch(r"[^\s@/:.]+(\.[^\s@/:.]+)+", domain):
        raise PydanticCustomError("domain", "a domain looks like example.com")
    return domain


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError("timezone", "a timezone is a name such as UTC or Europe/Warsaw") from None
    return value


Domains = Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], AsWords]
Timezone = Annotated[str, AfterValidator(_timezone)]
Schedule = Annotated[str, AfterValidator(_schedule)]
PushLimit = Literal["creates", "most_creates", "updates", "clears", "deletes", "most_deletes", "errors"]
MappingDefault = Literal["region", "timezone", "currency", "language"]


class ConnectionSettings(BaseModel):
    """One connection, as written. `config` is raw until `resolve_config` checks it against the connector's model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connector: str = Field(description="Which system this is; `hub connectors list` shows the names.")
    schedule: Schedule | None = Field(
        None,
        description="How often `hub serve` syncs it: 15m, 6h, 1d, or five fields of cron; null: only by hand.",
    )
    after_sync: bool = Field(
        False, description="For a destination: `hub sync` pushes to it when the reading is done."
    )
    mapping: str | None = Field(
        None, description="The mapping's file, below this folder; default: mappings/<connector>.yaml."
    )
    mapping_defaults: Mapping[MappingDefault, str] = Field(
        default_factory=dict,
        description="What to assume where a record says nothing: region, timezone, currency, language.",
    )
    account: str = Field(
        "", description="Connections of one vendor account name it here, so that they share its rate limit."
    )
    budget_share: Share = Field(
        1.0,
        gt=0,
        le=1,
        description="The share of the vendor's allowance that the hub may use, such as 50%: of its calls a second, and of "
        "the minutes' and days' allowances that its answers tell of. What is over it waits for the next window.",
    )
    delete_ratio: float = Field(
        0.05, ge=0, le=1, description="The largest share of a stream's records that one run may delete."
    )
    push_limits: Mapping[PushLimit, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict,
        description="For a destination: what one push may do by itself, where that is not the default: shares of what it "
        "holds (creates 0.2, updates 0.3, clears 0.02, deletes 0.05), numbers (most_creates 1000, most_deletes 100), "
        "and the share of rows that may fail (errors 0.1).",
    )
    reconcile: Schedule | None = Field(
        None,
        description="For a destination that can be listed: how often `hub serve` holds what is there against what was sent, "
        "such as 7d, or five fields of cron. It only tells (`hub runs show`); null: only by `hub push reconcile`.",
    )
    on_error: Literal["quarantine", "stop"] = Field(
        "quarantine",
        description="What a bad record does: quarantine keeps it aside and goes on, stop ends the run.",
    )
    trusted_hosts: Words = Field(
        (), description="Hosts of your own that may have a private address or speak plain http."
    )
    config: Mapping[str, Json] = Field(
        default_factory=dict,
        repr=False,
        description="The connector's own settings (`hub connectors show NAME`). Secrets are references: "
        "env:NAME, file:secrets/name, or plain:... for a demo on this machine.",
    )

    _place: Place = PrivateAttr(default_factory=lambda: Place("", Path(), Origin()))

    @property
    def name(self) -> str:
        """The connection's name in hub.yaml."""
        return self._place.name

    @property
    def project(self) -> Path:
        """The project's folder; relative paths of the config are below it."""
        return self._place.project

    @property
    def folder(self) -> Path:
        """Its own folder in the project, for what can be made again; it need not exist."""
        return self.project / MADE / "connections" / self.name

    @property
    def mapping_path(self) -> Path:
        """The file of its mapping; it need not exist."""
        return self.project / (self.mapping or f"mappings/{self.connector}.yaml")

    def where(self, *path: str | int) -> str:
        """`hub.yaml:12`: where a value of this connection was told, or the nearest thing around it."""
        return self._place.origin.where(("connections", self.name, *path))


class ServeSettings(BaseModel):
    """The service that `hub serve` starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="The address to listen on; this machine only by default.")
    port: int = Field(8321, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    max_body: int = Field(
        1_000_000, ge=1, description="The most bytes that a form or a webhook may post at once."
    )


class Settings(BaseModel):
    """The settings of one project folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str = Field(
        "hub.db",
        repr=False,
        description="Where everything is kept: a SQLite file below this folder.",
    )
    own_domains: Domains = Field(
        (),
        description="Domains of your own company: people who write from there are employees, not customers.",
    )
    timezone: Timezone = Field(
        "UTC", description="The clock that cron schedules mean, such as Europe/Warsaw."
    )
    keep_deliveries: int = Field(
        90,
        ge=1,
        description="Days for which the log of deliveries is kept (`hub deliveries export`); every push forgets what is older.",
    )
    keep_exchanges: int = Field(
        200,
        ge=0,
        le=10_000,
        description="How many of the last requests of a connection are kept, without secrets and people's data (`hub connect "
        "requests`), and as many besides of those that failed.",
    )
    serve: ServeSettings = Field(
        default_factory=ServeSettings, description="The service that `hub serve` starts."
    )
    alerts: AlertSettings = Field(
        default_factory=AlertSettings,
        description="Who is told when something goes wrong, and again when it is over (`hub alerts`).",
    )
    connections: Mapping[Annotated[str, named("a connection's")], ConnectionSettings] = Field(
        default_factory=dict,
        description="The systems to read from and write to, each under a name of your own.",
    )

    _project: Path = PrivateAttr(default_factory=Path)
    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def project(self) -> Path:
        """The folder that holds hub.yaml."""
        return self._project

    @property
    def store_path(self) -> Path:
        """The file of the store."""
        return self.project / self.store

    def where(self, *path: str | int) -> str:
        """Where a setting was told: `hub.yaml:12`, an environment variable, or the command line."""
        return self._origin.where(path)

    def connection(self, name: str) -> ConnectionSettings:
        """The connection of that name; raises ConfigError HUB-1010 with the nearest names."""
        found = self.connections.get(name)
        if found is None:
            raise ConfigError(
                "HUB-1010", f"there is no connection {name!r}", hint=choices(name, self.connections)
            )
        return found

    def bind(self, project: Path, origin: Origin) -> Settings:
        """Tell the settings and each connection where they came from; called once, by `load`."""
        self._project, self._origin = project, origin
        for name, connection in self.connections.items():
            connection._place = Place(name, project, origin)
        for name, channel in self.alerts.channels.items():
            channel.bind(Place(name, project, origin))
        return self


def choices(wrong: str, allowed: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    """A hint that names the nearest of the allowed words, then all of them."""
    words = sorted(allowed)
    if not words:
        return "None is known yet."
    near = get_close_matches(wrong, words, n=1, cutoff=0.6)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    return f"{guess}Known: {', '.join(words)}."
