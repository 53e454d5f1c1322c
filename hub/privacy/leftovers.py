"""What of an erased person stands where nobody would look: in what was made of others' records, in people's remarks, in
how common names are.

Everything happens inside the caller's `write()`, under the lease of the lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from hub.canonical.schema import GOLDEN_FIELDS
from hub.identity.folding import fold_person
from hub.identity.scoring import whole_name
from hub.privacy.person import Person
from hub.privacy.redact import Redaction
from hub.store.api import Store

#: Texts that people or vendors wrote, by table: its key, and the columns.
_REMARKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "runs": ("id", ("error",)),
    "run_events": ("id", ("message", "data")),
    "deliveries": ("id", ("message",)),
    "decisions": ("id", ("value", "reason")),
    "identity_events": ("id", ("reason", "data")),
    "refusals": ("rowid", ("detail",)),
    "push_pauses": ("rowid", ("reason",)),
    "streams": ("id", ("fields",)),
    "alerts": ("rowid", ("message", "detail")),
    "alert_notices": ("id", ("body", "error")),
}
_GOLDEN = tuple(part for one in GOLDEN_FIELDS for part, kind in one.columns() if kind == "TEXT")
_NAMES = ("given_name", "family_name", "full_name", "kind")


def names_of(store: Store, person: Person) -> set[tuple[str, str]]:
    """(given name, family name) of their records, folded as they are compared."""
    rows = store.records.fields("customer", list(person.sources), _NAMES).values()
    folded = [fold_person(*row) for row in rows]
    return {(one.given, one.family) for one in folded if one.given or one.family}


def forget_names(store: Store, names: Iterable[tuple[str, str]]) -> None:
    """Takes names that nobody else has out of the tables of trained models: those who are not in them count as rare."""
    db = store.driver
    for given, family in names:
        found = [(feature, word) for feature, word in (("given", given), ("family", family)) if word]
        alone = [one for one in found if not _is_anothers(store, one[1])]
        if alone or not found:
            found = [*alone, ("name", whole_name(given, family))]
            db.executemany("DELETE FROM term_frequencies WHERE feature = ? AND value = ?", found)


def _is_anothers(store: Store, word: str) -> bool:
    sql = "SELECT 1 FROM source_customers WHERE full_name LIKE ? OR given_name LIKE ? OR family_name LIKE ? LIMIT 1"
    return store.driver.one(sql, (f"%{word}%",) * 3) is not None


def settle_others(store: Store, person: Person) -> list[str]:
    """Takes them out of what was made of others' records that named them; the customers whose values changed by it.

    What a destination holds with the person's name in it counts as not known any more, so that it is told anew."""
    ids = _others(store, person)
    deals = _deals_of_others(store, person)
    changed = _redact_columns(store, "customers", "id", "id", ids, _GOLDEN, person.redaction)
    _redact_columns(store, "customer_history", "id", "customer_id", ids, ("value",), person.redaction)
    pushed = [*ids, *deals]
    told = _redact_columns(
        store, "outbox", "id", "customer_id", pushed, ("fields", "trying"), person.redaction
    )
    told |= _forget_told(store, pushed, person.redaction)
    return sorted(changed | {deals.get(one, one) for one in told})


def _deals_of_others(store: Store, person: Person) -> dict[str, str]:
    """Deals of others whose raw records told of the person, too: key -> whose they are."""
    rows = store.driver.query_in("SELECT id FROM deals WHERE raw_id IN ({})", sorted(person.shared))
    return store.deals.owners(store.deals.keys([row[0] for row in rows]))


def _others(store: Store, person: Person) -> list[str]:
    """Other customers whose raw records told of the person, too."""
    shared = sorted(person.shared)
    rows = store.driver.query_in("SELECT id FROM source_customers WHERE raw_id IN ({})", shared)
    rows += store.driver.query_in(
        "SELECT row_id FROM derivations WHERE entity = 'customer' AND raw_id IN ({})", shared
    )
    sources = sorted({row[0] for row in rows} - set(person.sources))
    found = store.driver.query_in("SELECT customer_id FROM memberships WHERE source_id IN ({})", sources)
    return sorted({row[0] for row in found})


def _redact_columns(
    store: Store,
    table: str,
    key: str,
    owner: str,
    ids: Iterable[str],
    columns: tuple[str, ...],
    redaction: Redaction,
) -> set[str]:
    """Redacts columns of the rows of some customers; those that had something to redact."""
    sql = f"SELECT {key}, {owner}, {', '.join(columns)} FROM {table} WHERE {owner} IN ({{}})"
    changed = set()
    for row_key, customer_id, *values in store.driver.query_in(sql, ids):
        if _redact_row(store, table, key, row_key, dict(zip(columns, values, strict=True)), redaction):
            changed.add(customer_id)
    return changed


def _redact_row(
    store: Store, table: str, key: str, row_key: object, values: Mapping[str, Any], redaction: Redaction
) -> bool:
    fitting = {name: text for name, text in values.items() if isinstance(text, str) and redaction.fits(text)}
    for name, text in fitting.items():
        sql = f"UPDATE {table} SET {name} = ? WHERE {key} = ?"
        store.driver.execute(sql, (redaction.text(text), row_key))
    return bool(fitting)


def _forget_told(store: Store, ids: Iterable[str], redaction: Redaction) -> set[str]:
    changed = set()
    sql = (
        "SELECT connection_id, object, customer_id, sent_fields, remote_fields FROM push_state "
        "WHERE customer_id IN ({})"
    )
    for *place, sent, remote in store.driver.query_in(sql, ids):
        if redaction.fits(f"{sent} {remote}"):
            update = (
                "UPDATE push_state SET sent_hash = NULL, sent_fields = ?, remote_fields = ? "
                "WHERE connection_id = ? AND object = ? AND customer_id = ?"
            )
            store.driver.execute(update, (_without(sent, redaction), _without(remote, redaction), *place))
            changed.add(place[2])
    return changed


def _without(fields: str | None, redaction: Redaction) -> str | None:
    """Fields as JSON without those that name the person."""
    if not fields:
        return fields
    kept = {
        name: value
        for name, value in orjson.loads(fields).items()
        if not redaction.fits(orjson.dumps(value).decode())
    }
    return orjson.dumps(kept).decode()


def sweep(store: Store, redaction: Redaction) -> None:
    """Takes their values out of remarks, messages and events."""
    for table, (key, columns) in _REMARKS.items():
        any_text = " OR ".join(f"{name} IS NOT NULL" for name in columns)
        rows = store.driver.query(f"SELECT {key}, {', '.join(columns)} FROM {table} WHERE {any_text}")
        for row_key, *values in rows:
            _redact_row(store, table, key, row_key, dict(zip(columns, values, strict=True)), redaction)
