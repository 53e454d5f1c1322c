"""Hand-written Splink models, one for each family of sets: what its documentation advises for such columns.

Comparisons and blocking rules follow Splink's own worked examples (febrl3, pseudopeople, 50k historical people) where
there is one for the set. Imported by peer_splink.py, in Splink's environment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import splink.comparison_library as cl
from splink import SettingsCreator, block_on


@dataclass(frozen=True, slots=True)
class Model:
    """`certain` are the rules from which Splink estimates how likely two records match, and `recall` how many of all
    matches they find; `sessions` the columns that each EM training is blocked on."""

    comparisons: list[Any]
    blocking: list[Any]
    certain: list[Any]
    recall: float
    sessions: list[Any] = field(default_factory=list)
    #: Pairs from which u is estimated.
    pairs: float = 1e7

    def settings(self) -> SettingsCreator:
        return SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="record_id",
            comparisons=self.comparisons,
            blocking_rules_to_generate_predictions=self.blocking,
        )


def _often(comparison: Any) -> Any:
    """With term frequencies."""
    return comparison.configure(term_frequency_adjustments=True)


def febrl() -> Model:
    """As in Splink's febrl3 example, with term frequencies on names."""
    return Model(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True, invalid_dates_as_null=False),
            cl.DamerauLevenshteinAtThresholds("tax_id", [2]),
            _often(cl.ExactMatch("house")),
            _often(cl.ExactMatch("postal_code")),
        ],
        blocking=[
            block_on("tax_id"),
            block_on("given_name"),
            block_on("family_name"),
            block_on("birth_date"),
            block_on("postal_code"),
        ],
        certain=[
            block_on("tax_id"),
            block_on("given_name", "family_name", "birth_date"),
            "l.given_name = r.family_name and l.family_name = r.given_name and l.birth_date = r.birth_date",
        ],
        recall=0.9,
        sessions=[block_on("birth_date"), block_on("postal_code")],
    )


def rldata() -> Model:
    """Names and a birth date, no more."""
    return Model(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
        ],
        blocking=[
            block_on("birth_date"),
            block_on("given_name", "family_name"),
            block_on("family_name", "substr(birth_date, 1, 4)"),
            block_on("given_name", "substr(birth_date, 1, 4)"),
            block_on("given_name", "substr(birth_date, 6, 5)"),
            block_on("family_name", "substr(birth_date, 6, 5)"),
        ],
        # Each duplicate of this set has an error somewhere: no rule over all three columns finds one.
        certain=[
            block_on("given_name", "birth_date"),
            block_on("family_name", "birth_date"),
            block_on("given_name", "family_name", "substr(birth_date, 1, 7)"),
        ],
        recall=0.8,
        sessions=[block_on("birth_date"), block_on("given_name", "substr(birth_date, 1, 4)")],
    )


def pseudopeople() -> Model:
    """As in Splink's pseudopeople example, with the social security number that some of the sources have."""
    return Model(
        comparisons=[
            _often(cl.NameComparison("given_name", jaro_winkler_thresholds=[0.9])),
            _often(cl.NameComparison("family_name", jaro_winkler_thresholds=[0.9])),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1]),
            cl.DamerauLevenshteinAtThresholds("tax_id", [1, 2]),
            _often(cl.DamerauLevenshteinAtThresholds("line1", [1])),
            cl.ExactMatch("gender"),
        ],
        blocking=[
            block_on("tax_id"),
            block_on("given_name", "family_name"),
            block_on("given_name", "birth_date"),
            block_on("family_name", "birth_date"),
            block_on("line1"),
            block_on("given_name", "street"),
            block_on("family_name", "street"),
        ],
        certain=[block_on("tax_id", "given_name"), block_on("given_name", "family_name", "birth_date")],
        recall=0.7,
        sessions=[
            block_on("birth_date"),
            block_on("given_name", "family_name"),
            block_on("tax_id"),
        ],
    )


def crowd() -> Model:
    """Customers: the ready-made comparisons for people, with term frequencies.

    Two names apart find more here than ForenameSurnameComparison, because many records have one of them alone."""
    return Model(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True, invalid_dates_as_null=False),
            cl.EmailComparison("email"),
            _often(cl.ExactMatch("phone")),
            cl.PostcodeComparison("postal_code"),
            _often(cl.ExactMatch("city")),
            cl.JaroWinklerAtThresholds("line1", [0.9]),
        ],
        blocking=[
            block_on("email"),
            block_on("phone"),
            block_on("birth_date", "family_name"),
            block_on("birth_date", "given_name"),
            block_on("given_name", "family_name", "postal_code"),
            block_on("given_name", "family_name", "city"),
            block_on("postal_code", "line1"),
            block_on("substr(given_name, 1, 3)", "substr(family_name, 1, 4)", "postal_code"),
        ],
        certain=[
            block_on("email", "family_name"),
            block_on("phone", "family_name", "given_name"),
            block_on("given_name", "family_name", "birth_date"),
        ],
        recall=0.6,
        sessions=[
            block_on("email"),
            block_on("phone"),
            block_on("given_name", "family_name"),
        ],
    )


MODELS: dict[str, Callable[[], Model]] = {
    "febrl": febrl,
    "rldata": rldata,
    "pseudopeople": pseudopeople,
    "crowd": crowd,
}
