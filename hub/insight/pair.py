"""Why two records are one customer, or why they are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hub.identity.blocking import identifier_key
from hub.identity.limits import as_feature
from hub.identity.resolving import DOUBT, SAME
from hub.insight import evidence
from hub.insight.evidence import Names
from hub.insight.lens import Lens
from hub.insight.lookup import Match
from hub.insight.weighing import heaviest
from hub.models import DecisionKind, Json
from hub.store.identity import EdgeRow

#: So many records of each side are compared where nobody had done so before.
_COMPARED = 10

#: (type, issuer, value)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two: its customer, all members, and those that the text named."""

    match: Match
    members: tuple[int, ...]
    named: tuple[int, ...]


def why_pair(lens: Lens, one: Match, other: Match) -> dict[str, Json]:
    """Whether two texts name one customer, and what joins or parts them.

    {same, a, b: {customer_id, matched_by, sources}, path, reasons}. path: stored evidence from the one to the other, as
    in `why`, None where there is no way. reasons: {kind, text, …} of each thing that keeps them apart: `different`,
    `refused`, `doubt`, `blocked`, `retired`, `not_enough`, `weighed` (with the `edge`), `through_others`, `compared` (with
    the `edge`, that nobody had asked for before), `nothing_shared`; empty when they are the same."""
    with lens.store.read():
        a, b = _side(lens, one), _side(lens, other)
        same = one.customer_id == other.customer_id
        way = evidence.path(lens, a.named, b.named, a.members if same else None)
        refusals = [] if same else _between(evidence.refusals_of(lens, a.members), a, b)
        names = Names.of(
            lens, [*a.members, *b.members, *(end for edge in way or () for end in (edge.a, edge.b))]
        )
        return {
            "same": same,
            "a": _told_side(a, names),
            "b": _told_side(b, names),
            "path": None if way is None else evidence.told_edges(lens, way, names),
            "reasons": [] if same else _reasons(lens, a, b, refusals, names, way),
        }


def _side(lens: Lens, match: Match) -> _Side:
    members = tuple(sorted(row[0] for row in lens.store.identity.members_of([match.customer_id])))
    return _Side(match, members, match.sources or members)


def _told_side(side: _Side, names: Names) -> dict[str, Json]:
    return {
        "customer_id": side.match.customer_id,
        "matched_by": side.match.by,
        "sources": [names[number] for number in side.named],
    }


def _between(refusals: Sequence[tuple[Any, ...]], a: _Side, b: _Side) -> list[tuple[Any, ...]]:
    """Refused merges of a record of the one with a record of the other."""
    first, second = set(a.members), set(b.members)
    return [
        refusal
        for refusal in refusals
        if (refusal[0] in first and refusal[1] in second) or (refusal[0] in second and refusal[1] in first)
    ]


def _reasons(
    lens: Lens,
    a: _Side,
    b: _Side,
    refusals: Sequence[tuple[Any, ...]],
    names: Names,
    way: Sequence[EdgeRow] | None,
) -> list[dict[str, Json]]:
    told = list(_different(lens, a, b, names))
    if told:  # the guard only followed the decision
        refusals = [refusal for refusal in refusals if refusal[2] != "different"]
    told += _refused(lens, refusals, (*a.members, *b.members), names)
    shared = _shared(lens, a, b)
    if told:  # what else they share did not matter
        return told + [one for one in shared if one["kind"] != "not_enough"]
    weighed = list(_weighed(lens, a, b, names))
    told = [*shared, *(weighed or _compared(lens, a, b, names))]
    if way:
        told.append(_through_others(lens, way))
    if not told:
        told.append({"kind": "nothing_shared", "text": "Nothing that they tell ties them together."})
    return told


def _refused(
    lens: Lens, refusals: Sequence[tuple[Any, ...]], members: Collection[int], names: Names
) -> list[dict[str, Json]]:
    return [
        {
            "kind": "doubt" if refusal["guard"] == DOUBT else "refused",
            "text": _GUARDS.get(refusal["guard"], "A guard refused to join them."),
            **refusal,
        }
        for refusal in evidence.told_refusals(lens, refusals, members, names)
    ]


