"""Levels -> odds: how likely a pair of records is one person, in micro-bits (log2 of the odds, times a million)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from hub.identity.columns import Int32, Int64
from hub.identity.features import Features
from hub.identity.levels import Levels, levels_of, number
from hub.identity.model import FREQUENT, MICRO, Frequencies, Model, micro


@dataclass(frozen=True, slots=True)
class Scores:
    """One number per pair each, in micro-bits."""

    #: Odds that the two are one person, the prior included.
    odds: Int64
    #: The same, knowing that the two have to do with each other: against households and namesakes only.
    among: Int64
    #: The plain sum of Fellegi and Sunter, without prior and household.
    evidence: Int64


def score(model: Model, features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels]) -> Scores:
    """The odds of pairs (a[n], b[n]) that were compared to `levels`."""
    evidence, household, namesake = (np.zeros(len(a), np.int64) for _ in range(3))
    for comparison, reached in levels.items():
        bits, of_household, of_namesake = model.tables(comparison)
        evidence += bits[reached]
        household += of_household[reached]
        namesake += of_namesake[reached]
        evidence += frequency_bits(model, features, a, b, comparison, reached)
    return combined(model, evidence + custom_bits(model, features, a, b, levels), household, namesake)


def frequency_bits(
    model: Model, features: Features, a: Int32, b: Int32, comparison: str, reached: Levels
) -> Int64:
    """What the frequency of a shared value adds for each pair: 0 where no value is shared."""
    found = np.zeros(len(a), np.int64)
    names = levels_of(comparison)
    for name, feature in frequent(comparison).items():
        table = model.frequencies.get(feature)
        if table is None:
            continue
        column = features.single[feature]
        values = column.values
        adjustments = _of_table(features, f"frequencies of {feature}", table, values, table.adjustments)
        where = np.flatnonzero(reached == names.index(name))
        one, other = column.codes[a[where]], column.codes[b[where]]
        # Where a level is reached by texts that differ (names swapped), the commoner one counts.
        both = np.minimum(adjustments[one], adjustments[other])
        found[where] = np.where((one != 0) & (other != 0), both, 0)
    return found


def _of_table(
    features: Features,
    name: str,
    table: Frequencies,
    values: Sequence[str],
    make: Callable[[Sequence[str]], Int64],
) -> Int64:
    """A number for each distinct value by a frequency table; features keep what they were asked for last."""
    told: tuple[Frequencies, Int64] | None = features.derived.get(name)
    if told is None or told[0] is not table:
        told = features.derived[name] = (table, make(values))
    return told[1]


def custom_bits(model: Model, features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels]) -> Int64:
    """What is to be taken off (never positive) where several of given name, family name and place are shared.

    Names and places go together: who is called Agnieszka is called Kowalska, and lives in Lodz, more often than others.
    Each of the shared values says that both are of one country; that counts once. And a whole name that many people are
    known to have says no more than that."""
    found = np.zeros(len(a), np.int64)
    countries, names = model.frequencies.get("country"), model.frequencies.get("name")
    if countries is not None and countries.shares:
        found -= _country_counted_again(countries, features, a, b, levels)
    if names is not None and {"given_name", "family_name"} <= levels.keys():
        found -= _common_name(model, names, features, a, b, levels)
    return found


def _country_counted_again(
    table: Frequencies, features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels]
) -> Int64:
    shared = np.zeros(len(a), np.int64)
    for comparison, least in _OF_ONE_COUNTRY.items():
        if comparison in levels:
            shared += levels[comparison] >= number(comparison, least)
    column = features.single["country"]
    bits = _of_table(features, "countries", table, column.values, lambda values: _country_bits(table, values))
    one, other = column.codes[a], column.codes[b]
    told = np.where(
        (one != 0) & (other != 0), np.where(one == other, bits[one], 0), bits[np.maximum(one, other)]
    )
    return np.maximum(shared - 1, 0) * told


def whole_name(given: str, family: str) -> str:
    """The text under which a whole name's frequency is kept."""
    return f"{given}|{family}"


def _common_name(
    model: Model, table: Frequencies, features: Features, a: Int32, b: Int32, levels: Mapping[str, Levels]
) -> Int64:
    """How much more the parts of a shared name say than its own frequency allows."""
    found = np.zeros(len(a), np.int64)
    if not table.shares:
        return found
    same = [levels[name] == number(name, "equal") for name in ("given_name", "family_name")]
    where = np.flatnonzero(same[0] & same[1])
    given, family = features.single["given"], features.single["family"]
    pairs = zip(given.codes[a[where]].tolist(), family.codes[a[where]].tolist(), strict=True)
    shares = np.fromiter(
        (table.shares.get(whole_name(given.values[g], family.values[f]), 0.0) for g, f in pairs),
        np.float64,
        len(where),
    )
    common = np.flatnonzero(shares)
    where, shares = where[common], shares[common]
    said = np.zeros(len(where), np.int64)
    match = 1.0
    for comparison in ("given_name", "family_name"):
        told = model.comparisons[comparison]["equal"]
        match *= told.match
        said += micro(told.bits)
        said += frequency_bits(model, features, a[where], b[where], comparison, levels[comparison][where])
    allowed = np.rint(np.log2(match / shares) * MICRO).astype(np.int64)
    found[where] = np.maximum(said - allowed, 0)
    return found


#: The levels from which on values are shared that belong to a country.
_OF_ONE_COUNTRY = {"given_name": "short_form", "family_name": "part", "address": "city"}


def _country_bits(table: Frequencies, values: Sequence[str]) -> Int64:
    """Micro-bits that being of one country is worth, for each country; for an unknown one, what it is worth usually."""
    shares = np.fromiter((table.shares.get(value, table.rare) for value in values), np.float64, len(values))
    shares[0] = table.reference
    bits: Int64 = np.rint(-np.log2(shares) * MICRO).astype(np.int64)
    return bits


def frequent(comparison: str) -> Mapping[str, str]:
    """Level -> feature whose frequency counts; attributes count their own where they are equal."""
    known = FREQUENT.get(comparison)
    if known is not None:
        return known
    return {} if comparison in _WITHOUT else {"equal": comparison}


_WITHOUT = frozenset({"suffix", "birth_date", "email", "phone", "gender", "exclusive", "identifier"})


def combined(model: Model, evidence: Int64, household: Int64, namesake: Int64) -> Scores:
    """The odds against random people, households and namesakes together, from the bits against each."""
    prior = model.prior
    random = evidence + _prior_bits(prior.matches, prior.records)
    among = _together(
        household + _prior_bits(prior.matches, prior.households),
        namesake + _prior_bits(prior.matches, prior.namesakes),
    )
    return Scores(_together(random, among), among, evidence)


def _prior_bits(matches: float, others: float) -> int:
    return round(log2(matches / others) * MICRO)


def _together(one: Int64, other: Int64) -> Int64:
    """log2 of 1 / (1 / 2^one + 1 / 2^other), without leaving the range of floats."""
    apart = np.abs(one - other) / MICRO
    together: Int64 = np.minimum(one, other) - np.rint(np.log2(1 + np.exp2(-apart)) * MICRO).astype(np.int64)
    return together
