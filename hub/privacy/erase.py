"""Taking a person out of the store: rows go, books are kept without the person, others' records lose the name only.

Everything happens inside the caller's `write()`, under the lease of the lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from hub.canonical.schema import ENTITIES
from hub.identity.blocking import address_key
from hub.models import SourceKey
from hub.privacy import leftovers
from hub.privacy.person import RETAINED, Person
from hub.privacy.tombstones import Tombstones
from hub.store.api import Store

#: Tables of source customers, by the columns that name them.
_BY_SOURCE = (
    ("identifiers", "source_id"),
    ("match_features", "source_id"),
    ("block_keys", "source_id"),
    ("edges", "a"),
    ("edges", "b"),
    ("refusals", "a"),
    ("refusals", "b"),
    ("memberships", "source_id"),
)
_BY_CUSTOMER = (
    ("customer_history", "customer_id"),
    ("identity_events", "customer_id"),
    ("identity_events", "other_id"),
    ("push_links", "customer_id"),
    ("push_frozen", "customer_id"),
    ("reconcile_findings", "customer_id"),
    ("outbox", "customer_id"),
    ("deliveries", "customer_id"),
    ("customers", "id"),
)


def hashes(store: Store, person: Person) -> set[str]:
    """What is to stay out: the person's identifiers, records and the raw records that are theirs alone."""
    stones = Tombstones(store)
    found = {stones.identifier(*one) for one in person.identifiers}
    found |= {stones.mailbox(one) for one in _mailboxes(store, person)}
    found |= {stones.source(*place) for place in person.sources.values()}
    rows = store.driver.query_in("SELECT stream_id, key FROM raw_records WHERE id IN ({})", person.raw)
    return found | {stones.record(stream_id, key) for stream_id, key in rows}


def _mailboxes(store: Store, person: Person) -> set[str]:
    """Those of their addresses to which nobody else has another address (`ann+shop@`)."""
    own = {address_key(value) for type_, _, value in person.identifiers if type_ == "email"}
    for rows in (
        store.driver.stream("SELECT source_id, value FROM identifiers WHERE type = 'email'") if own else ()
    ):
        own -= {address_key(value) for source_id, value in rows if source_id not in person.sources}
    return own


def take_out(store: Store, person: Person) -> dict[str, int]:
    """Takes a person out of the store; what it was, as counts."""
    names = leftovers.names_of(store, person)
    _forget_identity(store, person)
    kept = sum(_take_rows(store, name, person) for name in ENTITIES)
    drop_raw(store, sorted(person.raw))
    _redact_raw(store, person)
    _forget_notes(store, person)
    leftovers.forget_names(store, names)
    leftovers.sweep(store, person.redaction)
    rows = sum(map(len, person.rows.values())) - kept
    return {
        "records": len(person.sources),
        "rows": rows,
        "kept": kept,
        "raw": len(person.raw),
        "redacted": len(person.shared),
    }


def drop_raw(store: Store, raw_ids: Sequence[int]) -> None:
    """Raw records go, with what is told of them among the rejects and the derivations."""
    for table, column in (("raw_records", "id"), ("rejects", "raw_id"), ("derivations", "raw_id")):
        store.driver.execute_in(f"DELETE FROM {table} WHERE {column} IN ({{}})", raw_ids)


# --- rows ---------------------------------------------------------------------------------------------------------


def _take_rows(store: Store, name: str, person: Person) -> int:
    """One entity's rows of the person; how many were kept without them."""
    if name == "customer":
        store.records.delete(name, list(person.sources))
        _redact_rows(store, name, person)
        return 0
    ids = person.rows.get(name, set())
    if name in RETAINED:
        _cut(store, name, sorted(ids))
    else:
        store.records.delete(name, sorted(ids))
    _settle_others(store, name, person, ids)
    _redact_rows(store, name, person)
    return len(ids) if name in RETAINED else 0


def _cut(store: Store, name: str, ids: Sequence[int]) -> None:
    """Books stay, with neither the person nor anything that they wrote."""
    entity = ENTITIES[name]
    blank = [f"{part}" for one in entity.fields if one.pii != "none" for part, _ in one.columns()]
    blank += [
        part
        for one in entity.fields
        if one.type == "ref" and one.to == "customer"
        for part, _ in one.columns()
    ]
    if blank:
        sets = ", ".join(f"{column} = NULL" for column in blank)
        store.driver.execute_in(f"UPDATE {entity.table} SET {sets} WHERE id IN ({{}})", ids)


