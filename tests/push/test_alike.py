"""What a destination lists is what it was told, however it writes it down."""

from __future__ import annotations

from typing import Any

import pytest

from hub.mapping.document import parse
from hub.mapping.mapping import compile_mapping
from hub.sync.alike import Spelling

MAPPING = """
mapping: x
connector: x
streams: {}
out:
  contacts:
    fields: {email: $.email, phone: $.phone, text: $.job_title}
"""


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(compile_mapping(parse(MAPPING, "x.yaml")).out_rule("contacts"), "US")


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "Ann@Example.com ", "ann@example.com"),
        ("phone", "+1 (202) 555-0101", "+12025550101"),
        ("phone", "202 555 0101", "+12025550101"),
        ("text", "Head  of Sales", "head of sales"),
        ("text", "ﬁnance", "finance"),
        ("text", None, ""),
        ("text", [], None),
        ("text", 5, "5.00"),
        ("text", True, "true"),
        ("text", 0, False),
        ("text", ["b", "A"], ["a", "b"]),
        ("text", "a", ["a"]),
        ("text", "2026-01-02", "2026-01-02T00:00:00Z"),
        ("text", "2026-01-02T01:00:00+01:00", "2026-01-02T00:00:00.000Z"),
        ("text", {"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_written_otherwise(spelling: Spelling, field: str, one: Any, other: Any) -> None:
    assert spelling.alike(field, one, other)
    assert spelling.alike(field, other, one)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "ann@example.com", "bob@example.com"),
        ("phone", "+12025550101", "+12025550102"),
        ("text", "a", None),
        ("text", "", 0),
        ("text", "05", "5"),
        ("text", "1e3", "1000"),
        ("text", "12345678901234567", "12345678901234568"),
        ("text", ["a"], ["a", "a"]),
        ("text", ["a"], ["a", "b"]),
        ("text", "2026-01-02", "2026-01-03"),
        ("text", "2026-13-02", "2026-13-03"),
        ("text", {"a": 1}, {"a": 2}),
    ],
)
def test_another_value(spelling: Spelling, field: str, one: Any, other: Any) -> None:
    assert not spelling.alike(field, one, other)
    assert not spelling.alike(field, other, one)
