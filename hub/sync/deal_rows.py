"""Deals as rows of destinations: what a mapping sees of one, whom it names there, and which are left out, and why.

A deal is told of where its customer may be: it is planned with the customers that it belongs to, and names their records.
A deal that was read from a destination is never sent back to it; nor is, to any destination, a deal that we made ourselves
where it was read: that is the one that it was made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from hub.canonical.money import exponent
from hub.mapping.out import OutRule
from hub.store.api import Store
from hub.store.deals import DEAL_COLUMNS, Deal
from hub.sync.document import golden_document

if TYPE_CHECKING:
    from hub.sync.derive import Delta
    from hub.sync.outbox import Destination

#: Why a deal is not sent, for people.
OWN = "it was read from this destination"
COPY = "it is a copy of a deal that we made where it was read"
UNKNOWN = "no customer is known whose deal it is"
FILTERED = "its customer is not sent to this destination"
NOT_FOR = "the mapping's `when` leaves it out"


@dataclass(frozen=True, slots=True)
class Touched:
    """Deals that a batch changes."""

    #: Their rows.
    ids: Sequence[int] = ()
    #: Keys of those that are no more.
    gone: Sequence[str] = ()

    @classmethod
    def of(cls, store: Store, destinations: Sequence[Destination], delta: Delta | None) -> Touched:
        """By the changes of a connection's deals, not applied yet; nothing where no destination is told of deals."""
        if delta is None or not any(one.deal_objects for one in destinations):
            return cls()
        ids = [id_ for insert in delta.inserts for id_ in insert.ids]
        ids += [update.id for update in delta.updates if update.fields is not None]
        return cls(ids, store.deals.keys(delta.removed))

    def __bool__(self) -> bool:
        return bool(self.ids or self.gone)


def deal_documents(deals: Sequence[Deal]) -> dict[str, dict[str, Any]]:
    """Key -> `$.deal_id`, `$.customer_id` and the fields, an amount as it is written in its currency."""
    return {one.key: _document(one) for one in deals}


def _document(deal: Deal) -> dict[str, Any]:
    document = dict(zip(DEAL_COLUMNS, deal.fields, strict=True))
    if document["amount"] is not None and document["currency"]:
        document["amount"] = str(Decimal(document["amount"]).scaleb(-exponent(document["currency"])))
    if document.get("custom"):
        document["custom"] = orjson.loads(document["custom"])
    return {**document, "deal_id": deal.key, "customer_id": deal.owner_id}


def named_by_deals(store: Store, rule: OutRule, deals: Sequence[Deal]) -> dict[str, dict[str, str | None]]:
    """Key -> field -> our id of the customer whose record it names; None where there is nobody to name."""
    told = {one.key: _parties(one) for one in deals}
    contacts = sorted({contact for contact, company in told.values() if contact and not company})
    companies = store.companies.of(contacts) if contacts else {}
    return {
        key: {
            link.field: contact if link.whose == "contact" else company or companies.get(contact or "")
            for link in rule.links
        }
        for key, (contact, company) in told.items()
    }


def _parties(deal: Deal) -> tuple[str | None, str | None]:
    """The person and the company of a deal, by our ids."""
    if deal.customer_kind == "organization":
        return None, deal.customer_id
    return deal.customer_id, deal.organization_id


def left_out(store: Store, destination: Destination, object_: str, deals: Sequence[Deal]) -> dict[str, str]:
    """Key -> why that deal is not sent to a destination as one of its objects; not those that are."""
    copies = store.deals.copies(deals)
    kept = _kept(store, destination, object_, deals)
    documents = list(deal_documents(deals).values())
    fits = destination.mapping.is_for(object_, documents) if documents else []
    found: dict[str, str] = {}
    for one, is_for in zip(deals, fits, strict=True):
        if one.connection_id == destination.connection_id:
            found[one.key] = OWN
        elif one.key in copies:
            found[one.key] = COPY
        elif one.owner_id is None:
            found[one.key] = UNKNOWN
        elif one.owner_id not in kept:
            found[one.key] = FILTERED
        elif not is_for:
            found[one.key] = NOT_FOR
    return found


def _kept(store: Store, destination: Destination, object_: str, deals: Sequence[Deal]) -> set[str]:
    """Owners whose deals may be told of: those that an object is for which the deals can name, where they name any."""
    objects = {link.object for link in destination.mapping.out_rule(object_).links}
    owners = sorted({one.owner_id for one in deals if one.owner_id})
    if not objects or not owners:
        return set(owners)
    golden = store.identity.golden(owners)
    documents = [golden_document(id_, golden[id_]) for id_ in owners]
    met: set[str] = set()
    for name in sorted(objects):
        fits = destination.mapping.is_for(name, documents)
        met |= {id_ for id_, is_for in zip(owners, fits, strict=True) if is_for}
    return met


def rendered_deals(
    store: Store, destination: Destination, object_: str, keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What a destination would be sent of these deals, those that the object is for; without whom they name."""
    deals = store.deals.by_key(keys)
    out = left_out(store, destination, object_, deals)
    documents = deal_documents([one for one in deals if one.key not in out])
    rows = destination.mapping.render(object_, list(documents.values())) if documents else []
    return dict(zip(documents, rows, strict=True))


class Standing(NamedTuple):
    """How a deal stands with a destination, for people."""

    #: connection/type/id of the record that was read.
    deal: str
    connection: str
    object: str
    #: pending, the state of the record there, left out, or never: nothing was planned yet.
    state: str
    #: Why it is left out, or what was said of the last try.
    reason: str


def standings(store: Store, destination: Destination, customer_id: str) -> list[Standing]:
    """How a customer's deals stand with a destination."""
    deals = store.deals.by_id(store.deals.of_customers([customer_id])) if destination.deal_objects else []
    keys = [one.key for one in deals]
    found = []
    for object_ in destination.deal_objects if deals else ():
        place = (destination.connection_id, object_)
        out = left_out(store, destination, object_, deals)
        there, waiting = store.outbox.states(*place, keys), store.outbox.waiting(*place, keys)
        for one in deals:
            state = "pending" if one.key in waiting else there[one.key].state if one.key in there else "never"
            tried = store.outbox.deliveries_of(one.key, 1)
            reason = out.get(one.key) or (tried[0].message if tried and tried[0].status != "sent" else None)
            name = f"{one.connection}/{one.external_type}/{one.external_id}"
            state = "left out" if one.key in out and state == "never" else state
            found.append(Standing(name, destination.name, object_, state, reason or ""))
    return found
