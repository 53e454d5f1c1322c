"""A YAML file as plain data that remembers on which line each value stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from hub.errors import ConfigError
from hub.models import Json

#: Keys and indexes that lead from the top of a document to a value.
Trail = tuple[str | int, ...]
#: Settings are shallow; deeper than this is a mistake or a file that contains itself.
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of a file: plain data, and the line (from 1) of every key and list item in it."""

    #: How messages call the file: its name, never the machine's path to it.
    name: str
    data: Mapping[str, Json] = field(default_factory=dict)
    lines: Mapping[Trail, int] = field(default_factory=dict)

    def where(self, path: Sequence[str | int]) -> str:
        """`hub.yaml:12` for a value, or for the nearest thing around it that the file has.

        Parts of `path` that are not in the file are passed over, so the location of a pydantic error will do.
        """
        known: Trail = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        return f"{self.name}:{self.lines[known]}" if known else self.name


def editor() -> YAML:
    """A reader and writer that keeps comments, quotes and order."""
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read_yaml(path: Path) -> YamlFile:
    """Read a file whose top is a mapping; raises ConfigError HUB-1002 with the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError("HUB-1002", "the file is not UTF-8 text", where=path.name) from error
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise ConfigError("HUB-1002", message, where=path.name) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, name: str) -> YamlFile:
    """The same, of text that would be in the file `name`."""
    tree = parse_tree(text, name)
    lines: dict[Trail, int] = {}
    return YamlFile(name, _plain(tree, (), lines, name), lines)


def parse_tree(text: str, name: str) -> CommentedMap:
    """The document with its comments, for editing; an empty one is an empty mapping."""
    try:
        tree = editor().load(text)
    except RecursionError:
        raise ConfigError("HUB-1002", "the values are nested too deeply", where=name) from None
    except DuplicateKeyError as error:
        # The library's own sentence would quote both values, and one may be a secret.
        where = f"{name}:{error.problem_mark.line + 1}"
        raise ConfigError("HUB-1002", "a key is written twice", where=where) from None
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        message = f"this is not YAML: {error.problem or error.context}"
        raise ConfigError("HUB-1002", message, where=f"{name}{line}") from None
    except YAMLError:
        # Characters that YAML forbids; the library's sentence would show them.
        raise ConfigError(
            "HUB-1002", "this is not YAML: a character that may not stand there", where=name
        ) from None
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        hint = "Write settings as `name: value`, one a line."
        raise ConfigError(
            "HUB-1002", "the file holds no settings but a list or a text", where=name, hint=hint
        )
    return tree


def _plain(node: Any, path: Trail, lines: dict[Trail, int], name: str) -> Any:
    """Library types become Python's own; their lines go to `lines`."""
    if len(path) > _DEEPEST:
        raise ConfigError("HUB-1002", "the values are nested too deeply", where=name)
    if isinstance(node, CommentedMap):
        return {str(key): _child(node, key, (*path, str(key)), lines, name) for key in node}
    if isinstance(node, CommentedSeq):
        return [_child(node, index, (*path, index), lines, name) for index in range(len(node))]
    if node is None or isinstance(node, bool):
        return node
    for library, python in ((ScalarBoolean, bool), (int, int), (float, float)):
        if isinstance(node, library):
            return python(node)
    return str(node)


def _child(
    node: CommentedMap | CommentedSeq, key: Any, path: Trail, lines: dict[Trail, int], name: str
) -> Any:
    position = (node.lc.data or {}).get(key)
    if position:  # a key that came in by a merge (`<<`) has none
        lines[path] = position[0] + 1
    return _plain(node[key], path, lines, name)
