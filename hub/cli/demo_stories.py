"""Well-chosen people of the demo: records that became one customer, and records that did not, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.canonical.name import full_name
from hub.insight.evidence import Names, connecting, edges_within, told_edges
from hub.insight.lens import Lens
from hub.insight.lookup import one
from hub.insight.pair import why_pair
from hub.models import Json
from hub.testing.demo_world import ROLE_MAILBOX, DemoWorld

_MERGED = {
    "hanzi": "name in two scripts",
    "typo": "misspelt name",
    "accents": "lost accents",
    "guest": "guest, then registered",
    "phone": "another address",
}
_APART = {"family": "family on one landline", "namesakes": "same name"}
_FIELDS = ("given_name", "family_name", "name_order", "full_name", "email")


def merged(lens: Lens, world: DemoWorld) -> list[dict[str, Any]]:
    """{story, key, customer_id, records: [{record, name, email, joined_by}]} of each; `key` is for `hub why`."""
    emails = {person.id: person.email for person in world.people}
    told = []
    for story, text in _MERGED.items():
        for number in world.stories.get(story, ()):
            match = one(lens.store, emails[number])
            told.append(
                {
                    "story": text,
                    "key": emails[number],
                    "customer_id": match.customer_id,
                    "records": _records(lens, match.customer_id),
                }
            )
    return told


def _records(lens: Lens, customer_id: str) -> list[dict[str, Json]]:
    numbers = sorted(row[0] for row in lens.store.identity.members_of([customer_id]))
    keys = lens.store.identity.source_keys(numbers)
    rows = lens.store.records.fields("customer", numbers, _FIELDS)
    names = Names.of(lens, numbers)
    edges = told_edges(lens, connecting(edges_within(lens, numbers)), names)
    told = []
    for place, number in enumerate(numbers):
        given, family, order, full, email = rows[number]
        name = full or full_name(given, family, order)
        joined = _joined(edges, names[number], [names[one] for one in numbers[:place]])
        told.append({"record": lens.source(keys[number]), "name": name, "email": email, "joined_by": joined})
    return told


#: Comparisons that are told of what ties a record.
_TOLD = 3


def _joined(edges: Sequence[dict[str, Json]], name: str, before: Sequence[str]) -> str:
    """What ties a record to those before it: the comparisons that weigh most in its strongest evidence."""
    mine = [edge for edge in edges if name in (edge["a"], edge["b"]) and {edge["a"], edge["b"]} & set(before)]
    if not mine:
        return ""
    weights = max(mine, key=lambda edge: edge["weight"])["weights"]
    speaking = sorted(((bits, field) for field, bits in weights.items() if bits > 0), reverse=True)[:_TOLD]
    return ", ".join(f"{field} {bits:.0f}" for bits, field in speaking)


def apart(lens: Lens, world: DemoWorld) -> list[dict[str, Any]]:
    """{story, a, b, keys, customers, reason} of each; `keys` are for `hub why`."""
    people = {person.id: person for person in world.people}
    told = []
    for story, text in _APART.items():
        first, second = (people[number] for number in world.stories.get(story, ()))
        told.append(_pair(lens, text, (first.full_name, second.full_name), (first.email, second.email)))
    desk = (f"shop/guest/{ROLE_MAILBOX}", f"mailbox/correspondent/{ROLE_MAILBOX}")
    return [*told, _pair(lens, "one role mailbox", desk, desk)]


def _pair(lens: Lens, story: str, names: tuple[str, str], keys: tuple[str, str]) -> dict[str, Any]:
    told = why_pair(lens, *(one(lens.store, key) for key in keys))
    return {
        "story": story,
        "a": names[0],
        "b": names[1],
        "keys": list(keys),
        "customers": [told["a"]["customer_id"], told["b"]["customer_id"]],
        "reason": " ".join(str(reason["text"]) for reason in told["reasons"]),
    }
