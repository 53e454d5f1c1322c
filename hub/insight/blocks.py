"""What each kind of block key is worth: the true pairs that it proposes, and those that no other kind does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.identity.blocking import Keys
from hub.identity.columns import Bool, Int64
from hub.identity.retiring import proposed
from hub.insight.evaluation import Ready

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of key. true, only: expected numbers of pairs of one person."""

    kind: str
    #: How many keys more than one record has, and how many so many have that they propose nobody.
    keys: int
    retired: int
    pairs: int
    true: float
    #: Of these, what no other kind proposes.
    only: float


def blocks(ready: Ready, likely: Floats) -> list[Block]:
    """What each kind of key of these records is worth. likely: the chance that each proposed pair is one person."""
    count = ready.features.count
    code = ready.a.astype(np.int64) * count + ready.b
    by = np.zeros(len(code), np.uint32)
    places = []
    for number, keys in enumerate(ready.keys):
        a, b = proposed([keys], ready.retired, count)
        places.append(np.searchsorted(code, a.astype(np.int64) * count + b))
        by[places[-1]] |= np.uint32(1 << number)
    gone = np.array([row.key for row in ready.retired], np.int64)
    return [
        _block(keys, gone, where, likely, by[where] == np.uint32(1 << number))
        for number, (keys, where) in enumerate(zip(ready.keys, places, strict=True))
    ]


def _block(keys: Keys, gone: Int64, where: Places, likely: Floats, alone: Bool) -> Block:
    key, sizes = np.unique(keys.key, return_counts=True)
    true = likely[where]
    return Block(
        keys.kind,
        int((sizes > 1).sum()),
        int(np.isin(key, gone).sum()),
        len(where),
        float(true.sum()),
        float(true[alone].sum()),
    )
