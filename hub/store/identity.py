"""Identity's tables: identifiers, edges, memberships, customers and their history. Asked and written by sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.canonical.schema import GOLDEN_FIELDS
from hub.models import SourceKey
from hub.store.columns import insert_columns
from hub.store.driver import Driver, chunks

#: Columns of the golden record, in order.
GOLDEN_COLUMNS: tuple[str, ...] = tuple(column for field in GOLDEN_FIELDS for column, _ in field.columns())

_GOLDEN_LIST = ", ".join(GOLDEN_COLUMNS)


class EdgeRow(NamedTuple):
    """Stored evidence on whether two source customers (a < b) are one person."""

    a: int
    b: int
    #: match, inside, same.
    rule: str
    #: In bits.
    weight: float
    #: What the weight is made of, packed; and the number of the model that says how.
    levels: bytes | None
    model: int


class CustomerRow(NamedTuple):
    """A customer without its golden fields."""

    id: str
    status: str
    merged_into_id: str | None
    members: int
    version: int
    created_at: str


class Identity:
    """Questions about who is who."""

    def __init__(self, db: Driver) -> None:
        self._db = db

    # --- identifiers and edges -----------------------------------------------------------------------------------

    def holders(self, type_: str, values: Sequence[str], most: int) -> list[tuple[str, str, int]]:
        """(value, issuer, source id) of the source customers that have one of these values, at most so many each."""
        return self._db.query_in(
            "SELECT value, issuer, source_id FROM (SELECT value, issuer, source_id, row_number() OVER "
            "(PARTITION BY value, issuer ORDER BY source_id) AS place FROM identifiers WHERE type = ? AND value IN ({})) "
            "AS held WHERE place <= ?",
            values,
            (type_,),
            (most,),
        )

    def identifiers_of(self, source_ids: Sequence[int]) -> list[tuple[int, str, str, str]]:
        """(source id, type, issuer, value) of these source customers."""
        return self._db.query_in(
            "SELECT source_id, type, issuer, value FROM identifiers WHERE source_id IN ({})", source_ids
        )

    def replace_identifiers(self, known: Sequence[int], rows: Sequence[Sequence[Any]]) -> None:
        """Identifiers of source customers anew. `known`: those that may have rows already; rows as in `keys`.

        What is as it was is not written."""
        names = ("source_id", "type", "issuer", "value", "shown", "label", "is_primary", "verified")
        wanted: Iterable[Sequence[Any]] = rows
        if known:
            asked = f"SELECT {', '.join(names)} FROM identifiers WHERE source_id IN ({{}})"
            stored = set(self._db.query_in(asked, known))
            told = set(map(tuple, rows))
            self._db.executemany(
                "DELETE FROM identifiers WHERE source_id = ? AND type = ? AND issuer = ? AND value = ?",
                sorted(row[:4] for row in stored - told),
            )
            wanted = told - stored
        if wanted:
            columns = dict(zip(names, (list(column) for column in zip(*wanted, strict=True)), strict=True))
            insert_columns(self._db, "identifiers", columns, {}, len(columns["source_id"]))

    def add_plain_identifiers(self, type_: str, source_ids: Sequence[int], values: Sequence[str]) -> None:
        """The e-mail, or the phone, of many new source customers."""
        columns = {"source_id": source_ids, "value": values}
        same = {"type": type_, "issuer": "", "is_primary": 1, "verified": 0}
        insert_columns(self._db, "identifiers", columns, same, len(values))

    def edges_of(self, source_ids: Sequence[int]) -> list[EdgeRow]:
        """Every edge that touches one of these."""
        rows = self._touching("SELECT a, b, rule, weight, levels, model FROM edges WHERE", source_ids)
        return [EdgeRow(*row) for row in sorted(rows)]

    def ties_of(self, source_ids: Sequence[int]) -> set[tuple[int, int, str]]:
        """(a, b, rule) of every edge that connects one of these with somebody."""
        return self._touching("SELECT a, b, rule FROM edges WHERE rule <> 'inside' AND", source_ids)

    def _touching(self, query: str, source_ids: Sequence[int]) -> set[Any]:
        """Rows with an end among these: a query that ends in WHERE or AND, asked for each end."""
        found: set[Any] = set()
        for chunk in chunks(source_ids):
            places = ",".join("?" * len(chunk))
            sql = f"{query} a IN ({places}) UNION ALL {query} b IN ({places})"
            found.update(self._db.query(sql, (*chunk, *chunk)))
        return found

    def replace_edges(self, touched: Sequence[int], edges: Sequence[Sequence[Any]]) -> None:
        """Edges among these anew: (a, b, rule, weight, levels, number of the model). What is as it was is not written.

        touched: whole components, so that no edge leads out of them."""
        asked = "SELECT a, b, rule, weight, levels, model FROM edges WHERE a IN ({})"
        stored = set(self._db.query_in(asked, touched))
        wanted = set(map(tuple, edges))
        keys = {row[:3] for row in wanted}
        gone = sorted(row[:3] for row in stored if row[:3] not in keys)
        if gone:
            self._db.executemany("DELETE FROM edges WHERE a = ? AND b = ? AND rule = ?", gone)
        new = sorted(wanted - stored)
        if new:
            names = ("a", "b", "rule", "weight", "levels", "model")
            self._db.upsert("edges", names, new, ("a", "b", "rule"))

    def policy_in_force(self) -> str | None:
        """The hash of the policy that memberships were decided with, None in a new store."""
        row = self._db.one("SELECT value FROM facts WHERE name = 'identity_policy'")
        return str(row[0]) if row else None

    def set_policy(self, digest: str) -> None:
        """Memberships are decided with this policy from now on."""
        self._db.upsert("facts", ("name", "value"), [("identity_policy", digest)], ("name",))

    def all_sources(self) -> list[int]:
        """Every source customer, by id."""
        return [row[0] for row in self._db.query("SELECT id FROM source_customers ORDER BY id")]

    # --- memberships and customers -------------------------------------------------------------------------------

    def customer_of(self, source_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """(customer id, linked at) of each source customer that has one."""
        rows = self._db.query_in(
            "SELECT source_id, customer_id, linked_at FROM memberships WHERE source_id IN ({})", source_ids
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def members_of(self, customer_ids: Sequence[str]) -> list[tuple[int, str]]:
        """(source id, customer id) of these customers."""
        return self._db.query_in(
            "SELECT source_id, customer_id FROM memberships WHERE customer_id IN ({})", customer_ids
        )

    def count(self) -> int:
        """How many living customers there are."""
        row = self._db.one("SELECT count(*) FROM customers WHERE status = 'active'")
        return int(row[0]) if row else 0

    def active_ids(self, after: str, limit: int) -> list[str]:
        """Ids of living customers in order, above `after`."""
        rows = self._db.query(
            "SELECT id FROM customers WHERE status = 'active' AND id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        return [row[0] for row in rows]

    def customers(self, ids: Sequence[str]) -> dict[str, CustomerRow]:
        """Customers by id."""
        rows = self._db.query_in(
            "SELECT id, status, merged_into_id, members, version, created_at FROM customers WHERE id IN ({})",
            ids,
        )
        return {row[0]: CustomerRow(*row) for row in rows}

    def golden(self, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Golden fields of customers, in the order of GOLDEN_COLUMNS."""
        rows = self._db.query_in(f"SELECT id, {_GOLDEN_LIST} FROM customers WHERE id IN ({{}})", ids)
        return {row[0]: row[1:] for row in rows}

    def source_keys(self, source_ids: Sequence[int]) -> dict[int, SourceKey]:
        """The names of source customers that survive a rebuild."""
        rows = self._db.query_in(
            "SELECT s.id, c.name, s.external_type, s.external_id FROM source_customers s "
            "JOIN connections c ON c.id = s.connection_id WHERE s.id IN ({})",
            source_ids,
        )
        return {row[0]: SourceKey(*row[1:]) for row in rows}

    def source_ids(self, keys: Iterable[SourceKey]) -> dict[SourceKey, int]:
        """The numbers of source customers; those that are not there are missing."""
        by_place: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            by_place.setdefault((key.connection, key.type), []).append(key.external_id)
        found: dict[SourceKey, int] = {}
        for (connection, type_), ids in by_place.items():
            rows = self._db.query_in(
                "SELECT s.external_id, s.id FROM source_customers s JOIN connections c ON c.id = s.connection_id "
                "WHERE c.name = ? AND s.external_type = ? AND s.external_id IN ({})",
                ids,
                (connection, type_),
            )
            found.update((SourceKey(connection, type_, row[0]), row[1]) for row in rows)
        return found

    def add_singles(self, source_ids: Sequence[int], customer_ids: Sequence[str], now: str) -> None:
        """Customers with one new member each: the golden record is the member's row, copied by the database."""
        insert_columns(
            self._db,
            "memberships",
            {"source_id": source_ids, "customer_id": customer_ids},
            {"rule": "single", "linked_at": now},
            len(source_ids),
        )
        first, last = source_ids[0], source_ids[-1]
        columns = ", ".join(f"s.{name}" for name in GOLDEN_COLUMNS)
        sql = (
            f"INSERT INTO customers (id, status, created_at, updated_at, first_seen_at, {_GOLDEN_LIST}) "
            f"SELECT m.customer_id, 'active', ?, ?, ?, {columns} "
            "FROM source_customers s JOIN memberships m ON m.source_id = s.id WHERE s.id "
        )
        if last - first + 1 == len(source_ids):
            self._db.execute(sql + "BETWEEN ? AND ?", (now, now, now, first, last))
        else:
            self._db.execute_in(sql + "IN ({}) ORDER BY m.customer_id", source_ids, (now, now, now))

    def set_members(self, rows: Iterable[tuple[int, str, str, str]]) -> None:
        """Memberships: (source id, customer id, rule, linked at)."""
        self._db.upsert(
            "memberships", ("source_id", "customer_id", "rule", "linked_at"), rows, ("source_id",)
        )

    def drop_members(self, source_ids: Sequence[int]) -> None:
        """Source customers that are gone."""
        self._db.execute_in("DELETE FROM memberships WHERE source_id IN ({})", source_ids)

    def put_customers(self, rows: Iterable[Sequence[Any]]) -> None:
        """Golden records: (id, status, merged_into_id, members, created_at, updated_at, *golden fields).

        A customer that is there keeps its creation and counts up its version."""
        names = ("id", "status", "merged_into_id", "members", "created_at", "updated_at", *GOLDEN_COLUMNS)
        # The e-mail is set apart: naming an indexed column rewrites its index, even where the value stays.
        kept = ("id", "created_at", "email")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in kept)
        every = list(rows)
        self._db.executemany(
            f"INSERT INTO customers ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT (id) DO UPDATE SET {changes}, version = customers.version + 1",
            every,
        )
        email = names.index("email")
        self._db.executemany(
            "UPDATE customers SET email = ? WHERE id = ? AND coalesce(email, '') <> coalesce(?, '')",
            ((row[email], row[0], row[email]) for row in every),
        )

    def retire(self, rows: Iterable[tuple[str, str | None, str, str]]) -> None:
        """Customers without members: (status, merged into, now, id). Aliases stay for ever, empty of personal data."""
        blank = ", ".join(f"{name} = NULL" for name in GOLDEN_COLUMNS)
        self._db.executemany(
            f"UPDATE customers SET status = ?, merged_into_id = ?, updated_at = ?, members = 0, {blank}, "
            "version = version + 1 WHERE id = ?",
            rows,
        )

    def set_rules(self, rows: Iterable[tuple[str, int]]) -> None:
        """What ties members that stay to their customer: (rule, source id)."""
        self._db.executemany(
            "UPDATE memberships SET rule = ? WHERE source_id = ? AND rule <> ?",
            ((rule, source, rule) for rule, source in rows),
        )

    def add_history(self, rows: Iterable[tuple[str, str, Any, str, str]]) -> None:
        """Values that were: (customer, field, value, valid to, cause). They held since the field's last change."""
        self._db.executemany(
            "INSERT INTO customer_history (customer_id, field, value, valid_from, valid_to, cause) VALUES (?, ?, ?, "
            "coalesce((SELECT max(valid_to) FROM customer_history WHERE customer_id = ? AND field = ?), "
            "(SELECT created_at FROM customers WHERE id = ?)), ?, ?)",
            ((id_, name, value, id_, name, id_, to, cause) for id_, name, value, to, cause in rows),
        )

    def add_events(
        self,
        rows: Iterable[
            tuple[str, str, str | None, str | None, str | None, str | None, Mapping[str, Any], str]
        ],
    ) -> None:
        """Identity events: (kind, customer, other, run, actor, reason, data, at)."""
        self._db.insert(
            "identity_events",
            ("kind", "customer_id", "other_id", "run_id", "actor", "reason", "data", "at"),
            [(*row[:6], orjson.dumps(dict(row[6])).decode(), row[7]) for row in rows],
        )

    def merged_into(self, customer_ids: Sequence[str]) -> list[tuple[str, str, str, list[int]]]:
        """(alias, into, at, members then) of the latest merge of every alias that leads straight to one of these."""
        rows = self._db.query_in(
            "SELECT e.customer_id, e.other_id, e.at, e.data FROM identity_events e JOIN customers c "
            "ON c.id = e.customer_id AND c.merged_into_id = e.other_id "
            "WHERE e.kind = 'merged' AND c.status = 'merged' AND c.merged_into_id IN ({}) ORDER BY e.id",
            customer_ids,
        )
        latest = {alias: (alias, into, at, orjson.loads(data)["members"]) for alias, into, at, data in rows}
        return list(latest.values())

    def resolve_alias(self, customer_id: str) -> str | None:
        """The living customer behind an id, through any number of merges; None when there is none."""
        seen: set[str] = set()
        current: str | None = customer_id
        while current and current not in seen:
            seen.add(current)
            row = self._db.one("SELECT status, merged_into_id FROM customers WHERE id = ?", (current,))
            if row is None:
                return None
            if row[0] != "merged":
                return current
            current = row[1]
        return None

    def replace_refusals(self, touched: Sequence[int], rows: Iterable[Sequence[Any]], now: str) -> None:
        """What is under review among these anew: (a, b, guard, detail, weight, size, joined). What a person closed stays
        closed; what is as it was keeps its time."""
        columns = "a, b, guard, detail, weight, size, joined"
        asked = f"SELECT {columns} FROM refusals WHERE state = 'open' AND"
        stored = self._touching(asked, touched)
        wanted = {(*row[:6], int(row[6])) for row in rows}
        keys = {row[:3] for row in wanted}
        gone = sorted(row[:3] for row in stored if row[:3] not in keys)
        if gone:
            self._db.executemany("DELETE FROM refusals WHERE a = ? AND b = ? AND guard = ?", gone)
        new = sorted(wanted - stored)
        if new:
            self.put_refusals((*row, now) for row in new)

    def put_refusals(self, rows: Iterable[Sequence[Any]]) -> None:
        """(a, b, guard, detail, weight, size, joined, at)."""
        names = ("a", "b", "guard", "detail", "weight", "size", "joined", "at")
        update = ("detail", "weight", "size", "joined")
        self._db.upsert("refusals", names, rows, ("a", "b", "guard"), update=update)
