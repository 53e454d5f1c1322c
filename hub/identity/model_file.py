"""The model as a file: YAML or JSON, numbers only, the same for every engine. Errors tell file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from hub.errors import ConfigError
from hub.identity.levels import COMPARISONS, levels_of
from hub.identity.model import Level, Linking, Model, Prior, as_document
from hub.settings.problems import config_error
from hub.settings.yaml_file import parse_yaml


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelDocument(_Part):
    """What reaching one level says."""

    bits: float = Field(ge=-60, le=60, description="log2 P(level | one person) / P(level | any two people).")
    household: float = Field(
        ge=-60, le=60, description="log2 P(level | one person) / P(level | two people of one household)."
    )
    namesake: float = Field(
        ge=-60, le=60, description="log2 P(level | one person) / P(level | two people of one name)."
    )
    match: float = Field(gt=0, le=1, description="P(level | one person), for training anew.")
    trained: bool = Field(True, description="Whether training ever saw the level.")


class PriorDocument(_Part):
    """The store that the weights are used in."""

    records: int = Field(ge=2, description="Source customers in the store.")
    matches: float = Field(gt=0, description="Other records of the same person that a record has on average.")
    households: float = Field(
        gt=0, description="Records of other people of its household that it has on average."
    )
    namesakes: float = Field(
        gt=0, description="Records of other people of its name, in its town or family, likewise."
    )


class LinkingDocument(_Part):
    """How clusters are made, in bits."""

    cap: float = Field(12.0, gt=0, le=60, description="A pair weighs at most this, and at least minus this.")
    missing: float = Field(-1.5, ge=-60, description="What a pair weighs that nothing speaks for or against.")
    stop: float = Field(-0.5, description="Clusters are joined while the mean between them is at least this.")
    contradiction: float = Field(
        6.0,
        gt=0,
        description="A field that differs contradicts where that is so many bits against one person.",
    )


class ModelDocument(_Part):
    """The whole file."""

    name: str = Field(min_length=1, description="What people call this model.")
    prior: PriorDocument
    linking: LinkingDocument = LinkingDocument()
    comparisons: dict[str, dict[str, LevelDocument]] = Field(
        description="Comparison -> level -> weights. `missing` says nothing and is not listed."
    )

    @field_validator("comparisons")
    @classmethod
    def _known_levels(cls, told: dict[str, dict[str, LevelDocument]]) -> dict[str, dict[str, LevelDocument]]:
        for comparison, levels in told.items():
            wanted = levels_of(comparison)[1:]
            if set(levels) != set(wanted):
                raise PydanticCustomError(
                    "levels",
                    "{name} has the levels {known}",
                    {"name": comparison, "known": ", ".join(wanted)},
                )
        return told

    def model(self) -> Model:
        """The model, without frequencies."""
        return Model(
            self.name,
            {
                name: {
                    reached: Level(told.bits, told.household, told.namesake, told.match, told.trained)
                    for reached, told in levels.items()
                }
                for name, levels in self.comparisons.items()
            },
            Prior(**self.prior.model_dump()),
            Linking(**self.linking.model_dump()),
        )


def parse_model(text: str, name: str) -> Model:
    """The model of a file's text (YAML, of which JSON is a part).

    Raises ConfigError with file:line: HUB-8003 not YAML, HUB-8004 an unknown or wrong entry."""
    try:
        file = parse_yaml(text, name)
    except ConfigError as error:
        raise ConfigError("HUB-8003", error.message, where=error.where, hint=error.hint) from None
    try:
        document = ModelDocument.model_validate(file.data)
    except ValidationError as error:
        told = config_error(error, ModelDocument, file.where)
        known = ", ".join(COMPARISONS)
        raise ConfigError(
            "HUB-8004", told.message, where=told.where, hint=told.hint or f"Comparisons: {known}."
        ) from None
    linking = document.linking
    if not linking.missing < linking.stop <= linking.cap:
        raise ConfigError(
            "HUB-8004",
            "linking.missing must be below linking.stop, and that not above linking.cap",
            where=file.where(("linking",)),
        )
    return document.model()


def model_from_json(document: bytes | str) -> Model:
    """A model that was written by `model_json`: no positions, and fast."""
    return ModelDocument.model_validate(orjson.loads(document)).model()


def model_json(model: Model) -> str:
    """The model as JSON text, to be read again by both."""
    return orjson.dumps(as_document(model), option=orjson.OPT_INDENT_2).decode() + "\n"


def comparisons_document(model: Model) -> Mapping[str, Any]:
    """What the file says of the comparisons."""
    return as_document(model)["comparisons"]  # type: ignore[no-any-return]
