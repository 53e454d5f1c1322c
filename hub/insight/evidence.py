"""Stored evidence, as it is: edges between source customers, refused merges, decisions. Nothing is scored again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.canonical.time import to_text
from hub.identity import code_of
from hub.identity.resolving import INSIDE, SAME
from hub.identity.stored_model import comparisons_of
from hub.identity.waterfall import unpacked
from hub.insight.lens import Lens
from hub.models import Decision, DecisionKind, Json, SourceKey
from hub.store.identity import EdgeRow

#: Most source customers that are looked at for the way from one record to another.
REACH = 20_000

Pair = tuple[int, int]


@dataclass(frozen=True)
class Names:
    """How source customers are called, by the number of their row."""

    lens: Lens
    keys: Mapping[int, SourceKey]

    @classmethod
    def of(cls, lens: Lens, numbers: Iterable[int]) -> Names:
        """The names of these source customers."""
        return cls(lens, lens.store.identity.source_keys(sorted(set(numbers))))

    def __getitem__(self, number: int) -> str:
        """`connection/type/external_id`; of one that is gone its number."""
        key = self.keys.get(number)
        return self.lens.source(key) if key else f"gone/{number}"


def edges_within(lens: Lens, members: Collection[int]) -> list[EdgeRow]:
    """Stored edges of which both ends are among the members."""
    inside = set(members)
    return [edge for edge in lens.store.identity.edges_of(sorted(inside)) if {edge.a, edge.b} <= inside]


def told_edges(lens: Lens, edges: Sequence[EdgeRow], names: Names) -> list[dict[str, Json]]:
    """{a, b, rule, weight, weights: {comparison: bits}, levels: {comparison: level}} of each pair that was weighed.

    `weights` add up to `weight`; besides comparisons there are `prior`, what households and namesakes take off
    (`household`), and of a pair that is no link what it means that the two hang together (`component`). A person's word
    is the rule `same`; where a link ties the two as well, its weights are told beside."""
    comparisons = _Comparisons(lens)
    pairs: dict[Pair, dict[str, Json]] = {}
    for edge in edges:
        told = pairs.setdefault(
            (edge.a, edge.b),
            {
                "a": names[edge.a],
                "b": names[edge.b],
                "rule": edge.rule,
                "weight": edge.weight,
                "weights": {},
                "levels": {},
            },
        )
        if edge.rule == SAME:
            told |= {"rule": SAME, "weight": edge.weight}
            told["weights"] = {SAME: edge.weight, **told["weights"]}
        elif edge.levels is not None:
            made = unpacked(edge.levels, comparisons.of(edge.model))
            told["weights"] |= {name: round(bits, 3) for name, bits in made.bits.items()}
            told["levels"] = dict(made.levels)
    return list(pairs.values())


class _Comparisons:
    """The comparisons of models, each read once."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._known: dict[int, list[str]] = {}

    def of(self, model: int) -> list[str]:
        """Their names, in order."""
        if model not in self._known:
            row = self._lens.store.matching.model(model)
            assert row is not None, "edges name a model that is kept"
            self._known[model] = comparisons_of(row.document)
        return self._known[model]


def connecting(edges: Sequence[EdgeRow]) -> list[EdgeRow]:
    """Those that tie two records together: links, and a person's word."""
    return [edge for edge in edges if edge.rule != INSIDE]


# --- refused merges -----------------------------------------------------------------------------------------------


def refusals_of(lens: Lens, members: Collection[int]) -> list[tuple[Any, ...]]:
    """Refused and doubtful merges that touch a member: (a, b, guard, detail, weight, size, joined, at, state)."""
    columns = "a, b, guard, detail, weight, size, joined, at, state"
    found: set[tuple[Any, ...]] = set()
    for side in ("a", "b"):
        found.update(
            lens.store.driver.query_in(
                f"SELECT {columns} FROM refusals WHERE {side} IN ({{}})", sorted(members)
            )
        )
    return sorted(found)


