"""What applying a mapping gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RecordBatch:
    """Canonical records of one emit, as columns: every list has the same length, one place a record.

    entity, rank:  of the emit; rank 0 is the primary teller.
    types, keys:   external type and id of each record. raw_ids: the raw record each comes from.
    columns:       only those the emit sets, named as `Entity.columns`; JSON columns hold JSON text.
    """

    entity: str
    rank: int
    types: list[str]
    keys: list[str]
    raw_ids: list[int]
    columns: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class MapReject:
    """A raw record that was refused as a whole. `path`: where in it; `where`: the mapping's file:line."""

    raw_id: int
    code: str
    message: str
    path: str
    where: str


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """A value that was left empty, or an unknown word. `path`: where in the raw record; `where`: the mapping's file:line."""

    raw_id: int
    entity: str
    field: str
    code: str
    path: str
    where: str


@dataclass(slots=True)
class Mapped:
    """All of one batch: every raw id is in exactly one of mapped, filtered, rejects and erased."""

    batches: list[RecordBatch] = field(default_factory=list)
    rejects: list[MapReject] = field(default_factory=list)
    #: Raw ids for which nothing fired.
    filtered: list[int] = field(default_factory=list)
    mapped: list[int] = field(default_factory=list)
    #: Raw ids of people who were erased, and are not to come back.
    erased: list[int] = field(default_factory=list)
    warnings: list[FieldWarning] = field(default_factory=list)
