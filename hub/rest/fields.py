"""The settings a manifest asks for, and the pydantic model that they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, create_model, model_validator
from pydantic_core import PydanticCustomError

from hub.models import Json
from hub.rest.values import Part

#: Every connector made from a manifest has this one.
BASE_URL = "base_url"
_TYPES: Mapping[str, Any] = {"text": str, "integer": int, "number": float, "boolean": bool, "date": date}


class ConfigField(Part):
    """One setting of a connection."""

    description: str = Field(
        min_length=3, description="What it is and where to find it: the manual, and the form."
    )
    type: Literal["text", "integer", "number", "boolean", "date"] = Field(
        "text", description="What it holds."
    )
    secret: bool = Field(False, description="Kept apart, never shown.")
    optional: bool = Field(False, description="May be left out, without a default.")
    default: str | int | float | bool | None = Field(None, description="What holds when it is left out.")
    choices: tuple[str, ...] = Field((), description="The words it may be.")
    pattern: str | None = Field(None, description="A regular expression that the whole text must match.")
    min: float | None = Field(None, description="The least a number may be.")
    max: float | None = Field(None, description="The most a number may be.")
    example: str | None = Field(None, description="What it may look like.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.secret and (self.default is not None or self.type != "text" or self.choices):
            raise PydanticCustomError("field", "a secret is a text without a default and without choices")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error:
                raise PydanticCustomError("field", "`pattern` is no regular expression") from None
        return self

    @property
    def may_be_absent(self) -> bool:
        """Whether a connection may be without it."""
        return self.optional and self.default is None

    def annotation(self) -> Any:
        """The type of the model's field."""
        kind: Any = SecretStr if self.secret else _TYPES[self.type]
        if self.choices:
            kind = Literal[self.choices]
        return kind | None if self.may_be_absent else kind

    def field(self) -> Any:
        """The model's field."""
        limits: dict[str, Any] = {"ge": self.min, "le": self.max}
        if self.pattern is not None and not self.secret:
            limits["pattern"] = f"^(?:{self.pattern})$"
        limits = {name: limit for name, limit in limits.items() if limit is not None}
        default: Any = None if self.may_be_absent else ... if self.default is None else self.default
        examples = [self.example] if self.example else None
        return Field(
            default,
            description=self.description,
            examples=examples,
            validate_default=default is not ...,
            **limits,
        )


def config_model(name: str, fields: Mapping[str, ConfigField]) -> type[BaseModel]:
    """The pydantic model of a connection's config."""
    made: dict[str, Any] = {key: (field.annotation(), field.field()) for key, field in fields.items()}
    address = Field(
        "", description="Full address instead of the usual one: for a proxy of your own, or a test."
    )
    made.setdefault(BASE_URL, (str, address))
    title = "".join(part.title() for part in name.split("_"))
    model: type[BaseModel] = create_model(
        f"{title}Config", __config__=ConfigDict(extra="forbid", frozen=True), **made
    )
    return model


def plain(config: BaseModel) -> dict[str, Json]:
    """The settings as templates see them, secrets open. Never shown, never stored."""
    found: dict[str, Json] = {}
    for name in type(config).model_fields:
        value = getattr(config, name, None)  # streams are told of before there are settings
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found
