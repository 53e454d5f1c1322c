"""What a pair's weight is made of, in a few bytes, so that it can be told later without comparing again.

per comparison of the model, in its order: the level (1 byte); then, in micro-bits (4 bytes each, little-endian):
what each comparison adds, the frequency of a shared value included; what names and
    places that go together say twice (`custom_bits`); the prior; what a household takes off; and
what weighs differently because the two are in one component. The sum is the pair's weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from hub.identity.columns import Int64
from hub.identity.features import Features
from hub.identity.levels import levels_of
from hub.identity.matching import Pairs
from hub.identity.model import MICRO, Model, micro
from hub.identity.scoring import custom_bits, frequency_bits

#: Behind the comparisons.
CORRECTIONS = ("custom", "prior", "household", "component")
#: Micro-bits that fit; more than 2,000 bits says nothing more.
_MOST = 2_000 * MICRO


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One pair's weight."""

    #: Comparison -> the level reached, without those where something is missing.
    levels: Mapping[str, str]
    #: The same -> bits, then CORRECTIONS that are not 0.
    bits: Mapping[str, float]


def packed(model: Model, features: Features, pairs: Pairs, weight: Int64) -> list[bytes]:
    """The waterfall of each pair. weight: what it weighs in clustering, micro-bits."""
    names = list(model.comparisons)
    width = len(names)
    levels = np.array([pairs.levels[name] for name in names])
    bits = _bits(model, names)[np.arange(width)[:, None], levels]
    for place, name in enumerate(names if model.frequencies else ()):
        bits[place] += frequency_bits(model, features, pairs.a, pairs.b, name, pairs.levels[name])
    custom = custom_bits(model, features, pairs.a, pairs.b, pairs.levels)
    prior = micro(log2(model.prior.matches / model.prior.records))
    count = len(pairs.a)
    table = np.zeros(count, [("levels", np.uint8, (width,)), ("bits", "<i4", (width + len(CORRECTIONS),))])
    table["levels"] = levels.T
    told = np.empty((width + len(CORRECTIONS), count), np.int64)
    told[:width], told[width], told[width + 1] = bits, custom, prior
    told[width + 2] = pairs.odds - bits.sum(axis=0) - custom - prior
    told[width + 3] = weight - pairs.odds
    table["bits"] = told.clip(-_MOST, _MOST).T
    whole, size = table.tobytes(), table.itemsize
    return [whole[start : start + size] for start in range(0, count * size, size)]


def _bits(model: Model, names: Sequence[str]) -> Int64:
    """Micro-bits by comparison and level number."""
    tables = [model.tables(name)[0] for name in names]
    found = np.zeros((len(tables), max(map(len, tables))), np.int64)
    for row, table in zip(found, tables, strict=True):
        row[: len(table)] = table
    return found


def unpacked(data: bytes, comparisons: Sequence[str]) -> Waterfall:
    """What a pair's weight is made of. comparisons: those of the model it was weighed with, in order."""
    width = len(comparisons)
    reached = data[:width]
    bits = np.frombuffer(data, "<i4", offset=width).tolist()
    levels = {name: levels_of(name)[level] for name, level in zip(comparisons, reached, strict=True) if level}
    parts = dict(zip((*comparisons, *CORRECTIONS), bits, strict=True))
    told = {name: value / MICRO for name, value in parts.items() if value or name in levels}
    return Waterfall(levels, told)
