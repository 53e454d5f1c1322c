"""Why a customer is as it is: its records, what tied them together, what was kept apart, who won each field.

Everything is read as it was stored, or worked out by the same pure function that wrote the golden record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.canonical.schema import GOLDEN_FIELDS
from hub.errors import NotFound
from hub.identity import Candidate, Members, effective, explain
from hub.identity.resolving import DOUBT, INSIDE
from hub.insight import evidence
from hub.insight.destinations import standings
from hub.insight.evidence import Names
from hub.insight.lens import Lens
from hub.insight.lookup import Match
from hub.insight.summary import parsed, sources_of, without_number
from hub.models import Decision, Json
from hub.store.identity import GOLDEN_COLUMNS

_MEMBER_COLUMNS = (*GOLDEN_COLUMNS, "external_updated_at", "external_created_at")


def why(lens: Lens, match: Match, destinations: Sequence[str] = ()) -> dict[str, Json]:
    """The documented shape of `hub why --json`.

    {customer_id, status, matched_by, sources, edges, inside, refused, doubts, fields: [{field, value, rule, winner, losers}],
     decisions, destinations}. edges: what ties its records; inside: what else was weighed between them; doubts: merges
    made or not made by a hair's breadth. destinations: names of the connections that customers are pushed to.
    Raises NotFound HUB-9020 when the customer is no more."""
    with lens.store.read():
        customer = lens.store.identity.customers([match.customer_id]).get(match.customer_id)
        if customer is None:
            raise NotFound("HUB-9020", "there is no such customer", where=match.customer_id)
        sources = sources_of(lens, [match.customer_id]).get(match.customer_id, [])
        numbers = [source["number"] for source in sources]
        refusals = evidence.refusals_of(lens, numbers)
        names = Names.of(lens, [*numbers, *(end for refusal in refusals for end in refusal[:2])])
        decisions = _decisions(lens, numbers, names)
        edges = evidence.told_edges(lens, evidence.edges_within(lens, numbers), names)
        refused = evidence.told_refusals(lens, refusals, numbers, names)
        return {
            "customer_id": match.customer_id,
            "status": customer.status,
            "matched_by": match.by,
            "sources": [
                {**without_number(source), "refused": _reject_of(lens, source)} for source in sources
            ],
            "edges": [edge for edge in edges if edge["rule"] != INSIDE],
            "inside": [edge for edge in edges if edge["rule"] == INSIDE],
            "refused": [one for one in refused if one["guard"] != DOUBT],
            "doubts": [one for one in refused if one["guard"] == DOUBT],
            "fields": explained(lens, numbers, names),
            "decisions": [evidence.told_decision(lens, decision) for decision in decisions],
            "destinations": standings(lens, match.customer_id, destinations),
        }


def _decisions(lens: Lens, numbers: Sequence[int], names: Names) -> list[Decision]:
    rows = lens.store.identity.identifiers_of(numbers)
    keys = {names.keys[number] for number in numbers if number in names.keys}
    return evidence.decisions_on(lens, keys, {(type_, value) for _, type_, _, value in rows})


def _reject_of(lens: Lens, source: dict[str, Json]) -> dict[str, Json] | None:
    """Why a stale record's latest version was refused."""
    if not source["stale"]:
        return None
    row = lens.store.driver.one(
        "SELECT j.id, j.code, j.message, j.path, j.location FROM rejects j "
        "JOIN source_customers s ON s.raw_id = j.raw_id WHERE s.id = ? AND j.state = 'open' ORDER BY j.id DESC",
        (source["number"],),
    )
    return dict(zip(("reject_id", "code", "message", "path", "where"), row, strict=True)) if row else None


# --- fields -------------------------------------------------------------------------------------------------------


def explained(lens: Lens, numbers: Sequence[int], names: Names) -> list[dict[str, Json]]:
    """Each golden field that a member has a value of, or a person pinned: its value, the rule, winner and losers."""
    members = members_of(lens, numbers)
    told = []
    for field in GOLDEN_FIELDS if numbers else ():
        answer = explain(members, field.name, lens.policy)
        if answer.value is None and not answer.losers:
            continue
        told.append(
            {
                "field": field.name,
                "value": _shown(lens, field.name, answer.value),
                "rule": answer.rule,
                "winner": _candidate(lens, field.name, answer.winner, names) if answer.winner else None,
                "losers": [_candidate(lens, field.name, loser, names) for loser in answer.losers],
            }
        )
    return told


def members_of(lens: Lens, numbers: Sequence[int]) -> Members:
    """Source customers as the members of one customer."""
    keys = lens.store.identity.source_keys(numbers)
    rows = lens.store.records.fields("customer", numbers, _MEMBER_COLUMNS)
    present = [number for number in numbers if number in rows and number in keys]
    columns: Mapping[str, Sequence[Any]] = {
        name: [rows[number][n] for number in present] for n, name in enumerate(_MEMBER_COLUMNS)
    }
    decided = effective(lens.store.decisions.active())
    return Members(
        cluster=[0] * len(present),
        count=1,
        ids=present,
        keys=[str(keys[number]) for number in present],
        connections=[keys[number].connection for number in present],
        columns=columns,
        pins=decided.pins,
    )


def _candidate(lens: Lens, field: str, candidate: Candidate, names: Names) -> dict[str, Json]:
    return {"source": names[candidate.source_id], "value": _shown(lens, field, candidate.value)}


def _shown(lens: Lens, field: str, value: Any) -> Json:
    return parsed(field, lens.columns("customer", {field: value})[field])
