"""The columns that a crowd is made of: arrays of numbers, and arrays of texts in which None is missing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rng = np.random.Generator


def texts(values: Iterable[str | None]) -> Texts:
    """A column of these texts."""
    listed = list(values)
    column = np.empty(len(listed), object)
    column[:] = listed
    return column


def masked(column: Texts, where: Bools) -> Texts:
    """The column where it is wanted, else None."""
    kept = column.copy()
    kept[~where] = None
    return kept


def there(column: Texts) -> Bools:
    """Which rows have a text."""
    known: Bools = column != None  # noqa: E711 - row by row
    return known


def share(shares: tuple[float, ...], source: Ints) -> Floats:
    """The share of each row's source."""
    wanted: Floats = np.array(shares, np.float64)[source]
    return wanted


def picked(shares: tuple[float, ...], source: Ints, rng: Rng) -> Bools:
    """Rows drawn by the share of their source."""
    drawn: Bools = rng.random(len(source)) < share(shares, source)
    return drawn


def weighted(count: int, weights: Iterable[float], rng: Rng) -> Ints:
    """So many numbers 0, 1, …, each as often as its weight says."""
    cumulated = np.cumsum(list(weights))
    return np.searchsorted(cumulated / cumulated[-1], rng.random(count), side="right").astype(np.int64)
