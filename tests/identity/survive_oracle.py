"""Golden records made the plain way, customer by customer and field by field: the words of identity.yaml, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.canonical.name import name_key
from hub.canonical.schema import GOLDEN_FIELDS
from hub.identity import IdentityPolicy, Pin
from hub.identity.document import FieldRule, SurvivorshipRules

COLUMNS = {item.name: tuple(column for column, _ in item.columns()) for item in GOLDEN_FIELDS}
TYPES = {item.name: item.type for item in GOLDEN_FIELDS}
Row = Mapping[str, Any]
NO_RULE = FieldRule()


@dataclass
class Oracle:
    """One customer's members: golden columns, plus `key` and `connection`."""

    rows: Sequence[Row]
    policy: IdentityPolicy
    pins: Mapping[str, Mapping[str, Pin]]

    def golden(self) -> dict[str, Any]:
        """The golden record."""
        found: dict[str, Any] = {}
        for name, columns in COLUMNS.items():
            row = self.winner(name)
            for column in columns:
                found[column] = row[column] if row else None
            if TYPES[name] == "json" and self.strategy(name) == "union" and not self.rule(name).follow:
                found[name] = self.union(name)
            pins = [self.pins[row["key"]][name] for row in self.rows if name in self.pins.get(row["key"], {})]
            if pins:
                found |= dict.fromkeys(columns)
                found[name] = max(pins, key=lambda pin: pin.decision).value
        return found

    def winner(self, name: str) -> Row | None:
        leader = self.rule(name).follow or name
        for part in (leader, *(other for other in COLUMNS if self.rule(other).follow == leader)):
            ranked = self.ranked(leader, part)
            if ranked:
                return ranked[0]
        return None

    def ranked(self, leader: str, name: str) -> list[Row]:
        """Filter, strategy, tie-break: the best first."""
        rows = [row for row in self.rows if self.value(row, name) is not None]
        rows.sort(key=lambda row: row["key"])
        rows.sort(key=lambda row: self.trust(row, self.rules.source_priority), reverse=True)
        rows.sort(key=time_of, reverse=True)
        rows.sort(key=lambda row: self.score(row, leader, name), reverse=True)
        rows.sort(key=lambda row: self.sieve(row, name), reverse=True)
        return rows

    # --- the parts --------------------------------------------------------------------------------------------

    @property
    def rules(self) -> SurvivorshipRules:
        return self.policy.document.survivorship

    def rule(self, name: str) -> FieldRule:
        return self.rules.fields.get(name) or type(
            "NoRule", (), {"follow": None, "strategy": None, "sources": None}
        )

    def strategy(self, name: str) -> str:
        return self.rule(name).strategy or str(self.rules.default)

    def value(self, row: Row, name: str) -> Any:
        return next((row[column] for column in COLUMNS[name] if row[column] is not None), None)

    def sieve(self, row: Row, name: str) -> int:
        value = self.value(row, name)
        if self.doubtful(name, value):
            return 0
        if name not in ("full_name", "given_name", "family_name") or foreign(value):
            return 2
        others = [other for other in self.rows if not self.doubtful(name, self.value(other, name))]
        return 1 if any(spelled(value, self.value(other, name)) for other in others) else 2

    def doubtful(self, name: str, value: Any) -> bool:
        if value is None or value in self.rules.placeholders.get(name, ()):
            return True
        return TYPES[name] in ("email", "phone") and bool(self.policy.blocked(TYPES[name], value))

    def trust(self, row: Row, sources: Sequence[str]) -> int:
        return -sources.index(row["connection"]) if row["connection"] in sources else -len(sources)

    def score(self, row: Row, leader: str, name: str) -> Any:
        value, strategy = self.value(row, name), self.strategy(leader)
        if strategy == "oldest":
            return backwards(time_of(row)) if time_of(row) else ()
        if strategy == "source_priority":
            return self.trust(row, self.rule(leader).sources or self.rules.source_priority)
        if strategy == "most_complete":
            group = [other for other in COLUMNS if other == leader or self.rule(other).follow == leader]
            counted = group if len(group) > 1 else COLUMNS
            return sum(self.value(row, other) is not None for other in counted)
        if strategy == "most_frequent":
            return sum(self.value(other, name) == value for other in self.rows)
        if strategy == "longest":
            return len(value)
        if strategy == "greatest":
            return value
        if strategy == "least":
            return backwards(value)
        if strategy == "furthest":
            words = self.rules.orders.get(name, [])
            return max(
                (n for n, word in enumerate(words) if value == word or value in list_of(word)), default=-1
            )
        return 0

    def union(self, name: str) -> Any:
        texts = {row[name] for row in self.rows if row[name] is not None}
        if len(texts) < 2:
            return next(iter(texts), None)
        items = {json.dumps(item) for text in texts for item in list_of(json.loads(text))}
        return "[" + ",".join(sorted(items)) + "]"


def time_of(row: Row) -> str:
    return row["external_updated_at"] or row["external_created_at"] or ""


def backwards(text: str) -> tuple[int, ...]:
    """Greater for what is less; the end of a text comes before every letter."""
    return (*(-ord(letter) for letter in text), 1)


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def foreign(name: str) -> bool:
    return any(letter > "\u02ff" for letter in name)


def spelled(latin: str, original: str) -> bool:
    """For names of hanzi alone, and no more than a family and a given name."""
    family, given = name_key(original[:1]), name_key(original[1:])
    return foreign(original) and name_key(latin) in (family + given, given + family)
