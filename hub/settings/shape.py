"""What a model allows at a place inside it, and where it wants a secret."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr


def leaves(annotation: Any) -> Iterator[Any]:
    """The plain types inside `X | None`, `Annotated[X, ...]` and their mixtures."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from leaves(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from leaves(part)
    else:
        yield annotation


def models(annotation: Any) -> list[type[BaseModel]]:
    """The pydantic models that a value of this annotation may be."""
    return [leaf for leaf in leaves(annotation) if isinstance(leaf, type) and issubclass(leaf, BaseModel)]


def is_secret(annotation: Any) -> bool:
    """Whether a value of this annotation must not be shown."""
    return any(
        isinstance(leaf, type) and issubclass(leaf, (SecretStr, SecretBytes)) for leaf in leaves(annotation)
    )


def inside(annotation: Any, key: str | int) -> list[Any]:
    """What may stand under `key` of a value of this annotation; empty when it may hold no such key."""
    found: list[Any] = []
    for leaf in leaves(annotation):
        origin, arguments = get_origin(leaf), get_args(leaf)
        if isinstance(leaf, type) and origin is None and issubclass(leaf, BaseModel):
            found += [field.annotation for name, field in fields(leaf).items() if name == key]
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            found.append(arguments[1])
        elif isinstance(origin, type) and issubclass(origin, Collection) and arguments:
            found.append(arguments[0])
    return found


def at(annotation: Any, path: Sequence[str | int]) -> list[Any]:
    """What may stand at the end of `path`.

    A part that names nothing is passed over: pydantic puts the tags of unions into its locations. A tag leaves only
    the models that it stands for.
    """
    here = [annotation]
    for part in path:
        here = [below for one in here for below in inside(one, part)] or _tagged(here, part) or here
    return here


def _tagged(here: Sequence[Any], tag: str | int) -> list[Any]:
    """The models of a union that say of themselves, in a field of one word, that they are of this kind."""
    found = [model for one in here for model in models(one)]
    return [
        model
        for model in found
        if any(allowed_words(field.annotation) == (tag,) for field in model.model_fields.values())
    ]


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """The fields by the names a file may use: the alias, where there is one."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def allowed_words(annotation: Any) -> tuple[str, ...]:
    """The texts of a `Literal` or of an enum; empty when the type is another."""
    for leaf in leaves(annotation):
        if get_origin(leaf) is Literal:
            return tuple(str(word) for word in get_args(leaf))
        if isinstance(leaf, type) and hasattr(leaf, "__members__"):
            return tuple(str(member.value) for member in leaf.__members__.values())
    return ()
