"""Why a field of a golden record has its value: the winner, the rule, and who lost by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.identity.policy import IdentityPolicy
from hub.identity.survive import Members, Ranking


@dataclass(frozen=True, slots=True)
class Candidate:
    """One member's value of a field."""

    source_id: int
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a value comes from."""

    field: str
    value: Any
    #: The member it comes from; None for a pin, a union, or where nobody has a value.
    winner: Candidate | None
    #: The strategy in words: `most_complete`, `most_complete of full_name` (follows), `pin`, `only value`.
    rule: str
    #: The other members that have a value, the best first.
    losers: tuple[Candidate, ...]


def explain(members: Members, field: str, policy: IdentityPolicy) -> Explanation:
    """Why a field of one customer (all `members` are its) has its value. Raises KeyError for an unknown field."""
    ranking = Ranking(members, policy)
    ranked = [
        Candidate(members.ids[row], members.keys[row], members.column(field)[row])
        for row in ranking.best_first(field)
    ]
    row = ranking.winners(field)[0]
    value = members.column(field)[row] if row >= 0 else None
    winner = Candidate(members.ids[row], members.keys[row], value) if row >= 0 else None
    losers = tuple(one for one in ranked if winner is None or one.source_id != winner.source_id)
    pin = ranking.pins().get(0, {}).get(field)
    if pin is not None:
        return Explanation(field, pin.value, None, "pin", tuple(ranked))
    if ranking.strategy(field) == "union" and len(ranked) > 1:
        return Explanation(field, ranking.unions(field)[0], None, "union", tuple(ranked))
    return Explanation(field, value, winner, _rule(ranking, field, len(ranked)), losers)


def _rule(ranking: Ranking, field: str, candidates: int) -> str:
    leader = ranking.rule(field).follow
    if leader:
        return f"{ranking.strategy(field)} of {leader}"
    return ranking.strategy(field) if candidates > 1 else "only value"
