"""Filling in a connector's config: from `--set`, and by asking for what is missing.

The connector's model decides what is missing: fields without a default, and whatever its own checks name in their
complaint (`kind: imap also needs host, username`). Secrets are asked for without echo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_origin

import click

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from hub.cli.app import App
    from hub.models import Json

#: A secret written so is a reference to where it is kept, not the secret itself.
_REFERENCE = re.compile(r"(env|file|plain):")
#: Rounds of questions after which the model is taken to be never content.
_ROUNDS = 8


def complete(
    app: App, model: type[BaseModel], values: Sequence[str], name: str
) -> tuple[dict[str, Json], dict[str, str]]:
    """The config to write into hub.yaml, and the secrets to keep in files.

    values: `FIELD=VALUE` from the command line. Raises ConfigError when something is wrong or missing and nobody can
    be asked.
    """
    from hub.settings import secret_fields

    form = _Form(model, secret_fields(model))
    for value in values:
        form.set(*_split(value))
    if form.secrets:
        app.output.note(
            "A secret on the command line can be seen by others here; env:NAME or file:PATH cannot."
        )
    asked: set[str] = set()
    for _ in range(_ROUNDS):
        errors = form.errors()
        wanted = [field for field in form.named_in(errors) if field not in asked or _about(errors, field)]
        if not errors or not wanted or not app.may_ask:
            break
        for error in errors:
            if asked or error["type"] != "missing":
                app.output.note(_without_prefix(error["msg"]))
        for field in wanted:
            form.ask(field)
        asked.update(wanted)
    if app.may_ask and not form.errors():
        app.output.note(
            f"Other settings have defaults: `hub connectors show` tells them; they go below {name} in hub.yaml."
        )
    return form.config, form.secrets


def _split(text: str) -> tuple[str, str]:
    field, mark, value = text.partition("=")
    if not mark or not field:
        raise click.BadParameter("write FIELD=VALUE", param_hint="--set")
    return field, value


class _Form:
    """A config being filled in."""

    def __init__(self, model: type[BaseModel], secret_names: Iterable[str]) -> None:
        from hub.settings.shape import fields

        self._model = model
        self._fields = fields(model)
        self._secret_names = set(secret_names)
        self.config: dict[str, Json] = {}
        self.secrets: dict[str, str] = {}

    def set(self, field: str, value: str) -> None:
        """Takes a value as a person writes it; `streams.orders.pattern` is a field inside a field."""
        top, *inner = field.split(".")
        if not inner and top in self._secret_names:
            self._set_secret(top, value)
            return
        parsed = self._parsed(top, value) if not inner else _as_yaml(value)
        here = self.config
        for step, below in zip([top, *inner[:-1]], inner, strict=True) if inner else ():
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise click.BadParameter(
                    f"{field}: {step} has a value already, before {below}", param_hint="--set"
                )
        here[inner[-1] if inner else top] = parsed

    def _set_secret(self, field: str, value: str) -> None:
        self.config.pop(field, None)
        self.secrets.pop(field, None)
        if _REFERENCE.match(value):
            self.config[field] = value
        elif value:
            self.secrets[field] = value

    def ask(self, field: str) -> None:
        """Ask for one field; an empty answer leaves it out."""
        info = self._fields[field]
        if info.description:
            click.echo(f"\n{info.description}", err=True)
        secret = field in self._secret_names
        answer = click.prompt(field, default="", show_default=False, hide_input=secret, err=True)
        if answer.strip():
            self.set(field, answer.strip())
        else:
            self.config.pop(field, None)

    def errors(self) -> list[ErrorDetails]:
        """What the model says of it, without the secrets themselves."""
        from pydantic import SecretStr, ValidationError

        # References stand for secrets that `resolve_config` reads later.
        trial = {**self.config, **self.secrets}
        for field in self._secret_names & trial.keys():
            trial[field] = SecretStr(str(trial[field]))
        try:
            self._model.model_validate(trial)
        except ValidationError as error:
            return error.errors(include_url=False, include_input=False)
        return []

    def named_in(self, errors: Iterable[ErrorDetails]) -> list[str]:
        """Fields that the errors are about, in the order of the model."""
        named = set()
        for error in errors:
            if error["loc"]:
                named.add(str(error["loc"][0]))
            else:  # a check of the whole: its words name the fields
                named |= set(re.findall(r"\w+", error["msg"])) - self.config.keys() - self.secrets.keys()
        return [field for field in self._fields if field in named]

    def _parsed(self, field: str, value: str) -> Json:
        """Text stays text, `a, b` becomes a list where a list is wanted, the rest is read as in YAML."""
        from hub.settings.shape import leaves

        info = self._fields.get(field)
        wanted = {get_origin(leaf) or leaf for leaf in leaves(info.annotation)} if info else set()
        if wanted & {str, Path}:
            return value
        parsed = _as_yaml(value)
        if wanted & {tuple, list, frozenset, set} and isinstance(parsed, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return parsed


def _as_yaml(value: str) -> Json:
    """What a value would be in hub.yaml."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        parsed = YAML(typ="safe", pure=True).load(value)
    except YAMLError:
        return value
    return parsed if isinstance(parsed, str | int | float | bool | list | dict) else value


def _about(errors: Iterable[ErrorDetails], field: str) -> bool:
    """Whether an answer was given and is wrong, so that it makes sense to ask again."""
    return any(error["loc"] and str(error["loc"][0]) == field for error in errors)


def _without_prefix(message: str) -> str:
    return message.removeprefix("Value error, ")
