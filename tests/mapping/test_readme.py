"""The page about the language is true: its mapping compiles and its examples hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.mapping import compile, document, examples
from hub.mapping.document import DEFAULTS

PAGE = (Path(__file__).parents[2] / "hub" / "mapping" / "README.md").read_text("utf-8")
MAPPING, EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def example_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.test.yaml"
    path.write_text(EXAMPLES, "utf-8")
    return path


def test_the_examples_of_the_page_hold(example_file: Path) -> None:
    results = examples.run(example_file, compile(document.parse(MAPPING, "mappings/shop.yaml")))
    assert [(result.name, result.diff) for result in results if not result.ok] == []
    assert len(results) == 3


def test_the_page_names_every_key() -> None:
    keys = {
        *document._EMIT_KEYS,
        *DEFAULTS,
        *examples._KEYS,
        "mapping",
        "connector",
        "enums",
        "out",
        "issuer",
        "verified",
    }
    assert sorted(key for key in keys if key not in PAGE) == []
