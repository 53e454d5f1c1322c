"""`hub rows`: the rows of a run, the walk of a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from hub.cli.rows import OUTCOMES
from hub.insight import rows

from .conftest import Call, Folder


def lines(answer: Result) -> list[Any]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def run_id(call: Call, synced: Folder) -> str:
    """The run that consolidated the shop."""
    runs = lines(call(synced, "runs", "list", "--json"))
    return next(run["run_id"] for run in runs if (run["kind"], run["connection"]) == ("consolidate", "shop"))


def test_rows_of_a_run(call: Call, synced: Folder, run_id: str) -> None:
    text = call(synced, "rows", "list", "--run", run_id).stdout
    assert [line.split()[1:4] for line in text.splitlines()[5:7]] == [
        ["filtered", "people", "5"],
        ["rejected", "people", "6"],
    ]
    (row,) = lines(call(synced, "rows", "list", "--run", run_id, "--outcome", "rejected", "--json"))
    assert (row["key"], row["code"], row["path"]) == ("6", "HUB-3105", "$.email")
    assert len(lines(call(synced, "rows", "list", "--run", run_id, "--stream", "orders", "--json"))) == 3


def test_rows_go_on_where_they_stopped(call: Call, synced: Folder, run_id: str) -> None:
    first = call(synced, "rows", "list", "--run", run_id, "--limit", "5", "--json")
    assert "--after 5" in first.stderr
    rest = call(synced, "rows", "list", "--run", run_id, "--after", "5", "--json")
    assert [row["position"] for row in lines(first) + lines(rest)] == list(range(1, 10))


def test_no_such_rows_and_no_such_run(call: Call, synced: Folder, run_id: str) -> None:
    none = call(synced, "rows", "list", "--run", run_id, "--outcome", "sent")
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "The run has no such rows.\n")
    unknown = call(synced, "rows", "list", "--run", "nothing", "--json")
    assert (unknown.exit_code, lines(unknown)[0]["code"]) == (2, "HUB-6005")
    assert call(synced, "rows", "list", "--run", run_id, "--outcome", "lost").exit_code == 2


def test_every_outcome_can_be_asked_for() -> None:
    assert set(OUTCOMES) == set(rows.OUTCOMES)


def test_the_walk_of_a_record_is_masked_unless_revealed(call: Call, synced: Folder) -> None:
    text = call(synced, "rows", "show", "shop", "people", "1").stdout
    assert text.startswith("shop/people/1: mapped")
    for told in ('"a***@e***.com"', "customer customer/1, told by 3 records", "consent consent/1:newsletter", "Customer", "upsert  sent"):  # fmt: skip
        assert told in text, told
    for value in ("Anna", "anna@", "5550101"):
        assert value not in text
    assert "anna@example.com" in call(synced, "rows", "show", "shop", "people", "1", "--reveal").stdout


def test_the_walk_of_a_refused_record(call: Call, synced: Folder, run_id: str) -> None:
    (row,) = lines(call(synced, "rows", "list", "--run", run_id, "--outcome", "rejected", "--json"))
    (told,) = lines(call(synced, "rows", "show", str(row["raw_id"]), "--json"))
    assert (told["raw"]["state"], told["canonical"], told["customers"]) == ("rejected", [], [])
    assert [reject["code"] for reject in told["rejects"]] == ["HUB-3105"]
    assert "HUB-3105" in call(synced, "rows", "show", str(row["raw_id"])).stdout


def test_a_record_that_could_not_land(call: Call, changing: Folder) -> None:
    text = (changing.path / "shop/people.csv").read_text(encoding="utf-8")
    changing.write("shop/people.csv", text + "7,short\n")
    call(changing, "sync", "shop", "--quiet")
    (reject,) = lines(call(changing, "rejects", "list", "--code", "HUB-4303", "--json"))
    shown = call(changing, "rows", "show", "shop", "people", reject["key"]).stdout
    assert "HUB-4303" in shown
    assert f"What was kept of it (reject {reject['id']})" in shown
    assert "short" not in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("999999",), "HUB-9022"),
        (("shop", "people", "99"), "HUB-9022"),
        (("shop", "nothing", "1"), "HUB-9022"),
        (("shop", "people"), "HUB-9002"),
        (("one",), "HUB-9002"),
    ],
)
def test_there_is_no_such_record(call: Call, synced: Folder, words: tuple[str, ...], code: str) -> None:
    answer = call(synced, "rows", "show", *words, "--json")
    assert (answer.exit_code, lines(answer)[0]["code"]) == (2, code)
