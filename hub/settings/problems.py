"""pydantic's findings, told as file:line, what was found, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.errors import ConfigError
from hub.settings.model import choices
from hub.settings.shape import allowed_words, at, fields, is_secret, models

Where = Callable[[Sequence[str | int]], str]
_SHOWN = 60


def config_error(
    error: ValidationError, model: type[BaseModel], where: Where, whose: str = ""
) -> ConfigError:
    """One error for all findings: the first with its place, the others as further lines.

    where: tells the place of a path below `model`.
    whose: the connection, when the model is its config.
    """
    told = [
        _tell(detail, model, where, f"{whose}: " if whose else "")
        for detail in error.errors(include_url=False)
    ]
    first, *others = told
    lines = [first.message, *(f"  {other.where}: {other.message} {other.hint}".rstrip() for other in others)]
    return ConfigError(first.code, "\n".join(lines), where=first.where, hint=first.hint)


def unknown_key(key: str, model: type[BaseModel], where: str, whose: str = "") -> ConfigError:
    """A key that the model does not have."""
    return ConfigError(
        "HUB-1003", f"{whose}unknown setting {key!r}", where=where, hint=choices(key, fields(model))
    )


def _tell(detail: ErrorDetails, model: type[BaseModel], where: Where, whose: str) -> ConfigError:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    place, name = where(path), whose + _dotted(path)
    if detail["type"] == "extra_forbidden":
        owners = [owner for one in at(model, path[:-1]) for owner in models(one)]
        return unknown_key(str(path[-1]), owners[0] if owners else model, place, whose)
    if detail["type"] == "missing":
        return ConfigError("HUB-1005", f"{name} is missing", where=place, hint=_meaning(model, path))
    if detail["type"] == "union_tag_not_found":
        return ConfigError("HUB-1005", f"{name}.type is missing", where=place, hint=f"{detail['msg']}.")
    if detail["type"] == "union_tag_invalid":
        words = detail["ctx"]["expected_tags"].replace("'", "").split(", ")
        message = f"{name}.type has a wrong value: found {shown(detail['ctx']['tag'])}"
        return ConfigError(
            "HUB-1004", message, where=where((*path, "type")), hint=choices(detail["ctx"]["tag"], words)
        )
    if detail["loc"][-1:] == ("[key]",):
        message = f"{whose}{_dotted(path[:-1])} has an unknown name {path[-1]!r}"
        return ConfigError("HUB-1004", message, where=place, hint=f"{detail['msg']}.")
    ends = at(model, path)
    if any(is_secret(end) for end in ends):
        # Neither the value, nor the words of a connector's own check, which might quote it.
        hint = "" if detail["type"] == "value_error" else f"{detail['msg']}."
        return ConfigError("HUB-1004", f"{name} has a wrong value", where=place, hint=hint)
    if not path and detail["type"] == "value_error":  # a check of the whole says by itself what is wrong
        return ConfigError("HUB-1004", whose + detail["msg"].removeprefix("Value error, "), where=place)
    words = next((words for end in ends if (words := allowed_words(end))), ())
    hint = choices(str(detail["input"]), words) if words else f"{detail['msg']}."
    message = f"{name} has a wrong value: found {shown(detail['input'])}"
    return ConfigError("HUB-1004", message, where=place, hint=hint)


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "the whole"


def _meaning(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """The description of a field, which is the best hint there is when it is missing."""
    for parent in at(model, path[:-1]):
        for owner in models(parent):
            field = fields(owner).get(str(path[-1]))
            if field is not None and field.description:
                return f"{path[-1]}: {field.description}"
    return ""


def shown(value: Any) -> str:
    """A value as a message may show it: short, never the inside of a list or mapping, no password of a URL."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    if isinstance(value, BaseModel):
        return "settings"
    if isinstance(value, str) and "://" in value and "@" in value:
        scheme, rest = value.split("://", 1)
        value = f"{scheme}://***@{rest.rsplit('@', 1)[1]}"
    if isinstance(value, str) and _has_query(value):
        value = value.split("?", 1)[0] + "?***"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _has_query(text: str) -> bool:
    """Whether the text is an address with a query, where some systems put a key."""
    if "://" not in text:
        return False
    try:
        return bool(urlsplit(text).query)
    except ValueError:
        return True
