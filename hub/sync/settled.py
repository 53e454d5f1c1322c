"""A person's word where both sides changed a field: told as what both had agreed on before one of them changed it."""

from __future__ import annotations

from collections.abc import Sequence

from hub.canonical.time import now_text
from hub.errors import NotFound
from hub.store.api import Store
from hub.store.outbox import OutboxRow
from hub.sync import wanted


def settled(
    store: Store, connection_ids: Sequence[int], object_: str, customer_id: str, field: str, take: str
) -> int:
    """Settles a field of a customer's records at destinations; of how many. object_: empty for any; take: ours or theirs.

    As if both had last agreed on their value, so that only we changed it; or on ours, so that only they did. Raises NotFound
    HUB-7058 where no delivery waits whose record there has the field."""
    count = 0
    with store.write():
        for number in connection_ids:
            rows = store.outbox.find(connection_id=number, statuses=_WAITING, customer_id=customer_id)
            for row in rows:
                if object_ in ("", row.object):
                    count += _settle(store, number, row, field, take)
    if not count:
        problem = f"nothing of the customer waits for a word on {field}"
        raise NotFound("HUB-7058", problem, hint="`hub why KEY` tells what waits, and why.")
    return count


def _settle(store: Store, connection_id: int, row: OutboxRow, field: str, take: str) -> bool:
    place, now = (connection_id, row.object), now_text()
    state = store.outbox.states(*place, [row.customer_id]).get(row.customer_id)
    content = store.outbox.content(row.id)
    there = wanted.parsed(state.remote_fields if state else None) or {}
    ours = wanted.parsed(content.fields if content else None) or {}
    if state is None or field not in there or field not in ours:
        return False
    agreed = there[field] if take == "ours" else ours[field]
    sent = {**(wanted.parsed(state.sent_fields) or {}), field: agreed}
    store.outbox.holds([(*place, *state._replace(sent_fields=wanted.text(sent)), now)])
    store.outbox.reopen(*place, [row.customer_id], now)
    return True


_WAITING = ("pending", "retry", "rejected")
