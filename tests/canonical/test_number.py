"""Whole numbers, decimals, truth values."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.number import normalise_bool, normalise_decimal, normalise_int


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(5, 5), ("5", 5), (" -5 ", -5), ("+5", 5), (5.0, 5), ("5.0", 5), ("1e3", 1000), (2**63 - 1, 2**63 - 1), (None, None), ("", None)],
)  # fmt: skip
def test_whole_numbers(raw: object, expected: int | None) -> None:
    assert normalise_int(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1.50", "1.5"), ("1.0", "1"), (1, "1"), (1.0, "1"), (0.1, "0.1"), (1e22, "1" + "0" * 22), ("-0.00", "0"),
        (".5", "0.5"), ("5.", "5"), ("007", "7"), ("1e-7", "0.0000001"), (None, None), (" ", None),
        ("12345678901234567890.12345", "12345678901234567890.12345"),
    ],
)  # fmt: skip
def test_decimals_are_exact_text(raw: object, expected: str | None) -> None:
    assert normalise_decimal(raw) == expected


@pytest.mark.parametrize("raw", [True, 1, 1.0, "1", "true", "YES", " on ", "t", "y"])
def test_true(raw: object) -> None:
    assert normalise_bool(raw) == 1


@pytest.mark.parametrize("raw", [False, 0, 0.0, "0", "False", "no", "off", "F", "n"])
def test_false(raw: object) -> None:
    assert normalise_bool(raw) == 0


@pytest.mark.parametrize(
    ("normalise", "raw", "code"),
    [
        (normalise_int, "5.5", "HUB-3250"), (normalise_int, True, "HUB-3250"), (normalise_int, 2**63, "HUB-3250"),
        (normalise_int, "1,000", "HUB-3250"), (normalise_int, [5], "HUB-3250"), (normalise_int, "1e30", "HUB-3250"),
        (normalise_decimal, "1,5", "HUB-3251"), (normalise_decimal, "1e400", "HUB-3251"),
        (normalise_decimal, float("nan"), "HUB-3251"), (normalise_decimal, float("inf"), "HUB-3251"),
        (normalise_decimal, 10**50, "HUB-3251"), (normalise_decimal, "9" * 10_000, "HUB-3251"),
        (normalise_decimal, "٣", "HUB-3251"), (normalise_decimal, {"a": 1}, "HUB-3251"),
        (normalise_bool, "maybe", "HUB-3252"), (normalise_bool, 2, "HUB-3252"), (normalise_bool, [1], "HUB-3252"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(normalise: Callable[[object], object], raw: object, code: str) -> None:
    with pytest.raises(BadValue, match=code):
        normalise(raw)


@given(st.one_of(st.integers(), st.floats(), st.decimals().map(str), st.text(max_size=12), st.booleans()))
def test_normalising_twice_changes_nothing(raw: object) -> None:
    for normalise in (normalise_int, normalise_decimal, normalise_bool):
        try:
            once = normalise(raw)
        except BadValue:
            continue
        assert normalise(once) == once
