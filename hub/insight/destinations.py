"""How a customer stands with each destination, and why it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.insight.lens import Lens
from hub.models import Json

#: What each state means, for people.
_REASONS = {
    "sent": "The destination holds the latest version.",
    "pending": "The latest version waits for the next push.",
    "retry": "The destination refused it for now; it is tried again.",
    "unknown": "The last try may or may not have arrived; it is looked at again.",
    "rejected": "The destination refused it.",
    "invalid": "The row does not fit the destination.",
    "deleted": "It was taken out of the destination.",
    "never": "Nothing was ever planned for it: the destination was connected later, or the customer is no more.",
}


def standings(lens: Lens, customer_id: str, destinations: Sequence[str]) -> list[dict[str, Json]]:
    """{connection, state, reason, code, message, remote_id, next_at, at} for each destination, and for every other
    connection that something was ever delivered to."""
    names = lens.store.connections.names()
    ids = {name: number for number, name in names.items()}
    waiting = _by_connection(
        lens, "SELECT connection_id, status, next_at, updated_at FROM outbox WHERE connection_id = ? "
        "AND customer_id = ? AND status IN ('pending', 'retry', 'unknown')", customer_id, names,
    )  # fmt: skip
    held = _by_connection(
        lens, "SELECT connection_id, state, remote_id, updated_at FROM push_state WHERE connection_id = ? "
        "AND customer_id = ?", customer_id, names,
    )  # fmt: skip
    tried = {
        row[0]: row
        for row in lens.store.driver.query(
            "SELECT connection_id, status, code, message, at FROM deliveries WHERE customer_id = ? ORDER BY id",
            (customer_id,),
        )
    }
    known = {ids[name]: name for name in destinations if name in ids}
    known |= {number: names[number] for number in (*waiting, *held, *tried) if number in names}
    never = [_standing(name, None, None, None) for name in destinations if name not in ids]
    return never + [
        _standing(name, waiting.get(number), held.get(number), tried.get(number))
        for number, name in sorted(known.items(), key=lambda pair: pair[1])
    ]


def _by_connection(
    lens: Lens, sql: str, customer_id: str, names: dict[int, str]
) -> dict[int, tuple[Any, ...]]:
    """One row for each connection that has one; by connection, because the indexes begin with it."""
    rows = (lens.store.driver.one(sql, (number, customer_id)) for number in names)
    return {row[0]: row for row in rows if row}


def _standing(
    name: str, waiting: tuple[Any, ...] | None, held: tuple[Any, ...] | None, tried: tuple[Any, ...] | None
) -> dict[str, Json]:
    last = tried or (None, None, None, None, None)
    refused = last[1] in ("rejected", "invalid")
    if waiting:
        state, at = waiting[1], waiting[3]
    elif refused:
        state, at = last[1], last[4]
    elif held:
        state, at = held[1], held[3]
    else:
        state, at = "never", None
    told = state in ("retry", "unknown") or (refused and not waiting)
    return {
        "connection": name,
        "state": state,
        "reason": _REASONS.get(state, ""),
        "code": last[2] if told else None,
        "message": last[3] if told else None,
        "remote_id": held[2] if held else None,
        "next_at": waiting[2] if waiting else None,
        "at": at,
    }
