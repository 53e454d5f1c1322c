"""Identifiers that count against limits: which records have which values of what kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein

from hub.identity.blocking import mailbox_hashes
from hub.identity.columns import Int32, Int64
from hub.identity.features import MANY, PART, Features
from hub.identity.policy import IdentityPolicy

Int16 = npt.NDArray[np.int16]

#: Types of identifiers that are mail addresses.
MAIL = frozenset({"email", "order_email"})
#: Exclusive identifiers that people write by hand: of these, two that are one slip of the pen apart are one.
WRITTEN = frozenset({"tax_id"})

#: (type, issuer)
Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The identifiers of some records: a row for each, and what holds for each kind."""

    holder: Int32
    kind: Int16
    #: A number: the same for the same value of a kind.
    value: Int64
    #: By number of kind, the most trusted first.
    kinds: Sequence[Kind]
    limits: tuple[int, ...]
    exclusive: tuple[bool, ...]


def counted(features: Features, policy: IdentityPolicy, component: Int32) -> Counted:
    """The identifiers of these records, and what the policy says of their kinds.

    component: a number for each record. Two values are one slip of the pen apart only within a component, so that
    what counts as one there depends on this component alone.
    """
    told = {name: _kinds(name, features.many[name].values) for name in MANY}
    kinds = sorted(
        {kind for of_values in told.values() for kind in of_values},
        key=lambda kind: (policy.rank(kind[0]), kind),
    )
    number = {kind: place for place, kind in enumerate(kinds)}
    kind_parts: list[Int16] = []
    value_parts: list[Int64] = []
    first = 0
    for name, of_values in told.items():
        ragged = features.many[name]
        if name == "other":
            table = np.array([0, *map(number.__getitem__, of_values)], np.int16)
            kind_parts.append(table[ragged.codes])
            others = first
        else:
            kind_parts.append(np.full(len(ragged.codes), number.get((name, ""), 0), np.int16))
        value_parts.append(_comparable(features, name)[ragged.codes] + first)
        first += len(ragged.values)
    holder = np.concatenate([features.many[name].rows for name in MANY])
    kind, value = np.concatenate(kind_parts), np.concatenate(value_parts)
    rules = [policy.rule(type_) for type_, _ in kinds]
    written = [
        place
        for place, ((type_, _), rule) in enumerate(zip(kinds, rules, strict=True))
        if type_ in WRITTEN and rule.kind == "exclusive"
    ]
    if written:
        rows = np.flatnonzero(np.isin(kind, written))
        texts = features.many["other"].values
        value[rows] = others + _without_slips(
            component[holder[rows]], kind[rows], value[rows] - others, texts
        )
    return Counted(
        holder, kind, value, kinds,
        tuple(rule.limit for rule in rules), tuple(rule.kind == "exclusive" for rule in rules),
    )  # fmt: skip


def as_feature(type_: str, issuer: str, value: str) -> tuple[str, str]:
    """Where features hold an identifier: the name of the feature, and its text."""
    if type_ in MAIL:
        return "email", value
    if type_ == "phone":
        return "phone", value
    return "other", f"{type_}{PART}{issuer}{PART}{value}"


def _comparable(features: Features, name: str) -> Int64:
    """A number for each distinct text, the same for the same identifier."""
    if name != "email":
        return np.arange(len(features.many[name].values))
    return np.unique(mailbox_hashes(features), return_inverse=True)[1].astype(np.int64)


def _kinds(name: str, values: Sequence[str]) -> list[Kind]:
    """The kind of each distinct text of `other`, without the empty one; of another column the one that all have."""
    if name != "other":
        return [(name, "")] if len(values) > 1 else []
    return list(map(_kind, values[1:]))


def _kind(text: str) -> Kind:
    type_, _, rest = text.partition(PART)
    return type_, rest.partition(PART)[0]


def _without_slips(component: Int32, kind: Int16, value: Int64, texts: Sequence[str]) -> Int64:
    """Values, where those that hang together by slips of the pen within a component are the least of them."""
    groups: dict[tuple[int, int], set[int]] = {}
    rows = list(zip(component.tolist(), kind.tolist(), value.tolist(), strict=True))
    for group, of, one in rows:
        groups.setdefault((group, of), set()).add(one)
    counts_as = {
        place: _slips({one: texts[one] for one in held}) for place, held in groups.items() if len(held) > 1
    }
    found = [counts_as[group, of][one] if (group, of) in counts_as else one for group, of, one in rows]
    return np.array(found, np.int64)


def _slips(texts: dict[int, str]) -> dict[int, int]:
    """The value whose text is least of all that each hangs together with."""
    order = sorted(texts, key=texts.__getitem__)
    least = {value: place for place, value in enumerate(order)}
    for place, value in enumerate(order):
        for other in order[:place]:
            if least[value] != least[other] and _is_slip(texts[value], texts[other]):
                stays, gone = sorted((least[value], least[other]))
                least = {one: stays if under == gone else under for one, under in least.items()}
    return {value: order[under] for value, under in least.items()}


def _is_slip(one: str, other: str) -> bool:
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1
