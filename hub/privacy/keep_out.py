"""Keeping out who was erased: records are dropped before they land where their key says enough, else when they are mapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.identity.keys import identifier_rows
from hub.mapping.result import Mapped, RecordBatch
from hub.privacy.redact import ERASED, Redaction
from hub.privacy.tombstones import Tombstones
from hub.store.api import Store

#: Maps (raw id, document) pairs.
Apply = Callable[[Sequence[tuple[int, Any]]], Mapped]
#: Columns of a customer that name a person.
_NAMING = ("email", "phone", "full_name", "given_name", "family_name")


@dataclass(slots=True)
class _Met:
    """Who was met in one batch."""

    #: raw id -> texts that name erased people.
    erased: dict[int, set[str]] = field(default_factory=dict)
    #: Raw records that tell of somebody else, too.
    others: set[int] = field(default_factory=set)


def mapped_without(
    store: Store, connection_id: int, pairs: Sequence[tuple[int, Any]], apply: Apply
) -> tuple[Mapped, dict[int, Any]]:
    """What a mapping says of records without the people who were erased, and the records as they may stay.

    A record that tells of nobody else is in `Mapped.erased`, and of it nothing is told."""
    mapped = apply(pairs)
    stones = Tombstones(store)
    if not stones.any:
        return mapped, {}
    met = _meet(stones, connection_id, mapped.batches)
    if not met.erased:
        # They may have been taken out of a record before, which is mapped anew.
        mapped.batches = [_without(stones, connection_id, batch) for batch in mapped.batches]
        return mapped, {}
    kept = {
        raw_id: Redaction(met.erased[raw_id]).value(raw)
        for raw_id, raw in pairs
        if raw_id in met.erased and raw_id in met.others
    }
    again = apply([(id_, kept.get(id_, raw)) for id_, raw in pairs if id_ in kept or id_ not in met.erased])
    again.batches = [_without(stones, connection_id, batch) for batch in again.batches]
    again.erased = [raw_id for raw_id, _ in pairs if raw_id in met.erased and raw_id not in kept]
    return again, kept


def _meet(stones: Tombstones, connection_id: int, batches: Sequence[RecordBatch]) -> _Met:
    met = _Met()
    for batch in batches:
        if batch.entity != "customer":
            continue
        for place, is_erased in enumerate(_judged(stones, connection_id, batch)):
            raw_id = batch.raw_ids[place]
            if not is_erased:
                met.others.add(raw_id)
                continue
            columns = (batch.columns[name][place] for name in _NAMING if name in batch.columns)
            met.erased.setdefault(raw_id, set()).update(filter(None, (*columns, batch.keys[place])))
    return met


def _judged(stones: Tombstones, connection_id: int, batch: RecordBatch) -> list[bool]:
    """For each customer of a batch, whether it was erased."""
    count = len(batch.keys)
    hashes = [
        [stones.source(connection_id, type_, key)] for type_, key in zip(batch.types, batch.keys, strict=True)
    ]
    for place, type_, issuer, value, *_ in identifier_rows(range(count), batch.columns):
        hashes[place].append(stones.identifier(type_, issuer, value))
        if type_ == "email":
            hashes[place].append(stones.mailbox(value))
    return stones.touched(hashes)


def _without(stones: Tombstones, connection_id: int, batch: RecordBatch) -> RecordBatch:
    if batch.entity != "customer" or not batch.keys:
        return batch
    judged = _judged(stones, connection_id, batch)
    stay = [place for place, is_erased in enumerate(judged) if not is_erased and not _is_blank(batch, place)]
    if len(stay) == len(judged):
        return batch
    return RecordBatch(
        batch.entity,
        batch.rank,
        [batch.types[n] for n in stay],
        [batch.keys[n] for n in stay],
        [batch.raw_ids[n] for n in stay],
        {name: [values[n] for n in stay] for name, values in batch.columns.items()},
    )


def _is_blank(batch: RecordBatch, place: int) -> bool:
    """Whether a customer is what is left of one who was taken out of a record."""
    columns = (batch.columns[name][place] for name in _NAMING if name in batch.columns)
    return any(ERASED in text for text in (batch.keys[place], *columns) if isinstance(text, str))
