"""What a rebuild asks and writes: whole tables, in the order in which they are kept, and only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.store.driver import Driver, Params, Row
from hub.store.identity import GOLDEN_COLUMNS
from hub.store.matching import FeatureRow

Int64 = npt.NDArray[np.int64]

#: Rows of a sorted table that are compared with the stored ones at once.
_PART = 4096
_LOW = (1 << 32) - 1
#: The greatest key.
_LAST = (1 << 63) - 1
_CHECKED = (
    f"SELECT count(*), coalesce(sum(key & {_LOW}), 0), coalesce(sum(key >> 32), 0), coalesce(sum(source_id), 0), "
    "coalesce(sum((key & 65535) * (source_id & 16777215)), 0) FROM block_keys WHERE key BETWEEN ? AND ?"
)


class Bulk:
    """Whole tables at once."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- reading -------------------------------------------------------------------------------------------------

    def ids_by_name(self, connections: Mapping[int, str]) -> Int64:
        """Every source customer, in the order of the stable names, `connection/type/external id`.

        The database compares texts by their bytes, which is the order of their characters."""
        groups = self._db.query("SELECT DISTINCT connection_id, external_type FROM source_customers")
        parts = [np.zeros(0, np.int64)]
        for connection, type_ in sorted(groups, key=lambda group: f"{connections[group[0]]}/{group[1]}/"):
            sql = (
                "SELECT id FROM source_customers WHERE connection_id = ? AND external_type = ? "
                "ORDER BY external_id"
            )
            parts += [
                np.fromiter(chain.from_iterable(rows), np.int64, len(rows))
                for rows in self._db.stream(sql, (connection, type_), 50_000)
            ]
        return np.concatenate(parts)

    def memberships(self) -> Iterator[list[Row]]:
        """(source customer, customer, rule) of all, by source customer, in parts."""
        return self._db.stream(
            "SELECT source_id, customer_id, rule FROM memberships ORDER BY source_id", size=50_000
        )

    def changed_singles(self) -> set[int]:
        """Source customers alone in a customer whose golden record is not what they say."""
        differ = " OR ".join(f"c.{name} IS DISTINCT FROM s.{name}" for name in GOLDEN_COLUMNS)
        rows = self._db.query(
            "SELECT m.source_id FROM (SELECT max(source_id) AS source_id, customer_id FROM memberships "
            "GROUP BY customer_id HAVING count(*) = 1) AS m JOIN customers c ON c.id = m.customer_id "
            "JOIN source_customers s ON s.id = m.source_id "
            f"WHERE c.members <> 1 OR c.status <> 'active' OR {differ}"
        )
        return {row[0] for row in rows}

    def open_refusals(self) -> list[Row]:
        """(a, b, guard, detail, weight, size, joined) of what is under review."""
        return self._db.query(
            "SELECT a, b, guard, detail, weight, size, joined FROM refusals WHERE state = 'open'"
        )

    def is_empty(self, table: str) -> bool:
        """Whether a table has no row."""
        return self._db.one(f"SELECT 1 FROM {table} LIMIT 1") is None

    # --- writing, inside the caller's `write()` ------------------------------------------------------------------

    def put_features(self, rows: Iterable[FeatureRow]) -> int:
        """Features of source customers that are new or changed, in ascending order, and none of those that are gone.
        How many were written."""
        count = 0

        def counted() -> Iterator[FeatureRow]:
            nonlocal count
            for row in rows:
                count += 1
                yield row

        names = ("source_id", "name", "data")
        if self.is_empty("match_features"):
            self._db.insert("match_features", names, counted())
        else:
            self._db.upsert("match_features", names, counted(), ("source_id",))
        return count + self._forget_gone()

    def copy_singles(self, source_ids: Sequence[int], now: str) -> None:
        """Customers of source customers that are alone and have their memberships: the golden record is their row."""
        columns = ", ".join(f"s.{name}" for name in GOLDEN_COLUMNS)
        self._db.execute_in(
            "INSERT INTO customers (id, status, created_at, updated_at, first_seen_at, "
            f"{', '.join(GOLDEN_COLUMNS)}) SELECT m.customer_id, 'active', ?, ?, ?, {columns} "
            "FROM memberships m JOIN source_customers s ON s.id = m.source_id WHERE m.source_id IN ({}) "
            "ORDER BY m.customer_id",
            source_ids,
            (now, now, now),
        )

    def _forget_gone(self) -> int:
        return self._db.execute(
            "DELETE FROM match_features WHERE source_id NOT IN (SELECT id FROM source_customers)"
        )

    def put_keys(self, key: Int64, holder: Int64) -> int:
        """All block keys, in ascending order of (key, holder). Rows that are there already are not touched; how many
        were written or taken away."""
        if self.is_empty("block_keys"):
            self._insert_keys(key, holder)
            return len(key)
        changed = 0
        for start, end, low, high in _ranges(key):
            if self._checked(low, high) != _sums(key[start:end], holder[start:end]):
                changed += self._replace_keys(key[start:end], holder[start:end], low, high)
        return changed

    def _insert_keys(self, key: Int64, holder: Int64) -> None:
        self._db.insert("block_keys", ("key", "source_id"), _pairs(key, holder))

    def _checked(self, low: int, high: int) -> Row:
        return self._db.query(_CHECKED, (low, high))[0]

    def _replace_keys(self, key: Int64, holder: Int64, low: int, high: int) -> int:
        stored = set(
            self._db.query("SELECT key, source_id FROM block_keys WHERE key BETWEEN ? AND ?", (low, high))
        )
        wanted = set(zip(key.tolist(), holder.tolist(), strict=True))
        gone, new = stored - wanted, wanted - stored
        self._db.executemany("DELETE FROM block_keys WHERE key = ? AND source_id = ?", sorted(gone))
        self._db.insert("block_keys", ("key", "source_id"), sorted(new))
        return len(gone) + len(new)

    def drop_refusals(self, rows: Iterable[Params]) -> None:
        """(a, b, guard) of what is under review no more."""
        self._db.executemany(
            "DELETE FROM refusals WHERE a = ? AND b = ? AND guard = ? AND state = 'open'", rows
        )

    def put_edges(self, parts: Iterable[tuple[int, list[tuple[Any, ...]]]]) -> int:
        """All edges. parts: (first `a` of the next part, rows of the table in the order of its key); no `a` is in two
        parts. How many rows were written or taken away."""
        names = ("a", "b", "rule", "weight", "levels", "model")
        fresh, changed, low = self.is_empty("edges"), 0, -1
        for high, rows in parts:
            if not fresh:
                stored = self._db.query(
                    f"SELECT {', '.join(names)} FROM edges WHERE a >= ? AND a < ? ORDER BY a, b, rule",
                    (low, high),
                )
                if stored == rows:
                    low = high
                    continue
                kept = set(stored) & set(rows)
                gone = [row[:3] for row in stored if row not in kept]
                rows = [row for row in rows if row not in kept]
                self._db.executemany("DELETE FROM edges WHERE a = ? AND b = ? AND rule = ?", gone)
                changed += len(gone)
            self._db.insert("edges", names, rows)
            changed, low = changed + len(rows), high
        return changed


def _pairs(key: Int64, holder: Int64) -> Iterator[tuple[int, int]]:
    for start in range(0, len(key), 100_000):
        part = slice(start, start + 100_000)
        yield from zip(key[part].tolist(), holder[part].tolist(), strict=True)


def _ranges(key: Int64) -> Iterator[tuple[int, int, int, int]]:
    """Places of parts of ascending keys, and the first and the last key that lies in each part; all rows of one key
    are of one part."""
    start, low = 0, 0
    while True:
        last = key[min(start + _PART, len(key)) - 1] if len(key) else 0
        end = int(np.searchsorted(key, last, "right"))
        high = int(key[end]) - 1 if end < len(key) else _LAST
        yield start, end, low, high
        if end == len(key):
            return
        start, low = end, high + 1


def _sums(key: Int64, holder: Int64) -> Row:
    """The same as `_CHECKED`."""
    return (
        len(key),
        int((key & _LOW).sum()),
        int((key >> 32).sum()),
        int(holder.sum()),
        int(((key & 65535) * (holder & 16777215)).sum()),
    )
