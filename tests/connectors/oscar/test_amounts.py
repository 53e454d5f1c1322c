"""Amounts that the shop leaves to be worked out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.oscar.amounts import less

_amount = st.decimals(-(10**9), 10**9, places=2)


@given(_amount, _amount)
def test_the_difference_is_exact(one, other):
    assert Decimal(less(str(one), str(other))) == one - other


def test_floats_are_taken_as_they_are_written():
    assert less(0.3, 0.1) == "0.2"


@pytest.mark.parametrize("other", [None, ""])
def test_an_unknown_amount_is_not_zero(other):
    assert less("1.00", other) is None


def test_what_is_no_number_is_refused():
    with pytest.raises(ArithmeticError):
        less("1.00", "much")
