"""What a program changed in its config while it ran (a token that was renewed), kept until a person changes the setting.

Kept in the connection's secrets as `foreign_config`: JSON `[{path, was, is}]`. `was` is a digest of the value in
hub.yaml that the new one replaces: once a person writes another there, that one counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.contract import Secrets
from hub.errors import StoreError
from hub.models import Json

KEPT = "foreign_config"
_TRIES = 20
Path = tuple[str, ...]


def changed(given: Mapping[str, Json], found: Mapping[str, Json]) -> dict[Path, Json]:
    """Values of `found` that are new or other than what was given, by path; what is gone is no change."""
    before = dict(_leaves(given))
    return {path: value for path, value in _leaves(found) if path not in before or before[path] != value}


def applied(config: Mapping[str, Json], kept: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The config with the kept changes in it, as far as nobody has changed the setting since."""
    made: dict[str, Json] = json.loads(json.dumps(config))
    base = dict(_leaves(config))
    for entry in kept:
        path = tuple(entry["path"])
        if digest(base.get(path)) == entry["was"]:
            _put(made, path, entry["is"])
    return made


def load(secrets: Secrets) -> list[dict[str, Json]]:
    """The kept changes."""
    text = secrets.get(KEPT)
    return json.loads(text) if text else []


def keep(secrets: Secrets, base: Mapping[str, Json], changes: Mapping[Path, Json]) -> None:
    """Keep changes on the disk before anybody relies on them. Raises StoreError HUB-4819 when others never let go."""
    if not changes:
        return
    leaves = dict(_leaves(base))
    new = [
        {"path": list(path), "was": digest(leaves.get(path)), "is": value} for path, value in changes.items()
    ]
    for _ in range(_TRIES):
        there = secrets.get(KEPT)
        others = [entry for entry in json.loads(there or "[]") if tuple(entry["path"]) not in changes]
        if secrets.swap(KEPT, there, json.dumps(others + new)):
            return
    raise StoreError("HUB-4819", "the config that a program changed could not be kept")


def texts(value: Json) -> list[str]:
    """All texts in a value: what must not be shown when it is secret."""
    return [
        leaf
        for _, leaf in _leaves(value if isinstance(value, Mapping) else {"": value})
        if isinstance(leaf, str)
    ]


def digest(value: Json) -> str:
    """A value, so that it can be recognised and not read."""
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()


def _leaves(value: Mapping[str, Json], above: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Everything that is no object, by path; a list is one value."""
    for name, below in value.items():
        if isinstance(below, Mapping):
            yield from _leaves(below, (*above, str(name)))
        else:
            yield (*above, str(name)), below


def _put(config: dict[str, Any], path: Path, value: Json) -> None:
    for name in path[:-1]:
        if not isinstance(config.get(name), dict):
            config[name] = {}
        config = config[name]
    config[path[-1]] = value
