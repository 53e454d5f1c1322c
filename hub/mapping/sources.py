"""Expressions compiled to closures over columns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from hub.canonical.bad_value import BadValue
from hub.canonical.schema import Field
from hub.canonical.text import is_blank
from hub.errors import MappingError, PluginError
from hub.mapping.columns import Mapper, Trouble, one_by_one
from hub.mapping.expression import (
    Call,
    Constant,
    Expression,
    First,
    ListOf,
    ObjectOf,
    Path,
    Pipeline,
    describe,
    pipelines,
)
from hub.mapping.functions import BUILTINS, Environment, Function
from hub.mapping.nodes import unknown
from hub.mapping.scope import Column, Scope, place_of, reader


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that a function could not use: its row in the scope, where it stands and which line asked for it."""

    row: int
    code: str
    message: str
    path: str
    where: str


Problems = list[Problem]
Read = Callable[[Scope, Problems], Column]
#: (path in the raw record, file:line) of the value in one row.
PlaceOf = Callable[[Scope, int], tuple[str, str]]
#: One function on a column: the new column, and the rows whose value it could not use.
Apply = Callable[[Scope, Column], tuple[Column, list[Trouble]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A compiled expression."""

    read: Read
    place: PlaceOf
    #: As written, on one line.
    text: str
    where: str
    #: The raw record is refused when there is no usable value.
    required: bool
    #: The value itself, when it is written in the mapping.
    constant: Constant | None = None


class SourceCompiler:
    """Compiles the expressions of one document with the functions that are there."""

    def __init__(self, environment: Environment, guests: Mapping[str, Callable[..., object]]) -> None:
        for name in guests:
            if name in BUILTINS:
                raise PluginError(
                    "HUB-2003", f"the mapping function {name!r} is the hub's own; a plugin offers it too"
                )
        self.environment = environment
        self._guests = guests

    def compile(self, expression: Expression, field: Field | None = None) -> Source:
        """The expression as a source; `field` is what it is for. Raises MappingError."""
        match expression:
            case Constant():
                read, place = _constant(expression)
            case Pipeline():
                read, place = self._pipeline(expression, field)
            case First(options=options):
                read, place = _first([self.compile(option, field) for option in options])
            case ListOf(items=items):
                read, place = _list_of([self.compile(item, field) for item in items], expression.where)
            case ObjectOf(fields=fields):
                named = [(name, self.compile(value, field)) for name, value in fields]
                read, place = _object_of(named, expression.where)
        required = any(
            call.name == "required" for pipeline in pipelines(expression) for call in pipeline.calls
        )
        constant = expression if isinstance(expression, Constant) else None
        return Source(read, place, describe(expression), expression.where, required, constant)

    def _pipeline(self, pipeline: Pipeline, field: Field | None) -> tuple[Read, PlaceOf]:
        read_path = reader(pipeline.path)

        def place(scope: Scope, row: int) -> tuple[str, str]:
            return place_of(pipeline.path, scope, row), pipeline.where

        steps = [
            self._step(call, place, pipeline.where, field)
            for call in pipeline.calls
            if call.name != "required"
        ]
        if not steps:
            return lambda scope, problems: read_path(scope), place

        def read(scope: Scope, problems: Problems) -> Column:
            column = read_path(scope)
            for step in steps:
                column = step(scope, column, problems)
            return column

        return read, place

    def _step(
        self, call: Call, place: PlaceOf, where: str, field: Field | None
    ) -> Callable[[Scope, Column, Problems], Column]:
        call = self._with_default(call, field)
        function, wants_absent = self._function(call, where)
        apply = _applier(function, call.arguments, wants_absent)

        def step(scope: Scope, column: Column, problems: Problems) -> Column:
            made, troubles = apply(scope, column)
            for trouble in troubles:
                problems.append(
                    Problem(trouble.row, trouble.code, trouble.message, *place(scope, trouble.row))
                )
            return made

        return step

    def _with_default(self, call: Call, field: Field | None) -> Call:
        """`default` without an argument means the mapping's default of the field's kind."""
        if call.name != "default" or call.arguments or field is None:
            return call
        value = self.environment.default_of(field.type, field.name)
        return call if value is None else Call("default", (value,))

    def _function(self, call: Call, where: str) -> tuple[Function, bool]:
        """The function of a call, and whether it wants absent values. Raises MappingError HUB-1208 or HUB-1210."""
        builtin = BUILTINS.get(call.name)
        if builtin is not None:
            if not builtin.least <= len(call.arguments) <= builtin.most:
                raise _wrong_arguments(call, f"{builtin.least} to {builtin.most}", where)
            if builtin.make is not None:
                return builtin.make(self.environment, call, where), builtin.absent
            return builtin.function, builtin.absent
        guest = self._guests.get(call.name)
        if guest is None:
            raise unknown(f"function {call.name!r}", call.name, {*BUILTINS, *self._guests}, where, "HUB-1208")
        try:
            inspect.signature(guest).bind(None, *call.arguments)
        except TypeError:
            raise _wrong_arguments(call, "other", where) from None
        except ValueError:
            pass  # some functions of C tell nothing about their arguments
        return _guarded(guest), False


def _wrong_arguments(call: Call, wanted: str, where: str) -> MappingError:
    found = len(call.arguments)
    return MappingError("HUB-1210", f"`{call.name}` takes {wanted} arguments, found {found}", where=where)


def _guarded(guest: Callable[..., object]) -> Function:
    """A plugin's function: it is not called for blank values, and whatever it raises concerns one value only."""

    def call(value: Any, *arguments: Any) -> object:
        if is_blank(value):
            return None
        try:
            return guest(value, *arguments)
        except BadValue:
            raise
        except Exception:  # noqa: BLE001 - a stranger's mistake must not stop the run, and its text may hold the value
            raise BadValue("HUB-3271", "a plugin's function failed") from None

    return call


def _applier(function: Function, arguments: Sequence[Any], wants_absent: bool) -> Apply:
    if any(isinstance(argument, Path) for argument in arguments):
        return _with_read_arguments(function, arguments, wants_absent)
    mapper = Mapper(_with_fixed_arguments(function, arguments, wants_absent))
    return lambda scope, column: mapper(column)


def _with_fixed_arguments(function: Function, arguments: Sequence[Any], wants_absent: bool) -> Function:
    if wants_absent:
        return (lambda value: function(value, *arguments)) if arguments else function

    def apply(value: Any) -> Any:
        return None if value is None or value == "" else function(value, *arguments)

    return apply


def _with_read_arguments(function: Function, arguments: Sequence[Any], wants_absent: bool) -> Apply:
    readers = [reader(argument) if isinstance(argument, Path) else None for argument in arguments]

    def apply(value: Any, *rest: Any) -> Any:
        return None if not wants_absent and (value is None or value == "") else function(value, *rest)

    def step(scope: Scope, column: Column) -> tuple[Column, list[Trouble]]:
        columns = [
            read(scope) if read else list(repeat(argument, len(column)))
            for read, argument in zip(readers, arguments, strict=True)
        ]
        return one_by_one(apply, column, *columns)

    return step


def _constant(constant: Constant) -> tuple[Read, PlaceOf]:
    return lambda scope, problems: [constant.value] * len(scope), lambda scope, row: ("", constant.where)


def _first(options: Sequence[Source]) -> tuple[Read, PlaceOf]:
    def read(scope: Scope, problems: Problems) -> Column:
        made = options[0].read(scope, problems)
        for option in options[1:]:
            missing = [_is_absent(value) for value in made]
            if not any(missing):
                break
            found: Problems = []
            other = option.read(scope, found)
            made = [there if gone else value for value, there, gone in zip(made, other, missing, strict=True)]
            problems += [problem for problem in found if missing[problem.row]]
        return made

    def place(scope: Scope, row: int) -> tuple[str, str]:
        for option in options:
            if not _is_absent(option.read(scope, [])[row]):
                return option.place(scope, row)
        return options[0].place(scope, row)

    return read, place


def _list_of(items: Sequence[Source], where: str) -> tuple[Read, PlaceOf]:
    def read(scope: Scope, problems: Problems) -> Column:
        columns = [item.read(scope, problems) for item in items]
        return (
            [_flat(values) or None for values in zip(*columns, strict=True)]
            if columns
            else [None] * len(scope)
        )

    return read, _whole(items, where)


def _object_of(fields: Sequence[tuple[str, Source]], where: str) -> tuple[Read, PlaceOf]:
    names = [name for name, _ in fields]

    def read(scope: Scope, problems: Problems) -> Column:
        columns = [value.read(scope, problems) for _, value in fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(scope)
        return [
            {name: value for name, value in zip(names, row, strict=True) if not _is_absent(value)} or None
            for row in rows
        ]

    return read, _whole([value for _, value in fields], where)


def _whole(parts: Sequence[Source], where: str) -> PlaceOf:
    """A value made of several has no path of its own: that of its first part has to do."""

    def place(scope: Scope, row: int) -> tuple[str, str]:
        return (parts[0].place(scope, row)[0] if parts else "", where)

    return place


def _flat(values: Sequence[Any]) -> list[Any]:
    """The values that are there; lists (of `[*]`) are taken apart."""
    flat: list[Any] = []
    for value in values:
        if value is None or value == "":
            continue
        if type(value) is list:
            flat += [_tidy(item) for item in value if not _is_absent(item)]
        elif not _is_absent(value):
            flat.append(_tidy(value))
    return flat


def _tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _is_absent(value: Any) -> bool:
    return value is None or value == "" or value == [] or (type(value) is str and value.isspace())
