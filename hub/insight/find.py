"""Customers that fit, page by page in the order of their ids, which is that of their making."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.identity.folding import fold_text
from hub.insight import lookup
from hub.insight.lens import Lens
from hub.insight.lookup import Term
from hub.insight.summary import summaries
from hub.models import Json

#: Customers whose names are looked at with one query.
_CHUNK = 5000
#: The id, four columns of names, two more in which free text is looked for.
_TEXTS = "c.id, c.full_name, c.given_name, c.family_name, c.phonetic_name, c.organization_name, c.email"


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; all that is given must hold. Nothing given: every customer."""

    #: Anything: id, address, number, identifier, external id; where that is nobody's, parts of a name, of an
    #: organization's or of an address.
    text: str = ""
    email: str = ""
    phone: str = ""
    #: An identifier of any type, or of `identifier_type`.
    identifier: str = ""
    identifier_type: str = ""
    external_id: str = ""
    #: Parts of words of a name, in any script and order: `lukasz now` finds Łukasz Nowak.
    name: str = ""
    #: A record in this connection, of this external type.
    connection: str = ""
    type: str = ""
    #: Only ids greater than this one: the next page.
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of customers."""

    items: list[dict[str, Json]]
    #: What to hand back as `Query.after` for the next page; None when this is the last.
    after: str | None


def find(lens: Lens, query: Query, limit: int = 50) -> Found:
    """One page of the customers that fit, each in the shape of `summaries`."""
    with lens.store.read():
        ids = _matching(lens, _ready(lens, query), limit + 1)
        more = ids[limit - 1] if len(ids) > limit else None
        return Found(summaries(lens, ids[:limit]), more)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A query made ready: tests on `customers c`, and folded words that must be part of a name, or of any text."""

    tests: tuple[str, ...]
    params: tuple[Any, ...]
    name: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()

    def among(self, terms: Sequence[Term]) -> _Wanted:
        """The customer must also be in one of the terms; where there is none, nobody is."""
        either = " UNION ALL ".join(term.customers for term in terms)
        test = f"c.id IN ({either})" if terms else "1 = 0"
        values = tuple(value for term in terms for value in term.params)
        return replace(self, tests=(*self.tests, test), params=(*self.params, *values))


def _ready(lens: Lens, query: Query) -> _Wanted:
    """The query with its free text taken for the most exact thing that anybody has.

    A later page means the same as the first one: who has it is asked without `after`."""
    wanted = _Wanted(("c.status NOT IN ('merged', 'gone')", "c.id > ?"), (query.after,), _words(query.name))
    for terms in _exact(lens, query):
        wanted = wanted.among(terms)
    if query.connection or query.type:
        wanted = _with_member(lens, wanted, query)
    if not query.text.strip():
        return wanted
    for terms in lookup.readings(lens.store, query.text):
        if any(lens.store.driver.query(f"{term.pairs} LIMIT 1", term.params) for term in terms):
            return wanted.among(terms)
    if "@" in query.text or not _words(query.text):
        return wanted.among(())
    return replace(wanted, anywhere=_words(query.text))


def _exact(lens: Lens, query: Query) -> Iterator[list[Term]]:
    """The readings of each exact criterion that is given."""
    store = lens.store
    if query.email:
        yield list(lookup.email_terms(query.email))
    if query.phone:
        yield list(lookup.phone_terms(query.phone)) or list(lookup.short_phone_terms(query.phone))
    if query.identifier:
        yield list(lookup.identifier_terms(store, query.identifier, query.identifier_type))
    if query.external_id:
        yield list(lookup.external_id_terms(store, query.external_id))
    if query.name and not _words(query.name):
        yield []


def _with_member(lens: Lens, wanted: _Wanted, query: Query) -> _Wanted:
    """A member in a connection, of a type. Nested, so that each customer's few members are looked at, and not all
    records of a connection."""
    tests, params = ["s.id = m.source_id"], list[Any]()
    if query.connection:
        tests.append("s.connection_id = ?")
        params.append(lens.store.connections.find(query.connection))
    if query.type:
        tests.append("s.external_type = ?")
        params.append(query.type)
    test = (
        "EXISTS (SELECT 1 FROM memberships m WHERE m.customer_id = c.id "
        f"AND EXISTS (SELECT 1 FROM source_customers s WHERE {' AND '.join(tests)}))"
    )
    return replace(wanted, tests=(*wanted.tests, test), params=(*wanted.params, *params))


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold_text(text).split())


def _matching(lens: Lens, wanted: _Wanted, limit: int) -> list[str]:
    """Ids of the first customers that fit."""
    where = " AND ".join(wanted.tests)
    if not wanted.name and not wanted.anywhere:
        sql = f"SELECT c.id FROM customers c WHERE {where} ORDER BY c.id LIMIT ?"
        return [row[0] for row in lens.store.driver.query(sql, (*wanted.params, limit))]
    sql = f"SELECT {_TEXTS} FROM customers c WHERE {where} AND c.id > ? ORDER BY c.id LIMIT ?"
    found: list[str] = []
    last = ""
    while len(found) < limit:
        rows = lens.store.driver.query(sql, (*wanted.params, last, _CHUNK))
        found += [row[0] for row in rows if _told(row[1:5], wanted.name) and _told(row[1:], wanted.anywhere)]
        if len(rows) < _CHUNK:
            break
        last = rows[-1][0]
    return found[:limit]


def _told(texts: Sequence[str | None], words: Sequence[str]) -> bool:
    """Whether every word is part of the texts."""
    if not words:
        return True
    text = " ".join(text for text in texts if text)
    folded = text.lower().replace("'", "") if text.isascii() else fold_text(text)
    return all(word in folded for word in words)
