"""What identity.yaml may say: every knob with its meaning and its default.

A file holds only what differs from the defaults: mappings are laid over them key by key, lists and single values
replace them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hub.canonical.schema import GOLDEN_FIELDS
from hub.errors import ConfigError
from hub.settings.problems import config_error
from hub.settings.yaml_file import parse_yaml

IdentifierClass = Literal["exclusive", "limited", "shared_prone"]
NameAgreement = Literal["ignored", "not_contradicting", "required"]
Strategy = Literal[
    "most_recent",
    "oldest",
    "source_priority",
    "most_frequent",
    "most_complete",
    "longest",
    "least",
    "greatest",
    "union",
]

_GOLDEN = {field.name: field for field in GOLDEN_FIELDS}
_LISTS = frozenset(field.name for field in GOLDEN_FIELDS if field.type == "json")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class IdentifierRule(_Part):
    """How one type of identifier may join records."""

    kind: IdentifierClass = Field(
        "limited",
        alias="class",
        description="exclusive: a customer has one at most (of one issuer), records whose values differ are never "
        "joined. limited: a customer has a few. shared_prone: several people may use one.",
    )
    limit: int = Field(
        5,
        ge=1,
        description="Most different values of one issuer that one customer may have; exclusive means 1.",
    )
    names: NameAgreement = Field(
        "ignored",
        description="What the names of two records must do for a shared value to join them. required: both have a "
        "given name and the names agree. not_contradicting: they do not disagree. ignored: names play no part.",
    )
    bits: float = Field(
        8.0, gt=0, le=99, description="Weight of the evidence in bits (log2), shown by `hub why`."
    )

    @model_validator(mode="after")
    def _exclusive_is_one(self) -> Self:
        if self.kind == "exclusive" and self.limit != 1:
            raise ValueError("an exclusive identifier has limit: 1")
        return self


class BlockedRules(_Part):
    """Values that say nothing about who somebody is. They are kept and shown, and never join records."""

    values: dict[str, list[str]] = Field(
        description="Exact values by identifier type; `any` is for all types."
    )
    patterns: dict[str, list[str]] = Field(
        description="Regular expressions that must match the whole value, by identifier type; `any` is for all types."
    )
    role_mailboxes: list[str] = Field(
        description="User parts of addresses that belong to a role: info, sales. Dots, dashes and +tags are ignored."
    )

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, list[str]]) -> dict[str, list[str]]:
        for listed in patterns.values():
            for pattern in listed:
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return patterns


class RetireRules(_Part):
    """When a value is so widely used that it stops joining records; it is reported then."""

    records: int = Field(300, ge=2, description="A value on more source customers than this is retired.")
    names: int = Field(10, ge=1, description="A value on more different names than this is retired.")


class FieldRule(_Part):
    """Who wins one field of the golden record."""

    strategy: Strategy | None = Field(None, description="How the winner is chosen; none takes the default.")
    follow: str | None = Field(
        None,
        description="Take the value from the record that won this other field, so that parts belong together.",
    )
    sources: list[str] | None = Field(
        None,
        description="For source_priority: connection names, the most trusted first; none takes the general list.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.follow is not None and (self.strategy is not None or self.sources is not None):
            raise ValueError("a field follows another or has a strategy, not both")
        return self


class SurvivorshipRules(_Part):
    """How a golden record is made from its members."""

    default: Strategy = Field("most_recent", description="The strategy of every field that names none.")
    source_priority: list[str] = Field(
        description="Connection names, the most trusted first. Used by source_priority, and as a tie-break by all."
    )
    fields: dict[str, FieldRule] = Field(description="Strategies by field; a plain word is a strategy.")
    placeholders: dict[str, list[str]] = Field(
        description="Values that stand for `not known`, by field: they win only where no record has a better one."
    )

    @field_validator("fields", mode="before")
    @classmethod
    def _words_are_strategies(cls, fields: Any) -> Any:
        if not isinstance(fields, Mapping):
            return fields
        return {name: {"strategy": rule} if isinstance(rule, str) else rule for name, rule in fields.items()}

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        for name in (*self.fields, *self.placeholders):
            _known_field(name)
        for name, rule in self.fields.items():
            if rule.follow is not None:
                self._leads(name, _known_field(rule.follow))
            if rule.strategy == "union" and name not in _LISTS:
                raise ValueError(f"{name} holds one value: union is for lists ({', '.join(sorted(_LISTS))})")
        return self

    def _leads(self, name: str, leader: str) -> None:
        its = self.fields.get(leader)
        if leader == name or (its is not None and its.follow is not None):
            raise ValueError(f"{name} follows {leader}, which follows itself or another field")


class PolicyDocument(_Part):
    """The whole of identity.yaml."""

    identifiers: dict[str, IdentifierRule] = Field(
        description="Rules by identifier type. Types that are not named have those of `other`."
    )
    priority: list[str] = Field(
        description="Identifier types, the most trusted first: records are joined by these first, so that a limit "
        "turns the least trusted evidence away. Types that are not named come last."
    )
    blocked: BlockedRules
    own_domains: list[str] = Field(
        description="Mail domains of your own company. Addresses there never join customers."
    )
    retire: RetireRules
    component_cap: int = Field(
        2_000,
        ge=2,
        description="Most records looked at as possibly one customer; above it the weakest evidence goes.",
    )
    survivorship: SurvivorshipRules


def _known_field(name: str) -> str:
    if name not in _GOLDEN:
        raise ValueError(f"{name} is no field of a customer; there are {', '.join(_GOLDEN)}")
    return name


def parse_document(text: str, name: str, defaults: Mapping[str, Any]) -> PolicyDocument:
    """The document of a file's text, laid over the defaults.

    Raises ConfigError with file:line: HUB-8001 not YAML, HUB-8002 an unknown or wrong setting.
    """
    try:
        file = parse_yaml(text, name)
    except ConfigError as error:
        raise ConfigError("HUB-8001", error.message, where=error.where, hint=error.hint) from None
    try:
        return PolicyDocument.model_validate(_laid_over(defaults, file.data))
    except ValidationError as error:
        told = config_error(error, PolicyDocument, file.where)
        raise ConfigError("HUB-8002", told.message, where=told.where, hint=told.hint) from None


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = _laid_over(under, value) if both else value  # type: ignore[arg-type]
    return merged
