"""What a model is and what it does to records, as one JSON object: the numbers behind the report and its pictures.

Numbers only: no record, no value of anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.identity.model import Model, as_document
from hub.insight.block_recall import estimated_recall
from hub.insight.blocks import blocks
from hub.insight.curve import LOW, WIDTH, Curve, Expected, chances
from hub.insight.evaluation import Resolved
from hub.models import Json

#: Stops for which precision and recall are told, in bits.
STOPS = tuple(float(stop) for stop in range(-10, 21))
#: Customers of more records than this are counted together.
_LARGE = 10


def report(resolved: Resolved) -> dict[str, Json]:
    """Everything: {type, records, customers, pairs, links, expected, model, weights, untrained, blocks, block_recall,
    histogram, stops, sizes, retired}."""
    model, curve = resolved.model, resolved.curve
    weights = list(told_weights(model, resolved.trained.seen))
    return {
        "type": "report",
        "records": resolved.ready.features.count,
        "customers": resolved.customers,
        "pairs": int(curve.pairs.sum()),
        "links": len(resolved.links.a),
        "retired": resolved.retired,
        "expected": told_expected(resolved.expected),
        "model": {
            "name": model.name,
            "version": model.version,
            **_without(as_document(model), "name", "comparisons"),
        },
        "weights": weights,
        "untrained": [f"{one['comparison']}: {one['level']}" for one in weights if not one["trained"]],
        **told_blocks(resolved),
        "histogram": list(told_histogram(curve)),
        "stops": list(told_stops(resolved)),
        "sizes": told_sizes(resolved.labels),
    }


def _without(document: Mapping[str, Any], *names: str) -> dict[str, Json]:
    return {name: value for name, value in document.items() if name not in names}


def told_weights(model: Model, seen: Mapping[str, Mapping[str, float]]) -> Iterator[dict[str, Json]]:
    """Each level of each comparison, the strongest first: its bits against each kind of other people, the share of true
    pairs that reach it, how many of them training saw (null where nothing was trained), and whether it saw any."""
    for comparison, levels in as_document(model)["comparisons"].items():
        for level, told in reversed(levels.items()):
            known = seen.get(comparison, {}).get(level)
            yield {
                "comparison": comparison,
                "level": level,
                "bits": told["bits"],
                "against": {
                    name: bits for name, bits in told.items() if name not in ("bits", "match", "trained")
                },
                "match": told["match"],
                "seen": None if known is None else round(known, 1),
                "trained": told.get("trained", True),
            }


def told_expected(expected: Expected) -> dict[str, Json]:
    """{links, precision, recall}."""
    return {
        "links": expected.links,
        "precision": round(expected.precision, 6),
        "recall": round(expected.recall, 6),
    }


def told_stops(resolved: Resolved) -> Iterator[dict[str, Json]]:
    """{stop, links, precision, recall} of STOPS and the model's own stop."""
    here = resolved.model.linking.stop
    for stop in sorted({*STOPS, here}):
        yield {
            "stop": stop,
            **told_expected(resolved.expected if stop == here else resolved.curve.expected(stop)),
        }


def told_blocks(resolved: Resolved) -> dict[str, Json]:
    """What each kind of key finds, and the share of all true pairs that they find together, as estimated."""
    ready, likely = resolved.ready, chances(resolved.odds)
    recall = estimated_recall(ready.features, ready.a, ready.b, likely)
    return {
        "block_recall": None if recall is None else round(recall, 4),
        "blocks": [
            {
                "key": block.kind,
                "keys": block.keys,
                "retired": block.retired,
                "pairs": block.pairs,
                "true": round(block.true, 1),
                "only": round(block.only, 1),
            }
            for block in blocks(ready, likely)
        ],
    }


def told_histogram(curve: Curve) -> Iterator[dict[str, Json]]:
    """{from, to, pairs, true} of each bin that has pairs, in bits; the outermost hold all beyond."""
    for place in np.flatnonzero(curve.pairs).tolist():
        start = LOW + place * WIDTH
        yield {
            "from": start,
            "to": start + WIDTH,
            "pairs": int(curve.pairs[place]),
            "true": round(float(curve.true[place]), 3),
        }


def told_sizes(labels: npt.NDArray[np.int32]) -> list[dict[str, Json]]:
    """{records, customers}: how many customers have so many records; the last has those of that many or more."""
    sizes = np.unique(labels, return_counts=True)[1]
    counts = np.bincount(np.minimum(sizes, _LARGE), minlength=_LARGE + 1).tolist()
    return [{"records": size, "customers": count} for size, count in enumerate(counts) if size and count]
