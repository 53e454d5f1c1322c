"""Amounts in text, numbers and minor units."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.money import CURRENCIES, MinorUnits, exponent, minor_units, normalise_currency

GOOD = [
    ("12.50", "EUR", 1250),
    ("12", "EUR", 1200),
    ("12.5", "EUR", 1250),
    ("-12.50", "EUR", -1250),
    ("+12.50", "EUR", 1250),
    ("12,50", "EUR", 1250),
    (".5", "EUR", 50),
    ("1,234.50", "USD", 123450),
    ("1.234,50", "EUR", 123450),
    ("1,234,567", "USD", 123456700),
    ("1.234.567", "EUR", 123456700),
    ("12,34,567.80", "INR", 123456780),
    ("1 234,50", "EUR", 123450),
    ("1\u202f234\u202f567,50", "EUR", 123456750),
    ("1\u00a0234,50 €", "EUR", 123450),
    ("1\u2009234", "EUR", 123400),
    ("1'234.50", "CHF", 123450),
    ("1’234.50", "CHF", 123450),
    ("1.234", "EUR", 123),
    ("0,125", "EUR", 12),
    ("1234,567", "EUR", 123457),
    ("(12.50)", "USD", -1250),
    ("($12.50)", "USD", -1250),
    ("12.50-", "EUR", -1250),
    ("\u221212.50", "EUR", -1250),
    ("$12.50", "USD", 1250),
    ("-$12.50", "USD", -1250),
    ("US$ 12.50", "USD", 1250),
    ("EUR 12.50", "EUR", 1250),
    ("12,50 kr", "SEK", 1250),
    ("１２.５０", "EUR", 1250),
    (12, "EUR", 1200),
    (0.1, "EUR", 10),
    (19.990000000000002, "EUR", 1999),
    (-0.0, "EUR", 0),
    (Decimal("12.50"), "EUR", 1250),
    ("1234", "JPY", 1234),
    ("1234.00", "JPY", 1234),
    ("1,234", "JPY", 1234),
    ("1.2345", "KWD", 1234),
    ("1.2345", "CLF", 12345),
    ("0.005", "EUR", 0),  # half to even
    ("0.015", "EUR", 2),
    ("0.025", "EUR", 2),
    (MinorUnits(1234), None, 1234),
]

BAD = [
    ("1,234", "USD", "HUB-3221"),
    ("12,345", "EUR", "HUB-3221"),
    ("1.234", "JPY", "HUB-3221"),
    ("free", "EUR", "HUB-3220"),
    ("12 34", "EUR", "HUB-3220"),
    ("1,23,45", "EUR", "HUB-3220"),
    ("1,234.5.6", "EUR", "HUB-3220"),
    ("--1", "EUR", "HUB-3220"),
    ("(-1)", "EUR", "HUB-3220"),
    ("-1-", "EUR", "HUB-3220"),
    ("1e5", "EUR", "HUB-3220"),
    ("NaN", "EUR", "HUB-3220"),
    ("EUR 12.50", "USD", "HUB-3220"),
    ("€12.50", "USD", "HUB-3220"),
    ("-", "EUR", "HUB-3220"),
    ("()", "EUR", "HUB-3220"),
    ("$", "USD", "HUB-3220"),
    (".", "USD", "HUB-3220"),
    (",", "USD", "HUB-3220"),
    ("٣", "EUR", "HUB-3220"),
    ("9" * 100, "EUR", "HUB-3220"),
    (float("nan"), "EUR", "HUB-3220"),
    (float("-inf"), "EUR", "HUB-3220"),
    (True, "EUR", "HUB-3220"),
    (["12.50"], "EUR", "HUB-3220"),
    ("9" * 30, "EUR", "HUB-3222"),
    (1e300, "EUR", "HUB-3222"),
    (MinorUnits(2**64), "EUR", "HUB-3222"),
    ("12.50", None, "HUB-3223"),
    ("12.50", "XYZ", "HUB-3242"),
]


@pytest.mark.parametrize(("raw", "currency", "expected"), GOOD)
def test_an_amount_becomes_minor_units(raw: object, currency: str, expected: int) -> None:
    found = minor_units(raw, currency)
    assert found == expected
    assert type(found) is int


@pytest.mark.parametrize(("raw", "currency", "code"), BAD)
def test_anything_else_is_refused(raw: object, currency: str, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        minor_units(raw, currency)
    assert caught.value.code == code


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_is_absent(raw: object) -> None:
    assert minor_units(raw, "EUR") is None
    assert minor_units(raw, None) is None
    assert normalise_currency(raw) is None


@pytest.mark.parametrize(
    ("raw", "expected"), [("EUR", "EUR"), (" eur ", "EUR"), ("€", "EUR"), ("zł", "PLN"), ("US$", "USD")]
)
def test_a_currency_is_its_code(raw: str, expected: str) -> None:
    assert normalise_currency(raw) == expected


@pytest.mark.parametrize("raw", ["$", "¥", "Euro", "XYZ", 978, ["EUR"]])
def test_a_doubtful_currency_is_refused(raw: object) -> None:
    with pytest.raises(BadValue, match="HUB-3242"):
        normalise_currency(raw)


def test_decimals_of_a_currency() -> None:
    assert [exponent(code) for code in ("EUR", "JPY", "KWD", "UYW")] == [2, 0, 3, 4]
    with pytest.raises(BadValue, match="HUB-3242"):
        exponent("XYZ")


AMOUNTS = st.integers(-(10**14), 10**14)
CODES = st.sampled_from(sorted(CURRENCIES))


@given(AMOUNTS, CODES)
def test_every_plain_notation_comes_back_exactly(minor: int, currency: str) -> None:
    decimals = exponent(currency)
    text = str(Decimal(minor).scaleb(-decimals))
    if "E" not in text:
        assert minor_units(text, currency) == minor
    assert minor_units(Decimal(minor).scaleb(-decimals), currency) == minor


@given(AMOUNTS)
def test_grouping_and_decimal_comma_come_back_exactly(minor: int) -> None:
    text = f"{Decimal(minor) / 100:,.2f}"
    swapped = text.translate(str.maketrans(",.", ".,"))
    assert minor_units(text, "USD") == minor_units(swapped, "EUR") == minor


@given(st.decimals(-(10**9), 10**9, places=6), CODES)
def test_rounding_is_half_to_even(number: Decimal, currency: str) -> None:
    scaled = Fraction(number) * 10 ** exponent(currency)
    assert minor_units(str(f"{number:f}"), currency) == round(scaled)


@given(st.text(alphabet="0123456789.,' -+()€$", max_size=16), CODES)
def test_noise_never_breaks_it(text: str, currency: str) -> None:
    try:
        minor_units(text, currency)
    except BadValue as bad:
        assert bad.code in ("HUB-3220", "HUB-3221", "HUB-3222")
