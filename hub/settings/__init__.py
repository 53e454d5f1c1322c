"""The settings of a project: `hub.yaml`, over it the environment (`HUB_...`), over that the command line.

The functions here import their work when they are called: a command that needs no settings does not pay for
pydantic-settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hub.models import Json

if TYPE_CHECKING:
    from hub.settings.alerts import AlertSettings, ChannelSettings
    from hub.settings.edit import add_connection, draft_connection, init_project, write_secret
    from hub.settings.layers import find_project
    from hub.settings.model import ConnectionSettings, ServeSettings, Settings, choices
    from hub.settings.resolve import plain_secrets, resolve_config, secret_fields
    from hub.settings.starter import starters

_HOME = {
    "hub.settings.alerts": ("AlertSettings", "ChannelSettings"),
    "hub.settings.edit": ("add_connection", "draft_connection", "init_project", "write_secret"),
    "hub.settings.layers": ("find_project",),
    "hub.settings.model": ("ConnectionSettings", "ServeSettings", "Settings", "choices"),
    "hub.settings.resolve": ("plain_secrets", "resolve_config", "secret_fields"),
    "hub.settings.starter": ("starters",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AlertSettings",
    "ChannelSettings",
    "ConnectionSettings",
    "ServeSettings",
    "Settings",
    "add_connection",
    "choices",
    "draft_connection",
    "find_project",
    "init_project",
    "load",
    "plain_secrets",
    "resolve_config",
    "secret_fields",
    "starters",
    "write_secret",
]


def load(project: Path | None = None, *, overrides: Mapping[str, Json] = MappingProxyType({})) -> Settings:
    """The settings of a project.

    project:    its folder; by default HUB_PROJECT, else the nearest folder upward that has a hub.yaml.
    overrides:  from the command line, by dotted name: {"store": "other.db", "serve.port": "80"}.

    Raises ConfigError with the place: HUB-1001 no project, HUB-1002 not YAML, HUB-1003 unknown setting,
    HUB-1004 wrong value, HUB-1005 missing setting.
    """
    from hub.settings.layers import load_settings

    return load_settings(project, overrides)


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'hub.settings' has no attribute {name!r}")
    return getattr(import_module(module), name)
