"""Consents of a customer out of its members' statements: where they disagree, the more restrictive wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: Statuses, the most restrictive first; an unknown word restricts like `denied`.
_RESTRICTION = ("revoked", "denied", "expired", "not_asked", "granted")


class Statement(NamedTuple):
    """One statement of consent by or about a member."""

    source_id: int
    #: What it is about: an address or number; empty for the person.
    identifier: str
    purpose: str
    channel: str
    status: str
    #: When it took effect (time text); the record's id settles ties.
    at: str
    id: int


def current_consents(statements: Sequence[Statement]) -> dict[tuple[str, str, str], Statement]:
    """(identifier, purpose, channel) -> the statement that holds for the customer.

    Of one source the latest counts, because people change their minds; between sources the more restrictive, because
    nobody can know that one of them heard of the other's change.
    """
    latest: dict[tuple[int, str, str, str], Statement] = {}
    for statement in sorted(statements, key=lambda one: (one.at, one.id)):
        latest[(statement.source_id, *_about(statement))] = statement
    holds: dict[tuple[str, str, str], Statement] = {}
    for statement in sorted(latest.values(), key=lambda one: (restriction(one.status), one.at, one.id)):
        holds.setdefault(_about(statement), statement)
    return holds


def more_restrictive(statuses: Sequence[str]) -> str:
    """The most restrictive of some statuses."""
    return min(statuses, key=restriction)


def restriction(status: str) -> int:
    """0 restricts most."""
    return _RESTRICTION.index(status if status in _RESTRICTION else "denied")


def _about(statement: Statement) -> tuple[str, str, str]:
    return statement.identifier, statement.purpose, statement.channel
