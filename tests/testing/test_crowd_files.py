"""Crowds as files, and the command that writes them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys

import pytest
from pyarrow import parquet

from hub.testing.crowd import Crowd, crowd, main, write


@pytest.fixture(scope="module")
def made() -> Crowd:
    return crowd(1_200, seed=11)


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows(made: Crowd) -> list[dict[str, str | None]]:
    return [
        dict(zip(made.columns, values, strict=True)) for values in zip(*made.columns.values(), strict=True)
    ]


def test_csv_tells_the_same(made, tmp_path):
    write(made, tmp_path)
    wanted = [{name: value or "" for name, value in row.items()} for row in rows(made)]
    assert read(tmp_path / "records.csv") == wanted
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["negatives.csv", "records.csv", "truth.csv"]


def test_json_lines_leave_out_what_is_missing(made, tmp_path):
    write(made, tmp_path, ("jsonl",))
    lines = (tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = [{name: value for name, value in row.items() if value is not None} for row in rows(made)]
    assert [json.loads(line) for line in lines] == wanted


def test_parquet_tells_the_same(made, tmp_path):
    write(made, tmp_path, ("parquet", "csv"))
    assert parquet.read_table(tmp_path / "records.parquet").to_pylist() == rows(made)
    assert (tmp_path / "records.csv").exists()


def test_truth_and_negatives_name_records(made, tmp_path):
    write(made, tmp_path)
    truth = {row["record_id"]: row["person_id"] for row in read(tmp_path / "truth.csv")}
    assert list(truth.values()) == [str(person) for person in made.person]
    pairs = read(tmp_path / "negatives.csv")
    assert len(pairs) == len(made.negatives) > 0
    assert list(pairs[0]) == ["record_id_a", "record_id_b", "kind", "separated"]
    assert all(truth[pair["record_id_a"]] != truth[pair["record_id_b"]] for pair in pairs)
    assert {pair["separated"] for pair in pairs} == {"true", "false"}


def test_an_unknown_format_is_refused_before_anything_is_written(made, tmp_path):
    with pytest.raises(ValueError, match="xml; there are csv, jsonl, parquet"):
        write(made, tmp_path / "out", ("csv", "xml"))
    assert not (tmp_path / "out").exists()


def test_the_command_writes_what_the_function_makes(made, tmp_path):
    main(["--records", "1200", "--seed", "11", "--out", str(tmp_path / "out"), "--format", "csv,parquet"])
    write(made, tmp_path / "here")
    for name in ("records.csv", "truth.csv", "negatives.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert (tmp_path / "out" / "records.parquet").exists()


def test_another_process_makes_the_same(made, tmp_path):
    command = [
        sys.executable,
        "-m",
        "hub.testing.crowd",
        "--records",
        "1200",
        "--seed",
        "11",
        "--out",
        tmp_path / "there",
    ]
    subprocess.run(command, check=True, timeout=120, env={**os.environ, "PYTHONHASHSEED": "77"})
    write(made, tmp_path / "here")
    for name in ("records.csv", "truth.csv", "negatives.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
