"""`hub customers erase` and `erasures`."""

from __future__ import annotations

import json

from .conftest import Call, Folder


def test_without_a_yes_nothing_happens(call: Call, synced: Folder) -> None:
    answer = call(synced, "customers", "erase", "anna@example.com", "--reason", "asked")
    assert answer.exit_code == 5
    assert "HUB-7071" in answer.stderr
    assert call(synced, "customers", "show", "anna@example.com").exit_code == 0


def test_a_dry_run_tells_and_changes_nothing(call: Call, synced: Folder) -> None:
    answer = call(
        synced, "customers", "erase", "anna@example.com", "--reason", "asked", "--dry-run", "--json"
    )
    told = json.loads(answer.stdout)
    assert told["dry_run"] and told["erasure"] is None and told["records"] > 0
    assert call(synced, "customers", "show", "anna@example.com").exit_code == 0


def test_who_is_erased_is_not_found_and_named_nowhere(call: Call, synced: Folder) -> None:
    answer = call(synced, "customers", "erase", "anna@example.com", "--reason", "asked", "--yes")
    assert answer.exit_code == 0, answer.stderr
    assert call(synced, "customers", "show", "anna@example.com").exit_code == 2
    answer = call(synced, "customers", "erasures", "--json")
    assert {json.loads(line)["state"] for line in answer.stdout.splitlines()} == {"manual", "requested"}
    assert "anna" not in answer.stdout.lower()
