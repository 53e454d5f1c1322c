"""Reconciling: what is known of the records that a destination lists, and what was found to be otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.models import Outcome
from hub.store.driver import Driver
from hub.store.outbox import PushState
from hub.store.schema import OPEN

#: States of a link whose record is to be there; `gone`: somebody had deleted it.
LINKED = ("sent", "gone")
_LINKED = (
    "p.state IN ('sent', 'gone') AND p.remote_id IS NOT NULL AND (c.status = 'active' OR r.key IS NOT NULL)"
)
#: Whose a link is: a customer's, or a deal's, which is always there as long as it is linked.
_WHOSE = "LEFT JOIN customers c ON c.id = p.customer_id LEFT JOIN push_records r ON r.key = p.customer_id"


class Standing(NamedTuple):
    """What we know of a record of a destination: as `PushState` has it, and whose it is."""

    customer_id: str
    remote_id: str
    sent_hash: str | None
    sent_fields: str | None
    remote_fields: str | None
    state: str
    edits: str | None
    #: When that was last learned (time text).
    updated_at: str
    #: The customer's: active, merged …; None where there is no such customer any more.
    status: str | None
    #: JSON of an attempt that may have arrived; None when there is none.
    trying: str | None

    @property
    def linked(self) -> bool:
        """Whether it is a living customer's, and is to be there."""
        return self.status == "active" and self.state in LINKED

    @property
    def push_state(self) -> PushState:
        """The same without whose it is."""
        return PushState(*self[:7])


class Finding(NamedTuple):
    """A record that is not as it should be."""

    outcome: Outcome
    remote_id: str
    customer_id: str | None = None
    #: A word on it, such as `merged` for one whose customer was merged into another.
    why: str = ""
    #: Names of the fields that differ, never their values.
    fields: tuple[str, ...] = ()


class FoundRow(NamedTuple):
    """A finding as it is kept."""

    id: int
    object: str
    outcome: str
    customer_id: str | None
    remote_id: str
    why: str
    #: Names, with a comma between; None where no field differs.
    fields: str | None


class Reconciles:
    """Questions about `push_state` by record, and about `reconcile_findings`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def standings(
        self, connection_id: int, object_: str, remote_ids: Sequence[str]
    ) -> dict[str, list[Standing]]:
        """Remote id -> whose it is or was as far as we know; a living customer's link comes first."""
        found: dict[str, list[Standing]] = {}
        rows = self._db.query_in(
            "SELECT p.customer_id, p.remote_id, p.sent_hash, p.sent_fields, p.remote_fields, p.state, p.edits, "
            "p.updated_at, CASE WHEN r.key IS NULL THEN c.status ELSE 'active' END, o.trying FROM push_state p "
            f"{_WHOSE} "
            "LEFT JOIN outbox o ON o.connection_id = p.connection_id AND o.object = p.object "
            f"AND o.customer_id = p.customer_id AND o.status IN ({OPEN}) "
            "WHERE p.connection_id = ? AND p.object = ? AND p.remote_id IN ({})",
            remote_ids,
            (connection_id, object_),
        )
        for row in rows:
            one = Standing(*row)
            found.setdefault(one.remote_id, []).append(one)
        for standings in found.values():
            standings.sort(key=lambda one: not one.linked)
        return found

    def linked(
        self, connection_id: int, object_: str, before: str, after: str, limit: int
    ) -> list[tuple[str, str]]:
        """(customer, remote id) of links of living customers that are as they were at a time (time text), in the order of
        customers' ids, above `after`."""
        rows = self._db.query(
            f"SELECT p.customer_id, p.remote_id FROM push_state p {_WHOSE} "
            f"WHERE p.connection_id = ? AND p.object = ? AND {_LINKED} AND p.updated_at <= ? AND p.customer_id > ? "
            "ORDER BY p.customer_id LIMIT ?",
            (connection_id, object_, before, after, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def add(
        self, run_id: str, connection_id: int, object_: str, findings: Sequence[Finding]
    ) -> dict[Outcome, list[int]]:
        """Keeps findings; their ids by outcome. Inside the caller's `write()`."""
        ids: dict[Outcome, list[int]] = {}
        if not findings:
            return ids
        first = self._db.next_ids("reconcile_findings", len(findings))
        names = (
            "id",
            "run_id",
            "connection_id",
            "object",
            "outcome",
            "customer_id",
            "remote_id",
            "why",
            "fields",
        )
        rows = []
        for number, one in enumerate(findings, first):
            ids.setdefault(one.outcome, []).append(number)
            fields = ", ".join(one.fields) or None
            rows.append(
                (number, run_id, connection_id, object_, one.outcome.value, one.customer_id, one.remote_id, one.why, fields)
            )  # fmt: skip
        self._db.insert("reconcile_findings", names, rows)
        return ids

    def keep_only(self, run_id: str, connection_id: int, object_: str) -> None:
        """Forgets what earlier runs found of an object: this one has seen all of it."""
        self._db.execute(
            "DELETE FROM reconcile_findings WHERE connection_id = ? AND object = ? AND run_id <> ?",
            (connection_id, object_, run_id),
        )

    def found(self, ids: Iterable[int]) -> dict[int, FoundRow]:
        """Findings by their ids; those that were forgotten are missing."""
        rows = self._db.query_in(
            "SELECT id, object, outcome, customer_id, remote_id, why, fields FROM reconcile_findings WHERE id IN ({})",
            ids,
        )
        return {row[0]: FoundRow(*row) for row in rows}

    def listed(self, connection_id: int, object_: str) -> int:
        """How many records the last whole list had that was believed; 0 where there was none."""
        row = self._db.one("SELECT value FROM facts WHERE name = ?", (_fact(connection_id, object_),))
        return int(row[0]) if row else 0

    def set_listed(self, connection_id: int, object_: str, count: int) -> None:
        """The list that is the measure of the next one."""
        self._db.upsert("facts", ("name", "value"), [(_fact(connection_id, object_), str(count))], ("name",))


def _fact(connection_id: int, object_: str) -> str:
    return f"listed.{connection_id}.{object_}"
