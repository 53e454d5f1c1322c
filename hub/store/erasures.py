"""Erasures: what was asked of whom, and the salted hashes by which erased people are known again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.store.driver import Driver

#: Priority of deliveries that carry out an erasure: before everything else.
URGENT = 0


class ErasureLine(NamedTuple):
    """One system that held something of an erased person, and its answer. No personal data is in it."""

    erasure_id: int
    customer_id: str
    at: str
    actor: str
    reason: str
    connection: str
    object: str
    #: requested, confirmed, unsupported, failed; manual: a person has to do it there; absent: it held nothing of ours.
    state: str
    #: Code of the last answer that was no yes, and when the last answer came.
    code: str | None
    answered_at: str | None


#: What the fate of a delivery says of its line.
_STATE = (
    "CASE WHEN l.outbox_id IS NULL THEN l.state WHEN o.status IN ('sent', 'unchanged') THEN 'confirmed' "
    "WHEN o.status = 'invalid' THEN 'unsupported' WHEN o.status IN ('rejected', 'suppressed') THEN 'failed' "
    "ELSE 'requested' END"
)


class Erasures:
    """Questions about `erasures`, `erasure_lines` and `tombstones`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def add(self, customer_id: str, actor: str, reason: str, counts: Mapping[str, int], now: str) -> int:
        """A new erasure; its number."""
        names = ("customer_id", "actor", "reason", "counts", "at")
        row = (customer_id, actor, reason, orjson.dumps(dict(counts)).decode(), now)
        return self._db.add("erasures", names, row)

    def note(self, erasure_id: int, connection_id: int, object_: str, state: str) -> None:
        """A system to which nothing is sent."""
        names = ("erasure_id", "connection_id", "object", "state")
        self._db.insert("erasure_lines", names, [(erasure_id, connection_id, object_, state)])

    def ask(self, erasure_id: int, connection_id: int, object_: str, customer_id: str, now: str) -> None:
        """Plans that a destination's record is deleted before anything else is sent there."""
        outbox = self._db.add(
            "outbox",
            ("connection_id", "object", "customer_id", "op", "fields", "hash", "status", "created_at",
             "updated_at", "priority"),
            (connection_id, object_, customer_id, "delete", "{}", "deleted", "pending", now, now, URGENT),
        )  # fmt: skip
        names = ("erasure_id", "connection_id", "object", "state", "outbox_id")
        self._db.insert("erasure_lines", names, [(erasure_id, connection_id, object_, "requested", outbox)])

    def lines(self) -> list[ErasureLine]:
        """Every system of every erasure, the latest erasure first."""
        rows = self._db.query(
            f"SELECT e.id, e.customer_id, e.at, e.actor, e.reason, c.name, l.object, {_STATE}, "
            "CASE WHEN o.status IN ('sent', 'unchanged') THEN NULL ELSE (SELECT d.code FROM deliveries d "
            "WHERE d.outbox_id = l.outbox_id ORDER BY d.id DESC LIMIT 1) END, "
            "(SELECT max(d.at) FROM deliveries d WHERE d.outbox_id = l.outbox_id) "
            "FROM erasures e JOIN erasure_lines l ON l.erasure_id = e.id JOIN connections c ON c.id = l.connection_id "
            "LEFT JOIN outbox o ON o.id = l.outbox_id ORDER BY e.id DESC, l.id"
        )
        return [ErasureLine(*row) for row in rows]

    # --- who is not to come back ---------------------------------------------------------------------------------

    def bury(self, erasure_id: int, hashes: Iterable[str]) -> None:
        """Whatever has one of these hashes stays out from now on."""
        rows: list[Sequence[Any]] = [(one, erasure_id) for one in sorted(set(hashes))]
        self._db.upsert("tombstones", ("hash", "erasure_id"), rows, ("hash",), update=())

    def buried(self, hashes: Iterable[str]) -> set[str]:
        """Those of these hashes that stay out."""
        return {row[0] for row in self._db.query_in("SELECT hash FROM tombstones WHERE hash IN ({})", hashes)}

    @property
    def any(self) -> bool:
        """Whether anybody was erased."""
        return self._db.one("SELECT 1 FROM tombstones LIMIT 1") is not None
