"""Amounts that the shop does not tell, from those that it does."""

from __future__ import annotations

from decimal import Decimal


def less(amount: object, other: object) -> str | None:
    """The exact difference of two amounts, as text: `$.total_incl_tax | less($.total_excl_tax)`.

    Nothing when the other is absent: an unknown tax is not zero. Raises ArithmeticError for what is no number."""
    if other is None or other == "":
        return None
    return str(Decimal(str(amount)) - Decimal(str(other)))
