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


class Consents:
    """Questions about `consents`."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    def about(self, purpose: str, customer_ids: Sequence[str]) -> list[Said]:
        """Every statement of these customers' records about one purpose, the latest and the older ones."""
        rows = self._db.query_in(
            "SELECT m.customer_id, s.id, coalesce(t.identifier_value, ''), t.purpose, coalesce(t.channel, 'any'), "
            "coalesce(t.status, 'denied'), coalesce(t.effective_from, t.captured_at, t.external_updated_at, "
            "t.first_seen_at), t.id FROM memberships m JOIN source_customers s ON s.id = m.source_id "
            "JOIN consents t ON t.connection_id = s.connection_id AND t.customer_type = s.external_type "
            "AND t.customer_key = s.external_id WHERE t.purpose = ? AND m.customer_id IN ({})",
            customer_ids,
            (purpose,),
        )
        return [Said(*row) for row in rows]
