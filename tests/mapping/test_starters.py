"""The starter mappings compile, and every example beside them holds; a test's id is its file:line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.mapping import Mapping, compile, document, examples
from hub.plugins import load_plugins

STARTERS = Path(__file__).parents[2] / "mappings"
MAPPINGS = sorted(path for path in STARTERS.glob("*.yaml") if not path.name.endswith(".test.yaml"))
EXAMPLES = [
    pytest.param(path, example, id=example.where)
    for path in MAPPINGS
    if path.with_suffix(".test.yaml").exists()
    for example in examples.load(path.with_suffix(".test.yaml"))
]


def compiled(path: Path) -> Mapping:
    return compile(document.load(path), functions=load_plugins().mapping_functions)


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.name)
def test_a_starter_compiles_and_shows_every_stream_by_example(path: Path) -> None:
    mapping = compiled(path)
    shown = {example.stream for file, example in (param.values for param in EXAMPLES) if file == path}
    assert set(mapping.streams) <= shown, "each stream needs an example in the .test.yaml beside the mapping"


@pytest.mark.parametrize(("path", "example"), EXAMPLES)
def test_an_example_holds(path: Path, example: examples.Example) -> None:
    result = examples.check(example, compiled(path))
    assert result.ok, result.diff
