"""How long one changed record takes, against growing bases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bench.environments import python_of
from bench.identity import engine
from bench.identity.attempts import HERE
from bench.identity.sets import Set, prepared
from bench.process import measured

#: Generated sets that serve as bases; 50,000, 500,000 and a million records.
BASES = ("crowd50k", "crowd500k", "crowd1m")
#: Changed records of ours and of Splink; it is slow enough to be known by fewer.
OURS, SPLINK = 1000, 60
#: The first answers pay for what the later ones find ready.
WARMING = 5


def rows(bases: Sequence[str], tools: Sequence[str]) -> Iterator[dict[str, Any]]:
    """{base, tool, p50_ms, p99_ms}, base in records."""
    for name in bases:
        base = prepared(name)
        for tool, ask in ASKED.items():
            if tool not in tools:
                continue
            try:
                taken = ask(base)[WARMING:]
            except engine.NotThereError as missing:
                print(f"  {tool} cannot: {missing}", file=sys.stderr)
                continue
            yield {
                "base": base.size(),
                "tool": tool,
                "p50_ms": round(percentile(taken, 50), 3),
                "p99_ms": round(percentile(taken, 99), 3),
            }


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` per cent of the values lie, between two of them by proportion."""
    return float(np.percentile(values, share))


def _splink(base: Set) -> list[float]:
    script = [HERE / "peer_splink.py", "online", base.family, base.people, str(SPLINK)]
    told: list[float] = measured([python_of("splink"), *script]).told["milliseconds"]
    return told


ASKED: dict[str, Callable[[Set], list[float]]] = {
    "ours": lambda base: engine.ours_online(base, OURS),
    "splink": _splink,
}
