"""A raw config becomes a typed one; references to secrets become the secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from hub.errors import ConfigError
from hub.models import Json
from hub.settings.problems import config_error, unknown_key
from hub.settings.shape import fields, inside, is_secret, models

Model = TypeVar("Model", bound=BaseModel)
_HINT = "Write env:NAME (an environment variable) or file:secrets/name (a file below the project's folder)."
_LONGEST = 65_536


class Configured(Protocol):
    """What has a raw config: a connection, a channel for alerts."""

    @property
    def name(self) -> str:
        """Its name in hub.yaml."""

    @property
    def project(self) -> Path:
        """The project's folder."""

    @property
    def config(self) -> Mapping[str, Json]:
        """As it is written."""

    def where(self, *path: str | int) -> str:
        """The place of one of its values: `hub.yaml:12`."""


def resolve_config(connection: Configured, model: type[Model]) -> Model:
    """The config, checked against the connector's model, with its secrets read from where they are kept.

    Raises ConfigError with file:line: HUB-1003 unknown field, HUB-1004 wrong value, HUB-1005 missing field,
    HUB-1020 the variable of a secret is not set, HUB-1021 its file cannot be read, HUB-1022 it is written out.
    """
    _refuse_unknown(connection.config, model, connection, ())
    resolved = {
        key: _resolve(value, inside(model, key), connection, (key,))
        for key, value in connection.config.items()
    }
    try:
        return model.model_validate(resolved)
    except ValidationError as error:
        raise config_error(
            error, model, lambda path: connection.where("config", *path), connection.name
        ) from None


def secret_fields(model: type[BaseModel]) -> list[str]:
    """The fields of a config that hold a secret, by name: what to ask for without echo."""
    return [name for name, field in fields(model).items() if is_secret(field.annotation)]


def plain_secrets(connection: Configured) -> list[str]:
    """Fields whose secret is written out in the file as `plain:`; only a demo should have any."""
    return sorted(path for path, value in _texts(connection.config, "") if value.startswith("plain:"))


def _texts(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _texts(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts(below, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _refuse_unknown(
    config: Mapping[str, Json], model: type[BaseModel], connection: Configured, path: tuple[str, ...]
) -> None:
    """A misspelt field is an error even where the connector's model would pass over it."""
    if model.model_config.get("extra") == "allow":
        return
    known = fields(model)
    for key, value in config.items():
        if key not in known:
            raise unknown_key(key, model, connection.where("config", *path, key), f"{connection.name}: ")
        below = models(known[key].annotation)
        if len(below) == 1 and isinstance(value, Mapping):
            _refuse_unknown(value, below[0], connection, (*path, key))


def _resolve(
    value: Json, annotations: list[Any], connection: Configured, path: tuple[str | int, ...]
) -> Json:
    """The value with every reference below it replaced, where the model wants a secret."""
    if value is not None and any(is_secret(annotation) for annotation in annotations):
        return SecretStr(_secret(value, connection, path))
    if isinstance(value, Mapping):
        return {
            key: _resolve(below, _all_inside(annotations, key), connection, (*path, key))
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [
            _resolve(below, _all_inside(annotations, index), connection, (*path, index))
            for index, below in enumerate(value)
        ]
    return value


def _all_inside(annotations: list[Any], key: str | int) -> list[Any]:
    return [below for annotation in annotations for below in inside(annotation, key)]


def _secret(value: Json, connection: Configured, path: tuple[str | int, ...]) -> str:
    kind, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    what = f"{connection.name}: the secret {'.'.join(map(str, path))}"
    where = connection.where("config", *path)
    if kind == "env" and rest:
        return _from_environment(rest, what, where)
    if kind == "file" and rest:
        return _from_file(connection.project, rest, what, where)
    if kind == "plain":
        return rest
    raise ConfigError("HUB-1022", f"{what} is written out in the settings", where=where, hint=_HINT)


def _from_environment(variable: str, what: str, where: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        state = "is empty" if variable in os.environ else "is not set"
        hint = f"Set {variable}, or keep the secret in a file: file:secrets/name."
        raise ConfigError(
            "HUB-1020", f"{what}: environment variable {variable} {state}", where=where, hint=hint
        )
    return value


def _from_file(project: Path, name: str, what: str, where: str) -> str:
    """The file's text without the line end that editors put there."""
    hint = f"Write the secret into {name}, readable by you alone (chmod 600)."
    try:
        with (project / name).open("rb") as file:
            value = file.read(_LONGEST).decode("utf-8").rstrip("\r\n")
    except OSError as error:
        message = f"{what}: file {name}: {error.strerror or 'cannot be read'}"
        raise ConfigError("HUB-1021", message, where=where, hint=hint) from None
    except UnicodeDecodeError:
        raise ConfigError(
            "HUB-1021", f"{what}: file {name} is not UTF-8 text", where=where, hint=hint
        ) from None
    if not value:
        raise ConfigError("HUB-1021", f"{what}: file {name} is empty", where=where, hint=hint)
    return value
