"""How long a whole base takes, and what a part of it costs when that is all that changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from bench.environments import python_of
from bench.identity import engine
from bench.identity.attempts import HERE
from bench.identity.sets import Set, prepared
from bench.process import measured

#: The base of a million records.
BASE = "crowd1m"
#: How much of it changes.
SHARES = (0.001, 0.01, 0.1)


def rows(base: str, tools: Sequence[str]) -> Iterator[dict[str, Any]]:
    """{records, tool, seconds, rss_mb}; `tool` also says from where to where."""
    which = prepared(base)
    if "ours" in tools:
        yield from (_row(which, f"ours, {way.what}", way.seconds, way.rss_mb) for way in _ours(which))
    if "splink" in tools:
        yield from _splink(which)


def change_rows(base: str) -> list[dict[str, Any]]:
    """{share, cost_share}: of the records, and of the cost of the whole."""
    try:
        costs = engine.ours_change(prepared(base), SHARES)
    except engine.NotThereError as missing:
        print(f"  ours cannot: {missing}", file=sys.stderr)
        return []
    return [{"share": share, "cost_share": round(cost, 5)} for share, cost in costs.items()]


def _ours(which: Set) -> list[engine.Bulk]:
    try:
        return engine.ours_bulk(which)
    except engine.NotThereError as missing:
        print(f"  ours cannot: {missing}", file=sys.stderr)
        return []


def _splink(which: Set) -> Iterator[dict[str, Any]]:
    run = measured([python_of("splink"), HERE / "peer_splink.py", "bulk", which.family, which.people])
    yield _row(which, "splink, predict + cluster", run.told["seconds"], run.rss_mb)
    yield _row(which, "splink, train too", run.told["seconds"] + run.told["train_seconds"], run.rss_mb)


def _row(which: Set, tool: str, seconds: float, rss_mb: float) -> dict[str, Any]:
    return {
        "records": which.size(),
        "tool": tool,
        "seconds": round(seconds, 3),
        "rss_mb": round(rss_mb),
    }
