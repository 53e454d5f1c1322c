"""Canonical source records: one table per entity, derived from the declaration, asked by sets.

`derivations` has rows only for a record that several raw records tell of: what each of them said. A record with
one teller needs none: its row is what was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.canonical.schema import ENTITIES
from hub.store.columns import insert_columns
from hub.store.driver import Driver


class Known(NamedTuple):
    """A row that is there: its envelope in short."""

    id: int
    raw_id: int
    supports: int
    rank: int
    stale: int


class AddressRow(NamedTuple):
    """An address of a customer, as far as matching looks at it."""

    customer_key: str
    id: int
    type: str
    key: str
    kind: str | None
    is_primary: int | None
    line1: str | None
    city: str | None
    postal_code: str | None
    country: str | None


class Told(NamedTuple):
    """What one raw record says of a canonical record. `fields` has only what it sets."""

    raw_id: int
    rank: int
    fields: Mapping[str, Any]

    @property
    def observed_at(self) -> str:
        """When the source says that it was so; empty when it does not say."""
        return self.fields.get("external_updated_at") or ""


class Records:
    """Questions about the entity tables and `derivations`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- reading -----------------------------------------------------------------------------------------------

    def known(self, entity: str, connection_id: int, type_: str, keys: Sequence[str]) -> dict[str, Known]:
        """Rows of one external type, by external id."""
        rows = self._db.query_in(
            f"SELECT external_id, id, raw_id, supports, rank, stale FROM {ENTITIES[entity].table} "
            "WHERE connection_id = ? AND external_type = ? AND external_id IN ({})",
            keys,
            (connection_id, type_),
        )
        return {row[0]: Known(*row[1:]) for row in rows}

    def present(self, connection_id: int) -> set[str]:
        """The entities that a connection has rows of."""
        return {name for name in ENTITIES if self.has_rows(name, connection_id)}

    def has_rows(self, entity: str, connection_id: int) -> bool:
        """Whether a connection has any row of an entity."""
        sql = f"SELECT 1 FROM {ENTITIES[entity].table} WHERE connection_id = ? LIMIT 1"
        return self._db.one(sql, (connection_id,)) is not None

    def any(self, entity: str, connection_id: int, type_: str) -> bool:
        """Whether there is any row of an external type."""
        row = self._db.one(
            f"SELECT 1 FROM {ENTITIES[entity].table} WHERE connection_id = ? AND external_type = ? LIMIT 1",
            (connection_id, type_),
        )
        return row is not None

    def told_by(self, entity: str, raw_ids: Sequence[int]) -> dict[tuple[str, str], Known]:
        """Rows that these raw records tell of, alone or with others, by (type, external id).

        Asked by raw id alone: a second condition would tempt the database to another index, and through every row of
        the connection."""
        table = ENTITIES[entity].table
        columns = "t.external_type, t.external_id, t.id, t.raw_id, t.supports, t.rank, t.stale"
        rows = self._db.query_in(f"SELECT {columns} FROM {table} t WHERE t.raw_id IN ({{}})", raw_ids)
        shared = self._db.query_in("SELECT entity, row_id FROM derivations WHERE raw_id IN ({})", raw_ids)
        ids = sorted({row_id for told, row_id in shared if told == entity})
        if ids:
            rows += self._db.query_in(f"SELECT {columns} FROM {table} t WHERE t.id IN ({{}})", ids)
        return {(row[0], row[1]): Known(*row[2:]) for row in rows}

    def fields(
        self, entity: str, ids: Sequence[int], columns: Sequence[str] | None = None
    ) -> dict[int, tuple[Any, ...]]:
        """The field columns of rows, by id, in the order of `columns` (default: all of the entity)."""
        wanted = columns or ENTITIES[entity].columns
        rows = self._db.query_in(
            f"SELECT id, {', '.join(wanted)} FROM {ENTITIES[entity].table} WHERE id IN ({{}})", ids
        )
        return {row[0]: row[1:] for row in rows}

    def places(self, ids: Sequence[int]) -> dict[int, tuple[int, str, str]]:
        """(connection id, external type, external id) of source customers."""
        rows = self._db.query_in(
            "SELECT id, connection_id, external_type, external_id FROM source_customers WHERE id IN ({})", ids
        )
        return {row[0]: row[1:] for row in rows}

    def addresses_of(self, connection_id: int, type_: str, keys: Sequence[str]) -> list[AddressRow]:
        """The addresses of customers of one external type, by their external ids."""
        rows = self._db.query_in(
            "SELECT customer_key, id, external_type, external_id, kind, is_primary, line1, city, postal_code, "
            "country "
            "FROM addresses WHERE connection_id = ? AND customer_type = ? AND customer_key IN ({})",
            keys,
            (connection_id, type_),
        )
        return [AddressRow(*row) for row in rows]

    def derivations(self, entity: str, ids: Sequence[int]) -> dict[int, list[Told]]:
        """What each raw record said of these rows."""
        found: dict[int, list[Told]] = {}
        for row_id, raw_id, rank, fields in self._db.query_in(
            f"SELECT row_id, raw_id, rank, fields FROM derivations WHERE entity = '{entity}' AND row_id IN ({{}})",
            ids,
        ):
            found.setdefault(row_id, []).append(Told(raw_id, rank, orjson.loads(fields)))
        return found

    def count(self, entity: str, connection_id: int) -> int:
        """How many rows a connection has."""
        row = self._db.one(
            f"SELECT count(*) FROM {ENTITIES[entity].table} WHERE connection_id = ?", (connection_id,)
        )
        return int(row[0]) if row else 0

    def total(self, entity: str) -> int:
        """How many rows there are of an entity."""
        row = self._db.one(f"SELECT count(*) FROM {ENTITIES[entity].table}")
        return int(row[0]) if row else 0

    # --- writing (inside the caller's `write()`) -----------------------------------------------------------------

    def insert(
        self, entity: str, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any], count: int
    ) -> None:
        """New rows, as columns."""
        insert_columns(self._db, ENTITIES[entity].table, columns, same, count)

    def update(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        """Changed rows: (raw_id, supports, rank, mapping_version, changed_at, *fields, id)."""
        sets = "".join(f", {name} = ?" for name in ENTITIES[entity].columns)
        self._update(entity, f"changed_at = ?{sets}", rows)

    def touch(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        """Rows whose values stay and whose tellers changed: (raw_id, supports, rank, mapping_version, id)."""
        self._update(entity, "", rows)

    def _update(self, entity: str, more: str, rows: Iterable[Sequence[Any]]) -> None:
        """more: further assignments, whose values stand before the id."""
        table, every = ENTITIES[entity].table, list(rows)
        sets = ", ".join(
            ("supports = ?", "rank = ?", "mapping_version = ?", "stale = 0", *filter(None, [more]))
        )
        self._db.executemany(f"UPDATE {table} SET {sets} WHERE id = ?", (row[1:] for row in every))
        # Set apart: naming an indexed column rewrites its index, even where the value stays.
        self._db.executemany(
            f"UPDATE {table} SET raw_id = ? WHERE id = ? AND raw_id <> ?",
            ((row[0], row[-1], row[0]) for row in every),
        )

    def mark_stale(self, entity: str, raw_ids: Sequence[int]) -> int:
        """Rows of raw records that are rejected now: they keep their last good values."""
        return self._db.execute_in(
            f"UPDATE {ENTITIES[entity].table} SET stale = 1 WHERE raw_id IN ({{}})", raw_ids
        )

    def delete(self, entity: str, ids: Sequence[int]) -> None:
        """Rows whose last teller is gone."""
        self._db.execute_in(f"DELETE FROM {ENTITIES[entity].table} WHERE id IN ({{}})", ids)
        self._db.execute_in(f"DELETE FROM derivations WHERE entity = '{entity}' AND row_id IN ({{}})", ids)

    def put_derivations(self, entity: str, told: Iterable[tuple[int, Told]]) -> None:
        """What raw records say of rows: (row id, told)."""
        self._db.upsert(
            "derivations",
            ("entity", "row_id", "raw_id", "rank", "observed_at", "fields"),
            [
                (
                    entity,
                    row_id,
                    item.raw_id,
                    item.rank,
                    item.observed_at,
                    orjson.dumps(dict(item.fields)).decode(),
                )
                for row_id, item in told
            ],
            ("entity", "row_id", "raw_id"),
        )

    def drop_derivations(self, entity: str, pairs: Iterable[tuple[int, int]]) -> None:
        """Takes back what raw records said: (row id, raw id)."""
        self._db.executemany(
            f"DELETE FROM derivations WHERE entity = '{entity}' AND row_id = ? AND raw_id = ?", pairs
        )
