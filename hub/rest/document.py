"""A manifest read and checked: YAML text -> `Document`. Every error is a ConfigError with file:line of the wrong key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.errors import ConfigError
from hub.models import Json
from hub.rest.checks import check
from hub.rest.manifest import Manifest, StreamSpec
from hub.settings.problems import config_error, unknown_key
from hub.settings.yaml_file import YamlFile, parse_yaml

FILE = "connector.yaml"


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest that holds together."""

    manifest: Manifest
    #: Child stream -> the stream whose records it belongs to.
    parents: Mapping[str, str]
    #: The file's name in positions.
    file: str


def load_manifest(path: Path, name: str = "") -> Document:
    """Reads a manifest file. `name` stands for it in positions; by default its folder and file name.

    Raises ConfigError: HUB-1002 not YAML or not readable, HUB-1003 unknown key, HUB-1004 wrong value, HUB-1005 missing
    key, HUB-4601 to 4606 what does not hold together.
    """
    name = name or f"{path.parent.name}/{path.name}".lstrip("/")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError("HUB-1002", f"the manifest cannot be read: {problem}", where=name) from None
    return parse_manifest(text, name)


def parse_manifest(text: str, name: str = FILE) -> Document:
    """The same, of text that would be in the file `name`."""
    file = parse_yaml(text, name)
    merged, place = _with_defaults(file)
    try:
        manifest = Manifest.model_validate(merged)
    except ValidationError as error:
        raise config_error(error, Manifest, place) from None
    return Document(manifest, check(manifest, merged, place), name)


class _Place:
    """Tells file:line of a path below the manifest; what a stream has from the defaults stands there."""

    def __init__(self, file: YamlFile, inherited: frozenset[tuple[str, str]]) -> None:
        self._file = file
        self._inherited = inherited

    def __call__(self, path: Sequence[str | int]) -> str:
        if path[:1] == ("streams",) and len(path) > 2 and (path[1], path[2]) in self._inherited:
            return self._file.where(("defaults", *path[2:]))
        return self._file.where(path)


def _with_defaults(file: YamlFile) -> tuple[dict[str, Json], _Place]:
    """The content with the defaults put into each stream. Raises ConfigError for a default that no stream knows."""
    data = dict(file.data)
    defaults, streams = data.get("defaults"), data.get("streams")
    if not isinstance(defaults, dict) or not isinstance(streams, dict):
        return data, _Place(file, frozenset())
    known = {field.alias or key for key, field in StreamSpec.model_fields.items()} - {"path"}
    for key in defaults:
        if key not in known:
            raise unknown_key(key, StreamSpec, file.where(("defaults", key)), "defaults: ")
    merged: dict[str, Any] = {}
    inherited: set[tuple[str, str]] = set()
    for name, stream in streams.items():
        own = {"path": stream} if isinstance(stream, str) else stream
        if not isinstance(own, dict):
            merged[name] = own
            continue
        merged[name] = {**defaults, **own}
        inherited |= {(name, key) for key in defaults if key not in own}
    return {**data, "streams": merged}, _Place(file, frozenset(inherited))
