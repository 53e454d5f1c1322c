"""Every tool on one set: its attempts, each a partition with the seconds and the memory it took."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.environments import python_of
from bench.identity import ours
from bench.identity.sets import Set
from bench.process import Measured, ProgramError, measured

HERE = Path(__file__).parent
GOLDENMATCH_WAYS = (
    "automatic-raw",
    "automatic-clean",
    "probabilistic-raw",
    "probabilistic-clean",
    "explicit",
)


#: The ways that are worth their hours on a set of more records than this.
LARGE, WAYS_OF_LARGE = 300_000, ("automatic-clean", "explicit")
#: Seconds after which one of its ways is given up.
GOLDENMATCH_LIMIT = 1800.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way of using a tool. A tool that has several is judged by its best, which is generous: a user has no truth
    to choose by."""

    name: str
    members: Path
    seconds: float
    rss_mb: float


def _told(run: Measured) -> Iterator[Attempt]:
    for attempt in run.told["attempts"]:
        yield Attempt(attempt["name"], Path(attempt["members"]), attempt["seconds"], run.rss_mb)


def hub(which: Set, folder: Path) -> Iterator[Attempt]:
    """Ours, trained by itself on the records, without labels. Its seconds are those of the whole process, start included."""
    members = folder / "ours.csv"
    run = ours.evaluated(which, members)
    yield Attempt("without labels", members, run.seconds, run.rss_mb)


def splink(which: Set, folder: Path) -> Iterator[Attempt]:
    """One model, several thresholds."""
    script = [HERE / "peer_splink.py", "partition", which.family, which.people, folder]
    yield from _told(measured([python_of("splink"), *script]))


def goldenmatch(which: Set, folder: Path) -> Iterator[Attempt]:
    """Its own choices on raw and on cleaned records, and ours for it; a way that fails is no attempt."""
    for way in WAYS_OF_LARGE if which.size() > LARGE else GOLDENMATCH_WAYS:
        script = [HERE / "peer_goldenmatch.py", way, which.family, which.records, which.people, folder]
        try:
            yield from _told(measured([python_of("goldenmatch"), *script], limit=GOLDENMATCH_LIMIT))
        except ProgramError as failed:
            print(f"  goldenmatch, {way}: {str(failed)[-200:]}", file=sys.stderr)


def exact(which: Set, folder: Path) -> Iterator[Attempt]:
    """Exact identifiers."""
    yield from _told(measured([sys.executable, HERE / "peer_exact.py", which.people, folder]))


TOOLS: dict[str, Callable[[Set, Path], Iterator[Attempt]]] = {
    "ours": hub,
    "splink": splink,
    "goldenmatch": goldenmatch,
    "exact": exact,
}
