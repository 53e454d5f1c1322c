"""How good and how fast every tool is on every set."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.identity import measure
from bench.identity.attempts import TOOLS, Attempt
from bench.identity.sets import Set, prepared
from bench.process import ProgramError

#: A set or its negatives: (record, record, kind, separated).
Negatives = list[tuple[str, str, str, bool]]


def rows(sets: Sequence[str], tools: Sequence[str]) -> Iterator[dict[str, Any]]:
    """{set, tool, way, precision, recall, f1, b3_f1, seconds, rss_mb, false_merges}: each tool's best way on each set."""
    for name in sets:
        which = prepared(name)
        truth = measure.read_memberships(which.truth)
        negatives = measure.read_negatives(which.negatives)
        for tool in tools:
            row = _best(which, tool, truth, negatives)
            if row:
                yield row


def _best(which: Set, tool: str, truth: Mapping[str, str], negatives: Negatives) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench-identity-") as folder:
        try:
            for attempt in TOOLS[tool](which, Path(folder)):
                found.append(judged(which.name, tool, attempt, truth, negatives))
                print(f"  {line(found[-1])}", file=sys.stderr, flush=True)
        except ProgramError as failed:
            print(f"  {which.name} {tool}: {failed}", file=sys.stderr)
    return max(found, key=lambda row: row["f1"], default={})


def judged(
    name: str, tool: str, attempt: Attempt, truth: Mapping[str, str], negatives: Negatives
) -> dict[str, Any]:
    """One attempt's row."""
    members = measure.read_memberships(attempt.members)
    quality = measure.quality(members, truth)
    merges = measure.false_merges(members, negatives)
    return {
        "set": name,
        "tool": tool,
        "way": attempt.name,
        "precision": round(quality.precision, 5),
        "recall": round(quality.recall, 5),
        "f1": round(quality.f1, 5),
        "b3_precision": round(quality.b3_precision, 5),
        "b3_recall": round(quality.b3_recall, 5),
        "b3_f1": round(quality.b3_f1, 5),
        "seconds": round(attempt.seconds, 2),
        "rss_mb": round(attempt.rss_mb),
        "false_merges": {kind: round(share, 5) for kind, share in merges.items()},
    }


def line(row: Mapping[str, Any]) -> str:
    """A row to read while the bench goes on."""
    return (
        f"{row['set']:14} {row['tool']:12} {row['way']:20} P {row['precision']:.4f} R {row['recall']:.4f} "
        f"F1 {row['f1']:.4f} B3 {row['b3_f1']:.4f} {row['seconds']:8.1f} s {row['rss_mb']:6} MB"
    )
