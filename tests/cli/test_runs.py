"""The sync log: listed, shown, followed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import HUB, Answer, Call, Folder

End = Callable[[subprocess.Popen[str]], Answer]
Until = Callable[..., None]


def told(folder: Folder, call: Call, *words: str, code: int = 0) -> list[dict[str, Any]]:
    result = call(folder, "runs", *words, "--json")
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def ran(lists: Folder) -> Folder:
    """Two syncs: one with a reject, one whose folder was gone."""
    lists.write("lists/more.csv", "email,name\n,Nobody\n")
    assert lists.hub("sync", "--quiet").code == 5
    (lists.path / "lists").rename(lists.path / "away")
    assert lists.hub("sync", "--quiet").code == 6
    return lists


def test_the_list_can_be_narrowed(ran: Folder, call: Call) -> None:
    runs = told(ran, call, "list")
    assert [run["kind"] for run in runs] == ["pull", "consolidate", "pull"]
    assert [run["status"] for run in runs] == ["incomplete", "succeeded", "succeeded with rejects"]
    assert runs[0]["error"]["code"] == "HUB-4301"
    assert len(told(ran, call, "list", "--limit", "1")) == 1
    assert len(told(ran, call, "list", "--kind", "consolidate")) == 1
    assert len(told(ran, call, "list", "--status", "incomplete")) == 1
    assert told(ran, call, "list", "--before", runs[0]["run_id"]) == runs[1:]
    assert told(ran, call, "list", "--connection", "lists") == runs
    text = call(ran, "runs", "list").stdout.splitlines()
    assert len(text) == 4
    assert text[0].startswith("RUN")


def test_one_run_with_all_that_is_known_of_it(ran: Folder, call: Call) -> None:
    first = told(ran, call, "list")[-1]
    item = told(ran, call, "show", first["run_id"])[0]
    assert {name: item[name] for name in first} == first
    assert item["rejects"][0]["count"] == 1
    assert item["rejects"][0]["code"] == "HUB-4304"
    latest = told(ran, call, "show")[0]
    assert latest["status"] == "incomplete"
    assert [event["kind"] for event in latest["events"]] == ["read_failed"]
    text = call(ran, "runs", "show").stdout
    assert "HUB-4301" in text
    assert "incomplete" in text


def test_of_one_sync(ran: Folder, call: Call) -> None:
    first = told(ran, call, "list")[-1]
    sync = told(ran, call, "show", first["run_id"])[0]["sync_id"]
    assert {run["kind"] for run in told(ran, call, "list", "--sync", sync)} == {"pull", "consolidate"}


def test_nothing_has_run_yet(lists: Folder, call: Call) -> None:
    assert told(lists, call, "list") == []
    assert "Nothing has run yet" in call(lists, "runs", "list").stderr
    assert told(lists, call, "show", code=2)[0]["code"] == "HUB-6005"


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("show", "no-such-run"), 2, "HUB-6005"),
        (("list", "--status", "green"), 2, "HUB-9002"),
        (("list", "--connection", "nobody"), 3, "HUB-1010"),
    ],
)
def test_mistakes(lists: Folder, call: Call, words: tuple[str, ...], code: int, error: str) -> None:
    assert told(lists, call, *words, code=code)[-1]["code"] == error


def test_the_tail_without_following(ran: Folder, call: Call) -> None:
    events = told(ran, call, "tail", "--no-follow")
    assert events[-1]["type"] == "event"
    assert events[-1]["connection"] == "lists"
    assert events[-1]["kind"] == "read_failed"
    assert told(ran, call, "tail", "--no-follow", "--lines", "0") == []
    assert "lists: Reading ended early" in call(ran, "runs", "tail", "--no-follow").stdout


def test_the_tail_follows_until_it_is_interrupted(lists: Folder, until: Until, ended: End) -> None:
    assert lists.hub("sync").code == 0
    out = lists.path / "tail.out"
    with out.open("w") as file:
        process = subprocess.Popen(
            [HUB, "runs", "tail", "--json"],
            cwd=lists.path, env=lists.environment(), stdout=file, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
    # It has begun to look once a run that began afterwards is told of.
    lists.write("lists/more.csv", "email,name\ncat@example.com,Cat\n")
    until(lambda: lists.hub("sync", "--full").code == 0 and "succeeded" in out.read_text())
    os.kill(process.pid, signal.SIGINT)
    assert ended(process).code == 130
    items = [json.loads(line) for line in out.read_text().splitlines()]
    runs = [item for item in items if item["type"] == "run"]
    assert {"run_id", "connection", "kind", "status", "counts"} <= set(runs[-1])
    assert runs[-1]["status"] == "succeeded"
