"""`hub sync --dry-run` tells what would be, and writes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from hub.store.api import open_store

from .conftest import MAPPING, PEOPLE, WAITER_MAPPING, Call, Folder


def content(folder: Folder) -> dict[str, str]:
    """Digest of every file of the project, the log of the database included."""
    files = sorted(
        path for path in folder.path.rglob("*") if path.is_file() and not path.name.endswith("-shm")
    )
    return {str(path.relative_to(folder.path)): _digest(path) for path in files}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(folder: Folder) -> dict[str, int]:
    with open_store(folder.path / "hub.db") as store:
        return {
            name: store.driver.query(f"SELECT count(*) FROM {name}")[0][0]
            for name in sorted(store.driver.tables())
        }


def dry(folder: Folder, call: Call, *words: str) -> tuple[dict[str, dict[str, object]], dict[str, object]]:
    result = call(folder, "sync", "--dry-run", "--json", *words)
    assert result.exit_code == 0, result.output
    *items, summary = map(json.loads, result.stdout.splitlines())
    return {item["stream"]: item for item in items}, summary


def test_nothing_is_written(lists: Folder, call: Call) -> None:
    assert lists.hub("sync").code == 0
    lists.write("lists/more.csv", PEOPLE.replace("Ann Lee", "Anna Lee") + "cat@example.com,Cat,\n,Nobody,\n")
    assert lists.hub("store", "info").code == 0  # the log of the database is written into its file now
    files, counts = content(lists), rows(lists)
    for words in ((), ("--full",), ("--since", "7d"), ("--limit", "1")):
        assert call(lists, "sync", "--dry-run", *words).exit_code == 0
    assert rows(lists) == counts
    assert content(lists) == files
    assert lists.hub("sync").code == 5, "the control: a real sync writes"
    assert rows(lists) != counts


def test_nothing_is_written_for_a_connection_that_never_ran(lists: Folder, call: Call) -> None:
    assert call(lists, "runs", "list").exit_code == 0  # makes an empty store
    before = rows(lists)
    assert before["connections"] == 0
    streams, _ = dry(lists, call)
    assert streams["rows"]["counts"]["new"] == 2  # type: ignore[index]
    assert rows(lists) == before


def test_it_tells_what_a_sync_then_does(lists: Folder, call: Call) -> None:
    lists.hub("sync")
    lists.write("lists/more.csv", PEOPLE.replace("Ann Lee", "Anna Lee") + "cat@example.com,Cat,\n,Nobody,\n")
    streams, summary = dry(lists, call)
    counts = streams["rows"]["counts"]
    assert counts == {
        "read": 4, "new": 1, "changed": 1, "unchanged": 1, "mapped": 3, "filtered": 0, "rejected": 1, "deleted": 0,
    }  # fmt: skip
    assert streams["rows"]["entities"] == {"customer": 3}
    assert summary == {"type": "summary", "dry_run": True, "counts": counts, "errors": []}
    pull = lists.hub("sync", "--json").lines[0]
    told = {name: pull["counts"][name] for name in ("read", "new", "changed", "unchanged", "rejected")}
    assert told == {name: counts[name] for name in told}  # type: ignore[index]


def test_rejects_and_empty_values_have_their_reason(lists: Folder, call: Call) -> None:
    lists.write(
        "lists/people.csv", "email,name,phone\nann@example.com,Ann,not a phone\nno-address,Bob,\n,Cat,\n"
    )
    mapping = MAPPING.replace("key: $._key\n", 'key: $._key | regex("^[^@]+@.+$")\n        required: true\n')
    lists.write("mappings/tabular.yaml", mapping)
    streams, _ = dry(lists, call)
    told = streams["rows"]
    codes = {item["stage"]: item["code"] for item in told["rejects"]}  # type: ignore[attr-defined]
    assert codes["land"] == "HUB-4304"
    assert codes["map"].startswith("HUB-31")
    warnings = {item["field"]: item["code"] for item in told["warnings"]}  # type: ignore[attr-defined]
    assert warnings["phone"] in ("HUB-3211", "HUB-3212")
    assert "not a phone" not in json.dumps(told)
    text = call(lists, "sync", "--dry-run")
    assert "would be kept aside" in text.stdout
    assert "would be left empty" in text.stdout
    assert "Nothing was written." in text.stderr


def test_keys_that_are_addresses_are_masked(lists: Folder, call: Call) -> None:
    mapping = MAPPING.replace("key: $._key\n", "key: $.no_such\n        required: true\n")
    lists.write("mappings/tabular.yaml", mapping)
    result = call(lists, "sync", "--dry-run", "--json")
    assert "a***@e***.com" in result.stdout
    assert "ann@example.com" not in result.output


def test_a_sample_is_no_larger_than_asked_for(waiter: Folder) -> None:
    waiter.write("go", "")
    waiter.write("hub.yaml", "connections:\n  slow:\n    connector: waiter\n    config: {pages: 1000}\n")
    items = waiter.hub("sync", "--dry-run", "--json").lines
    assert items[0]["counts"]["read"] == 100
    items = waiter.hub("sync", "--dry-run", "--limit", "7", "--json").lines
    assert items[0]["counts"]["read"] == 7
    assert waiter.hub("sync", "slow", "--limit", "20").code == 0
    again = waiter.hub("sync", "--dry-run", "--limit", "5", "--json").lines
    assert again[0]["counts"]["new"] == 5, "it reads where the next sync would"
    full = waiter.hub("sync", "--dry-run", "--limit", "5", "--full", "--json").lines
    assert full[0]["counts"]["unchanged"] == 5


@pytest.mark.parametrize(
    ("config", "mapping", "code", "told"),
    [
        ("{path: none, key: id}", MAPPING, 6, "HUB-4301"),
        ("{path: lists, key: email}", MAPPING.replace("$.name", "$.name | uper"), 3, "HUB-12"),
        ("{path: lists, key: email}", MAPPING.replace("rows:", "other:"), 3, "HUB-1216"),
    ],
)
def test_what_goes_wrong(lists: Folder, call: Call, config: str, mapping: str, code: int, told: str) -> None:
    lists.write("hub.yaml", f"connections:\n  lists:\n    connector: tabular\n    config: {config}\n")
    lists.write("mappings/tabular.yaml", mapping)
    result = call(lists, "sync", "--dry-run", "--json")
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert told in result.stdout


def test_one_broken_connection_hides_no_other(lists: Folder, call: Call) -> None:
    text = (lists.path / "hub.yaml").read_text()
    lists.write("hub.yaml", text + "  broken:\n    connector: tabular\n    config: {path: lists}\n")
    result = call(lists, "sync", "--dry-run", "--json")
    assert result.exit_code == 3
    *items, summary = map(json.loads, result.stdout.splitlines())
    assert [item["counts"]["new"] for item in items] == [2]
    assert [error["code"] for error in summary["errors"]] == ["HUB-1004"]


def test_a_connector_that_breaks_is_told_as_its_own(waiter: Folder) -> None:
    code = waiter.path.parent / "site/guest_waiter/__init__.py"
    code.write_text(
        code.read_text().replace(
            "first = checkpoint", "raise KeyError('in-the-record')\n        first = checkpoint"
        )
    )
    waiter.write("mappings/waiter.yaml", WAITER_MAPPING)
    answer = waiter.hub("sync", "--dry-run")
    assert answer.code == 3
    assert "HUB-6015" in answer.err
    assert "in-the-record" not in answer.err + answer.out
