"""Tables in files: the same cells whatever the kind, and errors that name the place and quote nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from hub.errors import ConfigError
from hub.insight.table_file import column_names, read_table

ROWS = [
    {"id": "1", "name": "Ann Lee", "phone": "012 345"},
    {"id": "2", "name": 'Łukasz "Luc" Nowak', "phone": None},
    {"id": "3", "name": "Ann Lee", "phone": "012 345"},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


def written(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"people{kind}"
    if kind == ".parquet":
        parquet.write_table(pa.table(COLUMNS), path)
    elif kind == ".jsonl":
        path.write_text("\n".join(map(json.dumps, ROWS)) + "\n\n")
    else:
        mark = {".csv": ";", ".tsv": "\t"}[kind]
        lines = [
            mark.join(['"' + (cell or "").replace('"', '""') + '"' for cell in row.values()]) for row in ROWS
        ]
        path.write_text("\n".join([mark.join(ROWS[0]), *lines]), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_gives_the_same_cells(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, kind)
    assert column_names(path) == list(COLUMNS)
    assert {name: list(cells) for name, cells in read_table(path).items()} == COLUMNS
    assert set(read_table(path, {"name", "nothing"})) == {"name"}


def test_numbers_dates_and_lists_are_what_somebody_would_write(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    table = {
        "number": pa.array([1, None], pa.int64()), "float": [7.0, float("nan")], "half": [1.5, 2.0],
        "day": [date(1990, 12, 31), None], "mails": [["a@example.com", ""], None],
        "same": pa.array(["x", "x"]).dictionary_encode(), "yes": [True, False],
    }  # fmt: skip
    parquet.write_table(pa.table(table), path)
    assert {name: list(cells) for name, cells in read_table(path).items()} == {
        "number": ["1", None],
        "float": ["7", None],
        "half": ["1.5", "2"],
        "day": ["1990-12-31", None],
        "mails": [["a@example.com"], None],
        "same": ["x", "x"],
        "yes": ["True", "False"],
    }


def test_names_of_json_lines_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"id": 1}\n{"id": 2, "mail": "b@example.com"}\n')
    assert read_table(path) == {"id": ["1", "2"], "mail": [None, "b@example.com"]}


def test_a_cell_may_hold_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('id,address\n1,"12 Mill Lane\nSpringfield"\n')
    assert read_table(path)["address"] == ["12 Mill Lane\nSpringfield"]


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("people.xyz", b"id\n1\n", "HUB-8040", "no kind that is known"),
        ("people.csv", b"", "HUB-8042", "no records"),
        ("people.csv", b"id,name\n", "HUB-8042", "no records"),
        ("people.jsonl", b"\n", "HUB-8042", "no records"),
        ("people.csv", b"id,name\n1,Ann\n2,Secret,Person\n", "HUB-8040", "3 cells where the first has 2"),
        ("people.csv", b"id,name\n1,Andr\xe9\n", "HUB-8040", "UTF-8"),
        ("people.jsonl", b'{"id": 1}\n{"id": 2, "name": Secret}\n', "HUB-8040", "line 2"),
        ("people.jsonl", b"[1]\n", "HUB-8040", "line 1"),
        ("people.parquet", b"id,name\n1,Secret\n", "HUB-8040", "damaged"),
        ("people.parquet", b"", "HUB-8040", "damaged"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, code: str, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_table(path)
    assert caught.value.code == code
    assert told in str(caught.value)
    assert "Secret" not in str(caught.value)
    assert str(path) in caught.value.where


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for kind in (".csv", ".jsonl", ".parquet"):
        with pytest.raises(ConfigError, match="No such file") as caught:
            read_table(tmp_path / f"nothing{kind}")
        assert caught.value.code == "HUB-8040"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").mkdir()
    with pytest.raises(ConfigError) as caught:
        column_names(tmp_path / "people.csv")
    assert caught.value.code == "HUB-8040"
