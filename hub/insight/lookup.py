"""From a text that a person typed to the customers and source customers it names.

A text is taken for everything that it can be: a customer's id (of a merged one too), `connection/type/external_id`, an
e-mail address, a phone number, any identifier, an external id. Each reading is a `Term`: a query for the source
customers that have it, which `find` uses as a set and `lookup` one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.phone import normalise_phone
from hub.errors import NotFound
from hub.store.api import Store

#: Most source customers that are looked at for one text: who has more in common with others names nobody.
MOST = 200

_CUSTOMER_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PHONE = re.compile(r"[+\d][\d\s().\-/]{4,24}")
#: Digits of a number without its country that must fit.
_SHORTEST_PHONE = 7


class Term(NamedTuple):
    """One reading of a text: who has it. The three columns, and the query behind them."""

    source: str
    customer: str
    #: What the text was taken for.
    by: str
    tail: str
    params: tuple[Any, ...]

    @property
    def pairs(self) -> str:
        """SQL for (source id or NULL, customer id, what the text was taken for)."""
        return f"SELECT {self.source}, {self.customer}, {self.by} {self.tail}"

    @property
    def customers(self) -> str:
        """SQL for the customer ids alone."""
        return f"SELECT {self.customer} {self.tail}"


@dataclass(frozen=True, slots=True)
class Match:
    """A customer that a text names."""

    customer_id: str
    #: What the text was taken for: customer_id, source, external_id, or the type of an identifier.
    by: str
    #: The source customers that have it; empty when it names the customer as a whole.
    sources: tuple[int, ...] = ()


def lookup(store: Store, text: str) -> list[Match]:
    """The customers that a text names, by id; none is left out but beyond `MOST` source customers."""
    for terms in readings(store, text):
        found: dict[str, tuple[str, list[int]]] = {}
        for term in terms:
            for source, customer_id, by in store.driver.query(f"{term.pairs} LIMIT {MOST}", term.params):
                sources = found.setdefault(customer_id, (by, []))[1]
                if source is not None and source not in sources:
                    sources.append(source)
        if found:
            return [Match(id_, by, tuple(sources)) for id_, (by, sources) in sorted(found.items())]
    return []


def one(store: Store, text: str) -> Match:
    """The one customer that a text names. Raises NotFound HUB-9020 for none, HUB-9021 for several."""
    matches = lookup(store, text)
    if not matches:
        raise NotFound(
            "HUB-9020",
            "no customer has this e-mail address, phone number, id or identifier",
            hint="`hub customers find` also looks for parts of names.",
        )
    if len(matches) > 1:
        named = ", ".join(match.customer_id for match in matches[:10])
        more = f" and {len(matches) - 10} more" if len(matches) > 10 else ""
        raise NotFound(
            "HUB-9021",
            f"{len(matches)} customers have this in common: {named}{more}",
            hint="Name one of them by its id.",
        )
    return matches[0]


def readings(store: Store, text: str) -> Iterator[list[Term]]:
    """What a text can exactly mean; then, for when that is nobody, what it can mean in short."""
    text = text.strip()
    if not text or "\0" in text:
        return
    yield [
        *customer_terms(store, text),
        *source_terms(store, text),
        *email_terms(text),
        *phone_terms(text),
        *identifier_terms(store, text),
        *external_id_terms(store, text),
    ]
    yield list(short_phone_terms(text))


def customer_terms(store: Store, text: str) -> Iterator[Term]:
    """The customer of an id, or the one it was merged into."""
    if not _CUSTOMER_ID.fullmatch(text.lower()):
        return
    living = store.identity.resolve_alias(text.lower())
    if living is not None:
        yield _customers("id", living, "customer_id")


def source_terms(store: Store, text: str) -> Iterator[Term]:
    """`connection/type/external_id`."""
    name, _, rest = text.partition("/")
    type_, mark, external_id = rest.partition("/")
    connection_id = store.connections.find(name) if mark else None
    if connection_id is not None:
        yield _sources(
            "s.connection_id = ? AND s.external_type = ? AND s.external_id = ?",
            (connection_id, type_, external_id),
            "source",
        )


def external_id_terms(store: Store, text: str) -> Iterator[Term]:
    """The vendor's own id, in any connection."""
    for connection_id, type_ in _source_types(store):
        yield _sources(
            "s.connection_id = ? AND s.external_type = ? AND s.external_id = ?",
            (connection_id, type_, text),
            "external_id",
        )


def email_terms(text: str) -> Iterator[Term]:
    """An e-mail address of a member, or the one that a person pinned."""
    try:
        address = normalise_email(text) if "@" in text else None
    except BadValue:
        return
    if address:
        yield _identifiers("i.type IN ('email', 'order_email') AND i.value = ?", (address,))
        yield _customers("email", address, "email")


def phone_terms(text: str) -> Iterator[Term]:
    """A phone number in international notation."""
    try:
        number = normalise_phone(text) if _PHONE.fullmatch(text) else None
    except BadValue:
        return
    if number:
        yield _identifiers("i.type = 'phone' AND i.value = ?", (number,))


def short_phone_terms(text: str) -> Iterator[Term]:
    """A phone number without its country: whoever's number ends like it."""
    digits = re.sub(r"\D", "", text).lstrip("0")
    if _PHONE.fullmatch(text) and len(digits) >= _SHORTEST_PHONE:
        yield _identifiers("i.type = 'phone' AND i.value LIKE ?", (f"%{digits}",))


def identifier_terms(store: Store, text: str, type_: str = "") -> Iterator[Term]:
    """An identifier of one type, or of any."""
    types = [type_] if type_ else identifier_types(store)
    if types:
        yield _identifiers(f"i.type IN ({', '.join('?' * len(types))}) AND i.value = ?", (*types, text))


def identifier_types(store: Store) -> list[str]:
    """The types of identifiers that the store holds, each found by one step through the index."""
    return list(_steps(store, "SELECT min(type) FROM identifiers WHERE type > ?"))


def _source_types(store: Store) -> Iterator[tuple[int, str]]:
    """(connection, external type) of the source customers that there are."""
    for connection in store.connections.all():
        step = "SELECT min(external_type) FROM source_customers WHERE connection_id = ? AND external_type > ?"
        for type_ in _steps(store, step, connection.id):
            yield connection.id, type_


def _steps(store: Store, sql: str, *before: Any) -> Iterator[str]:
    """Each different value of an indexed column: `sql` asks for the next one."""
    last = ""
    while (row := store.driver.one(sql, (*before, last))) and row[0] is not None:
        last = row[0]
        yield last


def _customers(column: str, value: str, by: str) -> Term:
    return Term("NULL", "id", f"'{by}'", f"FROM customers WHERE {column} = ?", (value,))


def _sources(test: str, params: Sequence[Any], by: str) -> Term:
    tail = f"FROM source_customers s JOIN memberships m ON m.source_id = s.id WHERE {test}"
    return Term("s.id", "m.customer_id", f"'{by}'", tail, tuple(params))


def _identifiers(test: str, params: Sequence[Any]) -> Term:
    tail = f"FROM identifiers i JOIN memberships m ON m.source_id = i.source_id WHERE {test}"
    return Term("i.source_id", "m.customer_id", "i.type", tail, tuple(params))
