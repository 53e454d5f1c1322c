"""Lists of several members in one."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

#: How many unions are remembered.
_KEPT = 50_000


class Union:
    """Unites lists that are kept as JSON text. It remembers them: the same few tags come again and again."""

    def __init__(self) -> None:
        self._parts: dict[str, frozenset[bytes]] = {}
        self._unions: dict[frozenset[str], str] = {}

    def of(self, texts: Iterable[str]) -> str:
        """All items of some lists, sorted by their text and without doubles; what is no list counts as one item."""
        distinct = frozenset(texts)
        union = self._unions.get(distinct)
        if union is None:
            if len(self._unions) >= _KEPT:
                self._unions.clear()
                self._parts.clear()
            parts = frozenset[bytes]().union(*map(self._items, distinct))
            union = self._unions[distinct] = (b"[" + b",".join(sorted(parts)) + b"]").decode()
        return union

    def _items(self, text: str) -> frozenset[bytes]:
        items = self._parts.get(text)
        if items is None:
            value = orjson.loads(text)
            items = self._parts[text] = frozenset(
                orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
                for item in (value if isinstance(value, list) else [value])
            )
        return items
