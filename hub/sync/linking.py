"""A destination that is read, too: which of its records a customer has already, and what they say there.

What a system told us is rendered as what we would tell it, so that the two can be held against each other field by field:
a change that came from there is not sent back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.store.api import Store
from hub.store.identity import GOLDEN_COLUMNS
from hub.sync import wanted
from hub.sync.document import golden_document
from hub.sync.links import moved

if TYPE_CHECKING:
    from hub.sync.derive import Delta
    from hub.sync.outbox import Destination


class Own(NamedTuple):
    """A record of the destination's own that is one of a customer's records."""

    remote_id: str
    #: Destination-shaped; only fields that it has a value of.
    fields: dict[str, Any]
    #: When it was changed last, by its own word (time text).
    changed_at: str | None = None


def own_records(
    store: Store, destination: Destination, object_: str, customer_ids: Sequence[str]
) -> dict[str, list[Own]]:
    """Customer -> the records that the destination itself told us of, as one object."""
    type_ = destination.mapping.out_rule(object_).type
    members = dict(store.identity.members_of(customer_ids))
    places = store.records.places(list(members))
    here = [
        (source_id, external_id)
        for source_id, (connection_id, external_type, external_id) in places.items()
        if connection_id == destination.connection_id and external_type == type_
    ]
    if not here:
        return {}
    columns = (*GOLDEN_COLUMNS, "external_updated_at")
    fields = store.records.fields("customer", [source_id for source_id, _ in here], columns)
    rendered = said(destination, object_, [fields[source_id][:-1] for source_id, _ in here])
    found: dict[str, list[Own]] = {}
    for (source_id, external_id), row in zip(here, rendered, strict=True):
        found.setdefault(members[source_id], []).append(Own(external_id, row, fields[source_id][-1]))
    return found


def said(destination: Destination, object_: str, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Source customers of the destination, as it would be told them: without empty fields, and without our id, which
    they may not hold. rows: values of GOLDEN_COLUMNS."""
    documents = [golden_document(None, row) for row in rows]
    return [
        {name: value for name, value in row.items() if not wanted.is_empty(value)}
        for row in destination.mapping.render(object_, documents)
    ]


def said_at(
    store: Store, destination: Destination, object_: str, asked: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, str]]:
    """Customer -> field -> when another system than the destination last said what we say. asked: customer -> fields,
    destination-shaped."""
    members = dict(store.identity.members_of(list(asked)))
    places = store.records.places(list(members))
    others = [id_ for id_, place in places.items() if place[0] != destination.connection_id]
    rows = store.records.fields("customer", others, (*GOLDEN_COLUMNS, "external_updated_at"))
    told = [id_ for id_ in others if rows[id_][-1]]
    shown = said(destination, object_, [rows[id_][:-1] for id_ in told])
    found: dict[str, dict[str, str]] = {}
    for id_, row in zip(told, shown, strict=True):
        times = found.setdefault(members[id_], {})
        for name, value in asked[members[id_]].items():
            if wanted.same(row.get(name), value):
                times[name] = max(times.get(name, ""), rows[id_][-1])
    return found


def concerned(
    store: Store, destinations: Sequence[Destination], connection_id: int, delta: Delta
) -> list[str]:
    """Customers to plan for though their golden record may be as it was. delta: changes of source customers, applied.

    A destination itself says something new of them that may not stay: whose word counts there is ruled field by field. Or
    a source says something new of their company, which a destination's record names."""
    ids = _answered(destinations, connection_id, delta)
    if any(one.links for one in destinations):
        ids += moved(delta)
    return sorted({customer_id for customer_id, _ in store.identity.customer_of(ids).values()}) if ids else []


def _answered(destinations: Sequence[Destination], connection_id: int, delta: Delta) -> list[int]:
    here = next((one for one in destinations if one.connection_id == connection_id and one.read), None)
    if here is None:
        return []
    types = {
        rule.type
        for object_ in here.customer_objects
        if (rule := here.mapping.out_rule(object_))
        and any(win.word in ANSWERED for win in rule.wins.values())
    }
    return [one.id for one in delta.updates if one.fields is not None and one.name[0] in types]


#: Winners by which a change there calls for an answer.
ANSWERED = ("ours", "human", "latest", "review")
