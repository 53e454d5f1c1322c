"""The whole way of a project's own connector: a folder with a manifest and a mapping, then the usual commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.testing.hostile import HostileServer

from .conftest import customers

MAPPING = """\
mapping: hostile
streams:
  customers:
    emit:
      - entity: customer
        key: $.id
        fields: {full_name: $.name, email: $.email, phone: $.phone}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty hub.yaml and a connector of its own."""
    folder = tmp_path / "connectors" / "hostile"
    folder.mkdir(parents=True)
    (tmp_path / "hub.yaml").write_text("store: hub.db\n")
    cursor = "cursor: {field: updated_at, order: unknown, send: {since: since, until: until}}\ndeletes: none"
    (folder / "connector.yaml").write_text(customers("cursor", cursor))
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "README.md").write_text("# Hostile\n\n## What you need before connecting\n\nA token.\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hub(*words: str, exit_code: int = 0) -> list[dict[str, Any]]:
    answer = CliRunner().invoke(main, [*words, "--json"])
    assert answer.exit_code == exit_code, answer.output
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_from_a_folder_to_customers(project: Path, vendor: HostileServer, monkeypatch: pytest.MonkeyPatch):
    [shown] = hub("connectors", "show", "hostile")
    assert [field["name"] for field in shown["config"]] == ["token", "base_url"]
    assert [stream["name"] for stream in shown["streams"]] == ["customers"]
    assert "A token." in shown["prepare"]
    monkeypatch.setenv("HOSTILE_TOKEN", vendor.token)
    added = hub(
        "connect", "add", "theirs", "--connector", "hostile", "--set", f"base_url={vendor.url}",
        "--set", "token=env:HOSTILE_TOKEN", "--no-input",
    )  # fmt: skip
    assert added[0]["check"]["message"] == "Hostile vendor lets us read customers"
    assert (project / "mappings" / "hostile.yaml").read_text() == MAPPING
    *_, summary = hub("sync")
    assert summary["customers"]["total"] == 35
    vendor.requests.clear()
    *_, summary = hub("sync")
    assert summary["customers"]["total"] == 35
    assert all("since" in asked.query for asked in vendor.requests)


def test_a_wrong_manifest_is_shown_with_its_place(project: Path):
    path = project / "connectors" / "hostile" / "connector.yaml"
    path.write_text(path.read_text().replace("records:", "recrods:"))
    [item] = [one for one in hub("connectors", "list") if one["name"] == "hostile"]
    assert (item["status"], item["error"]["where"]) == ("broken", "hostile/connector.yaml:11")
