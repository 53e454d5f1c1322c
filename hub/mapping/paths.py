"""Which raw paths feed identifiers: what tells that a record is about a given person before it is mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.mapping.document import Emit, IdentifierRule, Reference
from hub.mapping.expression import STAR, Expression, Path, pipelines
from hub.mapping.scope import list_path


def identifier_paths(emits: Sequence[Emit]) -> list[tuple[str, str]]:
    """(identifier type, raw path), each once, in the order written."""
    found = [pair for emit in emits if emit.entity.name == "customer" for pair in _of_emit(emit)]
    return list(dict.fromkeys(found))


def _of_emit(emit: Emit) -> Iterator[tuple[str, str]]:
    items = None if emit.each is None else Path("$", (*list_path(emit.each).steps, STAR))
    for rule in emit.fields:
        if rule.field.type in ("email", "phone") and not isinstance(rule.value, Reference):
            yield from ((rule.field.type, path) for path in _absolute(rule.value, items))
    for identifier in emit.identifiers:
        yield from (
            (identifier.type, path) for path in _absolute(identifier.value, _items_of(identifier, items))
        )


def _items_of(rule: IdentifierRule, outer: Path | None) -> Path | None:
    if rule.each is None:
        return outer
    steps = (*list_path(rule.each).steps, STAR)
    return Path("$", steps) if rule.each.root == "$" or outer is None else Path("$", (*outer.steps, *steps))


def _absolute(expression: Expression, items: Path | None) -> Iterator[str]:
    for pipeline in pipelines(expression):
        path = pipeline.path
        yield str(path if path.root == "$" or items is None else Path("$", (*items.steps, *path.steps)))
