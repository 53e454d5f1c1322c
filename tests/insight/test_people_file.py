"""Columns of any file as fields of ours: templates, several of one field, phones at home, dates as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.identity.features import PART
from hub.identity.policy import IdentityPolicy
from hub.insight.people_fields import guessed
from hub.insight.people_file import People, read_people


def people(tmp_path: Path, text: str, *fields: tuple[str, str], **options: str) -> People:
    path = tmp_path / "people.csv"
    path.write_text(text)
    return read_people(path, fields, **options)


def many(read: People, name: str) -> list[list[str]]:
    return read.features(IdentityPolicy()).many[name].lists()


def single(read: People, name: str) -> list[str]:
    return read.features(IdentityPolicy()).single[name].texts()


def test_records_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    read = people(tmp_path, "record_id,n\nb,Bob\na,Ann\nc,Cid\n", ("given_name", "n"))
    assert read.ids == ["a", "b", "c"]
    assert single(read, "given") == ["ann", "bob", "cid"]


def test_templates_fill_with_what_is_known(tmp_path: Path) -> None:
    read = people(
        tmp_path,
        "id,y,m,d,no,road\n1,1988,8,24,12,Mill Lane\n2,1990,11,3,,High Street\n3,,,,,\n",
        ("birth_date", "{y}-{m}-{d}"), ("line1", "{no} {road}"),
    )  # fmt: skip
    assert single(read, "birth") == ["19880824", "19901103", ""]
    assert single(read, "street") == ["mill ln", "high st", ""]
    assert single(read, "house") == ["12", "", ""]


def test_a_field_may_come_several_times(tmp_path: Path) -> None:
    read = people(
        tmp_path,
        "id,home,work,full,nick\n1,ann@example.com,Ann@Example.com,Ann Lee,\n2,bob@example.com,b@example.org,,Bob Ray\n"
        "3,,,Cid Day,Sid Day\n",
        ("email", "home"), ("email", "work"), ("full_name", "full"), ("full_name", "nick"),
    )  # fmt: skip
    assert many(read, "email") == [["ann@example.com"], ["bob@example.com", "b@example.org"], []]
    assert single(read, "family") == ["lee", "ray", "day"]
    assert single(read, "given") == ["ann", "bob", "cid"], "the first that is known"


def test_lists_of_addresses_are_several(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"id": 1, "mail": ["a@example.com", "b@example.com"]}\n{"id": 2, "mail": "c@example.com"}\n'
                    '{"id": 3, "mail": ["d@example.com", "a@example.com"]}\n')  # fmt: skip
    assert many(read_people(path, [("email", "mail")]), "email") == [
        ["a@example.com", "b@example.com"], ["c@example.com"], ["d@example.com", "a@example.com"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fields", "options", "found"),
    [
        ("id,p\n1,(202) 555-0101\n2,202-555-0102\n", [("phone", "p")], {"region": "us"},
         ["+12025550101", "+12025550102"]),
        ("id,p,c\n1,(202) 555-0101,United States\n2,020 7946 0123,GB\n", [("phone", "p"), ("country", "c")], {},
         ["+12025550101", "+442079460123"]),
        ("id,p\n1,202 555 0101\n2,+1 202 555 0102\n", [("phone", "p")], {}, ["+12025550101", "+12025550102"]),
        ("id,p\n1,202 555 0101\n2,+1 202 555 0102\n3,+44 20 7946 0123\n", [("phone", "p")], {},
         ["2025550101", "+12025550102", "+442079460123"]),
        ("id,p\n1,12\n2,+1 202 555 0102\n", [("phone", "p")], {}, ["", "+12025550102"]),
    ],
)  # fmt: skip
def test_phones_are_where_their_country_is(
    tmp_path: Path, text: str, fields: Sequence[tuple[str, str]], options: Mapping[str, str], found: list[str]
) -> None:
    read = people(tmp_path, text, *fields, **options)
    assert [" ".join(numbers) for numbers in many(read, "phone")] == found


def test_other_identifiers_keep_their_type(tmp_path: Path) -> None:
    read = people(
        tmp_path,
        "id,ssn,card\n1,044-08-0222,C 7\n2,044 08 0223,\n3,,none\n",
        ("tax_id", "ssn"),
        ("loyalty", "card"),
    )
    assert many(read, "other") == [
        [f"tax_id{PART}{PART}044080222", f"loyalty{PART}{PART}c7"],
        [f"tax_id{PART}{PART}044080223"],
        [],
    ]


def test_blocked_values_join_nobody(tmp_path: Path) -> None:
    read = people(tmp_path, "id,mail\n1,info@example.com\n2,ann@example.com\n3,no mail\n", ("email", "mail"))
    assert many(read, "email") == [[], ["ann@example.com"], []]


def test_columns_without_information_are_left_out_and_named(tmp_path: Path) -> None:
    read = people(
        tmp_path,
        "id,n,town,mail,lang\n1,Ann,Springfield,,en\n2,Bob,Springfield,,fr\n",
        ("given_name", "n"), ("city", "town"), ("email", "mail"), ("language", "lang"),
    )  # fmt: skip
    assert [(item.field, item.column, item.reason) for item in read.dropped] == [
        ("city", "town", "always the same"),
        ("email", "mail", "empty"),
        ("language", "lang", "not compared"),
    ]
    assert set(read.columns) == {"given_name"}


@pytest.mark.parametrize(
    ("dates", "region", "found", "order"),
    [
        (["24/8/1988", "3/11/1990"], None, ["19880824", "19901103"], "day, month, year"),
        (["08/24/1988", "11/03/1990"], None, ["19880824", "19901103"], "month, day, year"),
        (["8.9.1988", "3.11.1990"], None, ["19880908", "19901103"], "day, month, year"),
        (["8/9/1988", "3/11/1990"], "US", ["19880809", "19900311"], "month, day, year"),
        (["24/8/1988", "3/11/1990"], "US", ["19880824", "19901103"], "day, month, year"),
        (["1988-08-24", "19901103"], None, ["19880824", "19901103"], ""),
        (["1988-08-24", "3/11/1990", "1977-01-02"], None, ["19880824", "", "19770102"], ""),
    ],
)
def test_dates_are_read_as_the_column_is_written(
    tmp_path: Path, dates: list[str], region: str | None, found: list[str], order: str
) -> None:
    rows = "".join(f"{n},{text}\n" for n, text in enumerate(dates))
    read = people(
        tmp_path, f"id,born\n{rows}", ("birth_date", "born"), **({"region": region} if region else {})
    )
    assert single(read, "birth") == found
    assert read.remarks == ([f"born is read as {order}"] if order else [])


def test_any_other_column_is_compared_as_it_is(tmp_path: Path) -> None:
    read = people(tmp_path, "id,club\n1,Rowing\n2,Chess\n", ("attribute:club", "club"))
    assert single(read, "club") == ["rowing", "chess"]
    assert read.features(IdentityPolicy()).attributes == ("club",)


def test_rows_without_an_id_column_are_counted(tmp_path: Path) -> None:
    assert people(tmp_path, "n\nAnn\nBob\n", ("given_name", "n")).ids == ["row 1", "row 2"]


@pytest.mark.parametrize(
    ("text", "field", "options", "code", "told"),
    [
        ("id,n\n1,Ann\n", ("given_name", "name"), {}, "HUB-8041", "Columns: id, n."),
        ("id,n\n1,Ann\n", ("birth_date", "{y}-{n}"), {}, "HUB-8041", "no column y"),
        ("id,n\n1,Ann\n", ("shoe_size", "n"), {}, "HUB-8041", "attribute:NAME"),
        ("id,n\n1,Ann\n", ("attribute:", "n"), {}, "HUB-8041", "no field"),
        ("id,n\n1,Ann\n", ("given_name", "n"), {"id_column": "no"}, "HUB-8041", "no column no"),
        ("id,n\n1,Ann\n1,Bob\n2,Cid\n", ("given_name", "n"), {}, "HUB-8043", "1 records"),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, text: str, field: tuple[str, str], options: dict[str, str], code: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        people(tmp_path, text, field, **options)
    assert caught.value.code == code
    assert told in str(caught.value)


def test_columns_are_known_by_what_people_call_them() -> None:
    names = ["Record ID", "First Name", "surname", "E-Mail", "DOB", "Zip", "Shoe size", "phone", "country"]
    assert guessed(names) == [
        ("given_name", "First Name"), ("family_name", "surname"), ("email", "E-Mail"), ("birth_date", "DOB"),
        ("postal_code", "Zip"), ("phone", "phone"), ("country", "country"),
    ]  # fmt: skip
