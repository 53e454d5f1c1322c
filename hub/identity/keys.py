"""Identifiers of source customers as rows, and which of the changed records share one with somebody.

A key is (type, issuer, value). Blocked values are kept as rows, because people want to see them, and left out
wherever records are joined: that is asked of the policy each time, so that a changed policy needs no rewritten rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from hub.identity.policy import IdentityPolicy

#: (source_id, type, issuer, value, shown, label, is_primary, verified): a row of the table `identifiers`.
Row = tuple[int, str, str, str, str | None, str | None, int, int]
#: (type, issuer, value)
Key = tuple[str, str, str]
#: (source_id, type, issuer, value): who holds which key. A `Row` begins with one.
Holder = tuple[int, str, str, str]

#: Types whose values mean the same whoever issued them; their issuer is always empty.
_WITHOUT_ISSUER = frozenset({"email", "phone", "order_email"})


def identifier_rows(source_ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """The identifiers of source customers, from their columns email, phone and identifiers (JSON text).

    Each (source, type, issuer, value) comes once; email and phone are the primary ones.
    """
    rows: list[Row] = []
    for type_ in ("email", "phone"):
        values = columns.get(type_)
        if values is not None:
            rows += [
                (source, type_, "", value, None, None, 1, 0)
                for source, value in zip(source_ids, values, strict=True)
                if value
            ]
    listed = columns.get("identifiers")
    if listed is None:
        return rows
    more = {source: text for source, text in zip(source_ids, listed, strict=True) if text and text != "[]"}
    return _with_listed(rows, more) if more else rows


def _with_listed(rows: list[Row], listed: Mapping[int, str]) -> list[Row]:
    """Adds the identifiers of JSON lists; what a record names twice is folded."""
    found: dict[Holder, Row] = {row[:4]: row for row in rows if row[0] in listed}
    kept = [row for row in rows if row[0] not in listed]
    for source, text in listed.items():
        for item in orjson.loads(text):
            row = _listed_row(source, item)
            if row is not None:
                former = found.get(row[:4])
                found[row[:4]] = row if former is None else _folded(former, row)
    return kept + list(found.values())


def _listed_row(source: int, item: Mapping[str, Any]) -> Row | None:
    type_, value = item.get("type") or "other", item.get("value")
    if value is None or not str(value).strip():
        return None
    issuer = "" if type_ in _WITHOUT_ISSUER else item.get("issuer") or ""
    verified = 1 if item.get("verified") else 0
    return source, type_, issuer, str(value), item.get("shown"), item.get("label"), 0, verified


def _folded(first: Row, second: Row) -> Row:
    shown, label = first[4] or second[4], first[5] or second[5]
    return (*first[:4], shown, label, max(first[6], second[6]), max(first[7], second[7]))


def linking(rows: Iterable[Sequence[Any]], policy: IdentityPolicy) -> list[Holder]:
    """The rows whose values may join records: without the blocked ones. Takes `Row`s or `Holder`s."""
    kept: list[Holder] = []
    for type_, group in groupby(rows, itemgetter(1)):
        screen = policy.screen(type_)
        kept += [(row[0], type_, row[2], row[3]) for row in group if not screen(row[3])]
    return kept


def keys_of(holders: Iterable[Holder]) -> set[Key]:
    """The different keys held."""
    return {holder[1:] for holder in holders}


@dataclass(frozen=True, slots=True)
class Touch:
    """Whom a batch of changes concerns. What is not named here stays alone, or stays as it is."""

    #: Changed source customers that share an identifier with somebody, before the change or after it.
    changed: frozenset[int]
    #: Unchanged source customers that they share one with.
    neighbours: frozenset[int]


def touch(
    now: Sequence[Holder],
    before: Sequence[Holder],
    others: Sequence[Holder],
    policy: IdentityPolicy,
) -> Touch:
    """Who must be clustered anew because of a batch of changed, new or deleted source customers.

    now, before: what the batch's records hold after and held before the change (`linking` rows; a new record has
    nothing before, a deleted one nothing now). others: unchanged holders of any of these keys, at most
    `policy.holders_limit` of each key: a value beyond its cap joins nobody, before and after.
    """
    elsewhere: dict[Key, int] = Counter(holder[1:] for holder in others)
    after = Counter(holder[1:] for holder in now)
    former = Counter(holder[1:] for holder in before)
    cap = policy.document.retire.records
    busy: set[Key] = set()
    for key in {key for key, count in after.items() if count > 1} | former.keys() | elsewhere.keys():
        rest = elsewhere.get(key, 0)
        had, has = rest + former.get(key, 0), rest + after.get(key, 0)
        if max(had, has) > 1 and min(had, has) <= cap:
            busy.add(key)
    if not busy:
        return Touch(frozenset(), frozenset())
    return Touch(
        frozenset(holder[0] for rows in (now, before) for holder in rows if holder[1:] in busy),
        frozenset(holder[0] for holder in others if holder[1:] in busy),
    )
