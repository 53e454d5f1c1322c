"""Which texts were met so far, in little memory: may say yes wrongly, never no."""

from __future__ import annotations

from collections.abc import Iterable

#: One byte each. At 100,000 texts one in forty is taken for met that is not; the store is then asked in vain.
_SLOTS = 1 << 22
_MASK = _SLOTS - 1


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
