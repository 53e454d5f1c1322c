"""YAML with positions: every value knows its file:line, so that every error can name it.

Reading is done by ruamel.yaml, as YAML 1.2 (`no` is a word, not a truth value). Dates stay text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from hub.errors import MappingError

_DEEPEST = 40  # levels; a document that nests deeper is a loop of aliases or an attack
_TRUE = ("true", "True", "TRUE")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a table."""

    key: str
    where: str
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document: a scalar, a list of nodes, or a table of entries."""

    value: Scalar | tuple[Node, ...] | tuple[Entry, ...]
    #: table, list or scalar.
    kind: str
    #: file:line.
    where: str

    def table(
        self, what: str, allowed: Collection[str] = (), required: Collection[str] = ()
    ) -> dict[str, Node]:
        """The entries by key. `allowed` empty: any key. Raises MappingError for another kind, an unknown or a missing key."""
        entries = self.entries(what)
        for entry in entries:
            if allowed and entry.key not in allowed:
                raise unknown(f"key {entry.key!r} of {what}", entry.key, allowed, entry.where, "HUB-1203")
        found = {entry.key: entry.node for entry in entries}
        for key in required:
            if key not in found:
                raise MappingError("HUB-1204", f"{what} needs {key!r}", where=self.where)
        return found

    def entries(self, what: str) -> tuple[Entry, ...]:
        """The entries in order. Raises MappingError for another kind."""
        if self.kind != "table":
            raise wrong_kind(what, "a table (`key: value` lines)", self)
        return self.value  # type: ignore[return-value]  # `kind` says so

    def items(self, what: str) -> tuple[Node, ...]:
        """The nodes of a list. Raises MappingError for another kind."""
        if self.kind != "list":
            raise wrong_kind(what, "a list", self)
        return self.value  # type: ignore[return-value]  # `kind` says so

    def text(self, what: str) -> str:
        """A text of at least one character. Raises MappingError."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise wrong_kind(what, "text", self)
        return self.value

    def whole(self, what: str) -> int:
        """A whole number of at least 0. Raises MappingError."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise wrong_kind(what, "a whole number of at least 0", self)
        return self.value

    def flag(self, what: str) -> bool:
        """true or false. Raises MappingError."""
        if not isinstance(self.value, bool):
            raise wrong_kind(what, "true or false", self)
        return self.value

    def plain(self) -> Any:
        """The value without positions: dict, list or scalar."""
        if self.kind == "table":
            return {entry.key: entry.node.plain() for entry in self.entries("")}
        if self.kind == "list":
            return [node.plain() for node in self.items("")]
        return self.value


def read(text: str, name: str) -> Node:
    """The document in `text`. `name` is the file in the positions. Raises MappingError HUB-1200 or HUB-1213."""
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise MappingError("HUB-1200", f"not valid YAML: {problem}", where=f"{name}:{line}") from None
    except YAMLError as error:
        raise MappingError("HUB-1200", f"not valid YAML: {error}", where=f"{name}:1") from None
    if root is None:
        raise MappingError("HUB-1200", "the document is empty", where=f"{name}:1")
    return _node(root, name, 0)


def unknown(what: str, word: str, allowed: Collection[str], where: str, code: str) -> MappingError:
    """The error for a word that is not one of those allowed: lists them and names the closest."""
    close = get_close_matches(word, sorted(allowed), n=1, cutoff=0.6)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    return MappingError(
        code, f"unknown {what}", where=where, hint=f"{guess}Allowed: {', '.join(sorted(allowed))}."
    )


def wrong_kind(what: str, expected: str, node: Node) -> MappingError:
    """The error for a value of another kind than expected."""
    names = {"table": "a table", "list": "a list"}
    found = names.get(node.kind) or ("nothing" if node.value is None else f"{node.value!r}")
    return MappingError("HUB-1205", f"{what} must be {expected}, found {found}", where=node.where)


def _node(node: Any, name: str, depth: int) -> Node:
    where = f"{name}:{node.start_mark.line + 1}"
    if depth > _DEEPEST:
        raise MappingError("HUB-1200", f"nested deeper than {_DEEPEST} levels", where=where)
    if isinstance(node, MappingNode):
        return Node(_entries(node, name, depth), "table", where)
    if isinstance(node, SequenceNode):
        return Node(tuple(_node(item, name, depth + 1) for item in node.value), "list", where)
    return Node(_scalar(node, where), "scalar", where)


def _entries(node: MappingNode, name: str, depth: int) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    seen: dict[str, str] = {}
    for key, value in node.value:
        where = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, ScalarNode):
            raise MappingError("HUB-1205", "a key must be text", where=where)
        word = _key(_scalar(key, where))
        if word in seen:
            raise MappingError("HUB-1213", f"the key {word!r} stands at {seen[word]} as well", where=where)
        seen[word] = where
        entries.append(Entry(word, where, _node(value, name, depth + 1)))
    return tuple(entries)


def _key(scalar: Scalar) -> str:
    """Keys are text; `1:` and `true:` in an enum table mean the JSON texts."""
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return scalar if isinstance(scalar, str) else "null" if scalar is None else repr(scalar)


def _scalar(node: ScalarNode, where: str) -> Scalar:
    tag, text = str(node.tag).rpartition(":")[2], str(node.value)
    try:
        match tag:
            case "null":
                return None
            case "bool":
                return text in _TRUE
            case "int":
                return int(text.replace("_", ""), 0) if not text.lstrip("+-0").isdigit() else int(text)
            case "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
            case _:
                text.encode()  # an escape can spell half a character, which no store holds
                return text
    except UnicodeEncodeError:
        raise MappingError("HUB-1205", "text with half a character (a lone surrogate)", where=where) from None
    except ValueError:
        raise MappingError(
            "HUB-1205", "a number that cannot be read: put it in quotes", where=where
        ) from None
