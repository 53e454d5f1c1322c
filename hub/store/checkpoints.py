"""Committed cursors: where reading a stream, or a whole connection, goes on."""

from __future__ import annotations

import orjson

from hub.canonical.time import now_text
from hub.models import Checkpoint, Json
from hub.store.driver import Driver

#: The stream name under which the cursor of a whole connection is kept; no stream can have it.
_WHOLE = ""


class Checkpoints:
    """Set in the transaction that saves the page the cursor follows."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def of(self, connection_id: int) -> Checkpoint:
        """All cursors of a connection."""
        rows = self._driver.query(
            "SELECT stream, cursor FROM checkpoints WHERE connection_id = ?", (connection_id,)
        )
        cursors = {stream: orjson.loads(cursor) for stream, cursor in rows if cursor}
        whole = cursors.pop(_WHOLE, None)
        return Checkpoint(streams=cursors, connection=whole)

    def set(self, connection_id: int, stream: str | None, cursor: Json, run_id: str) -> None:
        """Moves a cursor; stream None: the one of the whole connection."""
        self._driver.upsert(
            "checkpoints",
            ("connection_id", "stream", "cursor", "run_id", "updated_at"),
            [(connection_id, stream or _WHOLE, orjson.dumps(cursor).decode(), run_id, now_text())],
            ("connection_id", "stream"),
        )

    def clear(self, connection_id: int, stream: str | None = None) -> None:
        """Forgets the cursor of a stream, or the one of the whole connection: it is then read from the start."""
        self._driver.execute(
            "DELETE FROM checkpoints WHERE connection_id = ? AND stream = ?",
            (connection_id, stream or _WHOLE),
        )
