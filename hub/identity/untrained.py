"""Where training begins: plain figures for people everywhere, fixed once on the sets that matching is developed on.

Training always begins here, never at a trained model: what one training leaves out would else be left out by all.

Each level: P(level | match), P(level | random), P(level | household), P(level | namesake).
"""

from __future__ import annotations

from hub.identity.levels import ATTRIBUTE_LEVELS, COMPARISONS
from hub.identity.model import Linking, Model, Prior, level

_CHANCES: dict[str, dict[str, tuple[float, float, float, float]]] = {
    "given_name": {
        "differ": (0.004, 0.90, 0.93, 0.006), "initial": (0.03, 0.03, 0.025, 0.03),
        "close": (0.02, 0.035, 0.025, 0.01), "reordered": (0.025, 0.005, 0.0004, 0.02),
        "typo": (0.04, 0.006, 0.006, 0.03), "short_form": (0.08, 0.006, 0.006, 0.06), "equal": (0.80, 0.005, 0.008, 0.844),
    },
    "family_name": {
        "differ": (0.025, 0.97, 0.25, 0.01), "close": (0.015, 0.015, 0.01, 0.005), "typo": (0.04, 0.002, 0.01, 0.025),
        "part": (0.02, 0.001, 0.03, 0.02), "equal": (0.90, 0.001, 0.70, 0.94),
    },
    "suffix": {"differ": (0.004, 0.6, 0.9, 0.95), "equal": (0.996, 0.4, 0.1, 0.05)},
    "birth_date": {
        "differ": (0.004, 0.994, 0.966, 0.975), "near": (0.016, 0.0045, 0.006, 0.02),
        "typo": (0.05, 0.001, 0.003, 0.004), "equal": (0.93, 0.00004, 0.025, 0.001),
    },
    "email": {
        "differ": (0.35, 0.9497, 0.90, 0.885), "user_of_name": (0.05, 0.05, 0.003, 0.10),
        "user": (0.08, 0.00002, 0.004, 0.004), "typo": (0.02, 0.0000005, 0.001, 0.001),
        "equal": (0.50, 0.00000002, 0.09, 0.01),
    },
    "phone": {
        "differ": (0.30, 0.9899, 0.54, 0.63), "typo": (0.02, 0.01, 0.02, 0.02), "equal": (0.68, 0.0000002, 0.44, 0.35),
    },
    "address": {
        "differ": (0.15, 0.97, 0.12, 0.12), "city": (0.08, 0.025, 0.04, 0.10), "postal_code": (0.05, 0.003, 0.03, 0.05),
        "street": (0.05, 0.0003, 0.03, 0.03), "house": (0.67, 0.000003, 0.78, 0.70),
    },
    "gender": {"differ": (0.01, 0.5, 0.6, 0.03), "equal": (0.99, 0.5, 0.4, 0.97)},
    "organization": {
        "differ": (0.3, 0.99, 0.7, 0.92), "close": (0.05, 0.001, 0.02, 0.01), "equal": (0.65, 0.009, 0.28, 0.07),
    },
    "exclusive": {
        "differ": (0.01, 0.9999, 0.97, 0.98), "typo": (0.03, 0.0001, 0.01, 0.01), "equal": (0.96, 0.000001, 0.02, 0.01),
    },
    "identifier": {"differ": (0.45, 0.99999, 0.95, 0.98), "equal": (0.55, 0.0000001, 0.05, 0.02)},
}  # fmt: skip
_ATTRIBUTE = {
    "differ": (0.10, 0.93, 0.80, 0.80), "close": (0.04, 0.01, 0.03, 0.03), "equal": (0.86, 0.06, 0.17, 0.17),
}  # fmt: skip


def untrained(attributes: tuple[str, ...] = ()) -> Model:
    """The model before any training, with further attributes that are compared as they are."""
    told = {**_CHANCES, **dict.fromkeys(attributes, _ATTRIBUTE)}
    comparisons = {
        name: {reached: level(*four) for reached, four in levels.items()} for name, levels in told.items()
    }
    assert set(COMPARISONS) <= set(comparisons) and ATTRIBUTE_LEVELS[1:] == tuple(_ATTRIBUTE)
    return Model("untrained", comparisons, Prior(1_000_000, 1.2, 0.5, 0.05), Linking())
