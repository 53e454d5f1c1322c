"""The match model: what each level of agreement says about two records being one person. Neutral, numbers only.

Four kinds of pairs are told apart: of one person (match), of two people who have to do with each other (household:
family, flat mates, colleagues; they share addresses, landlines, even mailboxes), of two people of one name (namesake:
father and son, the two Anna Kowalskas of one town), and of any two people (random). For each level the file holds

    bits       log2 P(level | match) / P(level | random): the weight of Fellegi and Sunter (1969)
    household  log2 P(level | match) / P(level | household)
    namesake   log2 P(level | match) / P(level | namesake)
    match      P(level | match), for training anew

and `prior` says how many records of each kind a record meets in a store of so many records. The odds of a pair are

    matches * P(levels | match)
        :  records * P(levels | random) + households * P(levels | household) + namesakes * P(levels | namesake)

so weights are free of the store's size, and what a family or a name shares cannot pile up to a match.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from typing import Any

import numpy as np

from hub.identity.columns import Int64
from hub.identity.levels import levels_of

#: Weights are whole numbers of this part of a bit: their sums are exact, in whatever order.
MICRO = 1_000_000
#: Comparison -> level -> the feature whose value's frequency counts where the level is reached.
FREQUENT: dict[str, dict[str, str]] = {
    "given_name": {"equal": "given", "reordered": "given"},
    "family_name": {"equal": "family"},
    "address": {"city": "city", "postal_code": "postal", "street": "postal"},
    "organization": {"equal": "organization"},
}


@dataclass(frozen=True, slots=True)
class Level:
    """What reaching one level says."""

    bits: float
    household: float
    namesake: float
    match: float
    #: Whether training ever saw it; else it is as it was shipped.
    trained: bool = True


@dataclass(frozen=True, slots=True)
class Prior:
    """A store, as the model assumes it."""

    records: int
    #: Other records of the same person, for a record on average; of people of its household; and of its name.
    matches: float
    households: float
    namesakes: float


@dataclass(frozen=True, slots=True)
class Linking:
    """How clusters are made of weighted pairs, in bits."""

    #: A pair weighs at most this, and at least minus this.
    cap: float = 12.0
    #: What a pair weighs that nothing ties, and clusters are joined while the mean between them is at least `stop`.
    missing: float = -1.5
    stop: float = -0.5
    #: A field that differs contradicts, where that speaks so much against one person; then only a person joins the two.
    contradiction: float = 6.0


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How common the values of one feature are among people."""

    #: Value -> share of the people who have a value at all.
    shares: Mapping[str, float]
    #: The share of a value that is in no table.
    rare: float
    #: The chance that two people have the same value: `bits` of a level hold for a value of this share.
    reference: float

    def adjustments(self, values: Sequence[str]) -> Int64:
        """Micro-bits to add for each value: more for a rare one, fewer for a common one."""
        shares = np.fromiter((self.shares.get(value, self.rare) for value in values), np.float64, len(values))
        found: Int64 = np.rint(np.log2(self.reference / shares) * MICRO).astype(np.int64)
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by comparison and level, the prior, how clusters are made, and how common values are."""

    name: str
    comparisons: Mapping[str, Mapping[str, Level]]
    prior: Prior
    linking: Linking = Linking()
    #: By feature. Frozen within a version of the model; kept beside the file, because it is large.
    frequencies: Mapping[str, Frequencies] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Changes with anything that changes a weight."""
        told = repr((as_document(self), [(name, sorted(table.shares.items()), table.rare, table.reference)
                                         for name, table in sorted(self.frequencies.items())]))  # fmt: skip
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def with_prior(self, prior: Prior) -> Model:
        """The same for another store."""
        return replace(self, prior=prior)

    def tables(self, comparison: str) -> tuple[Int64, Int64, Int64]:
        """Micro-bits by level number: of match against random, household, and namesake. `missing` says nothing."""
        levels = self.comparisons[comparison]
        order = levels_of(comparison)
        told = [levels[name] for name in order[1:]]
        against = ("bits", "household", "namesake")
        return tuple(
            np.array([0, *(micro(getattr(one, name)) for one in told)], np.int64) for name in against
        )  # type: ignore[return-value]


def micro(bits: float) -> int:
    """Bits as a whole number of micro-bits."""
    return round(bits * MICRO)


def level(match: float, random: float, household: float, namesake: float, *, trained: bool = True) -> Level:
    """A level from the four chances of reaching it."""
    against = [round(log2(match / other), 6) for other in (random, household, namesake)]
    return Level(against[0], against[1], against[2], round(float(match), 9), trained)


def chances(told: Level) -> tuple[float, float, float, float]:
    """P(level | match), P(level | random), P(level | household), P(level | namesake)."""
    match = told.match
    return match, match / 2.0**told.bits, match / 2.0**told.household, match / 2.0**told.namesake


def as_document(model: Model) -> dict[str, Any]:
    """The model as the file says it, without frequencies."""
    return {
        "name": model.name,
        "prior": {
            "records": model.prior.records,
            "matches": round(model.prior.matches, 6),
            "households": round(model.prior.households, 6),
            "namesakes": round(model.prior.namesakes, 6),
        },
        "linking": {
            "cap": model.linking.cap,
            "missing": model.linking.missing,
            "stop": model.linking.stop,
            "contradiction": model.linking.contradiction,
        },
        "comparisons": {
            comparison: {
                name: {
                    "bits": told.bits,
                    "household": told.household,
                    "namesake": told.namesake,
                    "match": told.match,
                }
                | ({} if told.trained else {"trained": False})
                for name, told in levels.items()
            }
            for comparison, levels in model.comparisons.items()
        },
    }
