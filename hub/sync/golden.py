"""Golden records of customers, held against those that are stored: what is to be written, and what was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hub.identity import IdentityPolicy, Members, survive
from hub.identity.decisions import Pin
from hub.store.api import Store
from hub.store.identity import GOLDEN_COLUMNS
from hub.sync.fresh import Fresh

_MEMBER_COLUMNS = (*GOLDEN_COLUMNS, "external_updated_at", "external_created_at")

#: (customer, column, value that was)
History = tuple[str, str, Any]
#: Source customer -> field -> pin.
Pins = Mapping[str, Mapping[str, Pin]]


class Golden(NamedTuple):
    """A golden record to write."""

    customer_id: str
    members: int
    fields: tuple[Any, ...]


class Made(NamedTuple):
    """Golden records that are new or not as they are stored, and the values that go."""

    written: list[Golden]
    history: list[History]


def golden_records(
    store: Store,
    policy: IdentityPolicy,
    pins: Pins,
    groups: Mapping[str, Sequence[int]],
    fresh: Fresh,
    names: Callable[[Sequence[int]], Sequence[str]],
) -> Made:
    """The golden records of customers. groups: customer -> members, at least one customer.

    fresh: source customers as they will be, where the store does not have them so yet. names: source customers ->
    their stable names, `str(SourceKey)`."""
    ids = list(groups)
    golden = survive(_members(store, pins, groups, fresh, names), policy)
    rows = list(zip(*(golden[name] for name in GOLDEN_COLUMNS), strict=True))
    stored = store.identity.golden(ids)
    known = store.identity.customers(ids)
    made = Made([], [])
    for customer_id, fields in zip(ids, rows, strict=True):
        was, count = stored.get(customer_id), len(groups[customer_id])
        living = customer_id in known and known[customer_id].status != "merged"
        if was == fields and living and known[customer_id].members == count:
            continue
        made.written.append(Golden(customer_id, count, fields))
        if was is not None and living:
            made.history.extend(
                (customer_id, name, old)
                for name, old, new in zip(GOLDEN_COLUMNS, was, fields, strict=True)
                if old is not None and old != new
            )
    return made


def _members(
    store: Store,
    pins: Pins,
    groups: Mapping[str, Sequence[int]],
    fresh: Fresh,
    names: Callable[[Sequence[int]], Sequence[str]],
) -> Members:
    ids = [source for members in groups.values() for source in members]
    cluster = [n for n, members in enumerate(groups.values()) for _ in members]
    stored = store.records.fields("customer", [id_ for id_ in ids if not fresh.has(id_)], _MEMBER_COLUMNS)
    stored |= fresh.fields(ids, _MEMBER_COLUMNS)
    rows = [stored[id_] for id_ in ids]
    columns = {name: [row[n] for row in rows] for n, name in enumerate(_MEMBER_COLUMNS)}
    keys = names(ids)
    connections = [key.partition("/")[0] for key in keys]
    return Members(cluster, len(groups), ids, keys, connections, columns, pins)
