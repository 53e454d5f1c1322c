"""What belongs to one person: found by the records that a customer is made of, and by what names them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from hub.canonical.schema import ENTITIES
from hub.privacy.redact import Redaction
from hub.store.api import Store

#: Kept without the person, since books have to be kept (Article 17(3)(b) GDPR; 6 to 10 years in most tax laws).
RETAINED = (
    "order", "order_line", "invoice", "invoice_line", "payment", "refund", "shipment", "shipment_event", "subscription",
)  # fmt: skip
#: Never a person's own: what is told of them beside a person stays when it is known from elsewhere, too.
_SHARED = ("organization", "employee", "product", "campaign")
#: Columns of a source customer by which texts of others may name the person.
_NAMED = ("email", "phone", "full_name")

Place = tuple[int, str, str]  # connection id, external type, external id


@dataclass
class Person:
    """Everything in the store that is one customer's."""

    customer_ids: list[str]
    #: Source customers by id.
    sources: dict[int, Place]
    #: Rows of other entities that hang on them.
    rows: dict[str, set[int]] = field(default_factory=dict)
    #: Raw records that tell of nobody else: they go.
    raw: set[int] = field(default_factory=set)
    #: Raw records that others are told of by, too: the person is taken out of them.
    shared: set[int] = field(default_factory=set)
    #: (type, issuer, normalised value) of their identifiers that nobody else has.
    identifiers: set[tuple[str, str, str]] = field(default_factory=set)
    #: Keys by which destinations know their deals.
    deal_keys: list[str] = field(default_factory=list)
    #: Texts that name them.
    values: set[str] = field(default_factory=set)

    @property
    def pushed_as(self) -> list[str]:
        """By what destinations know them and what is theirs."""
        return [*self.customer_ids, *self.deal_keys]

    @cached_property
    def redaction(self) -> Redaction:
        """Takes the values out of what stays; to be asked once they are all known."""
        return Redaction(self.values)


def find(store: Store, customer_id: str) -> Person:
    """The person behind a customer's id, with all that was merged into it. Reads every raw record once."""
    db = store.driver
    ids, new = [customer_id], [customer_id]
    while new:
        new = [row[0] for row in db.query_in("SELECT id FROM customers WHERE merged_into_id IN ({})", new)]
        ids += new
    members = db.query_in("SELECT source_id FROM memberships WHERE customer_id IN ({})", ids)
    person = Person(ids, store.records.places([row[0] for row in members]))
    _identify(store, person)
    _follow(store, person)
    person.deal_keys = store.deals.keys(sorted(person.rows.get("deal", ())))
    _sort_raw(store, person)
    return person


def _identify(store: Store, person: Person) -> None:
    """Their identifiers and names, but for those that somebody else has, too: a household's address stays known."""
    db, own = store.driver, list(person.sources)
    for type_, issuer, value, shown in db.query_in(
        "SELECT type, issuer, value, shown FROM identifiers WHERE source_id IN ({})", own
    ):
        holders = db.query(
            "SELECT source_id FROM identifiers WHERE type = ? AND issuer = ? AND value = ?",
            (type_, issuer, value),
        )
        if all(row[0] in person.sources for row in holders):
            person.identifiers.add((type_, issuer, value))
            person.values.update(filter(None, (value, shown)))
    for _, _, full_name in store.records.fields("customer", own, _NAMED).values():
        if full_name and not _others(store, person, full_name):
            person.values.add(full_name)


def _others(store: Store, person: Person, full_name: str) -> bool:
    rows = store.driver.query("SELECT id FROM source_customers WHERE full_name = ?", (full_name,))
    return any(row[0] not in person.sources for row in rows)


def _follow(store: Store, person: Person) -> None:
    """Rows that name the person, rows that name those, and so on; what names another customer is theirs."""
    named: dict[str, set[Place]] = {"customer": set(person.sources.values())}
    while named:
        found: dict[str, set[Place]] = {}
        for to, places in named.items():
            for name, entity in ENTITIES.items():
                for ref in entity.fields:
                    if name not in ("customer", *_SHARED) and ref.type == "ref" and ref.to == to:
                        found.setdefault(name, set()).update(_naming(store, person, name, ref.name, places))
        named = {name: places for name, places in found.items() if places}


