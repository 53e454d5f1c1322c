"""JSON lines, Parquet and XLSX."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from connectors.tabular.xlsx_rows import as_text


def test_json_lines_keep_their_values(desk):
    desk.put("a.jsonl", '\ufeff{"id": 7, "tags": ["a"], "price": 10.10}\n\n{"id": "x", "name": "王"}\r\n')
    rows = desk.pull().rows
    assert rows["7"] == {"id": 7, "tags": ["a"], "price": 10.1, "_key": "7"}
    assert rows["x"]["name"] == "王"


def test_long_numbers_keep_their_digits(desk):
    desk.put("a.jsonl", '{"id": 12345678901234567890123, "small": 5, "price": 9.99}\n')
    rows = desk.pull().rows
    assert rows["12345678901234567890123"] == {
        "id": "12345678901234567890123", "small": 5, "price": 9.99, "_key": "12345678901234567890123",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 1', b'[1, 2]', b'"text"', b'{"id": NaN}', b'{"id": "\xff"}', b'{"id": "\\ud800"}',
        b'{"id": 1, "deep": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"id": NaN, "long": 1234567890123456789012}', b"\x00",
    ],
)  # fmt: skip
def test_a_line_that_is_no_object_is_one_reject(desk, line):
    desk.put("a.jsonl", b'{"id": "before"}\n' + line + b'\n{"id": "after"}\n')
    landed = desk.pull()
    assert list(landed.rows) == ["before", "after"]
    assert {key: each.code for key, each in landed.broken.items()} == {"a.jsonl:2": "HUB-4309"}


@pytest.mark.parametrize("key", ["null", "true", '""', '" "', "{}", "[1]"])
def test_a_key_must_be_text_or_a_number(desk, key):
    desk.put("a.jsonl", f'{{"id": {key}}}\n{{"other": 1}}\n')
    assert desk.pull().codes() == ["HUB-4304", "HUB-4304"]


def test_a_huge_line_costs_itself_only(desk):
    huge = b'{"id": "big", "x": "' + b"x" * (10 << 20) + b'"}'
    desk.put("a.jsonl", huge + b'\n{"id": "after"}\n' + huge)
    landed = desk.pull()
    assert list(landed.rows) == ["after"]
    assert landed.codes() == ["HUB-4307", "HUB-4307"]


@pytest.fixture
def table(desk):
    def save(file: str, **columns: object) -> None:
        parquet.write_table(pa.table(columns), desk.folder / file)

    return save


def test_parquet_values_as_json_has_them(desk, table):
    table("a.parquet", id=[1, 2], name=["Ada", None], born=[date(1990, 5, 4), None], balance=[Decimal("10.10"), None],
          tags=[["a"], []], at=pa.array([datetime(2026, 7, 30, 18, 22, tzinfo=UTC)] * 2), raw=[b"\x00\xff", None])  # fmt: skip
    rows = desk.pull().rows
    assert rows["1"] == {
        "id": 1, "name": "Ada", "born": "1990-05-04", "balance": "10.10", "tags": ["a"], "at": "2026-07-30T18:22:00+00:00",
        "raw": "00ff", "_key": "1",
    }  # fmt: skip
    assert rows["2"] == {"id": 2, "tags": [], "at": "2026-07-30T18:22:00+00:00", "_key": "2"}


def test_a_parquet_table_is_read_on_where_it_was_left(desk, table):
    table("a.parquet", id=list(range(1200)))
    assert len(desk.pull(stop_after=1).rows) == 500
    landed = desk.pull()
    assert (len(landed.rows), landed.read) == (1200, 700)


def test_rows_of_parquet_that_do_not_fit_are_rejects(desk, table):
    table("a.parquet", id=["1", None, "3", "4"], name=["one", "two", "x" * (2 << 20), "four"])
    landed = desk.pull()
    assert list(landed.rows) == ["1", "4"]
    assert {key: each.code for key, each in landed.broken.items()} == {
        "a.parquet:2": "HUB-4304", "a.parquet:3": "HUB-4307"
    }  # fmt: skip


def test_a_damaged_parquet_table_never_stops_the_others(desk, table):
    table("a.parquet", id=list(range(2000)), name=[f"name {n}" for n in range(2000)])
    whole = (desk.folder / "a.parquet").read_bytes()
    desk.put("z.csv", "id\nlast\n")
    for cut in range(0, len(whole), max(1, len(whole) // 20)):
        for content in (whole[:cut], whole[:cut] + b"\xff" * 64 + whole[cut + 64 :]):
            desk.put("a.parquet", content)
            landed = desk.pull(full=True)
            assert "last" in landed.rows
            assert all(code.startswith("HUB-43") for code in landed.codes())


@pytest.fixture
def book(desk):
    def save(name: str, **sheets: list[list[object]]):
        made = Workbook()
        made.remove(made.active)
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(row)
        made.save(desk.folder / name)

    return save


def test_xlsx_cells_as_text(desk, book):
    book("a.xlsx", People=[["id", "born", "balance", "vip", "", None],
                           [1001, datetime(1990, 5, 4), 10.1, True, None, None],
                           [None] * 4,
                           ["0042", datetime(2026, 7, 30, 18, 22), 12345678901234, False, None, None]])  # fmt: skip
    assert desk.pull().rows == {
        "1001": {"id": "1001", "born": "1990-05-04", "balance": "10.1", "vip": "true", "_key": "1001"},
        "0042": {
            "id": "0042",
            "born": "2026-07-30T18:22:00",
            "balance": "12345678901234",
            "vip": "false",
            "_key": "0042",
        },
    }


def test_a_wider_row_than_the_header_is_rejected(desk, book):
    book("a.xlsx", S=[["id", "name"], [1, "one"], [2, "two", "more"], [3, None, None]])
    landed = desk.pull()
    assert list(landed.rows) == ["1", "3"]
    assert {key: each.code for key, each in landed.broken.items()} == {"a.xlsx:3": "HUB-4303"}


def test_a_named_sheet(desk, book):
    book("a.xlsx", First=[["id"], [1]], Second=[["id"], [2]])
    assert list(desk.pull(sheet="Second").rows) == ["2"]
    landed = desk.pull(sheet="Third", full=True)
    assert landed.broken["a.xlsx"].code == "HUB-4302"
    assert "First, Second" in landed.broken["a.xlsx"].message


def test_what_is_no_workbook_is_one_reject(desk, book):
    desk.put("bad.xlsx", b"PK\x03\x04 not really")
    book("good.xlsx", S=[["id"], [1]])
    landed = desk.pull()
    assert list(landed.rows) == ["1"]
    assert landed.broken["bad.xlsx"].code == "HUB-4302"


def test_a_damaged_workbook_never_stops_the_others(desk, book):
    book("a.xlsx", S=[["id"], *([n] for n in range(50))])
    whole = (desk.folder / "a.xlsx").read_bytes()
    desk.put("z.csv", "id\nlast\n")
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        desk.put("a.xlsx", whole[:cut])
        landed = desk.pull(full=True)
        assert "last" in landed.rows
        assert all(code.startswith("HUB-43") for code in landed.codes())


def test_a_wrong_size_in_the_sheet_hides_nothing(desk, book):
    from zipfile import ZIP_DEFLATED, ZipFile

    book("a.xlsx", S=[["id", "name"], [1, "one"], [2, "two"]])
    source = desk.folder / "a.xlsx"
    parts = {name: ZipFile(source).read(name) for name in ZipFile(source).namelist()}
    with ZipFile(source, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content.replace(b'ref="A1:B3"', b'ref="A1"'))
    assert desk.pull().rows["2"]["name"] == "two"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), ("x", "x"), (True, "true"), (5, "5"), (5.0, "5"), (0.1, "0.1"), (1e-7, "0.0000001"), (1e22, "1" + "0" * 22),
        (123456789012.5, "123456789012.5"), (date(2026, 7, 30), "2026-07-30"), (datetime(2026, 7, 30, 1, 2, 3), "2026-07-30T01:02:03"),
        (time(8, 30), "08:30:00"), (timedelta(hours=30), "1 day, 6:00:00"),
    ],
)  # fmt: skip
def test_cells_become_exact_text(cell, text):
    assert as_text(cell) == text
