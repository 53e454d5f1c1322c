"""Deals of the sources as records of destinations: whose they are, and the keys by which destinations know them.

A deal has no golden record. What a destination is told of it is keyed by an id that follows from where it was read
(`record_key`), in the column that holds a customer's id of other records. `push_records` tells which deal a key is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from hub.canonical.schema import ENTITIES
from hub.store.driver import Driver

DEAL = "deal"
_SPACE = UUID("5b6a7e0c-6a55-4c1e-9d5e-0f6f2f6d3b11")
DEAL_COLUMNS = ENTITIES[DEAL].columns
_FIELDS = ", ".join(f"d.{name}" for name in DEAL_COLUMNS)
#: The source customer that a deal names by a reference, and whose record that is.
_PARTY = (
    "LEFT JOIN source_customers {s} ON {s}.connection_id = d.connection_id AND {s}.external_type = d.{ref}_type "
    "AND {s}.external_id = d.{ref}_key LEFT JOIN memberships m{s} ON m{s}.source_id = {s}.id "
    "LEFT JOIN customers {ref} ON {ref}.id = m{s}.customer_id AND {ref}.status = 'active'"
)
_DEAL = (
    f"SELECT d.id, d.connection_id, n.name, d.external_type, d.external_id, customer.id, customer.kind, organization.id, {_FIELDS} "
    f"FROM deals d JOIN connections n ON n.id = d.connection_id {_PARTY.format(s='s', ref='customer')} "
    f"{_PARTY.format(s='o', ref='organization')} AND organization.kind = 'organization'"
)
_OF_KEYS = (
    " JOIN push_records r ON r.connection_id = d.connection_id AND r.external_type = d.external_type "
    "AND r.external_id = d.external_id WHERE r.entity = 'deal' AND r.key IN ({})"
)


class Deal(NamedTuple):
    """A deal as a source tells of it, and the living customers that it names."""

    id: int
    connection_id: int
    connection: str
    external_type: str
    external_id: str
    #: Whose deal it is; None where no such customer is known.
    customer_id: str | None
    customer_kind: str | None
    #: The company that the source names beside the customer.
    organization_id: str | None
    #: In the order of the entity's columns.
    fields: tuple[Any, ...]

    @property
    def key(self) -> str:
        """By which destinations know it."""
        return record_key(self.connection, self.external_type, self.external_id)

    @property
    def owner_id(self) -> str | None:
        """Who is asked whether it may be told of."""
        return self.customer_id or self.organization_id


def record_key(connection: str, type_: str, external_id: str) -> str:
    """The id of a deal: the same for the same deal of a source, always, and nothing can be read from it."""
    return str(uuid5(_SPACE, "\x1f".join((DEAL, connection, type_, external_id))))


class Deals:
    """Questions about deals, and about `push_records`. Asked by sets."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def by_id(self, ids: Sequence[int]) -> list[Deal]:
        """Deals by their rows' ids."""
        return [_deal(row) for row in self._db.query_in(f"{_DEAL} WHERE d.id IN ({{}})", ids)]

    def by_key(self, keys: Sequence[str]) -> list[Deal]:
        """Deals by the keys that destinations know them by; those that are no more are missing."""
        return [_deal(row) for row in self._db.query_in(_DEAL + _OF_KEYS, keys)]

    def owners(self, keys: Sequence[str]) -> dict[str, str]:
        """Key -> who is asked whether that deal may be told of."""
        return {one.key: one.owner_id for one in self.by_key(keys) if one.owner_id}

    def of_customers(self, customer_ids: Sequence[str]) -> list[int]:
        """Ids of the deals that name one of these customers, or such a company."""
        found: set[int] = set()
        for ref in ("customer", "organization"):
            rows = self._db.query_in(
                "SELECT d.id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
                f"JOIN deals d ON d.connection_id = s.connection_id AND d.{ref}_type = s.external_type "
                f"AND d.{ref}_key = s.external_id WHERE m.customer_id IN ({{}})",
                customer_ids,
            )
            found.update(row[0] for row in rows)
        return sorted(found)

    def after(self, deal_id: int, limit: int) -> list[int]:
        """The next ids above one, in their order."""
        rows = self._db.query("SELECT id FROM deals WHERE id > ? ORDER BY id LIMIT ?", (deal_id, limit))
        return [row[0] for row in rows]

    def keys(self, ids: Iterable[int]) -> list[str]:
        """The keys of deals by their rows' ids."""
        rows = self._db.query_in(
            "SELECT n.name, d.external_type, d.external_id FROM deals d JOIN connections n ON n.id = d.connection_id "
            "WHERE d.id IN ({})",
            ids,
        )
        return [record_key(*row) for row in rows]

    def copies(self, deals: Sequence[Deal]) -> set[str]:
        """Keys of those that we made ourselves where they were read: each is told of as the deal that it is a copy of."""
        by_connection: dict[int, dict[str, str]] = {}
        for one in deals:
            by_connection.setdefault(one.connection_id, {})[one.external_id] = one.key
        return {
            keys[remote_id]
            for connection_id, keys in by_connection.items()
            for object_ in self._objects(connection_id)
            for remote_id in self._ours(connection_id, object_, list(keys))
        }

    def _objects(self, connection_id: int) -> list[str]:
        rows = self._db.query(
            "SELECT DISTINCT object FROM push_state WHERE connection_id = ? AND remote_id IS NOT NULL",
            (connection_id,),
        )
        return [row[0] for row in rows]

    def _ours(self, connection_id: int, object_: str, remote_ids: Sequence[str]) -> list[str]:
        rows = self._db.query_in(
            "SELECT p.remote_id FROM push_state p JOIN push_records r ON r.key = p.customer_id "
            "WHERE p.connection_id = ? AND p.object = ? AND p.remote_id IN ({})",
            remote_ids,
            (connection_id, object_),
        )
        return [row[0] for row in rows]

    # --- writing (inside the caller's `write()`) -----------------------------------------------------------------

    def know(self, deals: Iterable[Deal]) -> None:
        """Which deals these keys are of."""
        names = ("key", "entity", "connection_id", "external_type", "external_id")
        rows = [(one.key, DEAL, one.connection_id, one.external_type, one.external_id) for one in deals]
        self._db.upsert("push_records", names, rows, names[:1], ())

    def forget(self, keys: Sequence[str]) -> None:
        """Nobody can tell any more which deals these were."""
        self._db.execute_in("UPDATE push_records SET external_id = '' WHERE key IN ({})", keys)


def _deal(row: Sequence[Any]) -> Deal:
    id_, connection_id, connection, type_, external_id, customer_id, kind, organization_id, *fields = row
    return Deal(
        id_, connection_id, connection, type_, external_id, customer_id, kind, organization_id, tuple(fields)
    )
