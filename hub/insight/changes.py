"""What another model or policy would change: the customers there are, against those there would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.identity.columns import Int32, Int64

Index = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Example:
    """Records of one customer that would fall apart, or of several that would be one: by group, by place."""

    kind: str
    groups: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Changes:
    """Two ways to tell who is one customer, compared."""

    before: int
    after: int
    #: Customers that would become part of another, and customers that would fall apart.
    merged: int
    split: int
    #: The largest first.
    examples: Sequence[Example]


#: How the kinds of examples are called.
MERGED, SPLIT = "merged", "split"


def changes(before: Int64, after: Int32, most: int = 5) -> Changes:
    """before, after: a number per record each, the same for records of one customer. most: examples of each kind."""
    old, new = (np.unique(labels, return_inverse=True)[1] for labels in (before, after))
    pairs = np.unique(old.astype(np.int64) * (int(new.max(initial=-1)) + 1) + new)
    of_old, of_new = np.divmod(pairs, int(new.max(initial=-1)) + 1) if len(pairs) else (pairs, pairs)
    parts, sources = np.bincount(of_old), np.bincount(of_new)
    return Changes(
        len(parts),
        len(sources),
        int((sources[sources > 1] - 1).sum()),
        int((parts > 1).sum()),
        [*_examples(MERGED, sources, new, old, most), *_examples(SPLIT, parts, old, new, most)],
    )


def _examples(kind: str, groups: Index, whole: Index, part: Index, most: int) -> list[Example]:
    """Of the wholes that have several parts the largest: their records, by part."""
    several = np.flatnonzero(groups > 1)
    size = np.bincount(whole, minlength=len(groups))[several]
    chosen = several[np.lexsort((several, -size))][:most]
    found = []
    for one in chosen.tolist():
        records = np.flatnonzero(whole == one)
        by_part: dict[int, list[int]] = {}
        for record, number in zip(records.tolist(), part[records].tolist(), strict=True):
            by_part.setdefault(number, []).append(record)
        found.append(Example(kind, list(by_part.values())))
    return found
