"""What becomes of one raw record, told field by field: for `hub mappings preview`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.mapping.document import Emit, FieldRule, Reference
from hub.mapping.emits import CompiledEmit
from hub.mapping.expression import describe
from hub.mapping.functions import holds
from hub.mapping.result import FieldWarning, RecordBatch
from hub.mapping.scope import Scope
from hub.mapping.sink import Sink
from hub.models import Json


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """One field: the expression as written, its file:line, and what came of it."""

    field: str
    text: str
    where: str
    #: The canonical value; None when there is none.
    value: Any
    #: Empty for a value; else `absent`, or the code and path of what was wrong. A native word is told here, too.
    reason: str


@dataclass(frozen=True, slots=True)
class RecordTrace:
    """One emit for one raw record, or for one item of its `each`."""

    entity: str
    type: str
    #: None when nothing was emitted.
    key: str | None
    rank: int
    where: str
    #: Why nothing was emitted, or why the raw record was rejected.
    reason: str
    fields: tuple[FieldTrace, ...]


def explain(emits: Sequence[CompiledEmit], raw: Json) -> list[RecordTrace]:
    """Traces of every emit, in the order written."""
    if type(raw) is not dict:
        emit = emits[0].emit
        return [
            RecordTrace(
                emit.entity.name, emit.type, None, emit.rank, emit.where, "HUB-3101: no JSON object", ()
            )
        ]
    return [trace for emit in emits for trace in _explain_emit(emit, Scope([raw], [0]))]


def _explain_emit(compiled: CompiledEmit, scope: Scope) -> list[RecordTrace]:
    emit = compiled.emit
    rows = compiled.expanded(scope)
    if not len(rows):
        return [_silent(emit, f"there is no item in {emit.each}")]
    traces = []
    for row in range(len(rows)):
        one = rows.keep([number == row for number in range(len(rows))])
        sink = Sink([0])
        compiled.run_expanded(one, sink)
        reasons = [f"{reject.code}: {reject.message} ({reject.path})" for reject in sink.rejects.values()]
        if sink.batches:
            traces.append(_told(emit, sink, "; ".join(reasons)))
        else:
            traces.append(_silent(emit, "; ".join(reasons) or _why_silent(compiled, one)))
    return traces


def _why_silent(compiled: CompiledEmit, scope: Scope) -> str:
    for condition, compiled_condition in zip(compiled.emit.when, compiled.conditions, strict=True):
        if not holds(compiled_condition.read(scope, [])[0]):
            return f"`when: {describe(condition)}` does not hold ({condition.where})"
    path, where = compiled.key.place(scope, 0)
    return f"the key is absent: {path} ({where})"


def _silent(emit: Emit, reason: str) -> RecordTrace:
    return RecordTrace(emit.entity.name, emit.type, None, emit.rank, emit.where, reason, ())


def _told(emit: Emit, sink: Sink, reason: str) -> RecordTrace:
    batch = sink.batches[0][0]
    warnings = [warning for _, warning in sink.warnings]
    fields = [_field(rule, batch, warnings) for rule in emit.fields]
    if emit.identifiers:
        value = batch.columns["identifiers"][0]
        text = ", ".join(describe(rule.value) for rule in emit.identifiers)
        own = [warning for warning in warnings if warning.field == "identifiers"]
        fields.append(FieldTrace("identifiers", text, emit.identifiers[0].where, value, _reason(value, own)))
    return RecordTrace(
        batch.entity, batch.types[0], batch.keys[0], emit.rank, emit.where, reason, tuple(fields)
    )


def _field(rule: FieldRule, batch: RecordBatch, warnings: Sequence[FieldWarning]) -> FieldTrace:
    name, columns = rule.field.name, batch.columns
    own = [warning for warning in warnings if warning.field == name]
    if isinstance(rule.value, Reference):
        key = columns[f"{name}_key"][0]
        value = None if key is None else f"{columns[f'{name}_type'][0]} {key}"
        text = f"{rule.value.type}, " + ", ".join(describe(part) for part in rule.value.key.parts)
        return FieldTrace(name, text, rule.where, value, _reason(value, own))
    value = columns[name][0]
    native = columns.get(f"{name}_native", [None])[0]
    reason = _reason(value, own)
    if native is not None:
        reason = f"{reason}; " if reason else ""
        reason += f"native: {native}"
    return FieldTrace(name, describe(rule.value), rule.where, value, reason)


def _reason(value: Any, warnings: Sequence[FieldWarning]) -> str:
    if warnings:
        return "; ".join(f"{warning.code} at {warning.path}" for warning in warnings)
    return "absent" if value is None else ""
