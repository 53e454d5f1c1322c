"""Fields that name another record of the destination: a contact its company, a deal its contact and company.

A planned row names the other one by our id, so that it stays the same whatever becomes of the record there. When it is
sent, the id of that record takes its place. What is still on its way there is waited for; what will not be there, as far
as anybody knows, is left out, and the delivery says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.mapping.out import OutRule
from hub.models import Found, Json
from hub.store.api import Store
from hub.store.outbox import Claimed
from hub.sync import wanted
from hub.sync.deal_rows import named_by_deals
from hub.sync.derive import Delta

_COLUMNS = ENTITIES["customer"].columns
#: Which company a source says that somebody belongs to.
_COMPANY = tuple(_COLUMNS.index(name) for name in ("organization_type", "organization_key"))


@dataclass(frozen=True, slots=True)
class Linked:
    """A row's fields with the ids of the records there that it names."""

    fields: dict[str, Json]
    #: Fields whose record is on its way there, with our id of it.
    awaited: Mapping[str, str]
    #: Fields whose record is not there, and not on its way: they are not among `fields`.
    missing: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What is to be said of a row that goes without."""
        return (
            f"without {', '.join(self.missing)}: that record is not at the destination"
            if self.missing
            else ""
        )


def named(
    store: Store, rule: OutRule | None, customer_ids: Sequence[str]
) -> dict[str, dict[str, str | None]]:
    """Customer, or key of a deal -> field -> our id of whose record it names; None where there is nobody to name."""
    if rule is None or not rule.links or not customer_ids:
        return {}
    if not rule.of_customers:
        return named_by_deals(store, rule, store.deals.by_key(customer_ids))
    companies = store.companies.of(customer_ids)
    return {id_: {link.field: companies.get(id_) for link in rule.links} for id_ in customer_ids}


def resolved(
    store: Store, connection_id: int, rule: OutRule | None, rows: Sequence[Mapping[str, Json]]
) -> list[Linked]:
    """Planned rows of one object with ids of the destination in the place of ours."""
    made = [dict(row) for row in rows]
    awaited: list[dict[str, str]] = [{} for _ in rows]
    missing: list[list[str]] = [[] for _ in rows]
    for link in rule.links if rule else ():
        ids = sorted({row[link.field] for row in made if row.get(link.field)})
        states = store.outbox.states(connection_id, link.object, ids)
        there = {id_: one.remote_id for id_, one in states.items() if one.state == "sent" and one.remote_id}
        coming = store.outbox.coming(connection_id, link.object, [id_ for id_ in ids if id_ not in there])
        for row, waits, lacks in zip(made, awaited, missing, strict=True):
            if other := row.get(link.field):
                if other in there:
                    row[link.field] = there[other]
                else:
                    del row[link.field]
                    if other in coming:
                        waits[link.field] = other
                    else:
                        lacks.append(link.field)
    return [
        Linked(row, waits, tuple(lacks)) for row, waits, lacks in zip(made, awaited, missing, strict=True)
    ]


def of_items(
    store: Store, connection_id: int, rule: OutRule | None, items: Sequence[Claimed]
) -> dict[int, Linked]:
    """The same for deliveries that are to be made, by their id; of those that name nobody nothing."""
    if rule is None or not rule.links:
        return {}
    told = [item for item in items if item.op == "upsert" and not item.trying]
    rows = [orjson.loads(item.fields) for item in told]
    return dict(zip((item.id for item in told), resolved(store, connection_id, rule, rows), strict=True))


def put_in(item: Claimed, linked: Linked, *, ahead: bool) -> Claimed:
    """The delivery with the ids of the destination. ahead: what is awaited is as good as there, by our id."""
    return item._replace(fields=wanted.text({**linked.fields, **(linked.awaited if ahead else {})}))


def as_ids(found: Found, rule: OutRule | None) -> Found:
    """A record as it was found, the ids of others in it as texts, as the hub keeps them."""
    links = [link.field for link in rule.links] if rule else []
    told = {name: str(found.fields[name]) for name in links if not wanted.is_empty(found.fields.get(name))}
    return Found(found.remote_id, {**found.fields, **told}) if told else found


def moved(delta: Delta) -> list[int]:
    """Source customers that say something new of whose company they are of. delta: of source customers."""
    ids = [
        update.id
        for update in delta.updates
        if update.fields is not None and _company(update.fields) != _company(update.before)
    ]
    for insert in delta.inserts:
        keys = insert.columns.get("organization_key", ())
        ids += [id_ for id_, key in zip(insert.ids, keys, strict=bool(keys)) if key is not None]
    return ids


def _company(fields: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(fields[column] for column in _COMPANY)
