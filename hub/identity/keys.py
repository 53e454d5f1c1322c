"""Identifiers of source customers as rows.

A key is (type, issuer, value). Blocked values are kept as rows, because people want to see them; they are left out
where records are folded for comparing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

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
