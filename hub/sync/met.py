"""Which texts and keys were met so far, in little memory: may say yes wrongly, never no."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hub.identity.columns import Int64

#: One byte each. At 100,000 texts one in forty is taken for met that is not; the store is then asked in vain.
_SLOTS = 1 << 22
_MASK = _SLOTS - 1
#: A record has ten keys or so.
_KEY_SLOTS = 1 << 24
_KEY_MASK = _KEY_SLOTS - 1


class Met:
    """Texts of one kind. Spares the store the question whether a new text is there, when most are new."""

    def __init__(self) -> None:
        self._slots = bytearray(_SLOTS)

    def of(self, texts: Iterable[str]) -> list[str]:
        """Those of the texts that may have been met."""
        slots = self._slots
        return [text for text in texts if slots[hash(text) & _MASK]]

    def add(self, texts: Iterable[str]) -> None:
        """These are met now."""
        slots = self._slots
        for text in texts:
            slots[hash(text) & _MASK] = 1


class MetKeys:
    """The same for block keys, which are random numbers already."""

    def __init__(self) -> None:
        self._slots = np.zeros(_KEY_SLOTS, np.bool_)

    def of(self, keys: Int64) -> Int64:
        """Those of the keys that may have been met."""
        met: Int64 = keys[self._slots[keys & _KEY_MASK]]
        return met

    def add(self, keys: Int64) -> None:
        """These are met now."""
        self._slots[keys & _KEY_MASK] = True
