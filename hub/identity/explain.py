"""Why a field of a golden record has its value: the winner, the rule, and who lost by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.identity.members import FIELDS, Members
from hub.identity.policy import IdentityPolicy
from hub.identity.ranking import Ranking
from hub.identity.sieve import PLACEHOLDER, SPELLING
from hub.identity.union import Union

_AMONG = {PLACEHOLDER: " among real values", SPELLING: " among names in their own script"}


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
    #: The strategy in words: `most_complete`, `most_complete of full_name` (follows), `pin`, `only value`; where the
    #: strategy alone would have chosen another value, also why that was passed over: `oldest among real values`.
    rule: str
    #: The other members that have a value, the best first.
    losers: tuple[Candidate, ...]


def explain(members: Members, field: str, policy: IdentityPolicy) -> Explanation:
    """Why a field of one customer (all `members` are its) has its value. Raises KeyError for an unknown field."""
    values = members.column(FIELDS[field].name)
    if not members.ids:
        return Explanation(field, None, None, "only value", ())
    ranking = Ranking(members, policy)
    standing = ranking.standing(field)
    ranked = tuple(Candidate(members.ids[row], members.keys[row], values[row]) for row in standing.rows)
    pin = members.latest_pins().get(members.cluster[0], {}).get(field)
    if pin is not None:
        return Explanation(field, pin.value, None, "pin", ranked)
    if ranking.unites(field) and len(ranked) > 1:
        texts = {values[row]: None for row in standing.rows}
        value = Union().of(texts) if len(texts) > 1 else ranked[0].value
        return Explanation(field, value, None, "union", ranked)
    row = int(ranking.winners(field)[members.cluster[0]])
    winner = Candidate(members.ids[row], members.keys[row], values[row]) if row >= 0 else None
    losers = tuple(one for one in ranked if winner is None or one.source_id != winner.source_id)
    rule = _rule(ranking, field, len(ranked), standing.refused)
    return Explanation(field, winner.value if winner else None, winner, rule, losers)


def _rule(ranking: Ranking, field: str, candidates: int, refused: int) -> str:
    leader = ranking.rule(field).follow
    if leader:
        return f"{ranking.strategy(field)} of {leader}"
    return f"{ranking.strategy(field)}{_AMONG.get(refused, '')}" if candidates > 1 else "only value"
