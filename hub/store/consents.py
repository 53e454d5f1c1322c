"""What people agreed to, as their records tell it; asked by customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.store.driver import Driver


class Said(NamedTuple):
    """One statement of consent of a customer's record."""

    customer_id: str
    source_id: int
    #: The address or number that it is about; empty for the person.
    identifier: str
    purpose: str
    channel: str
    status: str
    at: str
    id: int
    #: Whose record says so: its connection, and its id there.
    connection_id: int
    external_id: str


class Consents:
    """Questions about `consents`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def about(self, purposes: Sequence[str], customer_ids: Sequence[str]) -> list[Said]:
        """Every statement of these customers' records about some purposes, the latest and the older ones."""
        marks = ", ".join("?" * len(purposes))
        rows = self._db.query_in(
            "SELECT m.customer_id, s.id, coalesce(t.identifier_value, ''), t.purpose, coalesce(t.channel, 'any'), "
            "coalesce(t.status, 'denied'), coalesce(t.effective_from, t.captured_at, t.external_updated_at, "
            "t.first_seen_at), t.id, s.connection_id, s.external_id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
            "JOIN consents t ON t.connection_id = s.connection_id AND t.customer_type = s.external_type "
            f"AND t.customer_key = s.external_id WHERE t.purpose IN ({marks}) AND m.customer_id IN ({{}})",
            customer_ids,
            purposes,
        )
        return [Said(*row) for row in rows]

    def speakers(self, connection_id: int, type_: str, keys: Sequence[str]) -> list[str]:
        """The customers that records of a connection, of one type, are part of."""
        rows = self._db.query_in(
            "SELECT m.customer_id FROM source_customers s JOIN memberships m ON m.source_id = s.id "
            "WHERE s.connection_id = ? AND s.external_type = ? AND s.external_id IN ({})",
            keys,
            (connection_id, type_),
        )
        return [row[0] for row in rows]
