"""The review queue: merges that a guard refused, and those that were made or not made by a hair's breadth.

Most worth a look is what is most doubtful and concerns most records:

    rank = size / (1 + |mean - stop|)

size: records of both sides together; mean: mean weight between them, stop: the mean from which clusters are joined, both
in bits. What people have decided is not asked again; a decision that is taken back brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from hub.errors import NotFound
from hub.identity.resolving import code_of
from hub.insight import evidence
from hub.insight.evidence import Names
from hub.insight.lens import Lens
from hub.insight.proposals import join, part
from hub.insight.summary import summaries
from hub.insight.weighing import active_model
from hub.models import Decision, DecisionKind, Json, SourceKey

SAME, DIFFERENT = "same", "different"
#: Refused because somebody said so: nothing to decide.
_DECIDED = "different"
#: Rows of the queue that are read at once.
_PAGE = 500
#: Fields that tell briefly who a customer is.
_SHORT = ("full_name", "given_name", "family_name", "organization_name", "email", "phone", "birth_date")


class Item(NamedTuple):
    """A row of the queue."""

    #: The strongest pair of records across: source customers.
    a: int
    b: int
    guard: str
    detail: str
    mean: float
    size: int
    #: Whether they are one customer now.
    joined: bool
    at: str
    rank: float

    @property
    def id(self) -> str:
        """What `hub review decide` takes."""
        return f"{self.a}-{self.b}"


def queue(lens: Lens, limit: int) -> list[dict[str, Json]]:
    """What is most worth a look, in the documented shape of `hub review list --json`."""
    with lens.store.read():
        items: list[Item] = []
        seen: set[frozenset[Any]] = set()
        for item, between in _open(lens):
            if between not in seen:  # the same two customers, by another guard
                seen.add(between)
                items.append(item)
            if len(items) == limit:
                break
        return _told(lens, items)


def count(lens: Lens) -> int:
    """How much is to be looked at, what was decided meanwhile included."""
    row = lens.store.driver.one(
        "SELECT count(*) FROM refusals WHERE state = 'open' AND guard <> ?", (_DECIDED,)
    )
    return int(row[0]) if row else 0


def _open(lens: Lens) -> Iterator[tuple[Item, frozenset[Any]]]:
    """Items of the highest rank first, without decided ones; and between whom each is."""
    stop = active_model(lens.store).linking.stop
    sql = (
        "SELECT a, b, guard, detail, weight, size, joined, at, size / (1.0 + abs(weight - ?)) AS rank FROM refusals "
        "WHERE state = 'open' AND guard <> ? ORDER BY rank DESC, a, b, guard LIMIT ? OFFSET ?"
    )
    decided = _decided_pairs(lens)
    start = 0
    while True:
        rows = lens.store.driver.query(sql, (stop, _DECIDED, _PAGE, start))
        items = [Item(*row)._replace(joined=bool(row[6])) for row in rows]
        yield from _undecided(lens, items, decided)
        if len(rows) < _PAGE:
            return
        start += _PAGE


#: Two source customers, by row.
_Pairs = set[frozenset[int]]


def _decided_pairs(lens: Lens) -> tuple[_Pairs, _Pairs]:
    """Pairs that decisions in force call the same, and different."""
    told: dict[DecisionKind, list[tuple[SourceKey, SourceKey]]] = {}
    for decision in lens.store.decisions.active():
        if decision.a and decision.b:
            told.setdefault(decision.kind, []).append((decision.a, decision.b))
    numbers = lens.store.identity.source_ids(
        {key for pairs in told.values() for pair in pairs for key in pair}
    )
    same, different = (
        {frozenset((numbers[a], numbers[b])) for a, b in told.get(kind, ()) if a in numbers and b in numbers}
        for kind in (DecisionKind.SAME, DecisionKind.DIFFERENT)
    )
    return same, different


def _undecided(
    lens: Lens, items: Sequence[Item], decided: tuple[_Pairs, _Pairs]
) -> Iterator[tuple[Item, frozenset[Any]]]:
    same, different = decided
    ends = {end for item in items for end in (item.a, item.b)}
    ends |= {end for pair in different for end in pair}
    customers = {id_: row[0] for id_, row in lens.store.identity.customer_of(sorted(ends)).items()}
    apart = {frozenset(customers.get(end) for end in pair) for pair in different}
    for item in items:
        pair = frozenset((item.a, item.b))
        sides = frozenset((customers.get(item.a), customers.get(item.b)))
        if None in sides or pair in same or pair in different or (len(sides) == 2 and sides in apart):
            continue
        yield item, sides if len(sides) == 2 else pair


# --- telling -------------------------------------------------------------------------------------------------------


def _told(lens: Lens, items: Sequence[Item]) -> list[dict[str, Json]]:
    ends = sorted({end for item in items for end in (item.a, item.b)})
    names = Names.of(lens, ends)
    customers = {id_: row[0] for id_, row in lens.store.identity.customer_of(ends).items()}
    short = {item["customer_id"]: item for item in summaries(lens, sorted(set(customers.values())))}
    records = _records(lens, ends)
    edges = {(edge.a, edge.b): edge for edge in evidence.edges_within(lens, ends)}
    told = []
    for item in items:
        edge = edges.get((item.a, item.b))
        weighed = evidence.told_edges(lens, [edge], names)[0] if edge else None
        told.append(
            {
                "id": item.id,
                "rank": round(item.rank, 3),
                "guard": item.guard,
                "code": code_of(item.guard),
                "detail": orjson.loads(item.detail) if item.detail else {},
                "mean": round(item.mean, 3),
                "size": item.size,
                "joined": item.joined,
                "at": item.at,
                "a": _side(names[item.a], records.get(item.a, {}), short[customers[item.a]]),
                "b": _side(names[item.b], records.get(item.b, {}), short[customers[item.b]]),
                "weight": weighed["weight"] if weighed else None,
                "weights": weighed["weights"] if weighed else {},
                "levels": weighed["levels"] if weighed else {},
            }
        )
    return told


def _records(lens: Lens, numbers: Sequence[int]) -> dict[int, dict[str, Json]]:
    """What the two records themselves say: of one customer, the golden record would say the same of both."""
    rows = lens.store.records.fields("customer", numbers, _SHORT)
    return {
        number: {
            name: value
            for name, value in lens.columns("customer", dict(zip(_SHORT, row, strict=True))).items()
            if value
        }
        for number, row in rows.items()
    }


def _side(record: str, fields: dict[str, Json], customer: dict[str, Any]) -> dict[str, Json]:
    return {
        "record": record,
        "fields": fields,
        "customer_id": customer["customer_id"],
        "sources": [source["key"] for source in customer["sources"]],
    }


# --- deciding ------------------------------------------------------------------------------------------------------


def decisions(lens: Lens, id_: str, answer: str, actor: str, reason: str) -> list[Decision]:
    """The decisions that answer an item. answer: SAME or DIFFERENT; of both customers all, as `proposals` has it.

    Raises NotFound HUB-9025 where there is no such item; GuardStop HUB-8030 where a decision in force says that they are
    different people."""
    a, b = _pair(lens, id_)
    keys = lens.store.identity.source_keys([a, b])
    if not len(keys) == len(lens.store.identity.customer_of([a, b])) == 2:
        raise _nothing(id_)  # a record is gone
    propose = join if answer == SAME else part
    return propose(lens, keys[a], keys[b], actor, reason)


def _pair(lens: Lens, id_: str) -> tuple[int, int]:
    first, _, second = id_.partition("-")
    if first.isdecimal() and second.isdecimal():
        pair = int(first), int(second)
        if lens.store.driver.one("SELECT 1 FROM refusals WHERE a = ? AND b = ? AND state = 'open'", pair):
            return pair
    raise _nothing(id_)


def _nothing(id_: str) -> NotFound:
    hint = "`hub review list` tells what there is."
    return NotFound("HUB-9025", "there is nothing of this number to review", where=id_, hint=hint)
