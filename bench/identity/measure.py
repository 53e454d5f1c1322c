"""How good a partition is, told from memberships alone, in the same way for every tool.

All counts come from the contingency table of clusters and people (Hubert and Arabie 1985; B-cubed: Bagga and Baldwin
1998), so the cost follows the records and not the pairs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1. Without a predicted pair precision is 1: nothing wrong was said."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


def quality(members: Mapping[str, str], truth: Mapping[str, str]) -> Quality:
    """Judges the records of the truth. One that a tool left out is a customer by itself; one that the truth does not
    know is not counted."""
    clusters, people = _codes(_completed(members, truth)), _codes(truth.values())
    if not len(people):
        raise ValueError("the truth holds no record")
    cell_cluster, cell_person, cell = _contingency(clusters, people)
    in_cluster, in_person = np.bincount(clusters), np.bincount(people)
    together = _pairs(cell)
    precision = _share(together, _pairs(in_cluster), empty=1.0)
    recall = _share(together, _pairs(in_person), empty=1.0)
    b3_precision = float((cell**2 / in_cluster[cell_cluster]).sum() / len(people))
    b3_recall = float((cell**2 / in_person[cell_person]).sum() / len(people))
    return Quality(
        precision,
        recall,
        harmonic(precision, recall),
        b3_precision,
        b3_recall,
        harmonic(b3_precision, b3_recall),
    )


def false_merges(
    members: Mapping[str, str], negatives: Iterable[tuple[str, str, str, bool]]
) -> dict[str, float]:
    """Per kind of hard negative, and over `all`: the share of its separated pairs that are one customer.

    `negatives` are (record, record, kind, separated): two records of different people, and whether an observed field
    tells them apart. Pairs that nothing tells apart are not counted, since no tool could know."""
    seen: dict[str, list[int]] = {}
    for one, other, kind, separated in negatives:
        if separated:
            merged = one in members and members[one] == members.get(other)
            for name in (kind, "all"):
                counts = seen.setdefault(name, [0, 0])
                counts[0] += merged
                counts[1] += 1
    return {name: merged / pairs for name, (merged, pairs) in sorted(seen.items())}


def harmonic(precision: float, recall: float) -> float:
    """F1."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _completed(members: Mapping[str, str], truth: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    # A tuple's first place keeps a record that is alone apart from a customer of the same name.
    return [("", members[key]) if key in members else ("alone", key) for key in truth]


def _codes(labels: Iterable[object]) -> Codes:
    known: dict[object, int] = {}
    return np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int64)


def _contingency(clusters: Codes, people: Codes) -> tuple[Codes, Codes, Codes]:
    """The cells that hold records: cluster, person, number of records."""
    width = int(people.max()) + 1
    cells, counts = np.unique(clusters * width + people, return_counts=True)
    return cells // width, cells % width, counts.astype(np.int64)


def _pairs(sizes: Codes) -> int:
    wide = sizes.astype(np.int64)
    return int((wide * (wide - 1) // 2).sum())


def _share(part: int, whole: int, *, empty: float) -> float:
    return part / whole if whole else empty


def read_memberships(path: Path) -> dict[str, str]:
    """(record, customer) by the first two columns, whatever they are called."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: row[1] for row in rows}


def read_negatives(path: Path) -> list[tuple[str, str, str, bool]]:
    """Hard negatives; a set that has no such file has none."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            (row["record_id_a"], row["record_id_b"], row["kind"], row["separated"].lower() in ("1", "true"))
            for row in csv.DictReader(file)
        ]