def _settle_others(store: Store, name: str, person: Person, own: Iterable[int]) -> None:
    """Rows that a raw record of the person also told of: they stay with those who tell of them besides."""
    table, mine = ENTITIES[name].table, set(own)
    told = store.driver.query_in(
        f"SELECT id, raw_id, supports FROM {table} WHERE raw_id IN ({{}})", person.raw
    )
    left = {row[0]: row[1:] for row in told if row[0] not in mine}
    tellers = store.records.derivations(name, list(left))
    gone = []
    for row_id, (_, supports) in left.items():
        others = [one for one in tellers.get(row_id, []) if one.raw_id not in person.raw]
        if others:
            sql = f"UPDATE {table} SET raw_id = ?, supports = ? WHERE id = ?"
            store.driver.execute(sql, (others[0].raw_id, supports, row_id))
        elif name not in RETAINED:
            gone.append(row_id)
    store.records.delete(name, gone)


def _redact_rows(store: Store, name: str, person: Person) -> None:
    """What others' rows say of the person, where a record of both told of them."""
    entity = ENTITIES[name]
    columns = [part for one in entity.fields for part, kind in one.columns() if kind == "TEXT"]
    raw_ids = sorted(person.shared)
    ids = [
        row[0]
        for row in store.driver.query_in(f"SELECT id FROM {entity.table} WHERE raw_id IN ({{}})", raw_ids)
    ]
    for row_id, values in store.records.fields(name, ids, columns).items():
        for column, value in zip(columns, values, strict=True):
            if isinstance(value, str) and person.redaction.fits(value):
                sql = f"UPDATE {entity.table} SET {column} = ? WHERE id = ?"
                store.driver.execute(sql, (person.redaction.text(value), row_id))


# --- raw ----------------------------------------------------------------------------------------------------------


def _redact_raw(store: Store, person: Person) -> None:
    for raw_id in sorted(person.shared):
        payload = store.raw.payload(raw_id)
        if payload is not None:
            put_raw(store, raw_id, person.redaction.payload(payload))
    rows = store.driver.query_in(
        "SELECT entity, row_id, raw_id, fields FROM derivations WHERE raw_id IN ({})", sorted(person.shared)
    )
    for entity, row_id, raw_id, fields in rows:
        if person.redaction.fits(fields):
            sql = "UPDATE derivations SET fields = ? WHERE entity = ? AND row_id = ? AND raw_id = ?"
            text = orjson.dumps(person.redaction.value(orjson.loads(fields))).decode()
            store.driver.execute(sql, (text, entity, row_id, raw_id))


def put_raw(store: Store, raw_id: int, payload: bytes) -> None:
    """A raw record as it stays. Its digest is that of the original: the same version read again is no news."""
    stored = store.codec.encode(raw_id, payload)
    store.driver.execute("UPDATE raw_records SET payload = ? WHERE id = ?", (stored, raw_id))


# --- identity, and notes ------------------------------------------------------------------------------------------


def _forget_identity(store: Store, person: Person) -> None:
    db = store.driver
    for table, column in _BY_SOURCE:
        db.execute_in(f"DELETE FROM {table} WHERE {column} IN ({{}})", list(person.sources))
    db.executemany(
        "DELETE FROM write_ledger WHERE connection_id = ? AND object = ? AND remote_id = ?",
        db.query_in(
            "SELECT connection_id, object, remote_id FROM push_state WHERE remote_id IS NOT NULL AND customer_id IN ({})",
            person.pushed_as,
        ),
    )
    for table, column in _BY_CUSTOMER:
        db.execute_in(f"DELETE FROM {table} WHERE {column} IN ({{}})", person.pushed_as)
    db.execute_in(
        "DELETE FROM push_state WHERE state NOT IN ('sent', 'left') AND customer_id IN ({})",
        person.pushed_as,
    )
    db.execute_in(
        "UPDATE push_state SET sent_hash = NULL, sent_fields = NULL, remote_fields = NULL, edits = NULL "
        "WHERE customer_id IN ({})",
        person.pushed_as,
    )
    store.deals.forget(person.deal_keys)
    db.executemany(
        "DELETE FROM retired_keys WHERE type = ? AND value = ?",
        [
            (type_, known)
            for type_, _, value in sorted(person.identifiers)
            for known in {value, address_key(value) if type_ == "email" else value}
        ],
    )


def _forget_notes(store: Store, person: Person) -> None:
    """Decisions about their records, records of theirs that were refused, and the last talks with the systems."""
    db, names = store.driver, store.connections.names()
    keys = {str(SourceKey(names[place[0]], *place[1:])) for place in person.sources.values()}
    decisions = [
        one.id for one in store.decisions.all() if not keys.isdisjoint(map(str, filter(None, (one.a, one.b))))
    ]
    db.execute_in("DELETE FROM decisions WHERE id IN ({})", [one for one in decisions if one is not None])
    refused = []
    for reject_id, stream_id, key, message, payload in db.query(
        "SELECT id, stream_id, key, message, payload FROM rejects"
    ):
        text = store.codec.decode_refused(stream_id, key, payload) if payload else b""
        if person.redaction.fits(f"{key} {message}") or (text and person.redaction.in_payload(text)):
            refused.append(reject_id)
    db.execute_in("DELETE FROM rejects WHERE id IN ({})", refused)
    db.execute("DELETE FROM exchanges")
