"""`hub customers`: find, show, join, part, undo."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from tests.insight.company import Company

from .conftest import Call, Folder


def lines(answer: Result) -> list[Any]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


def records(item: dict[str, Any]) -> set[str]:
    return {source["key"] for source in item["sources"]}


def living(call: Call, folder: Folder) -> dict[str, set[str]]:
    """The records of each customer."""
    found = lines(call(folder, "customers", "find", "--all", "--json"))
    return {item["customer_id"]: records(item) for item in found}


def test_find_as_a_table(call: Call, synced: Folder) -> None:
    answer = call(synced, "customers", "find", "kowalska")
    assert answer.exit_code == 0
    head, row = answer.stdout.splitlines()
    assert head.split() == ["CUSTOMER", "NAME", "E-MAIL", "PHONE", "FROM"]
    assert "Anna Kowalska  anna@example.com  +12025550101  shop, desk" in row


def test_find_as_json_has_the_documented_shape(call: Call, synced: Folder) -> None:
    (item,) = lines(call(synced, "customers", "find", "--email", "ANNA@example.com", "--json"))
    assert set(item) >= {"customer_id", "fields", "identifiers", "sources"}
    assert item["fields"]["full_name"] == "Anna Kowalska"
    assert [(one["connection"], one["stream"], one["external_id"]) for one in item["sources"]] == [
        ("shop", "people", "1"),
        ("desk", "people", "u1"),
    ]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["u1"], 1),
        (["Łukasz", "nowak"], 2),
        (["--phone", "+1 202 555 0102"], 2),
        (["--identifier", "user_id:M-2"], 1),
        (["--identifier", "M-2"], 1),
        (["--identifier", "anna@example.com"], 1),
        (["--id", "guest@example.org"], 1),
        (["--name", "小明"], 1),
        (["--connection", "desk"], 3),
        (["--connection", "desk", "--name", "nowak"], 1),
        ([], 7),
    ],
)
def test_every_way_to_find(call: Call, synced: Folder, words: list[str], count: int) -> None:
    assert len(lines(call(synced, "customers", "find", *words, "--json"))) == count


def test_find_nobody_is_no_error(call: Call, synced: Folder) -> None:
    answer = call(synced, "customers", "find", "nobody@example.com")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "", "No customer fits.\n")
    assert call(synced, "customers", "find", "nobody@example.com", "--json").output == ""


def test_find_goes_on_where_it_stopped(call: Call, synced: Folder) -> None:
    first = call(synced, "customers", "find", "--limit", "4", "--json")
    assert "--after" in first.stderr
    last = lines(first)[-1]["customer_id"]
    rest = call(synced, "customers", "find", "--limit", "4", "--after", last, "--json")
    assert (len(lines(first)), len(lines(rest)), rest.stderr) == (4, 3, "")


def test_masked_answers_hold_no_value(call: Call, synced: Folder) -> None:
    for words in (["find"], ["find", "--json"], ["show", "u1"], ["show", "u1", "--json"]):
        answer = call(synced, "customers", *words, "--mask")
        assert answer.exit_code == 0
        for value in ("Anna", "anna@", "5550101", "Long Street"):
            assert value not in answer.output


def test_show_everything(call: Call, synced: Folder) -> None:
    text = call(synced, "customers", "show", "anna@example.com").stdout
    for told in ("Anna Kowalska", "shop/customer/1", "desk/customer/u1", "1 Long Street", "revoked", "Orders (2)",
                 "99.00 USD", "Bread is late", "Interactions (2)", "job_title  Baker", "upsert  sent"):  # fmt: skip
        assert told in text, told
    (item,) = lines(call(synced, "customers", "show", "desk/customer/u1", "--json"))
    assert records(item) == {"shop/customer/1", "desk/customer/u1"}
    assert item["orders"]["count"] == 2


@pytest.mark.parametrize("verb", [("customers", "show"), ("why",)])
def test_a_key_that_is_nobodys_or_several_peoples(call: Call, synced: Folder, verb: tuple[str, ...]) -> None:
    nobody = call(synced, *verb, "nobody@example.com", "--json")
    assert (nobody.exit_code, lines(nobody)[0]["code"]) == (2, "HUB-9020")
    several = call(synced, *verb, "info@example.com")
    assert several.exit_code == 2
    assert "HUB-9021" in several.stderr
    for answer in (nobody, several):
        assert "nobody@" not in answer.output
        assert "info@" not in answer.output


def test_merge_and_undo_give_both_back(call: Call, changing: Folder) -> None:
    before = living(call, changing)
    tried = call(
        changing, "customers", "merge", "shop/customer/2", "u2", "--reason", "one man", "--dry-run", "--json"
    )
    assert lines(tried)[0]["dry_run"]
    assert living(call, changing) == before

    done = call(changing, "customers", "merge", "shop/customer/2", "u2", "--reason", "one man", "--json")
    (told,) = lines(done)
    assert (done.exit_code, told["type"], [one["kind"] for one in told["decisions"]]) == (
        0,
        "decided",
        ["same"],
    )
    assert told["decisions"][0]["reason"] == "one man"
    merged = next(change for change in told["changes"] if change["change"] == "merged")
    after = living(call, changing)
    assert merged["customer_id"] not in after
    assert after[merged["into"]] == {"shop/customer/2", "desk/customer/u2"}
    assert lines(tried)[0]["changes"] == told["changes"]
    assert (
        "merged into it: " + merged["customer_id"]
        in call(changing, "customers", "show", merged["customer_id"]).stdout
    )

    number = str(told["decisions"][0]["id"])
    assert (
        "would undo: 1" in call(changing, "customers", "undo", number, "--reason", "no", "--dry-run").stdout
    )
    assert living(call, changing) == after
    undone = call(changing, "customers", "undo", number, "--reason", "they are two")
    assert undone.exit_code == 0
    assert f"{merged['customer_id']} revived, 1 record" in undone.stdout
    assert living(call, changing) == before
    again = call(changing, "customers", "undo", number, "--reason", "again", "--json")
    assert (again.exit_code, lines(again)[0]["code"]) == (2, "HUB-8010")


def test_split_and_undo(call: Call, changing: Folder) -> None:
    before = living(call, changing)
    done = call(
        changing, "customers", "split", "desk/customer/u1", "--reason", "another Anna", "--actor", "lee"
    )
    assert done.exit_code == 0
    assert "decided: 1" in done.stdout
    assert sorted(map(sorted, living(call, changing).values())) != sorted(map(sorted, before.values()))
    (decision,) = lines(call(changing, "customers", "decisions", "--json"))
    assert (decision["kind"], decision["a"], decision["b"], decision["actor"]) == (
        "different",
        "desk/customer/u1",
        "shop/customer/1",
        "lee",
    )
    against = call(
        changing, "customers", "merge", "shop/customer/1", "desk/customer/u1", "--reason", "x", "--json"
    )
    assert (against.exit_code, lines(against)[0]["code"]) == (5, "HUB-8030")
    assert call(changing, "customers", "undo", "1", "--reason", "was one").exit_code == 0
    assert living(call, changing) == before
    assert call(changing, "customers", "decisions").stderr == "Nobody has decided anything.\n"


def test_a_merge_that_other_decisions_prevent_leaves_nothing(call: Call, changing: Folder) -> None:
    say = ("--reason", "because")
    assert call(changing, "customers", "merge", "shop/customer/3", "shop/customer/4", *say).exit_code == 0
    assert call(changing, "customers", "merge", "shop/customer/2", "u2", *say).exit_code == 0
    with_engine = Company.open(changing.path)
    with_engine.decide("different", "shop/customer/3", "shop/customer/2")
    with_engine.engine.close()
    refused = call(changing, "customers", "merge", "u2", "shop/customer/4", *say)
    assert (refused.exit_code, "HUB-8030" in refused.stderr) == (5, True)
    assert len(lines(call(changing, "customers", "decisions", "--json"))) == 3


def test_a_split_outlives_the_next_sync(call: Call, changing: Folder) -> None:
    call(changing, "customers", "split", "u1", "--reason", "another Anna")
    after = living(call, changing)
    text = (changing.path / "desk/people.csv").read_text(encoding="utf-8")
    changing.write("desk/people.csv", text.replace("Head baker", "Owner"))
    assert call(changing, "sync", "--quiet").exit_code == 0
    assert living(call, changing) == after


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("merge", "u1", "shop/customer/1"), None),
        (("merge", "u1", "desk/customer/u1"), "HUB-9023"),
        (("merge", "u1", "nobody"), "HUB-9020"),
        (("split", "anna@example.com"), "HUB-9024"),
        (("split", "u1", "u2"), "HUB-9024"),
        (("undo", "99"), "HUB-8010"),
    ],
)
def test_what_cannot_be_decided_is_a_coded_error(
    call: Call, changing: Folder, words: tuple[str, ...], code: str | None
) -> None:
    answer = call(changing, "customers", *words, "--reason", "x", "--json")
    assert answer.exit_code == (2 if code else 0)
    assert lines(answer)[0].get("code") == code
    assert len(lines(call(changing, "customers", "decisions", "--json"))) == (0 if code else 1)


def test_a_reason_is_asked_for(call: Call, changing: Folder) -> None:
    answer = call(changing, "customers", "merge", "u1", "u2")
    assert answer.exit_code == 2
    assert "--reason" in answer.stderr
