"""What can be connected; a plugin that is broken is named and stops nothing."""

from __future__ import annotations

import json

import pytest

from .conftest import WAITER, Call, Folder, Guest


def test_the_list_tells_what_each_can_do(project: Folder, call: Call) -> None:
    items = {
        item["name"]: item
        for item in map(json.loads, call(project, "connectors", "list", "--json").stdout.splitlines())
    }
    assert items["tabular"]["roles"] == ["source", "destination"]
    assert items["webform"]["roles"] == ["receiver"]
    assert items["zendesk"]["tier"] == "silver", "as its quality.json says"
    assert all(item["status"] == "ok" and item["title"] for item in items.values())


def test_no_project_is_needed(tmp_path: object, project: Folder, call: Call) -> None:
    (project.path / "hub.yaml").unlink()
    assert call(project, "connectors", "list").exit_code == 0


def test_a_broken_plugin_is_named_and_stops_nothing(lists: Folder, guest: Guest) -> None:
    guest("good", WAITER)
    guest("bad", "import no_such_module_of_the_guest\n")
    answer = lists.hub("connectors", "list")
    assert answer.code == 0
    rows = {line.split()[0]: line for line in answer.out.splitlines()}
    assert "broken" in rows["bad"]
    assert "guest-bad" in rows["bad"]
    assert rows["waiter"].rstrip().endswith("ok")
    assert "HUB-2001" in answer.err
    assert "no_such_module_of_the_guest" in answer.err
    item = next(item for item in lists.hub("connectors", "list", "--json").lines if item["name"] == "bad")
    assert item["error"]["code"] == "HUB-2001"
    assert lists.hub("sync").code == 0
    doctor = lists.hub("doctor", "--json")
    assert doctor.code == 5
    assert next(item for item in doctor.lines if item.get("name") == "plugins")["status"] == "warning"


def test_two_plugins_of_one_name_are_an_error(lists: Folder, guest: Guest) -> None:
    guest("one", WAITER)
    guest("two", WAITER)
    answer = lists.hub("connectors", "list", "--json")
    assert answer.code == 3
    assert answer.lines[-1]["code"] == "HUB-2003"


def test_show_is_the_manual(project: Folder, call: Call) -> None:
    item = json.loads(call(project, "connectors", "show", "woocommerce", "--json").stdout)
    fields = {field["name"]: field for field in item["config"]}
    assert fields["consumer_secret"]["type"] == "secret"
    assert fields["consumer_secret"]["required"]
    assert not fields["page_size"]["required"]
    assert {stream["name"] for stream in item["streams"]} == {"customers", "orders"}
    assert item["prepare"], "its README says what to prepare"
    text = call(project, "connectors", "show", "woocommerce").stdout
    assert "consumer_secret" in text
    assert "(required)" in text
    assert "at most 2 requests at once" in text


@pytest.mark.parametrize(
    "name", ["email", "tabular", "webform", "woocommerce", "zendesk", "oscar", "django_helpdesk"]
)
def test_every_connector_can_be_shown(project: Folder, call: Call, name: str) -> None:
    result = call(project, "connectors", "show", name)
    assert result.exit_code == 0, result.output
    assert "Settings (config:)" in result.stdout


def test_an_unknown_name_is_told_the_nearest(project: Folder, call: Call) -> None:
    result = call(project, "connectors", "show", "woocomerce")
    assert result.exit_code == 3
    assert "Did you mean 'woocommerce'?" in result.stderr
