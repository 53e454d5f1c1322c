"""What became of every operation, for people's queries and exports, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.store.driver import Driver
from hub.store.filters import where
from hub.store.schema import OPEN, VIEWS

#: Columns of `sync_changelog`, in their order.
COLUMNS = tuple(next(view.columns for view in VIEWS if view.name == "sync_changelog"))
_PAGE = 2000


class DeliveryLog:
    """Questions about the views of the delivery log."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def changelog(self, connection: str | None = None, since: str | None = None) -> Iterator[dict[str, Any]]:
        """Every operation, the oldest first. since: none before then (time text)."""
        after = 0
        while True:
            filters = {"id > ?": after, "connection = ?": connection, "at >= ?": since}
            clause, values = where(filters)
            rows = self._db.query(
                f"SELECT {', '.join(COLUMNS)} FROM sync_changelog{clause} ORDER BY id LIMIT ?",
                (*values, _PAGE),
            )
            if not rows:
                return
            yield from (dict(zip(COLUMNS, row, strict=True)) for row in rows)
            after = rows[-1][0]

    def forget(self, connection_id: int, before: str) -> int:
        """Removes operations of a destination from before then (time text); how many. What the last attempt of a
        delivery said stays as long as the delivery is open."""
        return self._db.execute(
            "DELETE FROM deliveries WHERE connection_id = ? AND at < ? AND NOT EXISTS (SELECT 1 FROM outbox o "
            f"WHERE o.id = deliveries.outbox_id AND o.status IN ({OPEN}))",
            (connection_id, before),
        )
