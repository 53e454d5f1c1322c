"""All there is to tell about one customer: the summary, and what its sources told besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.identity import Statement, current_consents
from hub.insight.evidence import Names
from hub.insight.lens import Lens
from hub.insight.summary import summaries
from hub.models import Json, SourceKey

#: A record's key, and the member it belongs to by its natural key within the connection.
_MEMBERS = """
FROM memberships m
JOIN source_customers s ON s.id = m.source_id
JOIN {table} t ON t.connection_id = s.connection_id AND t.customer_type = s.external_type
  AND t.customer_key = s.external_id
"""

#: Interactions of a customer: those that name it, and those that it took part in.
_INTERACTIONS = f"""
SELECT t.id {_MEMBERS.format(table="interactions")} WHERE m.customer_id = ?
UNION
SELECT i.id {_MEMBERS.format(table="participants")}
JOIN interactions i ON i.connection_id = t.connection_id AND i.external_type = t.interaction_type
  AND i.external_id = t.interaction_key
WHERE m.customer_id = ?
"""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is shown of the records of an entity, and when they happened."""

    entity: str
    columns: tuple[str, ...]
    at: str


_ORDERS = _Kind(
    "order",
    (
        "order_number",
        "status",
        "financial_status",
        "currency",
        "total_amount",
        "refunded_amount",
        "placed_at",
    ),
    "placed_at",
)
_TICKETS = _Kind(
    "ticket",
    ("ticket_number", "subject", "status", "priority", "channel", "opened_at", "solved_at"),
    "opened_at",
)
_TOUCHES = _Kind("interaction", ("channel", "type", "direction", "subject", "occurred_at"), "occurred_at")
_ADDRESSES = _Kind(
    "address",
    (
        "kind", "recipient", "line1", "line2", "line3", "district", "city", "region", "postal_code", "country",
        "formatted", "is_primary",
    ),
    "external_updated_at",
)  # fmt: skip


def profile(lens: Lens, customer_id: str, latest: int = 10) -> dict[str, Json] | None:
    """A customer with everything around it; None when there is none of this id.

    The summary (`hub.insight.summary`), and addresses, consents, orders, tickets, interactions (each {count, latest}),
    aliases, history, events, deliveries. `latest`: how many of each are listed."""
    with lens.store.read():
        found = summaries(lens, [customer_id])
        if not found:
            return None
        return {
            **found[0],
            "addresses": _records(lens, _ADDRESSES, customer_id, latest)["latest"],
            "consents": consents(lens, customer_id),
            "orders": _records(lens, _ORDERS, customer_id, latest),
            "tickets": _records(lens, _TICKETS, customer_id, latest),
            "interactions": _interactions(lens, customer_id, latest),
            "aliases": aliases(lens, customer_id),
            "history": _history(lens, customer_id, latest),
            "events": _events(lens, customer_id, latest),
            "deliveries": [item._asdict() for item in lens.store.outbox.deliveries_of(customer_id, latest)],
        }


# --- what happened ------------------------------------------------------------------------------------------------


def _records(lens: Lens, kind: _Kind, customer_id: str, latest: int) -> dict[str, Json]:
    """How many records of an entity a customer's members have, and the latest of them."""
    tail = _MEMBERS.format(table=ENTITIES[kind.entity].table) + "WHERE m.customer_id = ?"
    count = lens.store.driver.one(f"SELECT count(*) {tail}", (customer_id,))
    rows = lens.store.driver.query(
        f"SELECT {_columns(kind)} {tail} ORDER BY {_when(kind)} DESC, t.id DESC LIMIT ?",
        (customer_id, latest),
    )
    return {"count": count[0] if count else 0, "latest": _shown(lens, kind, rows)}


def _interactions(lens: Lens, customer_id: str, latest: int) -> dict[str, Json]:
    twice = (customer_id, customer_id)
    count = lens.store.driver.one(f"SELECT count(*) FROM ({_INTERACTIONS}) n", twice)
    rows = lens.store.driver.query(
        f"SELECT {_columns(_TOUCHES)} FROM ({_INTERACTIONS}) n JOIN interactions t ON t.id = n.id "
        f"ORDER BY {_when(_TOUCHES)} DESC, t.id DESC LIMIT ?",
        (*twice, latest),
    )
    return {"count": count[0] if count else 0, "latest": _shown(lens, _TOUCHES, rows)}


