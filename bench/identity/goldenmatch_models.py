"""Hand-written GoldenMatch configurations, one for each family of sets.

Each is a Fellegi-Sunter matchkey over several blocking passes, what its documentation names as the most accurate for
people. Imported by peer_goldenmatch.py, in GoldenMatch's environment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goldenmatch.config.schemas import (
    BlockingConfig,
    BlockingKeyConfig,
    GoldenMatchConfig,
    MatchkeyConfig,
    MatchkeyField,
    NegativeEvidenceField,
)


def _similar(column: str, scorer: str = "jaro_winkler", *, frequent: bool = False) -> MatchkeyField:
    """Three levels: equal, similar, different; `frequent` weighs rare values more."""
    return MatchkeyField(
        field=column, scorer=scorer, levels=3, partial_threshold=0.85, tf_adjustment=frequent
    )


def _equal(column: str) -> MatchkeyField:
    return MatchkeyField(field=column, scorer="exact", levels=2, tf_adjustment=True)


def _passes(*keys: tuple[str, ...]) -> BlockingConfig:
    """Records meet when they share all columns of any one key; `name:3` stands for a column's first letters."""
    return BlockingConfig(
        strategy="multi_pass", keys=[_key(*keys[0])], passes=[_key(*key) for key in keys], max_block_size=1000
    )


def _key(*columns: str) -> BlockingKeyConfig:
    named = [column.partition(":") for column in columns]
    cut = {name: [f"substring:0:{length}"] for name, _, length in named if length}
    return BlockingKeyConfig(fields=[name for name, _, _ in named], field_transforms=cut)


def _config(
    name: str, fields: list[MatchkeyField], blocking: BlockingConfig, **more: Any
) -> GoldenMatchConfig:
    matchkey = MatchkeyConfig(name=name, type="probabilistic", fields=fields, **more)
    return GoldenMatchConfig(matchkeys=[matchkey], blocking=blocking)


def febrl() -> GoldenMatchConfig:
    """Names, a date, a number and an address."""
    return _config(
        "febrl",
        [
            _similar("given_name"),
            _similar("family_name"),
            _similar("birth_date", "levenshtein"),
            _similar("tax_id", "levenshtein"),
            _similar("street"),
            _equal("house"),
            _equal("postal_code"),
        ],
        _passes(
            ("tax_id",),
            ("birth_date",),
            ("family_name", "postal_code"),
            ("given_name", "postal_code"),
            ("given_name", "family_name"),
        ),
    )


def rldata() -> GoldenMatchConfig:
    """Names and a birth date, no more."""
    return _config(
        "rldata",
        [
            _similar("given_name", frequent=True),
            _similar("family_name", frequent=True),
            _similar("birth_date", "levenshtein"),
        ],
        _passes(
            ("birth_date",),
            ("given_name", "family_name"),
            ("family_name", "birth_date:4"),
            ("given_name", "birth_date:4"),
        ),
    )


def pseudopeople() -> GoldenMatchConfig:
    """Names everywhere; a birth date, a number and an address in some of the sources."""
    return _config(
        "pseudopeople",
        [
            _similar("given_name", frequent=True),
            _similar("family_name", frequent=True),
            _similar("birth_date", "levenshtein"),
            _similar("tax_id", "levenshtein"),
            _similar("line1", "levenshtein", frequent=True),
            _equal("gender"),
        ],
        _passes(
            ("tax_id",),
            ("given_name", "family_name"),
            ("given_name", "birth_date"),
            ("family_name", "birth_date"),
            ("line1", "given_name:1"),
            ("street", "given_name"),
        ),
        missing="unobserved",
    )


def _exactly(column: str) -> MatchkeyConfig:
    """One identifier in common, unless two given names speak against it: shared mailboxes and telephones."""
    other_name = NegativeEvidenceField(field="given_name", scorer="jaro_winkler", threshold=0.6, penalty=0.5)
    return MatchkeyConfig(
        name=f"exact_{column}",
        type="exact",
        threshold=0.75,
        fields=[MatchkeyField(field=column, scorer="exact", weight=1.0)],
        negative_evidence=[other_name],
    )


def crowd() -> GoldenMatchConfig:
    """Customers: exact identifiers first, then all that people have, weighed."""
    weighed = _config(
        "crowd",
        [
            _similar("given_name", frequent=True),
            _similar("family_name", frequent=True),
            _similar("birth_date", "levenshtein"),
            _equal("email"),
            _equal("phone"),
            _similar("line1", "token_sort"),
            _equal("postal_code"),
            _equal("city"),
        ],
        _passes(
            ("email",),
            ("phone",),
            ("birth_date", "family_name"),
            ("birth_date", "given_name"),
            ("given_name", "family_name", "postal_code"),
            ("given_name", "family_name", "city"),
            ("postal_code", "line1"),
        ),
        missing="unobserved",
        negative_evidence=[NegativeEvidenceField(field="given_name", scorer="jaro_winkler", threshold=0.6)],
    )
    return weighed.model_copy(
        update={"matchkeys": [_exactly("email"), _exactly("phone"), *weighed.get_matchkeys()]}
    )


MODELS: dict[str, Callable[[], GoldenMatchConfig]] = {
    "febrl": febrl,
    "rldata": rldata,
    "pseudopeople": pseudopeople,
    "crowd": crowd,
}
