"""Ids that sort by their birth: UUID version 7 (RFC 9562), made in our own few lines.

Within one process every id is greater than the one before, even when the clock stands still or steps back.
Between processes they are unique (74 random bits) and sorted to the millisecond.
"""

from __future__ import annotations

import os
import threading
import time

_RANDOM_BITS = 74
#: The bits that the last group of digits shows.
_TAIL = (1 << 48) - 1
_lock = threading.Lock()
#: The last id given out: its millisecond, above its 74 random bits.
_last = 0


def new_id() -> str:
    """One UUIDv7 as text, greater than every one this process gave out before."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """`count` ids in ascending order."""
    values = _take(count)
    if not values:
        return []
    if (values[0] & _TAIL) + count > _TAIL:  # the last group of digits overflows on the way
        return [_as_text(value) for value in values]
    # Neighbours differ in their last twelve digits only.
    first = values[0] & _TAIL
    beginning = _as_text(values[0])[:-12]
    return [f"{beginning}{tail:012x}" for tail in range(first, first + count)]


def _take(count: int) -> range:
    """Reserves `count` neighbouring values: fresh randomness in a new millisecond, else on from the last one."""
    global _last
    fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS
    noise = int.from_bytes(os.urandom(9), "big")  # 72 of 74 bits: room to count up within the millisecond
    with _lock:
        first = max(fresh + noise, _last + 1)
        _last = first + count - 1
    return range(first, first + count)


def _as_text(value: int) -> str:
    """Lays version and variant between the bits: 48 time, 4 version, 12 random, 2 variant, 62 random."""
    high = value >> 62
    word = (high >> 12) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | value & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{word:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _reset_after_fork() -> None:
    """A child must not count on from its parent's last value: both would give out the same ids."""
    global _last, _lock
    _lock = threading.Lock()
    _last = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
