"""The fields of an emit compiled: each fills its columns of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.canonical.bad_value import BadValue
from hub.canonical.schema import Field
from hub.canonical.text import is_blank
from hub.errors import MappingError
from hub.mapping.columns import EnumColumns, Mapper, MoneyColumns, normaliser
from hub.mapping.document import Emit, FieldRule, Reference
from hub.mapping.expression import Constant, First, Pipeline
from hub.mapping.functions import Environment
from hub.mapping.keys import CompiledKey
from hub.mapping.scope import Column, Scope
from hub.mapping.sink import Report
from hub.mapping.sources import Problems, Source, SourceCompiler

#: Fills the columns of one field.
FillField = Callable[[Scope, dict[str, Column], Report], None]


def compile_fields(emit: Emit, sources: SourceCompiler) -> list[FillField]:
    """The fields of an emit, in the order they must be filled: amounts last, for they need the record's currency."""
    rules = sorted(emit.fields, key=lambda rule: rule.field.type == "money")
    return [_compile_field(rule, emit, sources) for rule in rules]


def _compile_field(rule: FieldRule, emit: Emit, sources: SourceCompiler) -> FillField:
    if isinstance(rule.value, Reference):
        return _reference_field(rule.field, rule.value, sources)
    source = sources.compile(rule.value, rule.field)
    if source.constant is not None and rule.field.type != "money":
        return _constant_field(rule.field, source.constant, sources.environment)
    match rule.field.type:
        case "enum":
            _check_words(rule, sources.environment)
            return _enum_field(rule.field, source)
        case "money":
            own = any(other.field.name == "currency" for other in emit.fields)
            return _money_field(rule.field, source, own, emit, sources.environment)
        case "currency":
            return _currency_field(rule.field, source, emit, sources.environment)
    return _plain_field(rule.field, source, sources.environment)


def _plain_field(spec: Field, source: Source, environment: Environment) -> FillField:
    mapper = Mapper(normaliser(spec.type, environment))
    name = spec.name

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        problems: Problems = []
        column, troubles = mapper(source.read(scope, problems))
        columns[name] = column
        if problems:
            report.problems(name, source, problems)
        if troubles:
            report.troubles(name, source, troubles)
        report.missing(name, source, column)

    return fill


def _constant_field(spec: Field, constant: Constant, environment: Environment) -> FillField:
    """The same value in every row, normalised once. Raises MappingError HUB-1218 for one the field cannot hold."""
    try:
        if spec.type == "enum":
            if constant.value is not None and constant.value not in spec.values:
                raise BadValue("HUB-3260", f"expected one of {', '.join(spec.values)}")
            value: Any = constant.value
        else:
            value = normaliser(spec.type, environment)(constant.value)
    except BadValue as bad:
        raise MappingError(
            "HUB-1218", f"{spec.name!r} cannot hold this constant: {bad.message}", where=constant.where
        ) from None

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        columns[spec.name] = [value] * len(scope)
        if spec.type == "enum":
            columns[f"{spec.name}_native"] = [None] * len(scope)

    return fill


def _enum_field(spec: Field, source: Source) -> FillField:
    convert = EnumColumns(spec)

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        problems: Problems = []
        words, natives, troubles = convert(source.read(scope, problems))
        columns[spec.name], columns[f"{spec.name}_native"] = words, natives
        report.problems(spec.name, source, problems)
        report.troubles(spec.name, source, troubles)
        report.missing(spec.name, source, words)

    return fill


def _check_words(rule: FieldRule, environment: Environment) -> None:
    """The words of an enum table that a field goes through must be the field's own."""
    value = rule.value
    options = value.options if isinstance(value, First) else (value,)
    for option in options:
        calls = option.calls if isinstance(option, Pipeline) else ()
        if not calls or calls[-1].name != "enum":
            continue
        table = environment.enums[str(calls[-1].arguments[0])]
        for native, word in table.words.items():
            if word not in rule.field.values:
                raise MappingError(
                    "HUB-1211",
                    f"{word!r} is no word of {rule.field.name!r}",
                    where=table.places[native],
                    hint=f"Allowed: {', '.join(rule.field.values)}.",
                )


def _currency_field(spec: Field, source: Source, emit: Emit, environment: Environment) -> FillField:
    """A record with amounts and no currency of its own has the mapping's: its amounts are read with it."""
    fill_plain = _plain_field(spec, source, environment)
    default = environment.currency if any(rule.field.type == "money" for rule in emit.fields) else None

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        fill_plain(scope, columns, report)
        column = columns[spec.name]
        if default is not None and None in column:
            told = source.read(scope, [])
            columns[spec.name] = [
                default if code is None and is_blank(raw) else code
                for code, raw in zip(column, told, strict=True)
            ]

    return fill


def _money_field(spec: Field, source: Source, own: bool, emit: Emit, environment: Environment) -> FillField:
    convert = MoneyColumns()
    keeps_currency = "currency" in emit.entity.by_name

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        problems: Problems = []
        values = source.read(scope, problems)
        if own:
            currencies = columns["currency"]
        else:
            currencies = [environment.currency] * len(scope)
            if keeps_currency:
                columns["currency"] = currencies
        columns[spec.name], troubles = convert(values, currencies)
        report.problems(spec.name, source, problems)
        report.troubles(spec.name, source, troubles)
        report.missing(spec.name, source, columns[spec.name])

    return fill


def _reference_field(spec: Field, reference: Reference, sources: SourceCompiler) -> FillField:
    key = CompiledKey(reference.key, sources)
    type_column, key_column = f"{spec.name}_type", f"{spec.name}_key"

    def fill(scope: Scope, columns: dict[str, Column], report: Report) -> None:
        keys, problems = key.read(scope)
        columns[key_column] = keys
        columns[type_column] = [None if found is None else reference.type for found in keys]
        for problem in problems:
            row = scope.rows[problem.row]
            report.sink.warn(row, report.entity, spec.name, "HUB-3202", problem.path, problem.where)

    return fill
