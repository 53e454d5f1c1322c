"""Integer ids of new rows, taken from the store a block at a time: one write for thousands of rows."""

from __future__ import annotations

from collections.abc import Sequence

from hub.store.api import Store

_BLOCK = 10_000


class IdBlocks:
    """Hands out ids that no one else gets. What is left of a block when the process ends is never used."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._free: dict[str, range] = {}

    def __call__(self, table: str, count: int) -> Sequence[int]:
        """`count` neighbouring ids."""
        free = self._free.get(table, range(0))
        if len(free) < count:
            size = max(_BLOCK, count)
            with self._store.write():
                first = self._store.driver.next_ids(table, size)
            free = range(first, first + size)
        self._free[table] = free[count:]
        return free[:count]
