"""One emit compiled: from the rows of a scope to a batch of canonical columns."""

from __future__ import annotations

import orjson

from hub.mapping.document import Emit
from hub.mapping.fields import compile_fields
from hub.mapping.functions import holds
from hub.mapping.identifiers import CompiledIdentifier
from hub.mapping.keys import CompiledKey
from hub.mapping.result import RecordBatch
from hub.mapping.scope import Column, Scope, list_path, reader
from hub.mapping.sink import Report, Sink
from hub.mapping.sources import Problems, SourceCompiler


class CompiledEmit:
    """An emit, ready to run."""

    def __init__(self, emit: Emit, sources: SourceCompiler) -> None:
        self.emit = emit
        self.conditions = [sources.compile(condition) for condition in emit.when]
        self.key = CompiledKey(emit.key, sources)
        self._each = None if emit.each is None else reader(list_path(emit.each))
        self._fields = compile_fields(emit, sources)
        self._identifiers = [CompiledIdentifier(rule, sources) for rule in emit.identifiers]

    def run(self, scope: Scope, sink: Sink) -> None:
        """Adds what the raw records of `scope` tell to `sink`."""
        self.run_expanded(self.expanded(scope), sink)

    def run_expanded(self, scope: Scope, sink: Sink) -> None:
        """The same for rows that are items of `each` already."""
        scope = self._firing(scope, sink)
        found = self._keys(scope, sink) if len(scope) else []
        keys = [key for key in found if key is not None]
        if len(keys) < len(found):
            scope = scope.keep([key is not None for key in found])
        if not keys:
            return
        columns: dict[str, Column] = {}
        report = Report(sink, scope, self.emit.entity.name)
        for fill in self._fields:
            fill(scope, columns, report)
        if self._identifiers:
            columns["identifiers"] = self._identifier_column(scope, report)
        types = [self.emit.type] * len(keys)
        raw_ids = [sink.raw_ids[row] for row in scope.rows]
        batch = RecordBatch(self.emit.entity.name, self.emit.rank, types, keys, raw_ids, columns)
        sink.batches.append((batch, scope.rows))

    def expanded(self, scope: Scope) -> Scope:
        """One row for each item of `each`; the scope itself without one."""
        if self._each is None or self.emit.each is None:
            return scope
        return scope.each(list_path(self.emit.each), self._each(scope))

    def _firing(self, scope: Scope, sink: Sink) -> Scope:
        for condition in self.conditions:
            if not len(scope):
                break
            problems: Problems = []
            values = condition.read(scope, problems)
            met = [value is True or (value is not False and holds(value)) for value in values]
            Report(sink, scope, self.emit.entity.name).problems("when", condition, problems)
            if not all(met):
                scope = scope.keep(met)
        return scope

    def _keys(self, scope: Scope, sink: Sink) -> list[str | None]:
        keys, problems = self.key.read(scope)
        for problem in problems:
            message = f"the key of {self.emit.entity.name} is unusable: {problem.message}"
            sink.reject(scope.rows[problem.row], "HUB-3103", message, problem.path, problem.where)
        if self.emit.required and None in keys:
            for row, key in enumerate(keys):
                if key is None:
                    path, where = self.key.place(scope, row)
                    message = f"the key of {self.emit.entity.name} is absent"
                    sink.reject(scope.rows[row], "HUB-3102", message, path, where)
        return keys

    def _identifier_column(self, scope: Scope, report: Report) -> Column:
        lists: list[list[dict[str, object]]] = [[] for _ in range(len(scope))]
        for identifier in self._identifiers:
            identifier.add_to(lists, scope, report)
        return [orjson.dumps(found).decode() if found else None for found in lists]
