"""Whether a connector's samples, one file a stream, mean something to its starter mapping."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hub import mapping
from hub.mapping.document import load
from hub.plugins import load_plugins

_ROOT = Path(__file__).parents[2]


def records(connector: str, stream: str) -> list[Any]:
    """The records of a sample: the file's own list, or the first list of objects in it."""
    body = json.loads((_ROOT / "connectors" / connector / "samples" / f"{stream}.json").read_text("utf-8"))
    if isinstance(body, list):
        return body
    return next(value for value in body.values() if isinstance(value, list) and isinstance(value[0], dict))


def is_understood(connector: str) -> None:
    """Every stream has a sample, and nothing in it is refused, left out or warned about. Raises AssertionError."""
    plugins = load_plugins()
    path = plugins.starter_mapping(connector)
    assert path is not None, "there is no starter mapping"
    compiled = mapping.compile(load(path), functions=plugins.mapping_functions)
    for stream in compiled.streams:
        result = compiled.apply(stream, list(enumerate(records(connector, stream))))
        assert (result.rejects, result.warnings, result.filtered) == ([], [], []), stream
