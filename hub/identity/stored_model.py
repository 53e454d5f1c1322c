"""A model as the store keeps it: a document, and beside it frequency tables, of which only what is asked is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import orjson

from hub.identity.features import Features
from hub.identity.model import Frequencies, Model, as_document
from hub.identity.model_file import ModelDocument
from hub.identity.scoring import whole_name

#: Feature -> how common its values are.
Shares = Callable[[str], Mapping[str, float]]


def to_text(model: Model) -> str:
    """The model as JSON text, without the shares of single values."""
    tables = {
        name: {"rare": table.rare, "reference": table.reference} for name, table in model.frequencies.items()
    }
    return orjson.dumps({**as_document(model), "frequencies": tables}).decode()


def from_text(text: str, shares: Shares) -> Model:
    """The model of such a text."""
    document = orjson.loads(text)
    tables = document.pop("frequencies", {})
    model = ModelDocument.model_validate(document).model()
    frequencies = {
        name: Frequencies(shares(name), told["rare"], told["reference"]) for name, told in tables.items()
    }
    return replace(model, frequencies=frequencies)


def comparisons_of(text: str) -> list[str]:
    """The names of a model's comparisons, in the order in which waterfalls are packed."""
    return list(orjson.loads(text)["comparisons"])


def counted_values(features: Features, feature: str) -> Sequence[str]:
    """The values of some records whose frequency a table may tell: of a feature, or, for `name`, whole names."""
    if feature != "name":
        return features.single[feature].values if feature in features.single else ()
    given, family = features.single["given"].texts(), features.single["family"].texts()
    return list({whole_name(one, other) for one, other in zip(given, family, strict=True) if one and other})
