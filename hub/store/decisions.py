"""Decisions: a person's word about identity. Append-only; a decision is taken back by another one that names it."""

from __future__ import annotations

import orjson

from hub.canonical.time import from_text, now_text
from hub.errors import NotFound
from hub.models import Decision, DecisionKind, SourceKey
from hub.store.driver import Driver, Row

_COLUMNS = ("kind", "a", "b", "field", "value", "actor", "reason", "at", "reverses_id", "active")
_SELECT = "SELECT id, kind, a, b, field, value, actor, reason, at, reverses_id FROM decisions"


class Decisions:
    """What was decided, and what of it still holds."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def add(self, decision: Decision) -> Decision:
        """Writes a decision down; it comes back with its id and time."""
        return self._write(decision, reverses=None)

    def reverse(self, decision_id: int, actor: str, reason: str) -> Decision:
        """Takes a decision back; the decision that did so. Raises NotFound HUB-8010 when it does not hold (any more)."""
        with self._driver.write():
            row = self._driver.one(f"{_SELECT} WHERE id = ? AND active = 1", (decision_id,))
            if row is None:
                raise NotFound(
                    "HUB-8010",
                    "there is no such decision, or it was taken back already",
                    where=str(decision_id),
                    hint="`hub customers decisions` names those that hold.",
                )
            taken_back = _decision(row)
            self._driver.execute("UPDATE decisions SET active = 0 WHERE id = ?", (decision_id,))
            return self._write(
                Decision(
                    taken_back.kind,
                    actor,
                    reason,
                    taken_back.a,
                    taken_back.b,
                    taken_back.field,
                    taken_back.value,
                ),
                reverses=decision_id,
            )

    def active(self) -> list[Decision]:
        """Decisions that hold, the oldest first."""
        return [_decision(row) for row in self._driver.query(f"{_SELECT} WHERE active = 1 ORDER BY id")]

    def all(self) -> list[Decision]:
        """Everything ever decided, reversals included, the oldest first."""
        return [_decision(row) for row in self._driver.query(f"{_SELECT} ORDER BY id")]

    def _write(self, decision: Decision, reverses: int | None) -> Decision:
        now = now_text()
        number = self._driver.add(
            "decisions",
            _COLUMNS,
            (
                decision.kind.value,
                _as_json(decision.a),
                _as_json(decision.b),
                decision.field,
                decision.value,
                decision.actor,
                decision.reason,
                now,
                reverses,
                0 if reverses else 1,
            ),
        )
        return Decision(
            decision.kind,
            decision.actor,
            decision.reason,
            decision.a,
            decision.b,
            decision.field,
            decision.value,
            number,
            from_text(now),
            reverses,
        )


def _as_json(key: SourceKey | None) -> str | None:
    return None if key is None else orjson.dumps([key.connection, key.type, key.external_id]).decode()


def _key(text: str | None) -> SourceKey | None:
    return None if text is None else SourceKey(*orjson.loads(text))


def _decision(row: Row) -> Decision:
    number, kind, a, b, field, value, actor, reason, at, reverses = row
    return Decision(
        DecisionKind(kind), actor, reason, _key(a), _key(b), field, value, number, from_text(at), reverses
    )
