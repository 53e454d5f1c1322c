"""The samples are what the connector makes of the messages beside them, and the starter mapping understands them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import mapping
from hub.mapping import examples
from hub.mapping.document import load

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((ROOT / "connectors" / "email" / "samples").glob("*.eml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_json_is_what_the_message_gives(path, record):
    assert json.loads(path.with_suffix(".json").read_text("utf-8")) == record(path.read_bytes())


def test_each_example_of_the_mapping_holds():
    compiled = mapping.compile(load(ROOT / "mappings" / "email.yaml"))
    results = examples.run(ROOT / "mappings" / "email.test.yaml", compiled)
    assert len(results) >= 8
    assert [f"{result.name}: {result.diff}" for result in results if not result.ok] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_mapping_has_no_doubts_about_them(path, record):
    compiled = mapping.compile(load(ROOT / "mappings" / "email.yaml"))
    mapped = compiled.apply("messages", [(1, record(path.read_bytes()))])
    assert mapped.mapped == [1]
    assert mapped.warnings == []
