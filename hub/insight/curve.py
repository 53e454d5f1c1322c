"""What a model thinks of its own candidate pairs: how many there are of each weight, and how many of them are true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.identity.columns import Int64
from hub.identity.model import MICRO, micro

#: Width of a bin in bits, and where the bins begin and end; lighter and heavier pairs are in the outermost.
WIDTH, LOW, HIGH = 0.5, -40.0, 40.0
_BINS = round((HIGH - LOW) / WIDTH)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Expected:
    """Precision and recall that a model expects of itself: recall among the pairs that were compared."""

    links: int
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Candidate pairs by their odds, in bins from LOW to HIGH; true: how many of them are one person, as expected."""

    pairs: Int64
    true: Floats

    @classmethod
    def empty(cls) -> Curve:
        """No pairs."""
        return cls(np.zeros(_BINS, np.int64), np.zeros(_BINS))

    def and_also(self, odds: Int64) -> Curve:
        """With further pairs; odds in micro-bits."""
        bits = odds / MICRO
        place = np.clip(((bits - LOW) / WIDTH).astype(np.int64), 0, _BINS - 1)
        pairs = np.bincount(place, minlength=_BINS)
        return Curve(self.pairs + pairs, self.true + np.bincount(place, chances(odds), minlength=_BINS))

    def expected(self, stop: float) -> Expected:
        """What is expected where pairs of at least `stop` bits, a border of bins, are links."""
        first = round((min(max(stop, LOW), HIGH) - LOW) / WIDTH)
        return _expected(int(self.pairs[first:].sum()), self.true[first:].sum(), self.true.sum())


def expected_at(odds: Int64, stop: float) -> Expected:
    """What is expected of these pairs where those of at least `stop` bits are links."""
    likely, links = chances(odds), odds >= micro(stop)
    return _expected(int(links.sum()), likely[links].sum(), likely.sum())


def chances(odds: Int64) -> Floats:
    """The chance that each pair is one person, of its odds in micro-bits."""
    likely: Floats = 1.0 / (1.0 + np.exp2(-np.clip(odds / MICRO, -900, 900)))
    return likely


def _expected(links: int, true: float, all_true: float) -> Expected:
    """Where nothing was said, or nothing is to be found, nothing is wrong."""
    return Expected(links, float(true / links) if links else 1.0, float(true / all_true) if all_true else 1.0)
