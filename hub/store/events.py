"""Run events: anything worth telling about a run or a connection, in the order it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson

from hub.canonical.time import from_text, now_text, to_text
from hub.models import Json
from hub.store.driver import Driver, Row
from hub.store.filters import where


class Level(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `message` is a constant sentence, `data` its particulars: never a secret or a person's value."""

    id: int
    run_id: str | None
    connection_id: int
    at: datetime
    level: Level
    #: What sort of thing happened, such as `drift` or `retry`.
    kind: str
    message: str
    data: Mapping[str, Json]


class Events:
    """Append-only."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def add(
        self,
        run_id: str | None,
        connection_id: int,
        level: Level,
        kind: str,
        message: str,
        data: Mapping[str, Json] | None = None,
    ) -> int:
        """Notes an event; its id."""
        return self._driver.add(
            "run_events",
            ("run_id", "connection_id", "at", "level", "kind", "message", "data"),
            (
                run_id,
                connection_id,
                now_text(),
                level.value,
                kind,
                message,
                orjson.dumps(data).decode() if data else None,
            ),
        )

    def find(
        self,
        *,
        run_id: str | None = None,
        connection_id: int | None = None,
        levels: Sequence[Level] = (),
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 200,
    ) -> list[Event]:
        """Events that fit every filter given, the oldest first. after: only those younger than this event."""
        clause, values = where(
            {
                "id > ?": after,
                "run_id = ?": run_id,
                "connection_id = ?": connection_id,
                "level IN ?": [level.value for level in levels],
                "kind IN ?": tuple(kinds),
                "at >= ?": to_text(since) if since else None,
                "at < ?": to_text(until) if until else None,
            }
        )
        rows = self._driver.query(
            f"SELECT id, run_id, connection_id, at, level, kind, message, data FROM run_events{clause} "
            "ORDER BY id LIMIT ?",
            (*values, limit),
        )
        return [_event(row) for row in rows]


def _event(row: Row) -> Event:
    number, run_id, connection_id, at, level, kind, message, data = row
    return Event(
        number,
        run_id,
        connection_id,
        from_text(at),
        Level(level),
        kind,
        message,
        orjson.loads(data) if data else {},
    )
