"""Every code that the source can raise is explained, and nothing else is."""

from __future__ import annotations

import re

from .conftest import ROOT, SOURCES

CODE = re.compile(r"HUB-\d{4}")
TABLE = (ROOT / "hub" / "error_codes.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| HUB-")]


def test_the_table_has_a_cause_and_a_remedy_for_each():
    for row in ROWS:
        _, code, cause, remedy, _ = (cell.strip() for cell in row.split("|"))
        assert CODE.fullmatch(code), row
        assert len(cause) > 10, row
        assert len(remedy) > 10, row


def test_the_table_is_sorted_and_names_each_code_once():
    codes = [row[2:10] for row in ROWS]
    assert codes == sorted(set(codes))


def test_the_source_and_the_table_know_the_same_codes():
    raised = {code for path in SOURCES for code in CODE.findall(path.read_text(encoding="utf-8"))}
    explained = {row[2:10] for row in ROWS}
    assert sorted(raised - explained) == [], "these have no row in hub/error_codes.md"
    assert sorted(explained - raised) == [], "these are never raised"
