"""The exported JSON Schema is up to date, and takes what the hub takes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.rest.schema import SCHEMA_FILE, manifest_schema, schema_text
from hub.settings.yaml_file import parse_yaml

from .conftest import STYLES, customers
from .json_schema import faults
from .test_manifest import DESK
from .test_readme import WHOLE

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("connectors/*/*.yaml"), *Path(__file__).parent.glob("styles/*.yaml")]
EXAMPLES = {
    "desk": DESK,
    **{f"README-{number}": block for number, block in enumerate(WHOLE)},
    **{style: customers(style) for style in STYLES},
    **{
        str(path.relative_to(ROOT)): text
        for path in FILES
        if "client:" in (text := path.read_text(encoding="utf-8"))
    },
}


def test_the_file_is_what_the_models_say():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `python -m hub.rest.schema`"


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_fit(name: str):
    schema = orjson.loads(SCHEMA_FILE.read_bytes())
    assert list(faults(dict(parse_yaml(EXAMPLES[name], name).data), schema, schema)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  limits:", "  limts:"),
        ("type: bearer", "type: beare"),
        ("order: unknown, ", ""),
        ("paginate: {", "pagniate: {"),
        ("$.users[*]", "users"),
        ("window: 7d", "window: week"),
        ("path: /users\n", "pth: /users\n"),
        ("name: desk", "nam: desk"),
    ],
)
def test_mistakes_do_not(old: str, new: str):
    schema = manifest_schema()
    assert list(faults(dict(parse_yaml(DESK.replace(old, new), "desk").data), schema, schema))


def test_the_command_prints_it():
    answer = CliRunner().invoke(main, ["connectors", "schema"])
    assert answer.exit_code == 0, answer.output
    assert orjson.loads(answer.stdout) == manifest_schema()
