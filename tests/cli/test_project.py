"""`hub init` and `hub config check`: a folder becomes a project, and everything wrong in it is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import MAPPING, Call, Folder


def test_init_makes_a_project_that_nothing_is_wrong_with(tmp_path: Path, call: Call) -> None:
    here = Folder(tmp_path)
    made = call(here, "init", "shop", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["made"] == ["hub.yaml", "identity.yaml", "mappings/", ".gitignore"]
    folder = Folder(tmp_path / "shop")
    checked = call(folder, "config", "check")
    assert checked.exit_code == 0, checked.output
    assert checked.stdout == ""
    assert checked.stderr == "Nothing is wrong.\n"


def test_init_changes_no_project_that_is_there(project: Folder, call: Call) -> None:
    before = (project.path / "hub.yaml").read_bytes()
    again = call(project, "init")
    assert again.exit_code == 3
    assert "HUB-1030" in again.stderr
    assert (project.path / "hub.yaml").read_bytes() == before


def test_everything_wrong_is_listed_with_its_line(lists: Folder, call: Call) -> None:
    lists.write(
        "hub.yaml",
        "connections:\n"
        "  lists:\n    connector: tabular\n    config: {path: lists, key: email}\n"
        "  shop:\n    connector: woocomerce\n    config: {}\n"
        "  desk:\n    connector: tabular\n    config: {path: x, key: id, colour: red}\n    mapping: mappings/desk.yaml\n"
        "  other:\n    connector: tabular\n    config: {path: x, key: id}\n    mapping: mappings/none.yaml\n",
    )
    lists.write("mappings/desk.yaml", MAPPING)
    lists.write("mappings/tabular.yaml", MAPPING.replace("$.name", "$.name | uper"))
    lists.write("mappings/unused.yaml", MAPPING.replace("entity: customer", "entity: custmer"))
    lists.write("identity.yaml", "retire:\n  email: many\n")
    answer = call(lists, "config", "check", "--json")
    assert answer.exit_code == 3
    *items, summary = [json.loads(line) for line in answer.stdout.splitlines()]
    assert summary == {"type": "summary", "problems": 6}
    found = {item["where"]: item["code"] for item in items}
    assert found.pop("identity.yaml:2" if "identity.yaml:2" in found else "identity.yaml:1") == "HUB-8002"
    assert found.pop("mappings/tabular.yaml:10").startswith("HUB-12")
    assert found.pop("mappings/unused.yaml:8").startswith("HUB-12")
    assert found.pop("hub.yaml:6") == "HUB-1011"
    assert found.pop("hub.yaml:10") == "HUB-1003"
    assert found.pop("hub.yaml:15") == "HUB-6016"
    assert found == {}
    assert "Did you mean 'woocommerce'?" in answer.stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [("store: [", "HUB-1002"), ("stoer: hub.db", "HUB-1003"), ("serve: {port: high}", "HUB-1004")],
)
def test_a_wrong_hub_yaml_hides_nothing_else(project: Folder, call: Call, text: str, code: str) -> None:
    project.write("hub.yaml", f"{text}\n")
    project.write("identity.yaml", "nothing: known\n")
    answer = call(project, "config", "check")
    assert answer.exit_code == 3
    assert code in answer.stdout
    assert "HUB-8002" in answer.stdout
    assert answer.stderr == "2 problems.\n"


def test_a_missing_secret_is_told_with_its_line(project: Folder, call: Call) -> None:
    project.write(
        "hub.yaml",
        "connections:\n  shop:\n    connector: woocommerce\n    config:\n"
        "      store_url: https://shop.example.com\n      consumer_key: env:NO_SUCH_KEY\n      consumer_secret: file:secrets/none\n",
    )
    answer = call(project, "config", "check")
    assert answer.exit_code == 3
    assert "HUB-1020 hub.yaml:6" in answer.stdout
    assert "NO_SUCH_KEY" in answer.stdout


def test_the_example_in_a_new_hub_yaml_is_true(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uncommented, it is a connection that nothing is wrong with."""
    here = Folder(tmp_path)
    assert call(here, "init").exit_code == 0
    text = (tmp_path / "hub.yaml").read_text()
    head, mark, example = text.partition("# connections:\n")
    assert mark
    lines = [line.removeprefix("# ") for line in (mark + example).splitlines() if line.startswith("#")]
    here.write("hub.yaml", head + "\n".join(lines) + "\n")
    here.write("secrets/shop-eu.consumer_secret", "cs_invented")
    monkeypatch.setenv("SHOP_KEY", "ck_invented")
    assert call(here, "mappings", "copy", "woocommerce").exit_code == 0
    checked = call(here, "config", "check")
    assert checked.exit_code == 0, checked.output
    assert json.loads(call(here, "connect", "list", "--json").stdout)["name"] == "shop-eu"
