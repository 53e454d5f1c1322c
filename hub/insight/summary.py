"""Customers as one line each: golden fields, identifiers, sources. Asked by sets, for a page of customers at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from hub.canonical.schema import GOLDEN_FIELDS
from hub.insight.lens import Lens
from hub.models import Json, SourceKey
from hub.store.identity import GOLDEN_COLUMNS

_LISTS = frozenset(field.name for field in GOLDEN_FIELDS if field.type == "json")

_SOURCES = """
SELECT m.customer_id, s.id, c.name, st.name, s.external_type, s.external_id, s.external_url, s.first_seen_at,
       s.changed_at, s.stale, m.rule, m.linked_at
FROM memberships m
JOIN source_customers s ON s.id = m.source_id
JOIN connections c ON c.id = s.connection_id
LEFT JOIN raw_records r ON r.id = s.raw_id
LEFT JOIN streams st ON st.id = r.stream_id
WHERE m.customer_id IN ({})
"""

_IDENTIFIERS = """
SELECT m.customer_id, i.type, i.issuer, i.value, i.shown, i.label, i.is_primary, i.verified, i.source_id
FROM memberships m
JOIN identifiers i ON i.source_id = m.source_id
WHERE m.customer_id IN ({})
"""


def summaries(lens: Lens, customer_ids: Sequence[str]) -> list[dict[str, Json]]:
    """The documented shape of `hub customers find --json`, in the order of the ids given.

    {customer_id, status, fields, identifiers: [{type, issuer, value, primary, verified, blocked, sources}],
     sources: [{key, connection, stream, type, external_id, …}]}; `fields` has those with a value."""
    identity = lens.store.identity
    golden = identity.golden(customer_ids)
    rows = identity.customers(customer_ids)
    sources = sources_of(lens, customer_ids)
    identifiers = _identifiers_of(lens, customer_ids, sources, golden)
    return [
        {
            "customer_id": id_,
            "status": rows[id_].status,
            "fields": fields(lens, golden[id_]),
            "identifiers": identifiers.get(id_, []),
            "sources": [without_number(source) for source in sources.get(id_, [])],
        }
        for id_ in customer_ids
        if id_ in rows
    ]


def fields(lens: Lens, golden: Sequence[Any]) -> dict[str, Json]:
    """Golden fields that have a value; lists as lists."""
    shown = lens.columns("customer", dict(zip(GOLDEN_COLUMNS, golden, strict=True)))
    return {name: parsed(name, value) for name, value in shown.items() if value is not None}


def parsed(field: str, value: Any) -> Json:
    """The value of a golden field as JSON: those of lists are kept as text."""
    return orjson.loads(value) if field in _LISTS and isinstance(value, str) else value


def sources_of(lens: Lens, customer_ids: Sequence[str]) -> dict[str, list[dict[str, Json]]]:
    """The source customers behind each customer, the longest known first; `number` is their row's."""
    found: dict[str, list[dict[str, Json]]] = {}
    rows = lens.store.driver.query_in(_SOURCES, customer_ids)
    for row in sorted(rows, key=lambda row: (row[7], row[1])):
        id_, number, connection, stream, type_, external_id, url, first_seen, changed, stale, rule, linked = (
            row
        )
        found.setdefault(id_, []).append(
            {
                "number": number,
                "key": lens.source(SourceKey(connection, type_, external_id)),
                "connection": connection,
                "stream": stream,
                "type": type_,
                "external_id": lens.key(external_id),
                "url": None if lens.masked else url,
                "first_seen": first_seen,
                "changed": changed,
                "stale": bool(stale),
                "linked_by": rule,
                "linked_at": linked,
            }
        )
    return found


def _identifiers_of(
    lens: Lens,
    customer_ids: Sequence[str],
    sources: dict[str, list[dict[str, Json]]],
    golden: dict[str, tuple[Any, ...]],
) -> dict[str, list[dict[str, Json]]]:
    """Each identifier once, with the source customers that have it; the most trusted types first."""
    names = {source["number"]: source["key"] for listed in sources.values() for source in listed}
    mains = {id_: dict(zip(GOLDEN_COLUMNS, values, strict=True)) for id_, values in golden.items()}
    found: dict[tuple[str, str, str, str], dict[str, Json]] = {}
    rows = lens.store.driver.query_in(_IDENTIFIERS, customer_ids)
    for id_, type_, issuer, value, shown, label, primary, verified, number in sorted(rows, key=_place):
        item = found.get((id_, type_, issuer, value))
        if item is None:
            main = mains[id_].get(type_)
            item = found[id_, type_, issuer, value] = {
                "type": type_,
                "issuer": issuer,
                "value": lens.identifier(type_, value),
                "shown": None if shown is None else lens.identifier(type_, shown),
                "label": label,
                "primary": value == main if main else bool(primary),
                "verified": False,
                "blocked": lens.policy.blocked(type_, value) or None,
                "sources": [],
            }
        item["verified"] = item["verified"] or bool(verified)
        item["sources"].append(names[number])
    listed: dict[str, list[dict[str, Json]]] = {}
    for (id_, *_), item in found.items():
        listed.setdefault(id_, []).append(item)
    for items in listed.values():
        items.sort(key=lambda item: (lens.policy.rank(item["type"]), item["type"], not item["primary"]))
    return listed


def _place(row: Sequence[Any]) -> tuple[Any, ...]:
    """An order that does not depend on the database's."""
    return row[0], row[1], row[2], row[3], row[8]


def without_number(source: dict[str, Json]) -> dict[str, Json]:
    """A source customer as programs see it: the number of a row does not survive a rebuild."""
    return {name: value for name, value in source.items() if name != "number"}
