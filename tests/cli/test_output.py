"""Tables, JSON lines, and what may be shown of other people's text."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cli.output import Column, Output, as_json, cell, plural, printable
from hub.cli.table import plain_table, rich_table, width

from .conftest import HUB, Folder

NAMES = (Column("name", "name"), Column("count", "count", number=True))


def test_a_table_is_aligned_also_with_wide_and_combining_characters() -> None:
    text = plain_table(NAMES, [["Ann", "1"], ["李小龙", "22"], ["Jose\u0301", "333"]])
    lines = text.splitlines()
    assert lines[0] == "NAME    COUNT"
    assert {width(line) for line in lines} == {13}
    assert [line.split()[-1] for line in lines[1:]] == ["1", "22", "333"]


def test_a_table_ends_no_line_with_blanks() -> None:
    table = plain_table((Column("a", "a"), Column("b", "b")), [["x", ""], ["", "y"]])
    assert table == "A  B\nx\n   y\n"


def test_no_rows_is_a_remark_not_data(capsys: pytest.CaptureFixture[str]) -> None:
    Output().rows([], NAMES, empty="Nothing yet.")
    assert capsys.readouterr() == ("", "Nothing yet.\n")
    Output(quiet=True).rows([], NAMES, empty="Nothing yet.")
    Output(json=True).rows([], NAMES, empty="Nothing yet.")
    assert capsys.readouterr() == ("", "")


def test_json_lines_hold_everything_tables_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    items = [{"name": "Ann", "count": 1, "more": {"at": datetime(2026, 7, 30, 18, 22, 41, tzinfo=UTC)}}]
    Output(json=True).rows(items, NAMES)
    assert json.loads(capsys.readouterr().out) == {
        "name": "Ann", "count": 1, "more": {"at": "2026-07-30T18:22:41.000Z"},
    }  # fmt: skip
    Output().rows(items, NAMES)
    assert capsys.readouterr().out == "NAME  COUNT\nAnn       1\n"


def test_json_of_odd_values() -> None:
    class Word(StrEnum):
        A = "a"

    value = {"path": Path("x"), "set": {1}, "tuple": (1, 2), "word": Word.A, "half": "\ud800", "big": 2**80}
    assert json.loads(as_json(value)) == {
        "path": "x", "set": [1], "tuple": [1, 2], "word": "a", "half": "\ud800", "big": 2**80,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("李小龙, José", "李小龙, José"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "?[31mred?[0m"),
        ("right\u202eleft", "right?left"),
        ("non\u00a0breaking", "non breaking"),
        ("bell\x07", "bell?"),
    ],
)
def test_control_characters_are_not_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_what_is_shown_cannot_act_on_a_terminal(text: str) -> None:
    shown = printable(text)
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    assert len(shown) == len(text)
    assert "\n" not in cell(text)


def test_values_in_cells() -> None:
    assert cell(None) == ""
    assert cell(True) == "yes"
    assert cell(0) == "0"
    assert cell(["a", 1]) == '["a",1]'
    assert cell(datetime(2026, 7, 30, 1, 2, 3, tzinfo=UTC)) == "2026-07-30 01:02:03"


def test_plural() -> None:
    assert plural(1, "record") == "1 record"
    assert plural(12345, "record") == "12,345 records"
    assert plural(2, "record was", "records were") == "2 records were"


def test_fields_leaves_out_what_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    Output().fields({"a": 1, "b": None, "c": "x"}, {"a": "first", "b": "second", "c": "third one"})
    assert capsys.readouterr().out == "first:     1\nthird one: x\n"


def test_markup_in_a_value_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "[red]Ann[/red]" in rich_table(NAMES, [["[red]Ann[/red]", "1"]])


def test_an_id_is_never_broken_into_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    run_id = "01985d2e-0000-7000-8000-000000000000"
    columns = (Column("id", "id", whole=True), Column("text", "text"))
    cells = [[run_id, "many words " * 20]]
    assert run_id in rich_table(columns, cells)
    assert run_id not in rich_table((Column("id", "id"), columns[1]), cells), "the control"


def in_terminal(folder: Folder, *words: str, **env: str) -> str:
    """What a person sees: both streams are one terminal."""
    ours, theirs = pty.openpty()
    environment = {**folder.environment(), "TERM": "xterm-256color", **env}
    if "NO_COLOR" not in env:
        environment.pop("NO_COLOR")
    process = subprocess.Popen(
        [HUB, *words], cwd=folder.path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other end was closed
            break
        if not chunk:
            break
        seen += chunk
    process.wait(30)
    os.close(ours)
    return seen.decode()


def test_a_terminal_gets_colours_unless_it_says_no(lists: Folder) -> None:
    lists.write("lists/people.csv", "email,name\nann@example.com,Ann\n,Nobody\n")
    seen = in_terminal(lists, "sync")
    assert "\x1b[" in seen
    assert "succeeded with rejects" in seen
    coloured = in_terminal(lists, "runs", "list")
    assert "\x1b[33m" in coloured, "a warning is yellow"
    plain = in_terminal(lists, "runs", "list", NO_COLOR="1")
    assert "\x1b[33m" not in plain
    assert "succeeded" in plain
    assert "\x1b[" not in in_terminal(lists, "runs", "list", TERM="dumb")


def test_a_pipe_gets_none(lists: Folder) -> None:
    lists.env.pop("NO_COLOR", None)
    answer = lists.hub("sync")
    assert answer.code == 0
    assert "\x1b" not in answer.out + answer.err
