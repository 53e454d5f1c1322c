"""Natural keys: texts that tell one record from another."""

from __future__ import annotations

from hub.canonical.bad_value import BadValue
from hub.canonical.text import is_blank
from hub.mapping.columns import Trouble, key_text, one_by_one
from hub.mapping.document import Key
from hub.mapping.scope import Column, Scope
from hub.mapping.sources import Problem, Problems, SourceCompiler


class CompiledKey:
    """A natural key, ready to read."""

    def __init__(self, key: Key, sources: SourceCompiler) -> None:
        self._parts = [sources.compile(part) for part in key.parts]

    def read(self, scope: Scope) -> tuple[list[str | None], Problems]:
        """The keys, None where a part is absent, and the parts that cannot be one."""
        problems: Problems = []
        columns = []
        for part in self._parts:
            if part.constant is not None:
                columns.append([key_text(part.constant.value)] * len(scope))
                continue
            made, troubles = _key_column(part.read(scope, problems))
            columns.append(made)
            problems += [
                Problem(trouble.row, trouble.code, trouble.message, *part.place(scope, trouble.row))
                for trouble in troubles
            ]
        if len(columns) == 1:
            return columns[0], problems
        return [None if None in parts else ":".join(parts) for parts in zip(*columns, strict=True)], problems

    def place(self, scope: Scope, row: int) -> tuple[str, str]:
        """Where the first part that is absent in this row was looked for, else the first part."""
        for part in self._parts:
            if is_blank(part.read(scope, [])[row]):
                return part.place(scope, row)
        return self._parts[0].place(scope, row)


def _key_column(values: Column) -> tuple[Column, list[Trouble]]:
    try:
        return [str(value) if type(value) is int else key_text(value) for value in values], []
    except BadValue:
        return one_by_one(key_text, values)
