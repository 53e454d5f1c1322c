"""Further identifiers of a customer."""

from __future__ import annotations

from hub.canonical.text import is_blank
from hub.mapping.columns import Mapper, identifier_value, normaliser
from hub.mapping.document import IdentifierRule
from hub.mapping.functions import holds
from hub.mapping.scope import Column, Scope, list_path, reader
from hub.mapping.sink import Report
from hub.mapping.sources import Problems, Source, SourceCompiler


class CompiledIdentifier:
    """One rule of `identifiers`, ready to run."""

    def __init__(self, rule: IdentifierRule, sources: SourceCompiler) -> None:
        self._rule = rule
        self._each = None if rule.each is None else reader(list_path(rule.each))
        self._value = sources.compile(rule.value)
        self._normalise = Mapper(identifier_value(rule.type, sources.environment))
        text = Mapper(normaliser("text", sources.environment))
        truth = Mapper(lambda value: None if is_blank(value) else holds(value))
        parts = {
            "issuer": (rule.issuer, text),
            "label": (rule.label, text),
            "verified": (rule.verified, truth),
        }
        self._more = [
            (name, sources.compile(part), mapper)
            for name, (part, mapper) in parts.items()
            if part is not None
        ]

    def add_to(self, lists: list[list[dict[str, object]]], scope: Scope, report: Report) -> None:
        """Adds what each row tells to its list; the same identifier twice is one."""
        if self._each is not None and self._rule.each is not None:
            scope = scope.each(list_path(self._rule.each), self._each(scope))
        rows = scope.parents if self._each is not None else range(len(scope))
        report = Report(report.sink, scope, report.entity)
        values = self._column(self._value, self._normalise, scope, report)
        more = [(name, self._column(source, mapper, scope, report)) for name, source, mapper in self._more]
        for row, (parent, value) in enumerate(zip(rows, values, strict=True)):
            if value is None:
                continue
            found: dict[str, object] = {"type": self._rule.type, "value": value}
            for name, column in more:
                if column[row] is not None:
                    found[name] = column[row]
            told = lists[parent]
            if not told or found not in told:
                told.append(found)

    @staticmethod
    def _column(source: Source, mapper: Mapper, scope: Scope, report: Report) -> Column:
        problems: Problems = []
        column, troubles = mapper(source.read(scope, problems))
        report.problems("identifiers", source, problems)
        report.troubles("identifiers", source, troubles)
        return column
