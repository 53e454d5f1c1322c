"""What identity.yaml may say: every knob with its meaning and its default.

A file holds only what differs from the defaults: mappings are laid over them key by key, lists and single values
replace them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hub.canonical.schema import GOLDEN_FIELDS
from hub.errors import ConfigError
from hub.settings.problems import config_error
from hub.settings.yaml_file import YamlFile, parse_yaml

IdentifierClass = Literal["exclusive", "limited", "shared_prone"]
Strategy = Literal[
    "most_recent",
    "oldest",
    "source_priority",
    "most_frequent",
    "most_complete",
    "longest",
    "least",
    "greatest",
    "furthest",
    "union",
]

_GOLDEN = tuple(field.name for field in GOLDEN_FIELDS)
_LISTS = tuple(field.name for field in GOLDEN_FIELDS if field.type == "json")


def _golden_field(name: str) -> str:
    if name not in _GOLDEN:
        raise PydanticCustomError("field", "Fields of a customer: {known}", {"known": ", ".join(_GOLDEN)})
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise PydanticCustomError("pattern", "No regular expression: {why}", {"why": str(error)}) from None
    return text


GoldenField = Annotated[str, AfterValidator(_golden_field)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class IdentifierRule(_Part):
    """How one type of identifier may join records."""

    kind: IdentifierClass = Field(
        "limited",
        alias="class",
        description="exclusive: a customer has one at most (of one issuer), records whose values differ are never "
        "joined. limited: a customer has a few. shared_prone: several people may use one. How much a shared value says is "
        "the model's business.",
    )
    limit: int = Field(
        5,
        ge=1,
        description="Most different values of one issuer that one customer may have; exclusive means 1.",
    )

    @model_validator(mode="after")
    def _exclusive_is_one(self) -> Self:
        if self.kind == "exclusive" and self.limit != 1:
            raise PydanticCustomError("exclusive", "An exclusive identifier has limit: 1")
        return self


class BlockedRules(_Part):
    """Values that say nothing about who somebody is. They are kept and shown, and never join records."""

    values: dict[str, list[str]] = Field(
        description="Exact values by identifier type; `any` is for all types."
    )
    patterns: dict[str, list[Pattern]] = Field(
        description="Regular expressions that must match the whole value, by identifier type; `any` is for all types."
    )
    role_mailboxes: list[str] = Field(
        description="User parts of addresses that belong to a role: info, sales. Dots, dashes and +tags are ignored."
    )


class RetireRules(_Part):
    """When a value is so widely used that it stops joining records; it is reported then."""

    records: int = Field(300, ge=2, description="A value on more source customers than this is retired.")
    names: int = Field(10, ge=1, description="A value on more different names than this is retired.")
    fields: int = Field(
        100,
        ge=2,
        description="Records that share a combination of fields (a name and a town) are compared with each other, unless "
        "more than this have it.",
    )


class FieldRule(_Part):
    """Who wins one field of the golden record."""

    strategy: Strategy | None = Field(None, description="How the winner is chosen; none takes the default.")
    follow: GoldenField | None = Field(
        None,
        description="Take the value from the record that won this other field, so that parts belong together. "
        "The same may be written {strategy: follow_field, field: other}.",
    )
    sources: list[str] | None = Field(
        None,
        description="For source_priority: connection names, the most trusted first; none takes the general list.",
    )

    @model_validator(mode="before")
    @classmethod
    def _follow_field(cls, rule: Any) -> Any:
        if not isinstance(rule, Mapping) or rule.get("strategy") != "follow_field":
            return rule
        if "field" not in rule:
            raise PydanticCustomError("follow", "follow_field needs the name of the other one as `field`")
        others = {name: value for name, value in rule.items() if name not in ("strategy", "field")}
        return {**others, "follow": rule["field"]}

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.follow is not None and (self.strategy is not None or self.sources is not None):
            raise PydanticCustomError("follow", "A field follows another or has a strategy, not both")
        return self


class SurvivorshipRules(_Part):
    """How a golden record is made from its members."""

    default: Strategy = Field("most_recent", description="The strategy of every field that names none.")
    source_priority: list[str] = Field(
        description="Connection names, the most trusted first. Used by source_priority, and as a tie-break by all."
    )
    fields: dict[GoldenField, FieldRule] = Field(
        description="Strategies by field; a plain word is a strategy."
    )
    placeholders: dict[GoldenField, list[str]] = Field(
        description="Values that stand for `not known`, by field: they win only where no record has a better one."
    )
    orders: dict[GoldenField, list[str | list[str]]] = Field(
        description="For furthest, by field: the words in their order, the least far first. Words in a list of their "
        "own stand equally far; a word that is not named is behind all others."
    )

    @field_validator("fields", mode="before")
    @classmethod
    def _words_are_strategies(cls, fields: Any) -> Any:
        if not isinstance(fields, Mapping):
            return fields
        return {name: {"strategy": rule} if isinstance(rule, str) else rule for name, rule in fields.items()}


class PolicyDocument(_Part):
    """The whole of identity.yaml."""

    identifiers: dict[str, IdentifierRule] = Field(
        description="Rules by identifier type. Types that are not named have those of `other`."
    )
    priority: list[str] = Field(
        description="Identifier types, the most trusted first: the order in which a customer's are shown. Types that are "
        "not named come last."
    )
    blocked: BlockedRules
    own_domains: list[str] = Field(
        description="Mail domains of your own company, besides those of hub.yaml. Addresses there never join customers."
    )
    retire: RetireRules
    component_cap: int = Field(
        2_000,
        ge=2,
        description="Most records looked at as possibly one customer; above it the weakest evidence goes.",
    )
    survivorship: SurvivorshipRules


def parse_document(text: str, name: str, defaults: Mapping[str, Any]) -> PolicyDocument:
    """The document of a file's text, laid over the defaults.

    Raises ConfigError with file:line: HUB-8001 not YAML, HUB-8002 an unknown or wrong setting.
    """
    try:
        file = parse_yaml(text, name)
    except ConfigError as error:
        raise ConfigError("HUB-8001", error.message, where=error.where, hint=error.hint) from None
    try:
        document = PolicyDocument.model_validate(_laid_over(defaults, file.data))
    except ValidationError as error:
        told = config_error(error, PolicyDocument, file.where)
        raise ConfigError("HUB-8002", told.message, where=told.where, hint=told.hint) from None
    _check_fields(document.survivorship, file)
    return document


def _check_fields(survivorship: SurvivorshipRules, file: YamlFile) -> None:
    """What one rule alone cannot tell: whom it follows, and whether its field holds a list or has an order."""
    rules = survivorship.fields
    for name, rule in rules.items():
        wrong = ""
        if rule.follow is not None and (rule.follow == name or rules.get(rule.follow, FieldRule()).follow):
            wrong = f"follows {rule.follow}, which follows itself or another field"
        elif rule.strategy == "union" and name not in _LISTS:
            wrong = f"holds one value, and union is for lists: {', '.join(_LISTS)}"
        elif rule.strategy == "furthest" and not survivorship.orders.get(name):
            wrong = "has no order, and furthest needs one: survivorship.orders"
        if wrong:
            raise ConfigError(
                "HUB-8002", f"{name} {wrong}", where=file.where(("survivorship", "fields", name))
            )


#: A mapping with one of these is a field's whole rule: it replaces the default's.
_RULE = frozenset(("strategy", "follow"))


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping) and _RULE.isdisjoint(value)
        merged[key] = _laid_over(under, value) if both else value  # type: ignore[arg-type]
    return merged
