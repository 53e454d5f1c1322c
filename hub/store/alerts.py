"""Alerts: whether each rule holds for each connection, and the notices that wait for a channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from hub.canonical.time import to_text
from hub.models import Json, RunKind
from hub.store.balance import NOT_GREEN
from hub.store.driver import Driver, Row
from hub.store.schema import OPEN

_REFUSED = ", ".join(f"'{outcome.value}'" for outcome in NOT_GREEN)


class AlertRow(NamedTuple):
    """How a rule stands for a connection. Times are texts."""

    connection_id: int
    rule: str
    #: open or closed.
    state: str
    #: When it became so.
    since: str
    #: When it was last found open.
    last_seen: str | None = None
    #: What was found, as a sentence, and its particulars: names, numbers and codes, never anybody's data.
    message: str = ""
    detail: Json = None
    #: Somebody was told that it is open.
    told: bool = False
    #: Nobody is told of it before then.
    muted_until: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the rule holds."""
        return self.state == "open"


class Notice(NamedTuple):
    """What a channel is to be told."""

    id: int
    channel: str
    connection_id: int
    #: JSON.
    body: str
    #: Tries that failed.
    attempts: int
    next_at: str
    #: The code with which the last one failed.
    error: str | None
    at: str


class Alerts:
    """Questions about `alerts` and `alert_notices`, and the facts that only rules ask for."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- alerts --------------------------------------------------------------------------------------------------

    def find(self, connection_id: int | None = None, *, open_only: bool = False) -> list[AlertRow]:
        """Alerts by connection and rule."""
        tests = ["connection_id = ?"] * (connection_id is not None) + ["state = 'open'"] * open_only
        clause = f" WHERE {' AND '.join(tests)}" if tests else ""
        rows = self._db.query(
            f"SELECT {', '.join(AlertRow._fields)} FROM alerts{clause} ORDER BY connection_id, rule",
            () if connection_id is None else (connection_id,),
        )
        return [_alert(row) for row in rows]

    def put(self, rows: Iterable[AlertRow]) -> None:
        """Writes how alerts stand now."""
        names = (
            "connection_id",
            "rule",
            "state",
            "since",
            "last_seen",
            "message",
            "detail",
            "told",
            "muted_until",
        )
        self._db.upsert("alerts", names, map(_values, rows), names[:2])

    def mute(self, connection_id: int, rule: str, until: str | None, now: str) -> None:
        """Tells nobody of a rule before then; None: tells again."""
        self._db.execute(
            "INSERT INTO alerts (connection_id, rule, state, since, message, muted_until) VALUES (?, ?, 'closed', ?, '', ?) "
            "ON CONFLICT (connection_id, rule) DO UPDATE SET muted_until = excluded.muted_until",
            (connection_id, rule, now, until),
        )

    # --- notices -------------------------------------------------------------------------------------------------

    def tell(self, channels: Sequence[str], connection_id: int, body: str, now: str) -> None:
        """A notice for each of the channels, to be sent at once."""
        names = ("channel", "connection_id", "body", "next_at", "at")
        self._db.insert(
            "alert_notices", names, [(channel, connection_id, body, now, now) for channel in channels]
        )

    def next_notice(self, channel: str) -> Notice | None:
        """The oldest notice that waits for a channel: those after it wait for it, so that none overtakes another."""
        row = self._db.one(
            f"SELECT {', '.join(Notice._fields)} FROM alert_notices WHERE channel = ? ORDER BY id LIMIT 1",
            (channel,),
        )
        return Notice(*row) if row else None

    def waiting(self) -> list[Notice]:
        """All notices that were not delivered yet, the oldest first."""
        rows = self._db.query(f"SELECT {', '.join(Notice._fields)} FROM alert_notices ORDER BY id")
        return [Notice(*row) for row in rows]

    def remove(self, notice_id: int) -> None:
        """A notice was delivered, or is given up."""
        self._db.execute("DELETE FROM alert_notices WHERE id = ?", (notice_id,))

    def try_later(self, notice_id: int, next_at: str, error: str) -> None:
        """A notice could not be delivered. error: a code."""
        self._db.execute(
            "UPDATE alert_notices SET attempts = attempts + 1, next_at = ?, error = ? WHERE id = ?",
            (next_at, error, notice_id),
        )

    # --- facts ---------------------------------------------------------------------------------------------------

    def in_doubt(self, connection_id: int) -> int:
        """Deliveries that a destination refused, that do not fit it, or of which nobody knows whether they arrived."""
        row = self._db.one(
            f"SELECT count(*) FROM outbox WHERE connection_id = ? AND status IN ({OPEN}) AND status IN ({_REFUSED})",
            (connection_id,),
        )
        return int(row[0]) if row else 0

    def frozen(self, connection_id: int) -> dict[str, int]:
        """Field -> for how many records it is not sent any more."""
        return dict(
            self._db.query(
                "SELECT field, count(*) FROM push_frozen WHERE connection_id = ? GROUP BY field ORDER BY field",
                (connection_id,),
            )
        )

    def last_success(self, connection_id: int, kind: RunKind) -> str | None:
        """When the latest run of a kind began that came to its end (time text)."""
        row = self._db.one(
            "SELECT max(started_at) FROM runs WHERE connection_id = ? AND kind = ? "
            "AND status IN ('succeeded', 'succeeded with rejects')",
            (connection_id, kind.value),
        )
        return row[0] if row else None

    def volumes(self, connection_id: int, now: datetime, days: int) -> list[int]:
        """Records read in each of the last so many times 24 hours, the latest first; empty while there are not so many."""
        ends = [to_text(now - timedelta(days=day)) for day in range(days + 1)]
        first = self._db.one(
            "SELECT min(started_at) FROM runs WHERE connection_id = ? AND kind = 'pull'", (connection_id,)
        )
        if first is None or first[0] is None or first[0] > ends[-1]:
            return []
        sql = (
            "SELECT coalesce(sum(b.taken), 0) FROM runs r JOIN run_batches b ON b.run_id = r.id "
            "WHERE r.connection_id = ? AND r.kind = 'pull' AND r.started_at >= ? AND r.started_at < ?"
        )
        days_of: list[Any] = [
            self._db.one(sql, (connection_id, ends[day + 1], ends[day])) for day in range(days)
        ]
        return [int(row[0]) for row in days_of]


def _values(row: AlertRow) -> tuple[object, ...]:
    detail = orjson.dumps(row.detail).decode() if row.detail else None
    return (*row[:6], detail, int(row.told), row.muted_until)


def _alert(row: Row) -> AlertRow:
    alert = AlertRow(*row)
    return alert._replace(told=bool(alert.told), detail=orjson.loads(alert.detail) if alert.detail else None)
