"""Planning deliveries: golden changes into destination-shaped rows, only where the destination holds something else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.mapping.mapping import Mapping as CompiledMapping
from hub.store.api import Store
from hub.store.identity import GOLDEN_COLUMNS
from hub.store.outbox import Planned

#: The object of a mapping's `out:` block that customers are rendered with.
CUSTOMERS = "customers"
#: Customers that a catch-up plans in one transaction.
_CATCH_UP = 5000


@dataclass(frozen=True, slots=True)
class Destination:
    """A connection that customers are pushed to."""

    connection_id: int
    name: str
    mapping: CompiledMapping


@dataclass(frozen=True, slots=True)
class Plan:
    """Deliveries to plan, and waiting ones to take back, for one destination."""

    destination: Destination
    rows: Sequence[Planned]
    cancelled: Sequence[str]


def plan(
    store: Store,
    destination: Destination,
    golden: Mapping[str, Mapping[str, Any]],
    retired: Sequence[str],
) -> Plan:
    """What to deliver. golden: changed customers as `golden_document` makes them; retired: customers no longer there."""
    ids = [*golden, *retired]
    states = store.outbox.states(destination.connection_id, ids)
    waiting = store.outbox.waiting(destination.connection_id, ids)
    rows: list[Planned] = []
    cancelled: list[str] = []
    rendered = destination.mapping.render(CUSTOMERS, list(golden.values())) if golden else []
    for customer_id, fields in zip(golden, rendered, strict=True):
        # Digested in one order, kept in the mapping's: a file's columns come as they were written there.
        digest = hashlib.blake2b(
            orjson.dumps(fields, option=orjson.OPT_SORT_KEYS), digest_size=16
        ).hexdigest()
        state = states.get(customer_id)
        if state and state.sent_hash == digest and state.state == "sent":
            if customer_id in waiting:
                cancelled.append(customer_id)
        else:
            rows.append(Planned(customer_id, "upsert", orjson.dumps(fields).decode(), digest))
    for customer_id in retired:
        state = states.get(customer_id)
        if state and state.state == "sent":
            rows.append(Planned(customer_id, "delete", "{}", "deleted"))
        elif customer_id in waiting:
            cancelled.append(customer_id)
    return Plan(destination, rows, cancelled)


def plan_changes(
    store: Store,
    destinations: Sequence[Destination],
    changed: Sequence[str],
    retired: Sequence[str],
    now: str,
) -> None:
    """Plans what changed customers mean for every destination, inside the caller's `write()`."""
    if not destinations or not (changed or retired):
        return
    golden = {id_: golden_document(id_, fields) for id_, fields in store.identity.golden(changed).items()}
    save(store, [plan(store, destination, golden, retired) for destination in destinations], now)


def catch_up(store: Store, destination: Destination, now: str) -> int:
    """Plans every customer for a destination that is new, whose mapping has changed, or that missed changes while it
    could not be used. How many customers were looked at; what it holds already is not planned."""
    if store.outbox.planned_with(destination.connection_id) == destination.mapping.out_hash:
        return 0
    after, seen = "", 0
    while ids := store.identity.active_ids(after, _CATCH_UP):
        with store.write():
            plan_changes(store, [destination], ids, [], now)
        after, seen = ids[-1], seen + len(ids)
    store.outbox.set_planned_with(destination.connection_id, destination.mapping.out_hash)
    return seen


def save(store: Store, plans: Sequence[Plan], now: str) -> None:
    """Writes plans, inside the caller's `write()`."""
    for item in plans:
        if item.cancelled:
            store.outbox.cancel(item.destination.connection_id, item.cancelled, now)
        if item.rows:
            store.outbox.plan(item.destination.connection_id, item.rows, now)


def golden_document(customer_id: str, fields: Sequence[Any]) -> dict[str, Any]:
    """A customer as a mapping's `out:` block sees it: `$.customer_id` and the golden fields."""
    document = dict(zip(GOLDEN_COLUMNS, fields, strict=True))
    document["customer_id"] = customer_id
    if document.get("tags"):
        document["tags"] = orjson.loads(document["tags"])
    return document