def _columns(kind: _Kind) -> str:
    names = ("connection_id", "external_type", "external_id", "stale", *kind.columns)
    return ", ".join(f"t.{name}" for name in names)


def _when(kind: _Kind) -> str:
    return f"coalesce(t.{kind.at}, t.external_created_at, t.first_seen_at)"


def _shown(lens: Lens, kind: _Kind, rows: Sequence[Sequence[Any]]) -> list[dict[str, Json]]:
    names = lens.store.connections.names()
    return [
        {
            "connection": names[row[0]],
            "type": row[1],
            "external_id": lens.key(row[2]),
            "stale": bool(row[3]),
            **_present(lens.columns(kind.entity, dict(zip(kind.columns, row[4:], strict=True)))),
        }
        for row in rows
    ]


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


# --- consents -----------------------------------------------------------------------------------------------------


def consents(lens: Lens, customer_id: str) -> list[dict[str, Json]]:
    """The consents that hold, each with the record that proves it; where sources disagree, the more restrictive."""
    rows = lens.store.driver.query(
        "SELECT s.id, coalesce(t.identifier_value, ''), coalesce(t.purpose, t.purpose_native, 'other'), "
        "coalesce(t.channel, t.channel_native, 'any'), coalesce(t.status, 'denied'), "
        "coalesce(t.effective_from, t.captured_at, t.external_updated_at, t.first_seen_at), t.id, t.legal_basis, "
        f"t.raw_id, s.connection_id, s.external_type, s.external_id {_MEMBERS.format(table='consents')} "
        "WHERE m.customer_id = ?",
        (customer_id,),
    )
    by_id = {row[6]: row for row in rows}
    names = lens.store.connections.names()
    return [
        {
            "purpose": statement.purpose,
            "channel": statement.channel,
            "status": statement.status,
            "since": statement.at,
            "identifier": _identifier(lens, statement.identifier),
            "legal_basis": by_id[statement.id][7],
            "source": lens.source(SourceKey(names[by_id[statement.id][9]], *by_id[statement.id][10:12])),
            "raw_id": by_id[statement.id][8],
        }
        for _, statement in sorted(current_consents([Statement(*row[:7]) for row in rows]).items())
    ]


def _identifier(lens: Lens, value: str) -> str | None:
    return lens.identifier("phone" if value.startswith("+") else "email", value) if value else None


# --- what was -----------------------------------------------------------------------------------------------------


def aliases(lens: Lens, customer_id: str) -> list[str]:
    """Ids of the customers that were merged into this one, through any number of merges."""
    found: list[str] = []
    frontier = [customer_id]
    while frontier:
        rows = lens.store.driver.query_in("SELECT id FROM customers WHERE merged_into_id IN ({})", frontier)
        frontier = sorted(row[0] for row in rows if row[0] not in found)
        found += frontier
    return found


def _history(lens: Lens, customer_id: str, latest: int) -> list[dict[str, Json]]:
    """Values that were, the latest change first."""
    rows = lens.store.driver.query(
        "SELECT field, value, valid_from, valid_to, cause FROM customer_history WHERE customer_id = ? "
        "ORDER BY id DESC LIMIT ?",
        (customer_id, latest),
    )
    return [
        {
            "field": field,
            "value": lens.columns("customer", {field: value})[field],
            "valid_from": since,
            "valid_to": until,
            "cause": cause,
        }
        for field, value, since, until, cause in rows
    ]


def _events(lens: Lens, customer_id: str, latest: int) -> list[dict[str, Json]]:
    """Merges, splits and moves of this customer and of those merged into it, the latest first."""
    rows = lens.store.driver.query_in(
        "SELECT id, kind, customer_id, other_id, run_id, actor, reason, data, at FROM identity_events "
        "WHERE customer_id IN ({})",
        [customer_id, *aliases(lens, customer_id)],
    )
    shown = [(*row[:7], orjson.loads(row[7]) if row[7] else {}, row[8]) for row in sorted(rows, reverse=True)]
    names = Names.of(lens, (number for row in shown[:latest] for number in row[7].get("members", ())))
    columns = ("kind", "customer_id", "other_id", "run_id", "actor", "reason")
    return [
        {
            **dict(zip(columns, row[1:7], strict=True)),
            "records": [names[number] for number in row[7].get("members", ())],
            "at": row[8],
        }
        for row in shown[:latest]
    ]
