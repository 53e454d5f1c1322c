"""Writing customers: one result per row, the file always whole, nothing in it a spreadsheet would run."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow import parquet

from connectors.tabular import writing, xlsx_snapshot
from connectors.tabular.config import TabularConfig
from connectors.tabular.connector import Tabular
from connectors.tabular.locking import held
from connectors.tabular.snapshot import cell
from hub import ConfigError, RowStatus, WriteRow

from .conftest import NOW


def row(number: int, op: str = "upsert", delivery: int | None = None, **fields: object) -> WriteRow:
    return WriteRow(number if delivery is None else delivery, op, f"c{number}", None, fields, f"k{number}")  # type: ignore[arg-type]


@pytest.fixture(params=["customers.csv", "customers.jsonl", "customers.xlsx", "customers.parquet"])
def out(request, tmp_path):
    return tmp_path / "out" / request.param


@pytest.fixture
def write(lend):
    def call(out: Path, *rows: WriteRow, **config: object):
        return Tabular(TabularConfig(out=str(out), **config)).write(rows, lend())

    return call


def read(file: Path) -> dict[str, dict[str, object]]:
    if file.suffix == ".jsonl":
        return {each["customer_id"]: each for each in map(json.loads, file.read_text().splitlines())}
    if file.suffix == ".xlsx":
        head, *rows = load_workbook(file).active.iter_rows(values_only=True)
        return {cells[0]: dict(zip(head, cells, strict=True)) for cells in rows}
    if file.suffix == ".parquet":
        return {each["customer_id"]: each for each in parquet.read_table(file).to_pylist()}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return {each["customer_id"]: each for each in csv.DictReader(stream)}


def names(file: Path) -> dict[str, object]:
    return {key: each["name"] for key, each in read(file).items()}


def test_upserts_and_deletes(out, write):
    write(out, row(1, name="Ada"), row(2, name="Bo"), row(3, name="Cy"))
    results = write(out, row(2, name="Bob"), row(1, "delete"), row(4, name="王小明"), row(9, "delete"))
    assert names(out) == {"c2": "Bob", "c3": "Cy", "c4": "王小明"}
    assert [(each.delivery_id, each.status, each.remote_id) for each in results] == [
        (number, RowStatus.OK, f"c{number}") for number in (2, 1, 4, 9)
    ]


def test_the_same_batch_again_changes_nothing(out, write):
    batch = [row(number, name=f"n{number}", tags=["a", "b"], vip=True, none=None) for number in range(50)]
    write(out, *batch)
    before = content(out)
    write(out, *batch)
    assert content(out) == before


def content(file: Path) -> object:
    """Its bytes; of a workbook, whose package tells the time, those of its parts that hold the rows."""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist() if name != "docProps/core.xml"}


def test_the_last_word_of_a_batch_wins(out, write):
    results = write(out, row(1, delivery=10, name="old"), row(1, delivery=11, name="new"))
    assert names(out) == {"c1": "new"}
    assert [each.delivery_id for each in results] == [10, 11]


def test_new_fields_become_columns(out, write):
    write(out, row(1, name="Ada"))
    write(out, row(2, name="Bo", phone="5550100"))
    assert read(out)["c2"]["phone"] == "5550100"
    assert not read(out)["c1"].get("phone")


def test_the_hub_id_is_first_and_ours(out, write):
    write(out, row(1, name="Ada", customer_id="someone else"))
    assert read(out)["c1"]["name"] == "Ada"
    assert list(read(out)["c1"]) == ["customer_id", "name"]


def test_values_as_text_in_csv(tmp_path, write):
    out = tmp_path / "c.csv"
    write(out, row(1, name='Ada "A", L\r\nx', tags=["a", "b"], custom={"k": 1}, vip=True, none=None, n=5))
    assert read(out)["c1"] == {
        "customer_id": "c1", "name": 'Ada "A", L\r\nx', "tags": '["a","b"]', "custom": '{"k":1}', "vip": "true", "none": "",
        "n": "5",
    }  # fmt: skip
    assert out.read_bytes().startswith(b"customer_id,name,tags,custom,vip,none,n\r\n")


def test_values_keep_their_types_in_json(tmp_path, write):
    out = tmp_path / "c.jsonl"
    write(out, row(1, tags=["a"], vip=True, none=None, n=5, name="=1+1"))
    assert read(out)["c1"] == {
        "customer_id": "c1",
        "tags": ["a"],
        "vip": True,
        "none": None,
        "n": 5,
        "name": "=1+1",
    }


def test_values_in_a_sheet(tmp_path, write):
    """Numbers that a sheet keeps stay numbers; nothing is run, and nothing is cut off."""
    out = tmp_path / "c.xlsx"
    write(
        out,
        row(
            1,
            name="=1+1",
            phone="+12025550101",
            tags=["a"],
            vip=True,
            none=None,
            n=5,
            id=12345678901234567890,
        ),
    )
    told = {"customer_id": "c1", "name": "=1+1", "phone": "+12025550101", "tags": '["a"]', "vip": True, "none": None, "n": 5,
            "id": "12345678901234567890"}  # fmt: skip
    assert read(out)["c1"] == told
    write(out, row(2, name="Bo"))
    assert read(out)["c1"] == told, "a rewrite keeps what is there"
    formulas = [
        one.data_type
        for cells in load_workbook(out).active.iter_rows()
        for one in cells
        if one.data_type == "f"
    ]
    assert formulas == []
    results = write(out, row(3, name="x" * 32_768), row(4, name="bell \a"), row(5, name="x" * 32_767))
    assert [(each.status, each.code) for each in results] == [(RowStatus.INVALID, "HUB-4322")] * 2 + [
        (RowStatus.OK, "")
    ]
    assert "32,767" in results[0].message
    assert set(read(out)) == {"c1", "c2", "c5"}


def test_more_customers_than_a_sheet_holds(tmp_path, write, monkeypatch):
    monkeypatch.setattr(xlsx_snapshot, "MAX_ROWS", 4)
    out = tmp_path / "c.xlsx"
    write(out, *(row(number, name="x") for number in range(3)))
    with pytest.raises(ConfigError) as caught:
        write(out, row(3, name="x"))
    assert caught.value.code == "HUB-4325"
    assert set(read(out)) == {"c0", "c1", "c2"}


def test_values_in_a_parquet_table(tmp_path, write):
    out = tmp_path / "c.parquet"
    write(out, row(1, name="=1+1", tags=["a"], vip=True, none=None, n=5))
    write(out, row(2, name="", phone="+12025550101"))
    assert list(read(out).values()) == [
        {"customer_id": "c1", "name": "=1+1", "tags": '["a"]', "vip": "true", "none": None, "n": "5", "phone": None},
        {"customer_id": "c2", "name": "", "tags": None, "vip": None, "none": None, "n": None, "phone": "+12025550101"},
    ]  # fmt: skip


def test_a_table_of_another_shape_is_not_ours(tmp_path, write):
    out = tmp_path / "c.parquet"
    parquet.write_table(pa.table({"customer_id": ["c1"], "n": [5]}), out)
    with pytest.raises(ConfigError) as caught:
        write(out, row(1, name="x"))
    assert caught.value.code == "HUB-4323"


def test_a_mark_for_excel(tmp_path, write):
    out = tmp_path / "c.csv"
    write(out, row(1, name="Ü"), bom=True)
    write(out, row(2, name="Ä"), bom=True)
    assert out.read_bytes().count(b"\xef\xbb\xbf") == 1
    write(out, row(3, name="Ö"))
    assert names(out) == {"c1": "Ü", "c2": "Ä", "c3": "Ö"}
    assert not out.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+12025550101", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_disarmed(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=b", "1-2", "a@example.com", "", "'=1", " =1"])
def test_other_text_is_left_alone(text):
    assert cell(text) == text


_value = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=5), max_size=3)
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(_value, min_size=1, max_size=6))
def test_no_cell_is_ever_a_formula_and_every_row_survives_a_rewrite(tmp_path, write, values):
    out = tmp_path / "c.csv"
    out.unlink(missing_ok=True)
    write(out, *(row(number, name=value) for number, value in enumerate(values)))
    before = read(out)
    for each in before.values():
        assert not str(each["name"]).startswith(("=", "+", "-", "@", "\t", "\r"))
    write(out, row(999, name="last"))
    assert {key: each for key, each in read(out).items() if key != "c999"} == before


def test_text_that_no_file_can_hold_is_that_rows_fault(out, write):
    results = write(out, row(1, name="half \ud800"), row(2, name="whole"))
    assert [(each.status, each.code) for each in results] == [
        (RowStatus.INVALID, "HUB-4322"),
        (RowStatus.OK, ""),
    ]
    assert names(out) == {"c2": "whole"}


def test_a_file_that_is_not_ours_is_never_overwritten(out, write):
    out.parent.mkdir()
    out.write_text("name,email\nAda,ada@example.com\n")
    with pytest.raises(ConfigError) as caught:
        write(out, row(1, name="x"))
    assert caught.value.code == "HUB-4323"
    assert "ada@" not in str(caught.value)
    assert out.read_text() == "name,email\nAda,ada@example.com\n"


def test_a_connection_that_only_reads_is_not_written_to(lend):
    with pytest.raises(ConfigError) as caught:
        Tabular(TabularConfig(path="x", key="id")).write([row(1)], lend())
    assert caught.value.code == "HUB-4324"


def test_a_second_writer_is_sent_away(out, write):
    write(out, row(1, name="Ada"))
    with held(out.with_name(f".{out.name}.lock")):
        results = write(out, row(1, name="Eve"), row(2, name="Bo"))
    assert [(each.status, each.code) for each in results] == [(RowStatus.RETRYABLE, "HUB-4320")] * 2
    assert names(out) == {"c1": "Ada"}
    write(out, row(1, name="Eve"))
    assert names(out) == {"c1": "Eve"}


def test_a_full_disk_leaves_the_old_file(out, write, monkeypatch):
    write(out, row(1, name="Ada"))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    results = write(out, row(1, name="Eve"))
    assert [(each.status, each.code, each.message) for each in results] == [
        (RowStatus.RETRYABLE, "HUB-4321", "No space left on device")
    ]
    assert names(out) == {"c1": "Ada"}
    assert {file.name for file in out.parent.iterdir()} == {out.name, f".{out.name}.lock"}


def test_the_files_rights_are_kept(out, write):
    write(out, row(1, name="Ada"))
    out.chmod(0o600)
    write(out, row(2, name="Bo"))
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_killed_writer_leaves_a_whole_file(out, write):
    """The old file or the new one, never a mix or a part."""
    write(out, *(row(number, name="0") for number in range(400)))
    fork = multiprocessing.get_context("fork")
    for round_ in range(12):
        before = out.stat().st_mtime_ns
        child = fork.Process(target=_child, args=(str(out),))
        child.start()
        until = time.monotonic() + 20
        while out.stat().st_mtime_ns == before:
            assert time.monotonic() < until, "the writer does not write"
            time.sleep(0.002)
        time.sleep(0.0017 * round_)  # somewhere in a later write
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert len(names(out)) == 400
        assert len(set(names(out).values())) == 1
    write(out, row(0, name="after"))
    assert names(out)["c0"] == "after"


def _child(out: str) -> None:
    version = 0
    while True:
        version += 1
        writing.write_snapshot(
            Path(out), [row(number, name=str(version)) for number in range(400)], bom=False, now=NOW
        )


def test_big_files_stay_linear(tmp_path, write):
    out = tmp_path / "c.csv"
    began = time.perf_counter()
    for batch in range(3):
        write(
            out,
            *(row(batch * 20_000 + n, name=f"name {n}", email=f"p{n}@example.com") for n in range(20_000)),
        )
    assert len(names(out)) == 60_000
    assert time.perf_counter() - began < 10
