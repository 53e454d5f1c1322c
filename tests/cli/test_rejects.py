"""Rejects: grouped, shown masked, replayed without the vendor, dropped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.cli.values import at_path, last_name

from .conftest import MAPPING, Call, Folder

STRICT = MAPPING.replace("key: $._key\n", 'key: $.name | regex("^[A-Z].*$")\n        required: true\n')


@pytest.fixture
def refused(lists: Folder) -> Folder:
    """Three records refused by the mapping, one at landing, one that passed."""
    lists.write("mappings/tabular.yaml", STRICT)
    people = "".join(f"p{number}@example.com,person {number},\n" for number in range(3))
    lists.write("lists/people.csv", f"email,name,phone\nann@example.com,Ann Lee,\n{people},Nobody,\n")
    assert lists.hub("sync", "--quiet").code == 5
    return lists


def told(folder: Folder, call: Call, *words: str, code: int = 0) -> list[dict[str, Any]]:
    result = call(folder, "rejects", *words, "--json")
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_list_and_its_groups(refused: Folder, call: Call) -> None:
    items = told(refused, call, "list")
    assert [item["stage"] for item in items].count("map") == 3
    assert [item["stage"] for item in items].count("land") == 1
    groups = told(refused, call, "list", "--by-code")
    assert [group["count"] for group in groups] == [3, 1]
    code = groups[0]["code"]
    assert len(told(refused, call, "list", "--code", code)) == 3
    assert len(told(refused, call, "list", "--limit", "2")) == 2
    assert told(refused, call, "list", "--connection", "lists", "--state", "resolved") == []
    assert "p***" not in json.dumps(groups)
    assert "p0@example.com" not in json.dumps(items), "a key that is an address is masked"
    assert "p0@example.com" in json.dumps(told(refused, call, "list", "--reveal"))


def test_show_masks_until_told_otherwise(refused: Folder, call: Call) -> None:
    reject = next(item for item in told(refused, call, "list") if item["stage"] == "map")
    item = told(refused, call, "show", str(reject["id"]))[0]
    assert item["path"] == "$.name"
    assert item["where"].startswith("mappings/tabular.yaml:")
    assert item["value"] == "p*** 0***"
    assert "example.com" not in json.dumps(item["record"])
    revealed = told(refused, call, "show", str(reject["id"]), "--reveal")[0]
    assert revealed["value"] == "person 0"
    assert revealed["record"]["email"] == "p0@example.com"
    text = call(refused, "rejects", "show", str(reject["id"])).stdout
    assert "$.name" in text
    assert "person 0" not in text


def test_what_never_landed_can_be_shown(refused: Folder, call: Call) -> None:
    reject = next(item for item in told(refused, call, "list") if item["stage"] == "land")
    assert "Nobody" not in json.dumps(told(refused, call, "show", str(reject["id"])))
    assert "Nobody" in json.dumps(told(refused, call, "show", str(reject["id"]), "--reveal"))


def test_a_mended_mapping_lets_them_pass_without_the_vendor(refused: Folder, call: Call) -> None:
    before = told(refused, call, "list")
    again = refused.hub("rejects", "replay", "--all", "--json")
    assert again.code == 5, "still refused"
    assert again.lines[-1] == {
        "type": "replayed", "replayed": 3, "replayable": 3, "passed": 0, "refused": 3, "not_replayable": 1,
        "dry_run": False,
    }  # fmt: skip
    refused.write("mappings/tabular.yaml", MAPPING)
    for path in (refused.path / "lists").iterdir():
        path.unlink()  # the vendor could not be asked
    answer = refused.hub("rejects", "replay", "--all")
    assert answer.code == 0, answer.err
    assert "replayed 3 rejects: 3 passed, 0 refused again" in answer.out
    assert "1 reject never landed" in answer.out
    left = told(refused, call, "list")
    assert [item["stage"] for item in left] == ["land"]
    resolved = told(refused, call, "list", "--state", "resolved")
    assert {item["id"] for item in resolved} == {item["id"] for item in before if item["stage"] == "map"}
    assert len(refused.hub("customers", "find", "--json").lines) == 4


def test_some_of_them(refused: Folder, call: Call) -> None:
    mapped = [item["id"] for item in told(refused, call, "list") if item["stage"] == "map"]
    refused.write("mappings/tabular.yaml", STRICT.replace("^[A-Z]", "^[A-Zp]"))
    items = refused.hub("rejects", "replay", str(mapped[0]), "--json")
    assert items.code == 0, items.err
    assert items.lines[-1]["replayed"] == 1
    assert items.lines[-1]["passed"] == 1


def test_a_dry_run_changes_nothing(refused: Folder, call: Call) -> None:
    before = told(refused, call, "list")
    assert told(refused, call, "replay", "--all", "--dry-run")[0]["replayable"] == 3
    assert told(refused, call, "drop", "--all", "--dry-run")[0]["dropped"] == 4
    assert told(refused, call, "list") == before


def test_dropped_is_done_with(refused: Folder, call: Call) -> None:
    items = told(refused, call, "list")
    code = next(item["code"] for item in items if item["stage"] == "map")
    assert told(refused, call, "drop", str(items[0]["id"]))[0]["dropped"] == 1
    assert told(refused, call, "drop", str(items[0]["id"]))[0]["dropped"] == 0, "it is no longer open"
    told(refused, call, "drop", "--code", code)
    assert all(item["code"] != code for item in told(refused, call, "list"))
    assert len(told(refused, call, "list", "--state", "dropped")) >= 3


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("replay",), 2, "HUB-9002"),
        (("drop",), 2, "HUB-9002"),
        (("show", "999"), 2, "HUB-6006"),
        (("replay", "999"), 2, "HUB-6006"),
        (("list", "--connection", "nobody"), 3, "HUB-1010"),
    ],
)
def test_mistakes(lists: Folder, call: Call, words: tuple[str, ...], code: int, error: str) -> None:
    assert told(lists, call, *words, code=code)[-1]["code"] == error


def test_a_connection_that_is_gone_is_named(refused: Folder, call: Call) -> None:
    refused.write("hub.yaml", "connections: {}\n")
    assert told(refused, call, "list", "--connection", "lists")
    error = told(refused, call, "replay", "--all", code=3)[-1]
    assert error["code"] == "HUB-1010"
    assert "lists" in error["message"]


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        ("$.a", {"b": [1, {"c": "x"}]}, "a"),
        ("$.a.b[1].c", "x", "c"),
        ("$.a.b[*].c", ["x"], "c"),
        ('$["odd key"]', 7, "odd key"),
        ("$.none.at.all", None, "all"),
        ("$", None, ""),
        ("", None, ""),
        ("@.b", None, "b"),
        ("no path at all", None, ""),
    ],
)
def test_a_value_by_its_path(path: str, value: object, name: str) -> None:
    record = {"a": {"b": [1, {"c": "x"}]}, "odd key": 7}
    assert at_path(record, path) == value
    assert last_name(path) == name
