"""Which of the layers a setting came from: the file, the environment, or the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.models import Json
from hub.settings.yaml_file import YamlFile

PREFIX = "HUB_"
NESTING = "__"


@dataclass(frozen=True, slots=True)
class Origin:
    """The three layers of the settings; a later one wins over those before it."""

    file: YamlFile = field(default_factory=lambda: YamlFile("hub.yaml"))
    environment: Mapping[str, Json] = field(default_factory=dict)
    command_line: Mapping[str, Json] = field(default_factory=dict)

    def where(self, path: Sequence[str | int]) -> str:
        """The place to look at to change the value at `path`."""
        if _holds(self.command_line, path):
            return "command line"
        if _holds(self.environment, path):
            return f"environment variable {variable(path)}"
        return self.file.where(path)

    def merged(self) -> dict[str, Json]:
        """All layers in one; mappings are merged, everything else is replaced."""
        return _over(_over(self.file.data, self.environment), self.command_line)


def variable(path: Sequence[str | int]) -> str:
    """The environment variable that sets the value at `path`: HUB_CONNECTIONS__SHOP_EU__SCHEDULE."""
    return PREFIX + NESTING.join(str(part).upper().replace("-", "_") for part in path)


def _holds(layer: Mapping[str, Json], path: Sequence[str | int]) -> bool:
    """Whether the layer says something at `path`, or a plain value above it."""
    here: Json = layer
    for part in path:
        if not isinstance(here, Mapping):
            return True
        if part not in here:
            return False
        here = here[part]
    return not isinstance(here, Mapping)


def _over(below: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            merged[key] = _over(old, value)
        else:
            merged[key] = value
    return merged
