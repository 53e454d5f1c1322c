"""What people and clerks enter when they have nothing to say."""

from __future__ import annotations

import numpy as np

from hub.testing.crowd_columns import Bools, Ints, Rng, Texts, texts

#: Common first. Everybody's list of generic values has these.
EMAILS = (
    "test@example.com", "noemail@example.com", "none@example.com", "n/a", "no@example.com", "unknown@example.com", "test@test.example.com",
    "no-email@example.org", "customer@example.com", "a@example.com", "noreply@example.com", "asdf@example.com", "none", "unknown",
)  # fmt: skip
PHONES = (
    "000000", "0000000000", "555-5555", "n/a", "111111111", "+10000000000", "1234567890", "999999999", "-", "none", "unknown", "00000",
)  # fmt: skip
NAMES = ("n/a", "unknown", "test", "Customer", "Guest", "none", "-", "anonymous", "TBD", "xxx")
BIRTHS = ("1900-01-01", "1970-01-01", "0000-00-00", "1900-01-01", "2000-01-01")


def strew(column: Texts, where: Bools, values: tuple[str, ...], rng: Rng) -> Ints:
    """Put placeholders into the rows, the first ones most often; the number of each row's, -1 for none."""
    rows = np.flatnonzero(where)
    picks = (len(values) * rng.random(len(rows)) ** 2).astype(np.int64)
    column[rows] = texts(values)[picks]
    numbers = np.full(len(column), -1)
    numbers[rows] = picks
    return numbers


def strew_house(column: Texts, where: Bools, rng: Rng) -> Ints:
    """Put the address that clerks of one shop enter into the rows; the number of each row's shop, -1 for none.

    There is a shop for every 50,000 records, so that a shop's clerks use theirs equally often in a crowd of any size.
    """
    shops = 1 + len(column) // 50_000
    rows = np.flatnonzero(where)
    numbers = np.full(len(column), -1)
    numbers[rows] = rng.integers(0, shops, len(rows))
    column[rows] = texts(f"walkin@counter{number}.example.com" for number in numbers[rows].tolist())
    return numbers
