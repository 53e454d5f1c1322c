"""How good customers are, against a truth: pairwise and B-cubed precision and recall, counted without making pairs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Measure:
    """Precision and recall, from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How customers compare with the truth."""

    records: int
    customers: int
    people: int
    #: Pairs of records: put together, and truly of one person.
    pairwise: Measure
    #: Bagga and Baldwin (1998): over records, how much of its customer is its person, and the other way round.
    b_cubed: Measure


def evaluate(customers: Sequence[Hashable], people: Sequence[Hashable]) -> Evaluation:
    """Compares two partitions of the same records: one label per record each."""
    found, true = _numbers(customers), _numbers(people)
    both = _numbers(list(zip(found.tolist(), true.tolist(), strict=True)))
    together = _pairs(both)
    sizes = [np.bincount(labels)[labels].astype(np.float64) for labels in (both, found, true)]
    count = max(len(found), 1)
    return Evaluation(
        len(found), int(found.max(initial=-1)) + 1, int(true.max(initial=-1)) + 1,
        Measure(_share(together, _pairs(found)), _share(together, _pairs(true))),
        Measure(float((sizes[0] / sizes[1]).sum() / count), float((sizes[0] / sizes[2]).sum() / count)),
    )  # fmt: skip


def _numbers(labels: Sequence[Hashable]) -> Labels:
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(label, len(numbers)) for label in labels), np.int64, len(labels))


def _pairs(labels: Labels) -> int:
    sizes = np.bincount(labels).astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float:
    """Where there is nothing to find or nothing was said, nothing is wrong."""
    return part / whole if whole else 1.0
