"""The comparisons and their levels: how well a field of two records agrees, as a small number.

Level 0 is `missing` (one of the two does not know), 1 is `differ`; the more a level says for one person, the higher.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: A level for each of many pairs.
Levels = npt.NDArray[np.uint8]

MISSING, DIFFER = 0, 1

#: Comparison -> its levels in order.
COMPARISONS: dict[str, tuple[str, ...]] = {
    "given_name": ("missing", "differ", "initial", "close", "reordered", "typo", "short_form", "equal"),
    "family_name": ("missing", "differ", "close", "typo", "part", "equal"),
    "suffix": ("missing", "differ", "equal"),
    "birth_date": ("missing", "differ", "near", "typo", "equal"),
    "email": ("missing", "differ", "user_of_name", "user", "typo", "equal"),
    "phone": ("missing", "differ", "typo", "equal"),
    "address": ("missing", "differ", "city", "postal_code", "street", "house"),
    "gender": ("missing", "differ", "equal"),
    "organization": ("missing", "differ", "close", "equal"),
    "exclusive": ("missing", "differ", "typo", "equal"),
    "identifier": ("missing", "differ", "equal"),
}
#: Of any other field, that is compared as it is.
ATTRIBUTE_LEVELS = ("missing", "differ", "close", "equal")


def levels_of(comparison: str) -> tuple[str, ...]:
    """The levels of a comparison; of an attribute those that all attributes have."""
    return COMPARISONS.get(comparison, ATTRIBUTE_LEVELS)


def number(comparison: str, level: str) -> int:
    """The number of a level."""
    return levels_of(comparison).index(level)
