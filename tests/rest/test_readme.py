"""README.md is true: its manifests hold together, its lines are taken, its tables are the models' own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from hub.plugins.check import check_connector
from hub.rest import make_connector, parse_manifest
from hub.rest.manual import README, with_tables

TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml ?(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
WHOLE = [block for kind, block in BLOCKS if not kind]
LINES = [(kind, line) for kind, block in BLOCKS if kind for line in block.splitlines()]

AROUND = """\
name: example
title: Example
config:
  token: A token
  email: An address
  api_key: A key
  secret: {description: A secret, secret: true}
  client_id: An id
  refresh_token: {description: A token, secret: true}
  start_date: {description: A day, type: date, optional: true}
client:
  base_url: https://example.com
  auth: AUTH
streams:
  people:
    path: /people
    key: id
    records: $.people[*]
    method: POST
    body: {}
"""
USUAL = {"auth": "none", "paginate": "single_page", "deletes": "none", "cursor": "", "errors": ""}
CURSOR = "{field: updated_at, order: unknown, send: {since: s}}"


def around(kind: str, line: str) -> str:
    """A manifest with the line in its place."""
    told: dict[str, Any] = USUAL | {kind: f"[{line}]" if kind == "errors" else line}
    if "every:" in line:
        told["cursor"] = CURSOR
    stream = "".join(
        f"    {name}: {told[name]}\n" for name in ("paginate", "deletes", "cursor", "errors") if told[name]
    )
    return AROUND.replace("AUTH", told["auth"]) + stream


@pytest.mark.parametrize("block", WHOLE)
def test_its_manifests_make_connectors(block: str):
    check_connector(make_connector(parse_manifest(block)))


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_its_lines_are_taken(kind: str, line: str):
    parse_manifest(around(kind, line))


def test_there_is_a_line_of_each_kind():
    assert {kind for kind, _ in LINES} == set(USUAL)
    manifests = parse_manifest(around("auth", "none")).manifest
    schema = type(manifests).model_json_schema(by_alias=True)
    for part in ("auth", "paginate"):
        shown = {
            re.search(r"type: (\w+)", line)[1] if "type:" in line else line
            for kind, line in LINES
            if kind == part
        }  # type: ignore[index]
        owner = schema["$defs"]["Client" if part == "auth" else "StreamSpec"]["properties"][part]
        assert shown == set(owner["anyOf"][-1]["discriminator"]["mapping"]), part


def test_its_tables_are_up_to_date():
    assert with_tables(TEXT) == TEXT, "run `python -m hub.rest.manual`"


def test_every_key_is_described():
    def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
        from hub.settings.shape import leaves

        if model not in seen:
            seen.add(model)
            for field in model.model_fields.values():
                for leaf in [*leaves(field.annotation), *getattr(field.annotation, "__args__", ())]:
                    for inner in leaves(leaf):
                        if isinstance(inner, type) and issubclass(inner, BaseModel):
                            models(inner, seen)
        return seen

    manifest = type(parse_manifest(WHOLE[0]).manifest)
    found = models(manifest, set())
    assert len(found) > 20
    for model in found:
        for name, field in model.model_fields.items():
            assert name == "type" or (field.description or "").strip(), f"{model.__name__}.{name}"
            assert f"`{field.alias or name}`" in TEXT or name == "type", f"{model.__name__}.{name}"


def test_the_page_names_what_is_there():
    for name in re.findall(r"`(\w+\.(?:yaml|md|py))`", TEXT):
        assert name in {"connector.yaml", "hub.yaml", "mapping.yaml", "README.md", "__init__.py"}, name
    assert Path(README).with_name("connector.schema.json").is_file()
