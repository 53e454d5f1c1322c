"""A model for Splink 5, as data: settings for DuckDB or Spark, and the term frequencies they ask for.

    settings = splink_settings(model, "duckdb", blocking=["l.family = r.family"])   # Linker(..., settings)
    columns  = splink_columns(features, exclusive, frequency_columns(model))          # the records, as a table
    tables   = frequency_tables(model, features)                                      # to be registered, one by one

Splink then finds, for any two records, the levels that `compare` finds, and a match weight that is the plain sum of
Fellegi and Sunter (`evidence` before what is taken off for whole names and countries), plus the log2 of the prior's
odds. Households, guards and clusters are not Splink's business.

A level may be several of Splink's own, which numbers them from the last to the first; `splink_levels` tells which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.identity.features import Features
from hub.identity.levels import COMPARISONS, number
from hub.identity.model import MICRO, Level, Model
from hub.identity.scoring import frequent
from hub.identity.splink_columns import feature_column
from hub.identity.splink_levels import attribute_column, conditions

#: Chances of a level that says nothing: they are equal.
_NOTHING = 0.5


def splink_settings(model: Model, dialect: str, *, blocking: Sequence[str]) -> dict[str, Any]:
    """Settings as Splink reads them from JSON. dialect: duckdb or spark. blocking: rules that propose pairs, in SQL."""
    prior = model.prior
    return {
        "link_type": "dedupe_only",
        "sql_dialect": dialect,
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior.matches / (prior.records + prior.matches),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in blocking],
        "comparisons": [
            {
                "output_column_name": comparison_column(name),
                "comparison_levels": [level for _, level in _levels(model, name, dialect)],
            }
            for name in model.comparisons
        ],
        "retain_matching_columns": True,  # else it does not tell the levels
        "retain_intermediate_calculation_columns": True,
    }


def comparison_column(comparison: str) -> str:
    """What Splink calls a comparison: its level is told in `gamma_…`, its weight in `mw_…`."""
    return comparison if comparison in COMPARISONS else attribute_column(comparison)


def splink_levels(model: Model, dialect: str) -> dict[str, dict[int, int]]:
    """By comparison: Splink's number of a level (`gamma_…`) -> the number that `compare` gives it."""
    found = {}
    for name in model.comparisons:
        reached = [number(name, level) for level, _ in _levels(model, name, dialect)]
        rest = reached[1:]  # the first is the null level, whose number is -1
        found[name] = {-1: reached[0]} | {len(rest) - 1 - place: level for place, level in enumerate(rest)}
    return found


def _levels(model: Model, comparison: str, dialect: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(our level, Splink's) in the order in which they are asked."""
    first, *rest = conditions(comparison, dialect)
    yield first[0], {"sql_condition": first[1], "label_for_charts": first[0], "is_null_level": True}
    told = model.comparisons[comparison]
    for level, sql in rest:
        plain = {"sql_condition": sql, "label_for_charts": level} | _chances(told.get(level))
        feature = frequent(comparison).get(level)
        if feature is not None and feature in model.frequencies:
            both = f"({sql}) and {feature_column(feature)}_l is not null and {feature_column(feature)}_r is not null"
            yield (
                level,
                plain
                | {
                    "sql_condition": both,
                    "tf_adjustment_column": frequency_column(comparison, level),
                    "tf_adjustment_weight": 1.0,
                    "disable_tf_exact_match_detection": True,
                },
            )
        yield level, plain


def _chances(told: Level | None) -> dict[str, float]:
    """m and u of a level; of one that says nothing they are equal."""
    if told is None:
        return {"m_probability": _NOTHING, "u_probability": _NOTHING}
    match = told.match or _NOTHING / MICRO
    random = match / 2.0**told.bits
    if random > 1:  # their ratio is what counts
        match, random = match / random, 1.0
    return {"m_probability": match, "u_probability": random}


# --- frequencies -----------------------------------------------------------------------------------------------------


def frequency_column(comparison: str, level: str) -> str:
    """The column whose term frequencies count for a level: a copy of the feature's, for the level alone."""
    return f"{comparison_column(comparison)}_{level}"


def frequency_columns(model: Model) -> dict[str, str]:
    """Column with term frequencies -> the feature that it is a copy of."""
    return {
        frequency_column(comparison, level): feature
        for comparison in model.comparisons
        for level, feature in frequent(comparison).items()
        if feature in model.frequencies
    }


def frequency_tables(model: Model, features: Features) -> dict[str, Mapping[str, float]]:
    """Column -> value -> term frequency, for all values of these records.

    Splink compares a term's frequency with the level's u; here with the table's reference. So what is told is no share,
    but what makes Splink add exactly the same bits."""
    found: dict[str, Mapping[str, float]] = {}
    for comparison in model.comparisons:
        for level, feature in frequent(comparison).items():
            table = model.frequencies.get(feature)
            if table is not None:
                values = features.single[feature].values[1:]
                random = _chances(model.comparisons[comparison].get(level))["u_probability"]
                bits = (table.adjustments(values) / MICRO).tolist()
                found[frequency_column(comparison, level)] = {
                    value: random / 2.0**more for value, more in zip(values, bits, strict=True)
                }
    return found
