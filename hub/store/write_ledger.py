"""The write ledger: which value a destination took from us for which field, to know it when it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.store.driver import Driver


class Entry(NamedTuple):
    """A field that we wrote; the value only as a hash of its normalised form."""

    id: int
    remote_id: str
    field: str
    value_hash: str
    at: str
    met_at: str | None


class WriteLedger:
    """Questions about `write_ledger`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def add(self, rows: Iterable[tuple[int, str, str, str, str, str, str]]) -> None:
        """Writes that were acknowledged: (connection, object, remote id, field, hash of the value, at, expires at)."""
        names = ("connection_id", "object", "remote_id", "field", "value_hash", "at", "expires_at")
        self._db.insert("write_ledger", names, rows)

    def entries(
        self, connection_id: int, object_: str, remote_ids: Sequence[str], since: str
    ) -> dict[str, list[Entry]]:
        """Remote id -> what we wrote there since then, the oldest first."""
        found: dict[str, list[Entry]] = {}
        rows = self._db.query_in(
            "SELECT id, remote_id, field, value_hash, at, met_at FROM write_ledger WHERE connection_id = ? "
            "AND object = ? AND remote_id IN ({}) AND at >= ? ORDER BY id",
            remote_ids,
            (connection_id, object_),
            (since,),
        )
        for row in rows:
            found.setdefault(row[1], []).append(Entry(*row))
        return found

    def met(self, ids: Iterable[int], now: str) -> None:
        """These came back to us: each is good for once."""
        self._db.executemany("UPDATE write_ledger SET met_at = ? WHERE id = ?", [(now, id_) for id_ in ids])

    def forget(self, connection_id: int, now: str, objects: Sequence[str]) -> int:
        """Removes what has expired; how many of it had not come back to us, of objects that are read back."""
        with self._db.write():
            rows = self._db.query_in(
                "SELECT count(*) FROM write_ledger WHERE connection_id = ? AND expires_at < ? AND met_at IS NULL "
                "AND object IN ({})",
                objects,
                (connection_id, now),
            )
            self._db.execute(
                "DELETE FROM write_ledger WHERE connection_id = ? AND expires_at < ?", (connection_id, now)
            )
        return sum(int(row[0]) for row in rows)
