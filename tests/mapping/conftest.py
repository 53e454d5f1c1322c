"""Short ways to a compiled mapping."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any

import pytest

from hub.mapping import Mapped, Mapping, compile, document

SHOP = Path(__file__).with_name("shop.yaml")


@pytest.fixture
def shop() -> Mapping:
    """A mapping with a bit of everything."""
    return compile(document.load(SHOP, "mappings/shop.yaml"))


@pytest.fixture
def one() -> Callable[..., Any]:
    """The value that an expression gives in one field of one record; warnings' codes come back in its place."""

    def value(
        expression: str,
        raw: Any,
        field: str = "custom",
        entity: str = "customer",
        functions: Table[str, Callable[..., object]] | None = None,
        **defaults: str,
    ) -> Any:
        text = (
            f"enums: {{colours: {{rot: red, blau: blue}}}}\nstreams:\n  s:\n    emit:\n      - entity: {entity}\n        key: $.key\n"
            f"        fields:\n          {field}: {expression}\n"
        )
        mapping = compile(document.parse(text, "m.yaml"), functions=functions, defaults=defaults)
        mapped: Mapped = mapping.apply("s", [(1, {"key": "k", **raw})])
        codes = [warning.code for warning in mapped.warnings] + [reject.code for reject in mapped.rejects]
        return codes if codes else mapped.batches[0].columns[field][0]

    return value
