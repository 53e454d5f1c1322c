"""Erasing a person: out of the store in one transaction, and a line for every system that held something of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from hub.canonical.time import now_text
from hub.errors import StoreError
from hub.privacy import erase, leftovers
from hub.privacy.person import Person, find
from hub.store.api import Store
from hub.sync import outbox
from hub.sync.lane import LANE, LANE_WAIT
from hub.sync.outbox import Destination

#: States of a record at a destination of which something is there to delete.
_THERE = ("sent", "left")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took, or would take. id: None where it was only tried."""

    id: int | None
    customer_id: str
    #: records: source customers; rows: of other entities; kept: books without the person; raw, redacted: raw records.
    counts: Mapping[str, int]


class _RollBackError(Exception):
    """Leaves a transaction without a trace."""


def erase_customer(
    store: Store,
    destinations: Sequence[Destination],
    customer_id: str,
    *,
    actor: str,
    reason: str,
    dry_run: bool = False,
) -> Erased:
    """Erases a customer, with all that was merged into it. Raises Locked while something is read or sent elsewhere,
    StoreError HUB-7070 when it is done and old copies of pages could not be cut off yet."""
    done: list[Erased] = []
    names = (LANE, *sorted(f"push:{item.name}" for item in destinations))
    with ExitStack() as held:
        leases = [held.enter_context(store.leases.held(name, "an erasure", wait=LANE_WAIT)) for name in names]
        try:
            with store.write():
                for lease in leases:
                    store.leases.check(lease)
                done.append(_erase(store, destinations, customer_id, actor, reason))
                if dry_run:
                    raise _RollBackError
        except _RollBackError:
            return Erased(None, customer_id, done[0].counts)
    if not store.driver.empty_log():
        raise StoreError(
            "HUB-7070",
            "the person is erased; another process still reads, so that old pages are left in the store's log",
            hint="End what reads the store; the log is emptied by the next `hub customers erasures`.",
        )
    return done[0]


def _erase(
    store: Store, destinations: Sequence[Destination], customer_id: str, actor: str, reason: str
) -> Erased:
    person = find(store, customer_id)
    hashes = erase.hashes(store, person)
    there = _there(store, person)
    in_doubt = _in_doubt(store, person)
    counts = erase.take_out(store, person)
    now = now_text()
    outbox.plan_changes(store, destinations, leftovers.settle_others(store, person), [], now)
    id_ = store.erasures.add(customer_id, actor, reason, counts, now)
    store.erasures.bury(id_, hashes)
    _ask(store, destinations, id_, there, in_doubt, person, now)
    return Erased(id_, customer_id, counts)


def _there(store: Store, person: Person) -> list[tuple[int, str, str]]:
    """(connection id, object, customer id or key of a deal) of records that we made or linked at destinations."""
    rows = store.driver.query_in(
        "SELECT connection_id, object, customer_id, state FROM push_state WHERE customer_id IN ({})",
        person.pushed_as,
    )
    return [row[:3] for row in rows if row[3] in _THERE]


def _in_doubt(store: Store, person: Person) -> set[tuple[int, str]]:
    """(connection id, object) where something may have arrived of which nobody knows the id."""
    rows = store.driver.query_in(
        "SELECT connection_id, object, op FROM outbox WHERE trying IS NOT NULL AND customer_id IN ({})",
        person.pushed_as,
    )
    return {row[:2] for row in rows}


def _ask(
    store: Store,
    destinations: Sequence[Destination],
    erasure_id: int,
    there: Sequence[tuple[int, str, str]],
    in_doubt: set[tuple[int, str]],
    person: Person,
    now: str,
) -> None:
    """A line for each object of each destination, and for each other system that told of the person."""
    for connection_id, object_, customer_id in there:
        store.erasures.ask(erasure_id, connection_id, object_, customer_id, now)
    asked = {place[:2] for place in there}
    for item in destinations:
        for object_ in item.objects:
            if (item.connection_id, object_) not in asked:
                state = "manual" if (item.connection_id, object_) in in_doubt else "absent"
                store.erasures.note(erasure_id, item.connection_id, object_, state)
    told = {place[0] for place in person.sources.values()}
    for connection_id in sorted(told - {place[0] for place in asked}):
        store.erasures.note(erasure_id, connection_id, "", "manual")
