"""Settings from their three layers: hub.yaml, then the environment, then the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from hub.errors import ConfigError
from hub.models import Json
from hub.settings.model import Settings
from hub.settings.origin import NESTING, PREFIX, Origin
from hub.settings.problems import config_error
from hub.settings.yaml_file import YamlFile, read_yaml

FILE = "hub.yaml"


class _FromEnvironment(Settings, BaseSettings):
    """The same fields, as pydantic-settings looks for them among the variables."""

    # Values stay text: the models read numbers, booleans and `a, b` lists out of it by themselves.
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTING, enable_decoding=False)


def find_project(start: Path | None = None) -> Path:
    """The folder of the nearest hub.yaml: `start` itself; else HUB_PROJECT; else here or above here.

    Raises ConfigError HUB-1001 when there is none.
    """
    named = start or (Path(os.environ["HUB_PROJECT"]) if os.environ.get("HUB_PROJECT") else None)
    here = (named or Path.cwd()).resolve()
    for folder in (here,) if named else (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    message = f"there is no {FILE} in {named}" if named else f"there is no {FILE} here or in a folder above"
    raise ConfigError(
        "HUB-1001", message, hint="Run `hub init` to make a project, or name one with HUB_PROJECT."
    )


def load_settings(project: Path | None, overrides: Mapping[str, Json]) -> Settings:
    """See `hub.settings.load`."""
    folder = find_project(project)
    return build(folder, read_yaml(folder / FILE), overrides)


def build(folder: Path, file: YamlFile, overrides: Mapping[str, Json]) -> Settings:
    """Settings from a file that is already read."""
    environment = EnvSettingsSource(_FromEnvironment)()
    origin = Origin(file, _named_as_in(file, environment), _nested(overrides))
    try:
        return Settings.model_validate(_told(origin.merged())).bind(folder, origin)
    except ValidationError as error:
        raise config_error(error, Settings, origin.where) from None


def _told(data: Mapping[str, Json]) -> dict[str, Json]:
    """Without the names that have nothing after them, such as `connections:` with every line below commented out."""
    told = {name: value for name, value in data.items() if value is not None}
    connections = told.get("connections")
    if isinstance(connections, Mapping):
        told["connections"] = {
            name: {key: value for key, value in one.items() if value is not None}
            if isinstance(one, Mapping)
            else one
            for name, one in connections.items()
        }
    return told


def _named_as_in(file: YamlFile, environment: dict[str, Json]) -> dict[str, Json]:
    """Variables cannot spell `shop-eu`: SHOP_EU means the connection of the file that reads the same."""
    connections = environment.get("connections")
    if not isinstance(connections, Mapping):
        return environment
    told = file.data.get("connections")
    spelt = {str(name).replace("-", "_"): name for name in told} if isinstance(told, Mapping) else {}
    return {
        **environment,
        "connections": {spelt.get(name, name): value for name, value in connections.items()},
    }


def _nested(overrides: Mapping[str, Json]) -> dict[str, Json]:
    """`{"serve.port": "80"}` as `{"serve": {"port": "80"}}`."""
    nested: dict[str, Json] = {}
    for name, value in overrides.items():
        *parents, last = name.split(".")
        here = nested
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = value
    return nested
