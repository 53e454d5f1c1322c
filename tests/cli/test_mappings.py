"""Mappings: listed, copied, tested by their examples, previewed on one record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import MAPPING, Call, Folder

EXAMPLES = """
tests:
  - name: a person
    stream: rows
    raw: {_key: ann@example.com, email: ANN@example.com, name: Ann Lee}
    expect:
      - {entity: customer, key: ann@example.com, fields: {email: ann@example.com}}
"""


def told(folder: Folder, call: Call, *words: str, code: int = 0) -> list[dict[str, Any]]:
    result = call(folder, "mappings", *words, "--json")
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_list_knows_users_starters_and_broken_ones(lists: Folder, call: Call) -> None:
    lists.write("mappings/broken.yaml", MAPPING.replace("entity: customer", "entity: custmer"))
    items = {item["name"]: item for item in told(lists, call, "list")}
    assert items["tabular"]["used_by"] == ["lists"]
    assert items["tabular"]["streams"] == ["rows"]
    assert items["zendesk"]["status"] == "starter"
    assert items["broken"]["status"] == "broken"
    assert items["broken"]["error"]["where"] == "mappings/broken.yaml:8"
    assert "broken: mappings/broken.yaml:8" in call(lists, "mappings", "list").stdout


def test_a_copied_starter_holds_its_own_examples(project: Folder, call: Call) -> None:
    assert told(project, call, "copy", "zendesk", "--dry-run")[0]["file"] == "mappings/zendesk.yaml"
    assert not (project.path / "mappings").exists()
    told(project, call, "copy", "zendesk")
    *results, summary = told(project, call, "test")
    assert summary["failed"] == 0
    assert summary["examples"] == len(results) > 0
    assert told(project, call, "copy", "zendesk", code=3)[0]["code"] == "HUB-9010"
    told(project, call, "copy", "zendesk", "--to", "mappings/other.yaml")
    assert told(project, call, "copy", "no_such", code=3)[0]["code"] == "HUB-1011"


@pytest.mark.parametrize("name", ["email", "webform", "woocommerce", "oscar", "django_helpdesk", "tabular"])
def test_every_starter_can_be_copied_and_tested(project: Folder, call: Call, name: str) -> None:
    result = call(project, "mappings", "copy", name, "--json")
    if result.exit_code == 3 and "HUB-9011" in result.stdout:
        pytest.skip(f"no starter mapping comes with {name}")
    assert result.exit_code == 0, result.output
    assert told(project, call, "test")[-1]["failed"] == 0


def test_a_failing_example_ends_it_with_5_and_its_place(lists: Folder, call: Call) -> None:
    lists.write("mappings/tabular.test.yaml", EXAMPLES)
    assert told(lists, call, "test")[-1] == {"type": "summary", "examples": 1, "failed": 0}
    lists.write("mappings/tabular.test.yaml", EXAMPLES.replace("email: ann@", "email: bob@"))
    result, summary = told(lists, call, "test", code=5)
    assert summary["failed"] == 1
    assert result["where"] == "mappings/tabular.test.yaml:3"
    text = call(lists, "mappings", "test")
    assert text.exit_code == 5
    assert "mappings/tabular.test.yaml:3: a person" in text.stdout
    assert "bob@example.com" in text.stdout


def test_mistakes(lists: Folder, call: Call) -> None:
    assert told(lists, call, "test", "nothing", code=3)[0]["code"] == "HUB-9012"
    lists.write("mappings/tabular.test.yaml", "tests: 7\n")
    assert told(lists, call, "test", code=3)[0]["code"].startswith("HUB-12")
    assert told(lists, call, "preview", "lists", "rows", code=2)[0]["code"] == "HUB-9002"
    assert told(lists, call, "preview", "lists", "rows", "x", code=2)[0]["code"] == "HUB-9022"
    assert told(lists, call, "preview", "nobody", "rows", "x", code=3)[0]["code"] == "HUB-1010"


def test_a_preview_goes_from_raw_to_golden(lists: Folder, call: Call) -> None:
    assert lists.hub("sync").code == 0
    item = told(lists, call, "preview", "lists", "rows", "ann@example.com", "--reveal")[0]
    assert item["raw"]["name"] == "Ann Lee"
    record = item["canonical"][0]
    assert (record["entity"], record["key"]) == ("customer", "ann@example.com")
    fields = {field["field"]: field for field in record["fields"]}
    assert fields["phone"]["value"] == "+12025550101"
    assert fields["phone"]["text"] == "$.phone"
    assert fields["phone"]["where"].startswith("mappings/tabular.yaml:")
    assert item["golden"][0]["fields"]["full_name"] == "Ann Lee"


def test_a_preview_is_masked(lists: Folder, call: Call) -> None:
    assert lists.hub("sync").code == 0
    result = call(lists, "mappings", "preview", "lists", "rows", "ann@example.com")
    assert result.exit_code == 0
    assert "customer customer a***@e***.com" in result.stdout
    for value in ("Ann Lee", "ann@example.com", "2025550101", "555 0101"):
        assert value not in result.stdout


def test_a_record_that_is_in_no_store_yet(lists: Folder, call: Call) -> None:
    lists.write("one.json", '{"_key": "dan@example.com", "email": "not an address", "name": "Dan"}')
    item = told(lists, call, "preview", "lists", "rows", "--raw", "one.json", "--reveal")[0]
    assert item["raw_id"] is None
    assert item["golden"] == []
    email = next(field for field in item["canonical"][0]["fields"] if field["field"] == "email")
    assert email["value"] is None
    assert email["reason"].startswith("HUB-3210")
    lists.write("one.json", "not json")
    assert told(lists, call, "preview", "lists", "rows", "--raw", "one.json", code=3)[0]["code"] == "HUB-9013"


def test_identifiers_and_references_are_masked_too(lists: Folder, call: Call) -> None:
    lists.write(
        "mappings/tabular.yaml",
        MAPPING
        + "        identifiers:\n          - {type: user_id, issuer: shop, value: $.name}\n"
        + "      - entity: address\n        key: $._key\n        fields: {customer: {type: customer, key: $._key}, city: $.name}\n",
    )
    assert lists.hub("sync").code == 0
    result = call(lists, "mappings", "preview", "lists", "rows", "ann@example.com", "--json")
    assert result.exit_code == 0, result.output
    assert "ann@example.com" not in result.stdout
    assert "Ann Lee" not in result.stdout
    records = json.loads(result.stdout)["canonical"]
    fields = {field["field"]: field["value"] for field in records[0]["fields"]}
    assert fields["identifiers"][0]["type"] == "user_id"
    assert {field["field"]: field["value"] for field in records[1]["fields"]}[
        "customer"
    ] == "customer a***@e***.com"
