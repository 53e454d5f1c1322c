"""Our side of what needs the store and the engine: one changed record, a whole rebuild, many changes.

Each is measured in a process of its own, on a copy of a store that holds the base (`bench.identity.stores`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.identity.sets import Set
from bench.identity.stores import stored
from bench.process import Measured, measured


class NotThereError(Exception):
    """The hub has no such operation; the text says which."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """One way through a whole base. `what` tells where it begins and ends."""

    what: str
    seconds: float
    rss_mb: float


def ours_online(base: Set, count: int) -> list[float]:
    """Milliseconds for each of `count` changed records, one after the other, in a store that holds the base resolved:
    edges, clusters, golden record and writes, from the changed source customer to the end of the transaction, which
    waits for the disk. What it takes without that wait is told beside."""
    run = _run("online", _copy(resolved(base), "online"), str(count))
    told = run.told
    print(
        f"  ours on {base.name}: p50 {told['p50_ms']:.2f} ms, p99 {told['p99_ms']:.2f} ms; without waiting for the disk "
        f"p50 {told['p50_unsynced_ms']:.2f} ms, p99 {told['p99_unsynced_ms']:.2f} ms",
        file=sys.stderr,
    )
    taken: list[float] = told["milliseconds"]
    return taken


def ours_bulk(base: Set) -> list[Bulk]:
    """`features to clusters` (features in memory, clusters in memory, comparable with prediction and clustering of
    Splink) and `durable rebuild` (source customers in the store, customers in the store)."""
    memory = _run("clusters", stored(base))
    durable = _run("rebuild", _copy(stored(base), "rebuilt"))
    return [
        Bulk("features to clusters", memory.told["seconds"], memory.rss_mb),
        Bulk("durable rebuild", durable.told["seconds"], durable.rss_mb),
    ]


def ours_change(base: Set, shares: Sequence[float]) -> dict[float, float]:
    """Per share of changed records: the seconds that resolving them takes, as a share of those of the whole rebuild."""
    whole = _run("rebuild", _copy(stored(base), "rebuilt")).told["seconds"]
    costs = {}
    for share in shares:
        run = _run("change", _copy(resolved(base), "changed"), str(share))
        seconds, count = run.told["seconds"], run.told["records"]
        print(f"  {count} changed records of {base.name}: {seconds:.2f} s", file=sys.stderr)
        costs[share] = seconds / whole
    return costs


def resolved(base: Set) -> Path:
    """The base's store with everybody resolved, made on first use."""
    source = stored(base)
    path = source.with_name(f"{base.name}-resolved.db")
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        made = _copy(source, "resolving")
        _run("rebuild", made)
        made.replace(path)
    return path


def _copy(store: Path, name: str) -> Path:
    made = store.with_name(f"{store.stem}-{name}.db")
    for old in made.parent.glob(f"{made.name}*"):
        old.unlink()
    shutil.copy(store, made)
    return made


def _run(task: str, store: Path, *more: str) -> Measured:
    return measured([sys.executable, "-m", "bench.identity.engine_run", task, store, *more])
