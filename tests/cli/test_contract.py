"""docs/commands.md says what the commands do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from hub.cli.app import EXITS, shared_options

from .conftest import Folder

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def block(beginning: str) -> dict[str, Any]:
    """The JSON shown after a sentence of the page."""
    found = re.search(re.escape(beginning) + r".*?```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, beginning
    return dict(json.loads(found[1]))


def shape(value: Any) -> Any:
    """Keys and kinds of values, without the values."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    return "?" if value is None else type(value).__name__


def test_exit_codes() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.*) \|$", PAGE, re.MULTILINE))
    assert told == {str(code): meaning for code, meaning in EXITS.items()}


def test_shared_options() -> None:
    told = set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE))
    assert told == {
        name for option in shared_options() for name in option.opts if isinstance(option, click.Option)
    }


def test_a_run_and_the_summary(lists: Folder) -> None:
    *runs, summary = lists.hub("sync", "--json").lines
    documented = block("**A run**")
    for run in runs:
        assert set(run) == set(documented)
        assert set(documented["counts"]) <= set(run["counts"])
        assert shape(run["started_at"]) == shape(documented["started_at"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run["finished_at"])
    ends = block("prints each run as it ends")
    assert list(summary) == list(ends)
    assert shape(summary["customers"]) == shape(ends["customers"])


def test_a_dry_run(lists: Folder) -> None:
    item, summary = lists.hub("sync", "--dry-run", "--json").lines
    documented = block("**`hub sync --dry-run --json`**")
    assert set(item) == set(documented)
    assert shape(item["counts"]) == shape(documented["counts"])
    assert summary["dry_run"] is True


def test_a_reject(lists: Folder) -> None:
    lists.write("lists/people.csv", "email,name\n,Nobody\n")
    lists.hub("sync")
    documented = set(block("**A reject**"))
    assert set(lists.hub("rejects", "list", "--json").lines[0]) == documented
    assert set(lists.hub("rejects", "show", "1", "--json").lines[0]) == documented | {"value", "record"}


def test_the_other_shapes(lists: Folder) -> None:
    tried = lists.hub("connect", "test", "--json").lines[0]
    assert set(tried) == {"connection", "status", "message", "details", "error"}
    *looks, end = lists.hub("doctor", "--json").lines
    assert {frozenset(look) for look in looks} == {frozenset({"name", "status", "message", "hint"})}
    assert end["type"] == "summary"
    lists.write("identity.yaml", "nothing: known\n")
    problem, end = lists.hub("config", "check", "--json").lines
    assert set(problem) == {"type", "code", "message", "where", "hint"}
    assert (problem["type"], end["type"]) == ("problem", "summary")