def _naming(store: Store, person: Person, name: str, ref: str, places: Iterable[Place]) -> set[Place]:
    """Rows of an entity, new ones only, that name one of these by a reference."""
    entity, known = ENTITIES[name], person.rows.setdefault(name, set())
    has_customer = any(one.name == "customer" for one in entity.fields)
    theirs = "t.customer_type, t.customer_key" if has_customer else "NULL, NULL"
    own = set(person.sources.values())
    found = set()
    for connection_id, type_, key in places:
        rows = store.driver.query(
            f"SELECT t.id, t.external_type, t.external_id, {theirs} FROM {entity.table} t "
            f"WHERE t.connection_id = ? AND t.{ref}_type = ? AND t.{ref}_key = ?",
            (connection_id, type_, key),
        )
        for row_id, row_type, row_key, customer_type, customer_key in rows:
            foreign = customer_key and (connection_id, customer_type, customer_key) not in own
            if row_id not in known and not foreign:
                known.add(row_id)
                found.add((connection_id, row_type, row_key))
    return found


def _sort_raw(store: Store, person: Person) -> None:
    """Raw records of the person: those that go, and those that others are told of by."""
    concerned = _telling(store, "customer", person.sources)
    for name, ids in person.rows.items():
        concerned |= _telling(store, name, ids)
    naming: set[int] = set()
    for rows in store.driver.stream("SELECT id, payload FROM raw_records ORDER BY id"):
        decode = store.codec.decode
        naming |= {raw_id for raw_id, payload in rows if person.redaction.in_payload(decode(raw_id, payload))}
    naming -= concerned
    foreign = _foreign(store, person, concerned, naming)
    concerned |= naming
    others = foreign | {
        raw_id
        for raw_id, row_id in store.driver.query_in(
            "SELECT raw_id, id FROM source_customers WHERE raw_id IN ({})", sorted(concerned)
        )
        + store.driver.query_in(
            "SELECT raw_id, row_id FROM derivations WHERE entity = 'customer' AND raw_id IN ({})",
            sorted(concerned),
        )
        if row_id not in person.sources
    }
    person.raw, person.shared = concerned - others, concerned & others


def _foreign(store: Store, person: Person, concerned: set[int], naming: set[int]) -> set[int]:
    """Raw records that tell of what is another's: of a row that names another customer; or, where a record only names
    the person, of any row at all."""
    found: set[int] = set()
    for name, entity in ENTITIES.items():
        if name == "customer":
            continue
        known = person.rows.get(name, set())
        asked = [(naming, "")]
        if any(one.name == "customer" for one in entity.fields):
            asked.append((concerned, " AND t.customer_key IS NOT NULL"))
        for raw_ids, further in asked:
            rows = store.driver.query_in(
                f"SELECT t.raw_id, t.id FROM {entity.table} t WHERE t.raw_id IN ({{}}){further}",
                sorted(raw_ids),
            )
            rows += store.driver.query_in(
                f"SELECT d.raw_id, t.id FROM derivations d JOIN {entity.table} t ON t.id = d.row_id "
                f"WHERE d.entity = '{name}' AND d.raw_id IN ({{}}){further}",
                sorted(raw_ids),
            )
            found |= {raw_id for raw_id, row_id in rows if row_id not in known}
    return found


def _telling(store: Store, entity: str, ids: Iterable[int]) -> set[int]:
    """Raw records that tell of rows of an entity."""
    wanted = sorted(ids)
    table = ENTITIES[entity].table
    rows = store.driver.query_in(f"SELECT raw_id FROM {table} WHERE id IN ({{}})", wanted)
    rows += store.driver.query_in(
        f"SELECT raw_id FROM derivations WHERE entity = '{entity}' AND row_id IN ({{}})", wanted
    )
    return {row[0] for row in rows}
