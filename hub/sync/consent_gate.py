"""The consent gate: asked at the moment of sending, because people change their minds while rows wait."""

from __future__ import annotations

from collections.abc import Sequence

from hub.identity import Statement, current_consents
from hub.store.api import Store

#: Words that are a no. Who was never asked has not said no: leave such customers out with the mapping's `when`.
_NO = ("denied", "revoked")


def refusing(store: Store, purpose: str, customer_ids: Sequence[str]) -> set[str]:
    """Which of these customers said no to the purpose, by any channel or for any of their addresses.

    Of one source the latest word counts, between sources the more restrictive."""
    if not purpose or not customer_ids:
        return set()
    said: dict[str, list[Statement]] = {}
    for row in store.consents.about(purpose, customer_ids):
        said.setdefault(row.customer_id, []).append(Statement(*row[1:]))
    return {
        customer_id
        for customer_id, statements in said.items()
        if any(one.status in _NO for one in current_consents(statements).values())
    }
