"""Connectors without code: a `connector.yaml` in a plugin's package, or in the project's own `connectors/NAME/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hub.errors import HubError, PluginError

if TYPE_CHECKING:  # `hub --help` loads no more than it needs
    from hub.contract import Connector

FILE = "connector.yaml"
#: Beside a manifest: the mapping that its connections start with.
MAPPING = "mapping.yaml"
_NAME = re.compile(r"""^name:[ \t]+["']?([a-z][a-z0-9_]*)["']?[ \t]*(?:\#.*)?$""", re.MULTILINE)


def manifest_in(module: ModuleType) -> Path | None:
    """The manifest of a package, which needs no other file; None when it has none."""
    if not hasattr(module, "__path__"):
        return None
    path = files(module) / FILE
    return Path(str(path)) if path.is_file() else None


def project_manifests(project: Path) -> Iterator[Path]:
    """The manifests of a project's own connectors, by name."""
    yield from sorted((project / "connectors").glob(f"*/{FILE}"))


def manifest_name(path: Path) -> str:
    """The connector's name as a line of the file tells it, without reading the rest; empty when none does so."""
    try:
        told = _NAME.findall(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""  # reading it whole says what is wrong
    return told[0] if len(told) == 1 else ""


def manifest_connector(path: Path, plugin: str, module: str = "") -> type[Connector]:
    """The connector that a manifest makes. Raises PluginError with the code and the place of what is wrong."""
    from hub.rest import load_connector

    try:
        connector = load_connector(path, module=module)
    except HubError as error:
        raise PluginError(
            error.code, f"plugin {plugin}: {error.message}", where=error.where, hint=error.hint
        ) from None
    return connector


def manifest_mapping(path: Path, connector: str) -> Path | None:
    """The starter mapping beside a manifest: `mapping.yaml`, or one that is called as the connector."""
    beside = (path.with_name(MAPPING), path.with_name(f"{connector}.yaml"))
    return next((found for found in beside if found.is_file()), None)
