"""The golden record of a customer from its members: per field a filter, a ranking, a tie-break.

Works on columns: the members of many customers at once. A customer with one member equals that member's row, so
the store may copy those without asking here. `explain` answers why a value won, by the same ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.identity.members import COLUMNS, Members
from hub.identity.policy import IdentityPolicy
from hub.identity.ranking import Ranking
from hub.identity.union import Union

__all__ = ["Members", "survive"]

#: Members that are worked on at a time: what they say stays in the processor's cache while field after field reads it.
PART = 4_000


def survive(members: Members, policy: IdentityPolicy) -> dict[str, list[Any]]:
    """The golden columns (all of GOLDEN_FIELDS) of each customer, in order."""
    golden: dict[str, list[Any]] = {column: [] for columns in COLUMNS.values() for column in columns}
    union = Union()
    for part in members.parts(PART):
        for column, values in _survive(part, policy, union).items():
            golden[column] += values
    return golden


def _survive(members: Members, policy: IdentityPolicy, union: Union) -> dict[str, list[Any]]:
    golden: dict[str, list[Any]] = {}
    ranking: Ranking | None = None
    rules = policy.document.survivorship.fields
    for name, columns in COLUMNS.items():
        filled = {column: members.columns[column] for column in columns if members.has(column)}
        follows = name in rules and rules[name].follow is not None
        won = _agreed(filled, members.count, follows)
        if won is None:
            ranking = ranking or Ranking(members, policy)
            won = _won(filled, name, ranking, union)
        for column in columns:
            golden[column] = won.get(column) or [None] * members.count
    _pin(golden, members)
    return golden


def _agreed(filled: Mapping[str, Sequence[Any]], count: int, follows: bool) -> dict[str, list[Any]] | None:
    """A field's golden columns where they need no ranking: nobody has a value, or all of the one customer the same."""
    if not filled or count > 1:
        return None if filled else {}
    agreed = {}
    for column, values in filled.items():
        distinct = set(values)
        if len(filled) == 1 and not follows:  # else it matters in which row a value stands
            distinct.discard(None)
        if len(distinct) > 1:
            return None
        agreed[column] = list(distinct)
    return agreed


def _won(filled: Iterable[str], name: str, ranking: Ranking, union: Union) -> dict[str, list[Any]]:
    """A field's golden columns: what stands in the rows that won."""
    golden = {column: ranking.won(name, column) for column in filled}
    if ranking.unites(name):
        for customer, texts in ranking.divided(name):
            golden[name][customer] = union.of(texts)
    return golden


def _pin(golden: dict[str, list[Any]], members: Members) -> None:
    for customer, pins in members.latest_pins().items():
        for name, pin in pins.items():
            golden[name][customer] = pin.value
            for native in COLUMNS[name][1:]:
                golden[native][customer] = None
