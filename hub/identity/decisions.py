"""Which of people's decisions are in force. Decisions are only ever appended; one that `reverses` another undoes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.models import Decision, DecisionKind

#: Two source customers by their stable names (`str(SourceKey)`), in alphabetical order.
KeyPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`same` and `different` were said of one pair: the later one holds."""

    pair: KeyPair
    #: Id of the decision that holds, and of the one that gave way.
    holds: int
    gave_way: int

    code = "HUB-8020"


@dataclass(frozen=True, slots=True)
class Pin:
    """A person's value for one field of the customer that a source customer belongs to."""

    value: str | None
    #: The greater, the later: where two members are pinned, the later pin wins.
    decision: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions in force."""

    #: Pairs that are the same person, the latest first.
    same: tuple[KeyPair, ...] = ()
    different: frozenset[KeyPair] = frozenset()
    #: source customer -> field -> pin.
    pins: Mapping[str, Mapping[str, Pin]] = field(default_factory=dict)
    #: (identifier type, value) that must join nobody.
    blocked: frozenset[tuple[str, str]] = frozenset()
    contradictions: tuple[Contradiction, ...] = ()
    #: Every source customer that a same, different or pin names: none of them is alone without a look.
    named: frozenset[str] = frozenset()

    def partners(self, keys: Iterable[str]) -> set[str]:
        """Source customers that are said to be the same as, or different from, one of these."""
        wanted = set(keys) & self.named
        if not wanted:
            return set()
        pairs = [pair for pair in (*self.same, *self.different) if not wanted.isdisjoint(pair)]
        return {key for pair in pairs for key in pair} - wanted


def effective(decisions: Sequence[Decision]) -> Decided:
    """The decisions in force, out of all that were ever made (each with its id)."""
    standing = _standing(decisions)
    pairs: dict[KeyPair, Decision] = {}
    pins: dict[str, dict[str, Pin]] = {}
    blocked: set[tuple[str, str]] = set()
    contradictions: list[Contradiction] = []
    for decision in standing:
        if decision.kind is DecisionKind.BLOCK:
            blocked.add((decision.field or "", decision.value or ""))
        elif decision.kind is DecisionKind.PIN:
            pin = Pin(decision.value, _id(decision))
            pins.setdefault(str(decision.a), {})[decision.field or ""] = pin
        elif decision.a != decision.b:
            pair = _pair(decision)
            former = pairs.pop(pair, None)
            if former is not None and former.kind is not decision.kind:
                contradictions.append(Contradiction(pair, _id(decision), _id(former)))
            pairs[pair] = decision
    same = tuple(pair for pair in reversed(pairs) if pairs[pair].kind is DecisionKind.SAME)
    different = frozenset(pairs) - frozenset(same)
    named = frozenset(key for pair in pairs for key in pair) | pins.keys()
    return Decided(same, different, pins, frozenset(blocked), tuple(contradictions), named)


def _standing(decisions: Sequence[Decision]) -> list[Decision]:
    """Those that nothing in force reverses, the earliest first, without the reversals themselves."""
    undone: set[int] = set()
    standing: list[Decision] = []
    for decision in sorted(decisions, key=_id, reverse=True):
        if _id(decision) in undone:
            continue
        if decision.reverses is None:
            standing.append(decision)
        else:
            undone.add(decision.reverses)
    return standing[::-1]


def _pair(decision: Decision) -> KeyPair:
    first, second = sorted((str(decision.a), str(decision.b)))
    return first, second


def _id(decision: Decision) -> int:
    return decision.id or 0
