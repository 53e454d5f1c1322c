"""The outbox: planned deliveries, what each destination holds, and every attempt's outcome.

A record of a destination is named by connection, object and customer. At most one row of it is open at a time. What is no
customer has a key of its own in the customer's place: see `hub.store.deals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.errors import NotFound
from hub.store.driver import Driver, Row
from hub.store.filters import where
from hub.store.schema import OPEN

_OPEN = f"status IN ({OPEN})"
#: Rows to send now, with the time twice.
_DUE = f"o.{_OPEN} AND o.status <> 'invalid' AND (o.next_at <= ? OR (o.next_at IS NULL AND o.status <> 'rejected'))"
_CLAIMED = (
    "SELECT o.id, o.object, o.customer_id, o.op, o.fields, o.hash, o.trying, o.status, o.attempt, p.remote_id, "
    "p.sent_hash, p.sent_fields, p.remote_fields, p.state, p.edits, o.priority FROM outbox o LEFT JOIN push_state p "
    "ON p.connection_id = o.connection_id AND p.object = o.object AND p.customer_id = o.customer_id"
)
#: Which deliveries go first: one that tells of a person's no, before what else changed. 0 carries out an erasure.
CONSENT = 1
NORMAL = 2
_STATE = "customer_id, remote_id, sent_hash, sent_fields, remote_fields, state, edits"


class PushState(NamedTuple):
    """What a destination holds of a customer, as far as it told us; fields as JSON text."""

    customer_id: str
    remote_id: str | None
    sent_hash: str | None
    sent_fields: str | None
    remote_fields: str | None
    #: sent; deleted; left: the customer is no more, its row is; gone: somebody deleted it there; unlinked: for good;
    #: ambiguous, conflict: nobody can tell which record is the customer's, or it is another's too.
    state: str
    #: JSON: field -> [when somebody changed it there, when ours was last said].
    edits: str | None = None


class Planned(NamedTuple):
    """A delivery to plan: the destination-shaped fields as JSON text, and the digest of what they are to leave there."""

    customer_id: str
    #: upsert; or, for a customer that is no more: tag (an upsert of what the mapping says), archive, delete.
    op: str
    fields: str
    hash: str
    #: Not before then (time text).
    next_at: str | None = None
    #: CONSENT or NORMAL.
    priority: int = NORMAL


class Claimed(NamedTuple):
    """A delivery to make now, with what the destination holds."""

    id: int
    object: str
    customer_id: str
    op: str
    fields: str
    hash: str
    #: JSON of an attempt that may have arrived; None when there is none.
    trying: str | None
    status: str
    attempt: int
    remote_id: str | None
    sent_hash: str | None
    sent_fields: str | None
    remote_fields: str | None
    state: str | None
    edits: str | None = None
    priority: int = NORMAL


class Settled(NamedTuple):
    """The outcome of an attempt, for its outbox row."""

    id: int
    #: The hash that was tried: a row that was planned anew meanwhile waits on.
    hash: str
    status: str
    next_at: str | None
    #: What may have arrived, where that is not known.
    trying: str | None
    #: What had to go first has gone.
    no_longer_urgent: bool = False


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


class OutboxRow(NamedTuple):
    """A planned delivery as it stands, with what the last attempt said."""

    id: int
    connection: str
    object: str
    customer_id: str
    op: str
    status: str
    attempt: int
    next_at: str | None
    in_doubt: int
    code: str | None
    message: str | None
    remote_id: str | None
    created_at: str
    updated_at: str


def _settled(row: Settled) -> tuple[object, ...]:
    """What a row becomes that was not planned anew meanwhile, in the order that `settle` asks."""
    return (row.hash, row.status, row.hash, row.next_at, row.hash, row.hash, int(row.no_longer_urgent))


class Outbox:
    """Questions about `outbox`, `push_state` and `deliveries`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- planning ------------------------------------------------------------------------------------------------

    def states(self, connection_id: int, object_: str, customer_ids: Sequence[str]) -> dict[str, PushState]:
        """What the destination holds of these customers."""
        rows = self._db.query_in(
            f"SELECT {_STATE} FROM push_state WHERE connection_id = ? AND object = ? AND customer_id IN ({{}})",
            customer_ids,
            (connection_id, object_),
        )
        return {row[0]: PushState(*row) for row in rows}

    def waiting(self, connection_id: int, object_: str, customer_ids: Sequence[str]) -> dict[str, bool]:
        """Those of these customers that have an open delivery, and whether something of it may have arrived."""
        rows = self._db.query_in(
            f"SELECT customer_id, trying IS NOT NULL FROM outbox WHERE connection_id = ? AND object = ? AND {_OPEN} "
            "AND customer_id IN ({})",
            customer_ids,
            (connection_id, object_),
        )
        return {row[0]: bool(row[1]) for row in rows}

    def coming(self, connection_id: int, object_: str, customer_ids: Sequence[str]) -> set[str]:
        """Those of these customers whose record is on its way there: not refused, and not held back when it was tried."""
        rows = self._db.query_in(
            "SELECT o.customer_id FROM outbox o WHERE o.connection_id = ? AND o.object = ? AND o.op = 'upsert' "
            f"AND o.{_OPEN} AND o.status NOT IN ('rejected', 'invalid') AND coalesce((SELECT d.status FROM deliveries d "
            "WHERE d.outbox_id = o.id ORDER BY d.id DESC LIMIT 1), '') <> 'suppressed' AND o.customer_id IN ({})",
            customer_ids,
            (connection_id, object_),
        )
        return {row[0] for row in rows}

    def plan(self, connection_id: int, object_: str, rows: Iterable[Planned], now: str) -> None:
        """Plans deliveries; an open one of the same customer is replaced (the latest wins), but for what is under way."""
        self._db.executemany(
            "INSERT INTO outbox (connection_id, object, customer_id, op, fields, hash, next_at, priority, status, "
            "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            f"ON CONFLICT (connection_id, object, customer_id) WHERE {_OPEN} DO UPDATE SET op = excluded.op, "
            "fields = excluded.fields, hash = excluded.hash, status = excluded.status, attempt = 0, "
            "next_at = excluded.next_at, priority = excluded.priority, updated_at = excluded.updated_at",
            [(connection_id, object_, *row, "retry" if row.next_at else "pending", now, now) for row in rows],
        )

    def cancel(self, connection_id: int, object_: str, customer_ids: Sequence[str], now: str) -> None:
        """Takes back deliveries that nothing is left to say with: the destination holds that already."""
        self._db.execute_in(
            f"UPDATE outbox SET status = 'unchanged', updated_at = ? WHERE connection_id = ? AND object = ? AND {_OPEN} "
            "AND customer_id IN ({})",
            customer_ids,
            (now, connection_id, object_),
        )

    def set_state(
        self, connection_id: int, object_: str, customer_ids: Sequence[str], state: str, now: str
    ) -> None:
        """How the destination's rows of these customers stand from now on."""
        self._db.execute_in(
            "UPDATE push_state SET state = ?, updated_at = ? WHERE connection_id = ? AND object = ? "
            "AND customer_id IN ({})",
            customer_ids,
            (state, now, connection_id, object_),
        )

    def adopt(self, connection_id: int, object_: str, pairs: Iterable[tuple[str, str]], now: str) -> None:
        """Rows of customers that were merged away belong to who they were merged into: (loser, winner) pairs."""
        self._db.executemany(
            "UPDATE push_state SET customer_id = ?, updated_at = ? WHERE connection_id = ? AND object = ? "
            "AND customer_id = ?",
            [(winner, now, connection_id, object_, loser) for loser, winner in pairs],
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

    def due(self, connection_id: int, after_id: int, limit: int, now: str) -> list[Claimed]:
        """What could be sent now, of all objects, oldest first, with an id above `after_id`."""
        rows = self._db.query(
            f"{_CLAIMED} WHERE o.connection_id = ? AND {_DUE} AND o.id > ? ORDER BY o.id LIMIT ?",
            (connection_id, now, after_id, limit),
        )
        return [Claimed(*row) for row in rows]

    def claim(
        self, connection_id: int, object_: str, after_id: int, limit: int, now: str, *, deletes: bool
    ) -> list[Claimed]:
        """The next deliveries of one object that are due, oldest first, with an id above `after_id`: those for customers
        that are no more, or the others. None of those that go first: see `claim_first`."""
        rows = self._db.query(
            f"{_CLAIMED} WHERE o.connection_id = ? AND {_DUE} AND o.id > ? AND o.object = ? "
            f"AND o.op {'<>' if deletes else '='} 'upsert' AND o.priority >= {NORMAL} ORDER BY o.id LIMIT ?",
            (connection_id, now, after_id, object_, limit),
        )
        return [Claimed(*row) for row in rows]

    def claim_first(
        self, connection_id: int, object_: str, limit: int, now: str, *, deletes: bool
    ) -> list[Claimed]:
        """The deliveries of one object that are due and go before all others: those that carry out an erasure, or those
        that tell of a person's no."""
        rows = self._db.query(
            f"{_CLAIMED} WHERE o.connection_id = ? AND {_DUE} AND o.object = ? "
            f"AND o.op {'<>' if deletes else '='} 'upsert' AND o.priority < {NORMAL} ORDER BY o.priority, o.id LIMIT ?",
            (connection_id, now, object_, limit),
        )
        return [Claimed(*row) for row in rows]

    def opt_outs(self, connection_id: int) -> int:
        """How many deliveries wait that tell of a person's no."""
        row = self._db.one(
            f"SELECT count(*) FROM outbox o WHERE o.connection_id = ? AND o.{_OPEN} AND o.priority < {NORMAL} "
            "AND o.op = 'upsert'",
            (connection_id,),
        )
        return int(row[0]) if row else 0

    def holders(self, connection_id: int, object_: str, remote_ids: Sequence[str]) -> dict[str, str]:
        """Remote id -> the living customer, or the deal, that it belongs to, where it belongs to one."""
        rows = self._db.query_in(
            "SELECT p.remote_id, p.customer_id FROM push_state p LEFT JOIN customers c ON c.id = p.customer_id "
            "LEFT JOIN push_records r ON r.key = p.customer_id WHERE p.connection_id = ? AND p.object = ? "
            "AND p.state = 'sent' AND (c.status = 'active' OR r.key IS NOT NULL) AND p.remote_id IN ({})",
            remote_ids,
            (connection_id, object_),
        )
        return dict(rows)

    def linked(self, connection_id: int) -> int:
        """How many records the destination holds from us."""
        row = self._db.one(
            "SELECT count(*) FROM push_state WHERE connection_id = ? AND state = 'sent'", (connection_id,)
        )
        return int(row[0]) if row else 0

    def begin(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """What is under way from now on: (JSON of the attempt, run, id)."""
        self._db.executemany("UPDATE outbox SET trying = ?, run_id = ? WHERE id = ?", rows)

    def release(self, ids: Sequence[int]) -> None:
        """Nothing of these was sent after all."""
        self._db.execute_in("UPDATE outbox SET trying = NULL WHERE id IN ({})", ids)

    def settle(self, rows: Iterable[Settled], now: str) -> None:
        """Outcomes of attempts. A row that was planned anew meanwhile keeps waiting."""
        self._db.executemany(
            "UPDATE outbox SET status = CASE WHEN hash = ? THEN ? ELSE 'pending' END, "
            "next_at = CASE WHEN hash = ? THEN ? ELSE NULL END, "
            "attempt = CASE WHEN hash = ? THEN attempt + 1 ELSE 0 END, "
            f"priority = CASE WHEN hash = ? AND ? THEN {NORMAL} ELSE priority END, trying = ?, updated_at = ? WHERE id = ?",
            [(*_settled(row), row.trying, now, row.id) for row in rows],
        )

    def holds(self, rows: Iterable[Sequence[Any]]) -> None:
        """What a destination acknowledged: (connection, object, customer, remote id, hash, fields, remote fields, state,
        edits, now)."""
        names = (
            "connection_id", "object", "customer_id", "remote_id", "sent_hash", "sent_fields", "remote_fields", "state",
            "edits", "updated_at",
        )  # fmt: skip
        self._db.upsert("push_state", names, rows, names[:3])

    def reopen(self, connection_id: int, object_: str, customer_ids: Sequence[str], now: str) -> None:
        """What waits for a person to say whose record is whose may be tried again."""
        self._db.execute_in(
            "UPDATE outbox SET status = 'pending', next_at = NULL, attempt = 0, updated_at = ? WHERE connection_id = ? "
            "AND object = ? AND status = 'rejected' AND customer_id IN ({})",
            customer_ids,
            (now, connection_id, object_),
        )

    def take_over(self, connection_id: int, object_: str, taken: Mapping[str, str], now: str) -> None:
        """Records that belong to other customers from now on, whose former ones are no more: remote id -> customer."""
        rows = self._db.query_in(
            "SELECT remote_id, customer_id FROM push_state WHERE connection_id = ? AND object = ? AND remote_id IN ({})",
            list(taken),
            (connection_id, object_),
        )
        former = [customer_id for remote_id, customer_id in rows if taken[remote_id] != customer_id]
        if former:
            self.cancel(connection_id, object_, former, now)
            self._db.execute_in(
                "DELETE FROM push_state WHERE connection_id = ? AND object = ? AND customer_id IN ({})",
                former,
                (connection_id, object_),
            )

    def add_deliveries(self, rows: Iterable[Sequence[Any]]) -> None:
        """Attempts: (outbox id, connection, object, customer, run, op, changed, status, code, message, remote id, at,
        exchange)."""
        names = (
            "outbox_id", "connection_id", "object", "customer_id", "run_id", "op", "changed", "status", "code", "message",
            "remote_id", "at", "exchange_id",
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

    def find(
        self,
        *,
        connection_id: int | None = None,
        statuses: Sequence[str] = (),
        customer_id: str | None = None,
        run_id: str | None = None,
        ids: Sequence[int] = (),
        before: int | None = None,
        limit: int = 100,
    ) -> list[OutboxRow]:
        """Planned deliveries that fit every filter given, the youngest first. before: only those with a smaller id."""
        clause, values = where(
            {
                "o.connection_id = ?": connection_id,
                "o.status IN ?": tuple(statuses),
                "o.customer_id = ?": customer_id,
                "o.run_id = ?": run_id,
                "o.id IN ?": tuple(ids),
                "o.id < ?": before,
            }
        )
        rows = self._db.query(
            "SELECT o.id, c.name, o.object, o.customer_id, o.op, o.status, o.attempt, o.next_at, o.trying IS NOT NULL, "
            "d.code, d.message, p.remote_id, o.created_at, o.updated_at FROM outbox o "
            "JOIN connections c ON c.id = o.connection_id "
            "LEFT JOIN deliveries d ON d.id = (SELECT max(id) FROM deliveries WHERE outbox_id = o.id) "
            "LEFT JOIN push_state p ON p.connection_id = o.connection_id AND p.object = o.object "
            f"AND p.customer_id = o.customer_id{clause} ORDER BY o.id DESC LIMIT ?",
            (*values, limit),
        )
        return [OutboxRow(*row) for row in rows]

    def get(self, outbox_id: int) -> OutboxRow:
        """One planned delivery. Raises NotFound HUB-7040 when there is none."""
        found = self.find(ids=[outbox_id], limit=1)
        if not found:
            raise NotFound(
                "HUB-7040", f"there is no delivery {outbox_id}", hint="`hub deliveries list` names them."
            )
        return found[0]

    def content(self, outbox_id: int) -> Claimed | None:
        """A planned delivery with its fields and what the destination holds."""
        row: Row | None = self._db.one(f"{_CLAIMED} WHERE o.id = ?", (outbox_id,))
        return Claimed(*row) if row else None

    def attempts(self, outbox_id: int, limit: int = 20) -> list[Mapping[str, Any]]:
        """The latest attempts of a planned delivery; `exchange_id` is the request that carried it, while that is kept."""
        names = ("id", "run_id", "op", "changed", "status", "code", "message", "remote_id", "at")
        kept = "(SELECT e.id FROM exchanges e WHERE e.id = deliveries.exchange_id)"
        rows = self._db.query(
            f"SELECT {', '.join(names)}, {kept} FROM deliveries WHERE outbox_id = ? ORDER BY id DESC LIMIT ?",
            (outbox_id, limit),
        )
        return [dict(zip((*names, "exchange_id"), row, strict=True)) for row in rows]

    def replay(self, ids: Sequence[int], now: str) -> int:
        """Lets open deliveries be tried again at once, whatever was said of them; how many."""
        return self._db.execute_in(
            "UPDATE outbox SET status = 'pending', next_at = NULL, attempt = 0, updated_at = ? "
            f"WHERE {_OPEN} AND id IN ({{}})",
            ids,
            (now,),
        )

    def drop(self, ids: Sequence[int], now: str) -> int:
        """Closes open deliveries without sending them; how many."""
        return self._db.execute_in(
            "UPDATE outbox SET status = 'dropped', trying = NULL, next_at = NULL, updated_at = ? "
            f"WHERE {_OPEN} AND id IN ({{}})",
            ids,
            (now,),
        )

    def forget_records(self, ids: Sequence[int]) -> int:
        """What somebody deleted at the destination, or was unlinked there, may be made again for these deliveries."""
        return self._db.execute_in(
            "UPDATE push_state SET state = 'deleted', remote_id = NULL, remote_fields = NULL WHERE state IN ('gone', "
            "'unlinked') AND EXISTS (SELECT 1 FROM outbox o WHERE o.connection_id = push_state.connection_id "
            "AND o.object = push_state.object AND o.customer_id = push_state.customer_id AND o.id IN ({}))",
            ids,
        )
