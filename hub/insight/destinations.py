"""How a customer stands with each destination, and why it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.insight.lens import Lens
from hub.models import Json, RunKind
from hub.store.outbox import NORMAL

#: What each state means, for people.
_REASONS = {
    "sent": "The destination holds the latest version.",
    "pending": "The latest version waits for the next push.",
    "retry": "It waits for its time: the destination refused it for now, or keeps what somebody edited there.",
    "unknown": "The last try may or may not have arrived; it is looked at again.",
    "rejected": "The destination refused it.",
    "invalid": "The row does not fit the destination.",
    "deleted": "It was taken out of the destination.",
    "left": "The customer is no more; its record stays in the destination.",
    "gone": "Somebody deleted its record in the destination.",
    "unlinked": "Its record was deleted in the destination or unlinked by a person, and none is made.",
    "ambiguous": "Several records in the destination fit it: `hub push match` links one.",
    "conflict": "Its record in the destination fits another customer too: `hub push match` says whose it is.",
    "never": "Nothing was ever planned for it: the destination was connected later, or the customer is no more.",
}
#: Of a pending delivery that tells of a person's no.
_FIRST = "The person said no: the destination is told so by the next push, before what else changed."
_WAITING = ("pending", "retry", "unknown", "rejected", "invalid")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store has of a customer and one object of a destination."""

    open: tuple[Any, ...] | None = None
    held: tuple[Any, ...] | None = None
    tried: tuple[Any, ...] | None = None


def standings(lens: Lens, customer_id: str, destinations: Sequence[str]) -> list[dict[str, Json]]:
    """{connection, object, state, reason, held_by, frozen, code, message, remote_id, next_at, at} for each destination,
    and for every other connection that something was ever delivered to. held_by: what keeps a waiting row back; frozen:
    fields that are not sent any more, with the reason."""
    names = lens.store.connections.names()
    ids = {name: number for number, name in names.items()}
    known = _known(lens, customer_id, names)
    there = {number for number, _ in known}
    missing = [
        (ids.get(name, -1), "", name) for name in destinations if name not in ids or ids[name] not in there
    ]
    found = [(number, object_, names[number]) for number, object_ in known]
    return [
        _standing(lens, customer_id, number, object_, name, known.get((number, object_), _Known()))
        for number, object_, name in sorted([*missing, *found], key=lambda one: (one[2], one[1]))
    ]


def _known(lens: Lens, customer_id: str, names: dict[int, str]) -> dict[tuple[int, str], _Known]:
    """By connection and object. One connection after the other, because the indexes begin with it."""
    query = lens.store.driver.query
    places = ", ".join(f"'{status}'" for status in _WAITING)
    rows = {
        "open": "SELECT object, status, next_at, updated_at, priority FROM outbox WHERE connection_id = ? AND customer_id = ? "
        f"AND status IN ({places})",
        "held": "SELECT object, state, remote_id, updated_at FROM push_state WHERE connection_id = ? AND customer_id = ?",
    }
    found: dict[tuple[int, str], dict[str, tuple[Any, ...]]] = {}
    for number in names:
        for what, sql in rows.items():
            for object_, *rest in query(sql, (number, customer_id)):
                found.setdefault((number, object_), {})[what] = tuple(rest)
    tried = "SELECT connection_id, object, status, code, message, at FROM deliveries WHERE customer_id = ? ORDER BY id"
    for number, object_, *rest in query(tried, (customer_id,)):
        if number in names:
            found.setdefault((number, object_), {})["tried"] = tuple(rest)
    return {place: _Known(**parts) for place, parts in found.items()}


def _standing(
    lens: Lens, customer_id: str, number: int, object_: str, name: str, known: _Known
) -> dict[str, Json]:
    status, code, message, tried_at = known.tried or (None, None, None, None)
    refused = status in ("rejected", "invalid") and not known.open
    if known.open:
        state, at = known.open[0], known.open[2]
    elif refused and not (known.held and known.held[0] in ("gone", "unlinked")):
        state, at = status, tried_at
    elif known.held:
        state, at = known.held[0], known.held[2]
    else:
        state, at = "never", None
    told = state in ("retry", "unknown", "rejected", "invalid")
    waits = bool(known.open)
    return {
        "connection": name,
        "object": object_ or None,
        "state": state,
        "reason": _reason(str(state), known),
        "held_by": _held_by(lens, number, object_) if waits else None,
        "frozen": _frozen(lens, number, object_, customer_id),
        "code": code if told else None,
        "message": message if told else None,
        "remote_id": known.held[1] if known.held else None,
        "next_at": known.open[1] if known.open else None,
        "at": at,
    }


def _reason(state: str, known: _Known) -> str:
    if state == "pending" and known.open and known.open[3] < NORMAL:
        return _FIRST
    return _REASONS.get(state, "")


def _held_by(lens: Lens, number: int, object_: str) -> str | None:
    """A pause, or what ended the last push early."""
    for pause in lens.store.push_control.pauses(number):
        if pause.object in ("", object_):
            return f"paused by {pause.actor}: {pause.reason}"
    last = lens.store.runs.latest(number, RunKind.PUSH)
    if last is None or not last.error:
        return None
    return f"the last push ended with {last.error['code']}: {last.error['message']}"


def _frozen(lens: Lens, number: int, object_: str, customer_id: str) -> list[Json]:
    rows = lens.store.driver.query(
        "SELECT field, reason FROM push_frozen WHERE connection_id = ? AND object = ? AND customer_id = ? ORDER BY field",
        (number, object_, customer_id),
    )
    return [{"field": field, "reason": reason} for field, reason in rows]
