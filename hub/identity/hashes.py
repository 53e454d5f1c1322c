"""64 bits of a text: the same in every process and on every machine, for one text or a million at once.

Not for secrets: whoever wants two texts of one hash can find them, and all that comes of it is a comparison in vain.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import unpack

import numpy as np
import numpy.typing as npt

UInt64 = npt.NDArray[np.uint64]

# Odd numbers with bits in no order: the golden ratio's, and one of MurmurHash3's (Austin Appleby, public domain).
_STEP, _LAST, _ALL = 0x9E3779B97F4A7C15, 0xC4CEB9FE1A85EC53, 0xFFFFFFFFFFFFFFFF
_UP, _DOWN = np.uint64(_STEP), np.uint64(32)
_WORD = 8
#: Bytes of the texts that are hashed as columns of words; longer ones are hashed one by one.
_WIDTH = 64
#: Texts at once: few enough to stay in the processor's cache; and from so many on columns pay.
_PART, _FEW = 16_384, 24


@lru_cache(maxsize=65_536)
def digest(text: str) -> int:
    """The hash of a text; 0 for the empty one alone."""
    data = text.encode()
    mixed = len(data)
    count = -(-len(data) // _WORD)
    for word in unpack(f"<{count}Q", data.ljust(count * _WORD, b"\0")):
        mixed = (mixed ^ word) * _STEP & _ALL
        mixed ^= mixed >> 32
    mixed = mixed * _LAST & _ALL
    return mixed ^ mixed >> 32


def digests(texts: Sequence[str]) -> UInt64:
    """`digest` of each text."""
    if len(texts) < _FEW:
        return np.fromiter(map(digest, texts), np.uint64, len(texts))
    found = np.empty(len(texts), np.uint64)
    for start in range(0, len(texts), _PART):
        found[start : start + _PART] = _columns(texts[start : start + _PART])
    return found


def _columns(texts: Sequence[str]) -> UInt64:
    data = list(map(str.encode, texts))
    length = np.fromiter(map(len, data), np.uint64, len(data))
    words = np.array(data, f"S{_WIDTH}").view("<u8").reshape(len(data), _WIDTH // _WORD)
    mixed = length.copy()
    for number in range(_WIDTH // _WORD):
        rows = np.flatnonzero(length > _WORD * number)
        if not len(rows):
            break
        bits = (mixed[rows] ^ words[rows, number]) * _UP
        mixed[rows] = bits ^ (bits >> _DOWN)
    mixed *= np.uint64(_LAST)
    mixed ^= mixed >> _DOWN
    for row in np.flatnonzero(length > _WIDTH).tolist():
        mixed[row] = digest(texts[row])
    return mixed
