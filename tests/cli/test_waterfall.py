"""The waterfall of a weight: all that it is made of, in bars that lead from nothing to the sum."""

from __future__ import annotations

import io
import sys

import pytest

from hub.cli.waterfall import briefly, waterfall

EDGE = {
    "a": "shop/customer/1",
    "b": "desk/customer/2",
    "rule": "match",
    "weight": 4.5,
    "weights": {"given_name": 7.0, "birth_date": -8.0, "email": 24.5, "prior": -16.0, "household": -3.0},
    "levels": {"given_name": "short_form", "birth_date": "differ", "email": "equal"},
}


def test_the_order_is_from_nothing_known_to_the_sum() -> None:
    head, *rows = waterfall(EDGE)
    assert head == "shop/customer/1 and desk/customer/2: +4.5 bits"
    names = [row.split("  ")[1] for row in rows]
    assert names == ["any two records", "email", "given name", "birth date", "family or namesake", "together"]
    assert "short form" in rows[2]


def test_bars_go_on_where_the_last_one_ended() -> None:
    _, *rows = waterfall(EDGE)
    column = rows[0].index("░")
    spans = [(row.index(mark), len(row)) for row in rows for mark in "█░" if mark in row[column:]]
    (prior, email, given, birth, household, _) = spans
    assert prior[0] == email[0] == min(start for start, _ in spans), "down to the lowest, and up from there"
    assert email[1] == given[0]
    assert given[1] == birth[1] == max(end for _, end in spans), "up to the highest, and down from there"
    assert birth[0] == household[1]
    assert all(start < end for start, end in spans)


def test_without_blocks_other_signs_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert all(line.isascii() for line in waterfall(EDGE))
    assert "###" in "".join(waterfall(EDGE))


def test_a_persons_word() -> None:
    edge = {**EDGE, "rule": "same", "weight": 99.0, "weights": {"same": 99.0}, "levels": {}}
    assert waterfall(edge)[1].split("  ")[1] == "a person's word"
    assert briefly(edge) == "a person's word"


def test_nothing_to_draw() -> None:
    assert waterfall({**EDGE, "weights": {}, "weight": 0.0, "levels": {}})[0].endswith(": +0.0 bits")


def test_the_strongest_in_a_line() -> None:
    assert briefly(EDGE) == "email equal +24.5, birth date differ -8.0, given name short form +7.0"
    assert briefly(EDGE, most=1) == "email equal +24.5, …"
