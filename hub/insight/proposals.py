"""Which decisions it takes to join two customers, or to part records from one. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import GuardStop, NotFound
from hub.insight import lookup
from hub.insight.evidence import decisions_on
from hub.insight.lens import Lens
from hub.models import Decision, DecisionKind, SourceKey

#: Most `different` decisions that one split makes: each parted record against each that stays.
MOST_PAIRS = 1000


def merge(lens: Lens, one: str, other: str, actor: str, reason: str) -> list[Decision]:
    """The `same`s that make two customers one: see `join`; they tie what was named, else the longest known records.

    one, other: texts as `lookup.one` takes them. Raises NotFound HUB-9020, HUB-9021, HUB-9023; GuardStop HUB-8030
    where a decision in force says that they are different people."""
    first, second = lookup.one(lens.store, one), lookup.one(lens.store, other)
    a, b = _named(lens, first), _named(lens, second)
    if a[0] == b[0] or (first.customer_id == second.customer_id and not (first.sources and second.sources)):
        raise NotFound("HUB-9023", "both name the same customer", where=first.customer_id)
    return join(lens, a[0], b[0], actor, reason)


def join(lens: Lens, a: SourceKey, b: SourceKey, actor: str, reason: str) -> list[Decision]:
    """The `same`s that make the customers of two records one: the two are tied, and each to the rest of its customer.

    Else records that contradict the other customer (it had another name then) would be left behind. The first is the
    one between the two. Raises GuardStop HUB-8030 as `merge`."""
    ones, others = (_members(lens, _customer_of(lens, key)) for key in (a, b))
    if ones == others:
        return [Decision(DecisionKind.SAME, actor, reason, a, b)]
    refuse_different(lens, ones, others)
    pairs = [(a, b), *((a, key) for key in ones if key != a), *((b, key) for key in others if key != b)]
    return [Decision(DecisionKind.SAME, actor, reason, *pair) for pair in pairs]


def part(lens: Lens, a: SourceKey, b: SourceKey, actor: str, reason: str) -> list[Decision]:
    """The `different`s that keep the customers of two records apart for ever: each of the one from each of the other.

    Where both are one customer, or where that would be too many, the two alone."""
    ones, others = (_members(lens, _customer_of(lens, key)) for key in (a, b))
    if ones == others or len(ones) * len(others) > MOST_PAIRS:
        ones, others = [a], [b]
    pairs = [(one, other) for one in ones for other in others]
    pairs.sort(key=lambda pair: (pair != (a, b), str(pair[0]), str(pair[1])))
    return [Decision(DecisionKind.DIFFERENT, actor, reason, *pair) for pair in pairs]


def _customer_of(lens: Lens, key: SourceKey) -> str:
    (number,) = lens.store.identity.source_ids([key]).values()
    return lens.store.identity.customer_of([number])[number][0]


def split(lens: Lens, texts: Sequence[str], actor: str, reason: str) -> list[Decision]:
    """The `different`s that part these records from the rest of their customer: each of them from each of the rest.

    Raises NotFound HUB-9020, HUB-9021, HUB-9024."""
    matches = [lookup.one(lens.store, text) for text in texts]
    customers = {match.customer_id for match in matches}
    parted = {key for match in matches for key in _named(lens, match)}
    if len(customers) > 1:
        raise NotFound(
            "HUB-9024", "these are records of several customers", hint="Split one customer at a time."
        )
    stay = [key for key in _members(lens, matches[0].customer_id) if key not in parted]
    if not stay:
        raise NotFound(
            "HUB-9024", "these are all records of the customer", where=matches[0].customer_id,
            hint="Name only those that are another person, as connection/type/external_id.",
        )  # fmt: skip
    if len(parted) * len(stay) > MOST_PAIRS:
        raise NotFound("HUB-9024", "these are too many records for one split", hint="Split fewer at a time.")
    return [
        Decision(DecisionKind.DIFFERENT, actor, reason, one, other)
        for one in sorted(parted, key=str)
        for other in sorted(stay, key=str)
    ]


def refuse_different(lens: Lens, a: Sequence[SourceKey], b: Sequence[SourceKey]) -> None:
    """Raises GuardStop HUB-8030 when a decision in force says that a record of the one is none of the other."""
    others = set(b)
    against = [
        str(decision.id)
        for decision in decisions_on(lens, a, ())
        if decision.kind is DecisionKind.DIFFERENT and (decision.a in others or decision.b in others)
    ]
    if against:
        raise GuardStop(
            "HUB-8030",
            f"decisions in force say that they are different people: {', '.join(against)}",
            hint=f"If that was wrong: `hub customers undo {' '.join(against)} --reason …`, then merge again.",
        )


def _named(lens: Lens, match: lookup.Match) -> list[SourceKey]:
    """The source customers that a text named, the longest known first; of a customer all."""
    if not match.sources:
        return _members(lens, match.customer_id)
    return _keys(lens, match.sources)


def _members(lens: Lens, customer_id: str) -> list[SourceKey]:
    found = _keys(lens, [row[0] for row in lens.store.identity.members_of([customer_id])])
    if not found:
        raise NotFound("HUB-9020", "the customer has no records any more", where=customer_id)
    return found


def _keys(lens: Lens, numbers: Sequence[int]) -> list[SourceKey]:
    """Rows are numbered as they come, so the lowest number is the longest known."""
    keys = lens.store.identity.source_keys(numbers)
    return [keys[number] for number in sorted(keys)]
