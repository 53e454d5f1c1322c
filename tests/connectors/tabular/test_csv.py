"""Reading CSV: every good row comes through exactly, every bad one is told of, nothing stops a file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_rows_keep_their_text(desk):
    desk.put("a.csv", 'id,Name,Note\r\n007,"Müller, Ada","said ""hi""\r\ntwice"\r\n8, padded ,\r\n')
    landed = desk.pull()
    assert landed.rows == {
        "007": {"id": "007", "Name": "Müller, Ada", "Note": 'said "hi"\r\ntwice', "_key": "007"},
        "8": {"id": "8", "Name": " padded ", "Note": "", "_key": "8"},
    }
    assert not landed.broken


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("id;name\n1;A,B\n", "semicolon.csv"),
        ("id\tname\n1\tA,B\n", "tab.tsv"),
        ("id|name\n1|A,B\n", "bar.txt"),
        ("sep=;\nid;name\n1;A,B\n", "excel.csv"),
        ("\ufeffid;name\n1;A,B\n", "mark.csv"),
    ],
)
def test_the_separator_is_judged_by_the_header(desk, content, name):
    desk.put(name, content)
    assert desk.pull().rows["1"]["name"] == "A,B"


def test_a_named_separator_wins(desk):
    desk.put("a.csv", "id^a,b,c\n1^x\n")
    assert desk.pull(delimiter="^").rows["1"]["a,b,c"] == "x"


def test_utf16_with_its_mark(desk):
    desk.put("a.csv", "id,姓名\n1,王小明\n".encode("utf-16"))
    assert desk.pull().rows["1"]["姓名"] == "王小明"


def test_the_fallback_encoding_is_for_files_that_are_not_utf8(desk):
    desk.put("old.csv", "id,name\n1,Müller\n".encode("cp1252"))
    desk.put("new.csv", "id,name\n2,Müller\n")
    rows = desk.pull(fallback_encoding="cp1252").rows
    assert rows["1"]["name"] == rows["2"]["name"] == "Müller"


def test_without_it_only_the_rows_that_need_it_are_rejected(desk):
    desk.put("old.csv", b"id,name\n1,M\xfcller\n2,Plain\n")
    landed = desk.pull()
    assert list(landed.rows) == ["2"]
    assert landed.codes() == ["HUB-4305"]
    assert landed.broken["1"].payload == b"1\tM\xfcller"
    assert landed.broken["1"].message.startswith("old.csv row 2: ")


def test_bad_rows_are_told_of_one_by_one(desk):
    desk.put("a.csv", 'id,name\n1,one,more\n2\n3,nul\0\n,nobody\n"5"x,quote\n6,six\n')
    landed = desk.pull()
    assert list(landed.rows) == ["6"]
    assert {key: each.code for key, each in landed.broken.items()} == {
        "a.csv:2": "HUB-4303",
        "a.csv:3": "HUB-4303",
        "3": "HUB-4306",
        "a.csv:5": "HUB-4304",
        "a.csv:6": "HUB-4308",
    }


def test_a_huge_cell_costs_its_row_only(desk):
    desk.put("a.csv", f'id,name\n1,one\n2,{"x" * (10 << 20)}\n3,three\n4,"{"y" * (10 << 20)}"\n5,five\n')
    landed = desk.pull()
    assert list(landed.rows) == ["1", "3", "5"]
    assert {key: each.code for key, each in landed.broken.items()} == {
        "a.csv:3": "HUB-4307",
        "a.csv:5": "HUB-4307",
    }
    assert all(len(each.payload) <= 1 << 16 for each in landed.broken.values())


def test_a_quote_that_is_never_closed_costs_its_row_only(desk):
    rows = "".join(f"{n},name {n}\n" for n in range(1, 2001))
    desk.put("a.csv", f'id,name\n0,"open\n{rows}')
    landed = desk.pull()
    assert len(landed.rows) == 2000
    assert landed.codes() == ["HUB-4308"]


def test_an_open_quote_in_a_big_file_costs_its_row_only(desk):
    rows = "".join(f"{n},{'n' * 1000}\n" for n in range(1, 3001))
    desk.put("a.csv", f'id,name\n0,"open\n{rows}')
    landed = desk.pull()
    assert len(landed.rows) == 3000
    assert landed.codes() == ["HUB-4307"]


def test_blank_rows_are_no_records(desk):
    desk.put("a.csv", "id,name\n\n1,one\n,\n\n2,two\n\n")
    landed = desk.pull()
    assert list(landed.rows) == ["1", "2"]
    assert not landed.broken


def test_headers_are_kept_as_they_are_and_made_unique(desk):
    desk.put("a.csv", "id, E-Mail ,,Phone,Phone\n1,a@example.com,x,1,2\n")
    assert desk.pull().rows["1"] == {
        "id": "1", "E-Mail": "a@example.com", "column_3": "x", "Phone": "1", "Phone_2": "2", "_key": "1",
    }  # fmt: skip


def test_a_file_without_the_key_column_is_one_reject(desk):
    desk.put("a.csv", "nummer,name\n1,one\n2,two\n")
    desk.put("b.csv", "id,name\n1,one\n")
    landed = desk.pull()
    assert list(landed.rows) == ["1"]
    assert {key: each.code for key, each in landed.broken.items()} == {"a.csv": "HUB-4310"}


def test_a_header_that_is_no_text_is_one_reject(desk):
    desk.put("a.csv", b"id,\xff\xfen\n1,one\n")
    assert desk.pull().codes() == ["HUB-4302"]


def test_files_without_a_header(desk):
    desk.put("a.csv", "1,one\n2,two\n")
    assert desk.pull(columns=["id", "name"]).rows["2"]["name"] == "two"


def test_a_key_of_several_columns(desk):
    desk.put("a.csv", "shop,no,name\neu,1,A\nus,1,B\n")
    assert set(desk.pull(key=["shop", "no"]).rows) == {"eu:1", "us:1"}


def test_provenance_names_file_and_spreadsheet_row(desk):
    desk.put("sub/a.csv", "id,name\n1,one\n\n2,two\n")
    rows = desk.pull(pattern="**/*.csv", provenance=True).rows
    assert [(row["_file"], row["_row"]) for row in rows.values()] == [("sub/a.csv", 2), ("sub/a.csv", 4)]


def test_an_empty_file_and_a_header_alone_are_fine(desk):
    desk.put("a.csv", "")
    desk.put("b.csv", "id,name\n")
    landed = desk.pull()
    assert not landed.rows
    assert not landed.broken


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(_text, _text), max_size=20), separator=st.sampled_from([",", ";", "\t"]))
def test_what_a_csv_writer_writes_is_read_back(desk, rows, separator):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([("id", "a", "b"), *((number, *row) for number, row in enumerate(rows))])
    desk.put("a.csv", out.getvalue())
    landed = desk.pull(full=True)
    assert [(row["a"], row["b"]) for row in (landed.rows[str(n)] for n in range(len(rows)))] == rows
    assert not landed.broken


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400))
def test_any_bytes_are_rows_or_rejects(desk, body):
    desk.put("a.csv", b"id,name\n" + body + b"\nlast,row\n")
    landed = desk.pull(full=True)
    assert all(code.startswith("HUB-43") for code in landed.codes())
    assert landed.rows or landed.broken
