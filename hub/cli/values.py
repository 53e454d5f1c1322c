"""A value inside a raw record, by the path that a reject or a trace names (`$.billing.email`)."""

from __future__ import annotations

from hub.errors import MappingError
from hub.models import Json


def at_path(record: Json, path: str) -> Json:
    """The value there; None when there is none, or when the path is of the whole record."""
    from hub.mapping.expression import parse_pipeline
    from hub.mapping.scope import Scope, reader

    try:
        parsed = parse_pipeline(path, "").path
    except MappingError:
        return None
    if parsed.root != "$" or not parsed.steps or not isinstance(record, dict):
        return None
    return reader(parsed)(Scope([record], [0]))[0]


def last_name(path: str) -> str:
    """`email` of `$.billing.email`: what the value is called."""
    from hub.mapping.expression import parse_pipeline

    try:
        steps = parse_pipeline(path, "").path.steps
    except MappingError:
        return ""
    return next((step for step in reversed(steps) if isinstance(step, str)), "")