def told_refusals(
    lens: Lens, refusals: Sequence[tuple[Any, ...]], members: Collection[int], names: Names
) -> list[dict[str, Json]]:
    """{a, b, guard, code, detail, weight, size, joined, at, state, other_customer} of each; `detail` tells types, never
    values."""
    ends = {end for refusal in refusals for end in refusal[:2]}
    customers = lens.store.identity.customer_of(sorted(ends))
    inside = set(members)
    told = []
    for a, b, guard, detail, weight, size, joined, at, state in refusals:
        outside = [customers[end][0] for end in (a, b) if end not in inside and end in customers]
        told.append(
            {
                "a": names[a],
                "b": names[b],
                "guard": guard,
                "code": code_of(guard),
                "detail": orjson.loads(detail) if detail else {},
                "weight": weight,
                "size": size,
                "joined": bool(joined),
                "at": at,
                "state": state,
                "other_customer": outside[0] if outside else None,
            }
        )
    return told


# --- decisions ----------------------------------------------------------------------------------------------------


def decisions_on(
    lens: Lens, keys: Collection[SourceKey], values: Collection[tuple[str, str]]
) -> list[Decision]:
    """Decisions in force that name one of these source customers, or block one of these (type, value)."""
    wanted = set(keys)
    blocked = set(values)
    return [
        decision
        for decision in lens.store.decisions.active()
        if decision.a in wanted
        or decision.b in wanted
        or (decision.kind is DecisionKind.BLOCK and (decision.field, decision.value) in blocked)
    ]


def told_decision(lens: Lens, decision: Decision) -> dict[str, Json]:
    """{id, kind, a, b, field, value, actor, reason, at}."""
    value = decision.value
    if value is not None and decision.field:
        if decision.kind is DecisionKind.BLOCK:
            value = lens.identifier(decision.field, value)
        else:
            value = lens.columns("customer", {decision.field: value})[decision.field]
    return {
        "id": decision.id,
        "kind": decision.kind.value,
        "a": lens.source(decision.a) if decision.a else None,
        "b": lens.source(decision.b) if decision.b else None,
        "field": decision.field,
        "value": value,
        "actor": decision.actor,
        "reason": decision.reason,
        "at": to_text(decision.at) if decision.at else None,
    }


# --- the way from one record to another ---------------------------------------------------------------------------


def path(
    lens: Lens, starts: Collection[int], goals: Collection[int], within: Collection[int] | None = None
) -> list[EdgeRow] | None:
    """The edges of a shortest way over stored evidence; empty when a start is a goal, None when there is no way.

    within: only over these source customers. Where several rules tie a pair, all their edges are in the list."""
    wanted = set(goals)
    allowed = None if within is None else set(within)
    if wanted & set(starts):
        return []
    came: dict[int, list[EdgeRow]] = {start: [] for start in starts}
    frontier = sorted(came)
    while frontier and len(came) < REACH:
        steps = _steps(connecting(lens.store.identity.edges_of(frontier)), set(frontier), came, allowed)
        came.update(steps)
        reached = sorted(wanted & steps.keys())
        if reached:
            return _walk_back(came, reached[0])
        frontier = sorted(steps)
    return None


def _steps(
    edges: Sequence[EdgeRow],
    frontier: Collection[int],
    came: Mapping[int, list[EdgeRow]],
    allowed: Collection[int] | None,
) -> dict[int, list[EdgeRow]]:
    """Source customers one step further on, with the edges that lead to each from one before it."""
    steps: dict[int, list[EdgeRow]] = {}
    for edge in edges:
        for here, there in ((edge.a, edge.b), (edge.b, edge.a)):
            if here not in frontier or there in came or (allowed is not None and there not in allowed):
                continue
            led = steps.setdefault(there, [])
            if not led or {led[0].a, led[0].b} == {here, there}:
                led.append(edge)
    return steps


def _walk_back(came: Mapping[int, list[EdgeRow]], goal: int) -> list[EdgeRow]:
    way: list[EdgeRow] = []
    here = goal
    while came[here]:
        edges = came[here]
        way = edges + way
        here = edges[0].a if edges[0].b == here else edges[0].b
    return way
