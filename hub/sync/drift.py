"""Drift: fields that were never there before, and fields that changed their type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_KINDS = {str: "text", int: "number", float: "number", bool: "bool", dict: "object", list: "list"}
#: More shapes than this and records are no longer looked at: the stream has no fixed shape.
_MOST_SHAPES = 2000
_MOST_FIELDS = 500


class Shape:
    """The known fields of a stream: `path -> sorted kinds`, two levels deep. Empty kinds (null) tell nothing."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None) -> None:
        #: Whether there was anything to differ from.
        self._baseline = fields is not None
        self.fields: dict[str, list[str]] = {path: list(kinds) for path, kinds in (fields or {}).items()}
        self._seen: set[tuple[Any, ...]] = set()
        self._added: list[str] = []
        self._changed: list[str] = []
        self._touched = fields is None

    def see(self, records: Sequence[Any]) -> None:
        """Looks at records; a record whose shape was seen before costs a look-up."""
        seen = self._seen
        for record in records:
            if type(record) is not dict:
                continue
            shape = (*record, *map(type, record.values()))
            if shape not in seen and len(seen) < _MOST_SHAPES:
                seen.add(shape)
                self._walk(record, "$")

    def take_news(self) -> dict[str, list[str]] | None:
        """None: nothing to save. Empty: save, but there is nothing to tell (the first sight)."""
        if not (self._touched or self._added or self._changed):
            return None
        news = {"added": self._added, "changed": self._changed} if self._baseline else {}
        told = {name: paths for name, paths in news.items() if paths}
        self._added, self._changed, self._touched = [], [], False
        return told

    def _walk(self, record: Mapping[str, Any], base: str) -> None:
        for name, value in record.items():
            kind = _KINDS.get(type(value))
            if kind is None or len(self.fields) >= _MOST_FIELDS:
                continue
            path = f"{base}.{name}"
            self._note(path, kind)
            if kind == "object" and base == "$":
                self._walk(value, path)

    def _note(self, path: str, kind: str) -> None:
        kinds = self.fields.get(path)
        if kinds is None:
            self.fields[path] = [kind]
            self._added.append(path)
        elif kind not in kinds:
            self.fields[path] = sorted([*kinds, kind])
            self._changed.append(path)
