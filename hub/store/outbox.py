"""The outbox: planned deliveries, what each destination holds, and every attempt's outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hub.store.driver import Driver

_WAITING = "status IN ('pending', 'retry', 'unknown')"


class PushState(NamedTuple):
    """What a destination holds of a customer, as far as it told us."""

    customer_id: str
    remote_id: str | None
    sent_hash: str | None
    state: str


class Planned(NamedTuple):
    """A delivery to plan: the destination-shaped fields as JSON text, and their digest."""

    customer_id: str
    op: str
    fields: str
    hash: str


class Claimed(NamedTuple):
    """A delivery to make now."""

    id: int
    customer_id: str
    op: str
    fields: str
    hash: str
    attempt: int
    remote_id: str | None


class Delivery(NamedTuple):
    """One attempt's outcome, for people."""

    id: int
    connection: str
    customer_id: str
    run_id: str
    op: str
    status: str
    code: str | None
    message: str | None
    at: str


class Outbox:
    """Questions about `outbox`, `push_state` and `deliveries`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- planning ------------------------------------------------------------------------------------------------

    def states(self, connection_id: int, customer_ids: Sequence[str]) -> dict[str, PushState]:
        """What the destination holds of these customers."""
        rows = self._db.query_in(
            "SELECT customer_id, remote_id, sent_hash, state FROM push_state "
            "WHERE connection_id = ? AND customer_id IN ({})",
            customer_ids,
            (connection_id,),
        )
        return {row[0]: PushState(*row) for row in rows}

    def waiting(self, connection_id: int, customer_ids: Sequence[str]) -> set[str]:
        """Those of these customers that have a delivery waiting."""
        rows = self._db.query_in(
            f"SELECT customer_id FROM outbox WHERE connection_id = ? AND {_WAITING} AND customer_id IN ({{}})",
            customer_ids,
            (connection_id,),
        )
        return {row[0] for row in rows}

    def plan(self, connection_id: int, rows: Iterable[Planned], now: str) -> None:
        """Plans deliveries; one that waits for the same customer is replaced (the latest wins)."""
        self._db.executemany(
            "INSERT INTO outbox (connection_id, customer_id, op, fields, hash, status, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, 'pending', ?, ?) "
            f"ON CONFLICT (connection_id, customer_id) WHERE {_WAITING} DO UPDATE SET op = excluded.op, "
            "fields = excluded.fields, hash = excluded.hash, status = 'pending', attempt = 0, next_at = NULL, "
            "updated_at = excluded.updated_at",
            [(connection_id, *row, now, now) for row in rows],
        )

    def cancel(self, connection_id: int, customer_ids: Sequence[str], now: str) -> None:
        """Takes back deliveries that nothing is left to say with: the destination holds that already."""
        self._db.execute_in(
            f"UPDATE outbox SET status = 'unchanged', updated_at = ? WHERE connection_id = ? AND {_WAITING} "
            "AND customer_id IN ({})",
            customer_ids,
            (now, connection_id),
        )

    def planned_with(self, connection_id: int) -> str | None:
        """The hash of the mapping that every customer was planned with; None for a new destination, and for one that
        missed changes because it could not be used."""
        row = self._db.one("SELECT value FROM facts WHERE name = ?", (f"outbox.{connection_id}",))
        return str(row[0]) if row and row[0] else None

    def set_planned_with(self, connection_id: int, digest: str) -> None:
        """Every customer is planned with this mapping; empty: changes were missed."""
        self._db.upsert("facts", ("name", "value"), [(f"outbox.{connection_id}", digest)], ("name",))

    # --- sending -------------------------------------------------------------------------------------------------

    def claim(self, connection_id: int, after_id: int, limit: int, now: str) -> list[Claimed]:
        """The next deliveries that are due, oldest first, with an id above `after_id`."""
        rows = self._db.query(
            "SELECT o.id, o.customer_id, o.op, o.fields, o.hash, o.attempt, p.remote_id FROM outbox o "
            "LEFT JOIN push_state p ON p.connection_id = o.connection_id AND p.customer_id = o.customer_id "
            "WHERE o.connection_id = ? AND o.status IN ('pending', 'retry', 'unknown') AND o.id > ? "
            "AND (o.next_at IS NULL OR o.next_at <= ?) ORDER BY o.id LIMIT ?",
            (connection_id, after_id, now, limit),
        )
        return [Claimed(*row) for row in rows]

    def settle(self, rows: Iterable[tuple[str, str | None, str, int, str]]) -> None:
        """Outcomes of deliveries: (status, next at, now, id, hash). A row replanned meanwhile keeps waiting."""
        self._db.executemany(
            "UPDATE outbox SET status = ?, next_at = ?, attempt = attempt + 1, updated_at = ? WHERE id = ? AND hash = ?",
            rows,
        )

    def holds(self, rows: Iterable[Sequence[Any]]) -> None:
        """What a destination acknowledged: (connection, customer, remote id, hash, fields, state, now)."""
        names = (
            "connection_id",
            "customer_id",
            "remote_id",
            "sent_hash",
            "sent_fields",
            "state",
            "updated_at",
        )
        self._db.upsert("push_state", names, rows, ("connection_id", "customer_id"))

    def add_deliveries(self, rows: Iterable[Sequence[Any]]) -> None:
        """Attempts: (outbox id, connection, customer, run, op, status, code, message, remote id, at)."""
        names = (
            "outbox_id", "connection_id", "customer_id", "run_id", "op", "status", "code", "message", "remote_id", "at",
        )  # fmt: skip
        self._db.insert("deliveries", names, rows)

    # --- looking -------------------------------------------------------------------------------------------------

    def counts(self, connection_id: int) -> dict[str, int]:
        """How many deliveries stand in each status."""
        return dict(
            self._db.query(
                "SELECT status, count(*) FROM outbox WHERE connection_id = ? GROUP BY status",
                (connection_id,),
            )
        )

    def deliveries_of(self, customer_id: str, limit: int = 20) -> list[Delivery]:
        """The latest attempts for one customer."""
        rows = self._db.query(
            "SELECT d.id, c.name, d.customer_id, d.run_id, d.op, d.status, d.code, d.message, d.at FROM deliveries d "
            "JOIN connections c ON c.id = d.connection_id WHERE d.customer_id = ? ORDER BY d.id DESC LIMIT ?",
            (customer_id, limit),
        )
        return [Delivery(*row) for row in rows]
