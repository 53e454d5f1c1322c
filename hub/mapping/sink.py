"""Where the results and the troubles of a batch are gathered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import compress

from hub.mapping.columns import Trouble
from hub.mapping.result import FieldWarning, Mapped, MapReject, RecordBatch
from hub.mapping.scope import Column, Scope
from hub.mapping.sources import Problem, Problems, Source


@dataclass(slots=True)
class Sink:
    """What applying a batch has given so far; rows are numbers of raw records in the batch."""

    raw_ids: Sequence[int]
    batches: list[tuple[RecordBatch, Sequence[int]]] = field(default_factory=list)
    rejects: dict[int, MapReject] = field(default_factory=dict)
    warnings: list[tuple[int, FieldWarning]] = field(default_factory=list)

    def reject(self, row: int, code: str, message: str, path: str, where: str) -> None:
        """Refuses a raw record; its first reason is kept."""
        if row not in self.rejects:
            self.rejects[row] = MapReject(self.raw_ids[row], code, message, path, where)

    def warn(self, row: int, entity: str, name: str, code: str, path: str, where: str) -> None:
        """A field of one record was left empty."""
        self.warnings.append((row, FieldWarning(self.raw_ids[row], entity, name, code, path, where)))

    def result(self) -> Mapped:
        """Everything, without what rejected records told."""
        refused = self.rejects.keys()
        fired = {row for _, rows in self.batches for row in rows} - refused
        batches = [_without(batch, rows, refused) for batch, rows in self.batches]
        return Mapped(
            batches=[batch for batch in batches if batch.keys],
            rejects=[self.rejects[row] for row in sorted(refused)],
            filtered=[
                raw_id for row, raw_id in enumerate(self.raw_ids) if row not in fired and row not in refused
            ],
            mapped=[raw_id for row, raw_id in enumerate(self.raw_ids) if row in fired],
            warnings=[warning for row, warning in self.warnings if row not in refused],
        )


def _without(batch: RecordBatch, rows: Sequence[int], refused: Collection[int]) -> RecordBatch:
    if not refused or not any(row in refused for row in rows):
        return batch
    good = [row not in refused for row in rows]
    return RecordBatch(
        batch.entity,
        batch.rank,
        list(compress(batch.types, good)),
        list(compress(batch.keys, good)),
        list(compress(batch.raw_ids, good)),
        {name: list(compress(column, good)) for name, column in batch.columns.items()},
    )


@dataclass(frozen=True, slots=True)
class Report:
    """Where the problems of one field go."""

    sink: Sink
    scope: Scope
    entity: str

    def problems(self, name: str, source: Source, found: Problems) -> None:
        """Problems that functions met."""
        for problem in found:
            self._one(name, source, problem)

    def troubles(self, name: str, source: Source, found: Sequence[Trouble]) -> None:
        """Values that the field's type refused."""
        for trouble in found:
            path, where = source.place(self.scope, trouble.row)
            self._one(name, source, Problem(trouble.row, trouble.code, trouble.message, path, where))

    def _one(self, name: str, source: Source, problem: Problem) -> None:
        if not source.required:
            row = self.scope.rows[problem.row]
            self.sink.warn(row, self.entity, name, problem.code, problem.path, problem.where)

    def missing(self, name: str, source: Source, column: Column) -> None:
        """Refuses the raw records whose required field has come out empty."""
        if not source.required or None not in column:
            return
        for row, value in enumerate(column):
            if value is None:
                path, where = source.place(self.scope, row)
                message = f"the required field {name!r} of {self.entity} is absent or unusable"
                self.sink.reject(self.scope.rows[row], "HUB-3105", message, path, where)