def _through_others(lens: Lens, way: Sequence[EdgeRow]) -> dict[str, Json]:
    """Evidence leads from the one to the other over records that a guard kept apart."""
    nodes = {end for edge in way for end in (edge.a, edge.b)}
    refusals = evidence.refusals_of(lens, nodes)
    names = Names.of(lens, {end for refusal in refusals for end in refusal[:2]})
    return {
        "kind": "through_others",
        "text": "Evidence ties them together only through other records, some of which were kept apart.",
        "refused": evidence.told_refusals(lens, refusals, nodes, names),
    }


_GUARDS = {
    "different": "A decision says that they are different people.",
    "contradiction": "A decision would join them, but another says that they are different people.",
    "exclusive": "They differ in an identifier of which a customer has only one.",
    "limit": "Together they would have more values of an identifier than a customer may have.",
    "evidence": "What they tell contradicts itself, whatever ties them to others.",
    "component_cap": "Too many records hang together; the weakest evidence was left out.",
    DOUBT: "It was a close call: together their evidence is near to what it takes.",
}


def _different(lens: Lens, a: _Side, b: _Side, names: Names) -> Iterator[dict[str, Json]]:
    """Decisions in force that a record of the one and a record of the other are different people."""
    first = {names.keys[number] for number in a.members if number in names.keys}
    second = {names.keys[number] for number in b.members if number in names.keys}
    for decision in evidence.decisions_on(lens, first, ()):
        if decision.kind is DecisionKind.DIFFERENT and (decision.a in second or decision.b in second):
            text = "A decision says that they are different people."
            yield {"kind": "different", "text": text, "decision": evidence.told_decision(lens, decision)}


# --- identifiers that both have, and that did not join them ---------------------------------------------------------


def _shared(lens: Lens, a: _Side, b: _Side) -> list[dict[str, Json]]:
    """Why each identifier that both have did not join them; told by its type, not its value."""
    told = []
    for key in sorted(_keys(lens, a.members) & _keys(lens, b.members)):
        kind, text = _why_not(lens, key)
        told.append({"kind": kind, "text": text, "type": key[0], "issuer": key[1]})
    return told


def _keys(lens: Lens, members: Sequence[int]) -> set[Key]:
    return {(row[1], row[2], row[3]) for row in lens.store.identity.identifiers_of(members)}


def _why_not(lens: Lens, key: Key) -> tuple[str, str]:
    """(kind, text) of what a shared value is worth."""
    type_, issuer, value = key
    blocked = lens.policy.blocked(type_, value)
    if blocked:
        return "blocked", f"They share a value of type {type_} that joins nobody: {blocked}."
    name, text = as_feature(type_, issuer, value)
    limits = lens.policy.document.retire
    retired = lens.store.matching.retired_row(identifier_key(name, text))
    if retired and retired.records > limits.records:
        return "retired", f"They share a value of type {type_} that more than {limits.records} records have."
    if retired:
        return (
            "retired",
            f"They share a value of type {type_} that more than {limits.names} different names have.",
        )
    return "not_enough", f"They share a value of type {type_}; what else they tell speaks against one person."


# --- pairs that were weighed ----------------------------------------------------------------------------------------


def _weighed(lens: Lens, a: _Side, b: _Side, names: Names) -> Iterator[dict[str, Json]]:
    """The heaviest pair across, where the two hang together and are weighed for it."""
    first, second = set(a.members), set(b.members)
    across = [
        edge
        for edge in evidence.edges_within(lens, first | second)
        if (edge.a in first) != (edge.b in first) and edge.rule != SAME
    ]
    if across:
        heaviest = max(across, key=lambda edge: (edge.weight, -edge.a, -edge.b))
        (told,) = evidence.told_edges(lens, [heaviest], names)
        text = f"Of the pairs of their records the strongest weighs {heaviest.weight:.1f} bits."
        yield {"kind": "weighed", "text": text, "edge": told}


def _compared(lens: Lens, a: _Side, b: _Side, names: Names) -> Iterator[dict[str, Json]]:
    """What the named records weigh by the model in force, where it was not worth comparing them."""
    found = heaviest(lens.store, lens.policy, a.named[:_COMPARED], b.named[:_COMPARED])
    if found is None:
        return
    edge: dict[str, Json] = {
        "a": names[found.a],
        "b": names[found.b],
        "rule": "compared",
        "weight": round(found.bits, 6),
        "weights": {name: round(bits, 3) for name, bits in found.made_of.bits.items()},
        "levels": dict(found.made_of.levels),
    }
    text = f"They do not hang together. Compared all the same, they weigh {found.bits:.1f} bits."
    yield {"kind": "compared", "text": text, "edge": edge}
