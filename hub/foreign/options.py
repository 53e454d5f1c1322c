"""What a person sets for a foreign connector. The descriptions are the manual."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from hub.models import Json


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class StreamOptions(BaseModel):
    """How one stream is read, where the connector's own word does not do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Names = Field(
        default=(),
        description="Field(s) that name a record for ever; default: the key that the connector tells. `a.b` is inside.",
    )
    mode: Literal["auto", "full", "incremental", "log"] = Field(
        default="auto",
        description="full: everything with every run. incremental: what changed, by `cursor`. log: a database's log of "
        "changes. auto: as the connector proposes, incremental where it can.",
    )
    cursor: str = Field(default="", description="Field that tells what changed, for `mode: incremental`.")
    entity: str = Field(
        default="",
        description="The entity its records become (default: customer); only shown, the mapping decides.",
    )


def _streams(value: Any) -> Any:
    """`[a, b]` and `{a: id}` are short for `{a: {}, b: {}}` and `{a: {key: id}}`."""
    if isinstance(value, list | tuple):
        return {name: {} for name in value}
    if isinstance(value, Mapping):
        return {
            name: {"key": one} if isinstance(one, str | list | tuple) else {} if one is None else one
            for name, one in value.items()
        }
    return value


class ForeignConfig(BaseModel):
    """What all foreign connectors share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: dict[str, Any] = Field(
        default_factory=dict, description="The connector's own settings, as its manual names them."
    )
    secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Its secret settings: {password: env:NAME}. `credentials.client_secret` is one inside another.",
    )
    streams: Annotated[dict[str, StreamOptions], BeforeValidator(_streams)] = Field(
        default_factory=dict,
        description="What to read: [customers, orders], or {orders: {key: id, mode: full}}. Default: all it offers.",
    )
    command: Names = Field(
        default=(),
        description="The program: a name in its environment, a path, or a list with arguments. Default: the one that "
        "its package brings.",
    )
    patience: float = Field(
        default=900,
        gt=0,
        description="Seconds without a word, on output and log, after which the program is taken for dead and stopped.",
    )

    @model_validator(mode="after")
    def _no_secret_twice(self) -> Self:
        for path in self.secrets:
            here: Json = self.settings
            for name in path.split("."):
                here = here.get(name) if isinstance(here, Mapping) else None
            if here is not None:
                raise ValueError(f"{path} stands under `settings` and under `secrets`: keep the secret")
        return self

    def whole(self) -> dict[str, Json]:
        """The connector's config: settings with the secrets in their places."""
        made = _copied(self.settings)
        for path, secret in self.secrets.items():
            *above, last = path.split(".")
            here = made
            for name in above:
                below = here.get(name)
                if not isinstance(below, dict):
                    below = here[name] = {}
                here = below
            here[last] = secret.get_secret_value()
        return made


def _copied(value: Mapping[str, Json]) -> dict[str, Json]:
    return {str(name): _plain(one) for name, one in value.items()}


def _plain(value: Any) -> Json:
    """As JSON has it: `start_date: 2026-01-01` is a date in YAML and a text there."""
    if isinstance(value, Mapping):
        return _copied(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


class SingerConfig(ForeignConfig):
    """A Singer tap."""

    package: str = Field(
        default="",
        description="The tap as pip takes it: tap-github, meltanolabs-tap-postgres==0.10.*. `hub connectors install` it first.",
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.package and not self.command:
            raise ValueError("set `package` to the tap's name, for instance `package: tap-github`")
        return self


class AirbyteConfig(ForeignConfig):
    """An Airbyte source."""

    package: str = Field(
        default="",
        description="The source as pip takes it: airbyte-source-faker. `hub connectors install` it first.",
    )
    manifest: str = Field(
        default="",
        description="A declarative manifest (YAML) below the project; it runs on the package airbyte-cdk, to be installed first.",
    )
    components: str = Field(
        default="",
        description="Python file with the custom components of a manifest, below the project. It is run: trust it first.",
    )
    check_counts: bool = Field(
        default=True,
        description="Stop when a state counts other records than came. Only for a source that miscounts: false.",
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.package and not self.command and not self.manifest:
            raise ValueError("set `package` (airbyte-source-faker) or `manifest` (a YAML file)")
        return self


class DltConfig(ForeignConfig):
    """A dlt source. `settings` and `secrets` are the arguments of its function."""

    source: str = Field(
        description="The function that makes the source, module:function: dlt.sources.rest_api:rest_api_source, or "
        "sources/shop.py:shop for a file below the project."
    )
    package: str = Field(
        default="dlt", description="The package to install first; its environment must have dlt 1.31 in it."
    )
