"""The golden record of a customer from its members: per field a filter, a ranking, a tie-break.

Works on columns: the members of many customers at once. A customer with one member equals that member's row, so
the store may copy those without asking here. `explain` answers why a value won, by the same ranking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.canonical.schema import GOLDEN_FIELDS, Field
from hub.identity.decisions import Pin
from hub.identity.document import FieldRule, Strategy
from hub.identity.policy import IdentityPolicy

_FIELDS: dict[str, Field] = {item.name: item for item in GOLDEN_FIELDS}
#: Field -> its columns: the value first, for enums the native word behind it.
_COLUMNS: dict[str, tuple[str, ...]] = {
    item.name: tuple(column for column, _ in item.columns()) for item in GOLDEN_FIELDS
}


@dataclass(frozen=True, slots=True)
class Members:
    """Members of customers, as columns of one length, in any order."""

    #: Which customer each belongs to: 0 … count - 1.
    cluster: Sequence[int]
    #: How many customers there are.
    count: int
    ids: Sequence[int]
    #: Stable names, `str(SourceKey)`: the last tie-break.
    keys: Sequence[str]
    #: Connection names, for source_priority.
    connections: Sequence[str]
    #: The golden columns, external_updated_at and external_created_at. May lack some.
    columns: Mapping[str, Sequence[Any]]
    #: Stable name -> field -> pin (`Decided.pins`).
    pins: Mapping[str, Mapping[str, Pin]] = field(default_factory=dict)

    def column(self, name: str) -> Sequence[Any]:
        """A column; one of None where there is none."""
        return self.columns.get(name) or [None] * len(self.ids)


#: Field -> for each customer the member (its row number) whose value won; -1 where nobody has one.
Winners = dict[str, list[int]]


def survive(members: Members, policy: IdentityPolicy) -> dict[str, list[Any]]:
    """The golden columns (all of GOLDEN_FIELDS) of each customer, in order."""
    ranking = Ranking(members, policy)
    golden: dict[str, list[Any]] = {}
    for name, columns in _COLUMNS.items():
        winners = ranking.winners(name)
        for column in columns:
            values = members.column(column)
            golden[column] = [values[row] if row >= 0 else None for row in winners]
        if ranking.strategy(name) == "union":
            golden[name] = ranking.unions(name)
    for cluster, pins in ranking.pins().items():
        for name, pin in pins.items():
            golden[name][cluster] = pin.value
            for native in _COLUMNS[name][1:]:
                golden[native][cluster] = None
    return golden


class Ranking:
    """Who wins which field, for the members of some customers under a policy."""

    def __init__(self, members: Members, policy: IdentityPolicy) -> None:
        self._members = members
        self._policy = policy
        self._rules = policy.document.survivorship
        self._winners: Winners = {}
        self._orders: dict[tuple[object, ...], list[int]] = {}
        self._times = [
            updated or created or ""
            for updated, created in zip(
                members.column("external_updated_at"), members.column("external_created_at"), strict=True
            )
        ]

    def rule(self, name: str) -> FieldRule:
        """The rule of a field."""
        return self._rules.fields.get(name) or FieldRule()

    def strategy(self, name: str) -> Strategy:
        """The strategy that decides a field; of one that follows another, the other's."""
        rule = self.rule(name)
        return (self.rule(rule.follow) if rule.follow else rule).strategy or self._rules.default

    def winners(self, name: str) -> list[int]:
        """The row that wins a field for each customer; -1 where none has a value.

        A field that follows another comes from that one's row even where it is empty there.
        """
        leader = self.rule(name).follow or name
        found = self._winners.get(leader)
        if found is None:
            found = self._winners[leader] = self._decide(leader)
        return found

    def _decide(self, leader: str) -> list[int]:
        """The leader decides; where no member has it, the first follower that some member has."""
        winners = [-1] * self._members.count
        for name in reversed(self._group(leader)):
            for row in self._worst_first(leader, name):
                winners[self._members.cluster[row]] = row
        return winners

    def _group(self, leader: str) -> list[str]:
        return [leader, *(name for name in _FIELDS if self.rule(name).follow == leader)]

    def _worst_first(self, leader: str, name: str) -> Iterator[int]:
        """Rows that have the field, each customer's winner last; placeholders before all real values."""
        values = self._present(name)
        order = self.order(leader, name)
        doubtful = self._doubtful(name, values)
        if doubtful:
            yield from (row for row in order if values[row] in doubtful)
        yield from (row for row in order if values[row] is not None and values[row] not in doubtful)

    def best_first(self, name: str) -> list[int]:
        """The rows that have a value of the field, in the order in which they would win."""
        leader = self.rule(name).follow or name
        return list(self._worst_first(leader, name))[::-1]

    def _present(self, name: str) -> Sequence[Any]:
        """The field's value, or for an enum its native word: either makes the field present."""
        columns = [self._members.column(column) for column in _COLUMNS[name]]
        if len(columns) == 1:
            return columns[0]
        return [value if value is not None else native for value, native in zip(*columns, strict=True)]

    def _doubtful(self, name: str, values: Sequence[Any]) -> frozenset[Any]:
        """Values that win only where there is no better one: placeholders, and what may not join records."""
        words = frozenset(self._rules.placeholders.get(name, ()))
        if _FIELDS[name].type not in ("email", "phone"):
            return words
        screen = self._policy.screen(_FIELDS[name].type)
        return words | frozenset(value for value in set(values) if value is not None and screen(value))

    def order(self, leader: str, name: str) -> list[int]:
        """All rows, the worst first, by the leader's strategy applied to the values of `name`."""
        strategy = self.strategy(leader)
        sources = tuple(self.rule(leader).sources or self._rules.source_priority)
        by_value = strategy in ("most_frequent", "longest", "least", "greatest")
        subject = name if by_value else leader if strategy == "most_complete" else ""
        place = (strategy, sources, subject)
        order = self._orders.get(place)
        if order is None:
            order = self._orders[place] = self._sort(strategy, sources, leader, name)
        return order

    def _sort(self, strategy: Strategy, sources: Sequence[str], leader: str, name: str) -> list[int]:
        """Stable sorts, the least important first."""
        order = sorted(range(len(self._members.ids)), key=self._members.keys.__getitem__, reverse=True)
        order.sort(key=self._trust(self._rules.source_priority))
        order.sort(key=self._times.__getitem__)
        if strategy == "oldest":
            order.sort(key=self._age())
        elif strategy == "source_priority":
            order.sort(key=self._trust(sources))
        elif strategy == "most_complete":
            order.sort(key=self._filled(leader).__getitem__)
        elif strategy in ("most_frequent", "longest", "least", "greatest"):
            _sort_by_value(order, strategy, self._present(name), self._members.cluster)
        return order

    def _trust(self, sources: Sequence[str]) -> Callable[[int], int]:
        rank = {name: -number for number, name in enumerate(sources)}
        return lambda row: rank.get(self._members.connections[row], -len(rank))

    def _age(self) -> Callable[[int], tuple[bool, int]]:
        """The oldest is best; a record without a time is not known to be old."""
        times = sorted(set(self._times), reverse=True)
        rank = {time: number for number, time in enumerate(times)}
        return lambda row: (bool(self._times[row]), rank[self._times[row]])

    def _filled(self, leader: str) -> list[int]:
        """How many fields of the group each row has; of a field without followers, how many of all."""
        group = self._group(leader)
        counts = [0] * len(self._members.ids)
        for name in group if len(group) > 1 else _FIELDS:
            for row, value in enumerate(self._present(name)):
                if value is not None:
                    counts[row] += 1
        return counts

    def unions(self, name: str) -> list[Any]:
        """The lists of all members in one, sorted; a customer's only list stays as it is."""
        lists: list[dict[str, None]] = [{} for _ in range(self._members.count)]
        for row, text in enumerate(self._present(name)):
            if text is not None:
                lists[self._members.cluster[row]][text] = None
        return [_union(texts) for texts in lists]

    def pins(self) -> dict[int, dict[str, Pin]]:
        """Customer -> field -> the latest pin of its members."""
        found: dict[int, dict[str, Pin]] = {}
        if not self._members.pins:
            return found
        for row, key in enumerate(self._members.keys):
            for name, pin in self._members.pins.get(key, {}).items():
                pins = found.setdefault(self._members.cluster[row], {})
                if name in _FIELDS and (name not in pins or pin.decision > pins[name].decision):
                    pins[name] = pin
        return found


def _sort_by_value(
    order: list[int], strategy: Strategy, values: Sequence[Any], clusters: Sequence[int]
) -> None:
    """Sorts rows by what their values are, the best last; rows without a value count for nothing."""
    if strategy == "most_frequent":
        times = Counter(zip(clusters, values, strict=True))
        order.sort(key=lambda row: times[clusters[row], values[row]])
    elif strategy == "longest":
        order.sort(key=lambda row: len(str(values[row] or "")))
    else:
        order.sort(key=lambda row: (values[row] is not None, values[row] or ""), reverse=strategy == "least")


def _union(texts: Iterable[str]) -> str | None:
    lists = list(texts)
    if len(lists) < 2:
        return lists[0] if lists else None
    parts = {orjson.dumps(item, option=orjson.OPT_SORT_KEYS): item for text in lists for item in _items(text)}
    return orjson.dumps([parts[key] for key in sorted(parts)]).decode()


def _items(text: str) -> list[Any]:
    value = orjson.loads(text)
    return value if isinstance(value, list) else [value]
