"""Kinds of values that several parts of the settings have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from hub.settings.origin import Origin

#: Names of connections and channels stand in URLs, file names and logs.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection or a channel was told of."""

    name: str
    project: Path
    origin: Origin


def _words(value: object) -> object:
    """A list may also come as `a, b` from an environment variable."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _share(value: object) -> object:
    """`50%` is 0.5."""
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*", value)):
        return float(found[1]) / 100
    return value


def named(what: str) -> AfterValidator:
    """Checks a name that a person gives, such as that of a connection."""

    def check(value: str) -> str:
        if not NAME.fullmatch(value):
            message = "{what} name is of a-z, 0-9, - and _, and at most 63 long"
            raise PydanticCustomError("name", message, {"what": what})
        return value

    return AfterValidator(check)


#: Parses lists that may come as `a, b`; for `Annotated[tuple[…], AsWords]`.
AsWords = BeforeValidator(_words)
Share = Annotated[float, BeforeValidator(_share)]
Words = Annotated[tuple[str, ...], AsWords]
