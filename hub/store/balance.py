"""The balance of a run: every row it took must have come out in exactly one of the buckets its kind knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.errors import HubError
from hub.models import Outcome, RunKind
from hub.store.id_list import Item, count

#: What can become of a row, for each kind of run.
BUCKETS: dict[RunKind, tuple[Outcome, ...]] = {
    RunKind.PULL: (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.REJECTED),
    RunKind.CONSOLIDATE: (Outcome.MAPPED, Outcome.FILTERED, Outcome.REJECTED),
    RunKind.PUSH: (
        Outcome.SENT, Outcome.UNCHANGED, Outcome.SUPPRESSED, Outcome.INVALID, Outcome.REJECTED, Outcome.UNKNOWN,
        Outcome.PENDING,
    ),
    RunKind.RECONCILE: (
        Outcome.SAME, Outcome.DRIFTED, Outcome.MISSING, Outcome.ORPHANED, Outcome.UNLINKED,
    ),
}  # fmt: skip

#: What can become of a row besides, once somebody was erased: it is kept out.
RARE: dict[RunKind, tuple[Outcome, ...]] = {
    RunKind.PULL: (Outcome.ERASED,),
    RunKind.CONSOLIDATE: (Outcome.ERASED,),
}

#: The count of rows a run took, whatever its kind.
READ = "read"
#: Rows told to be gone: shown beside the balance, because nobody handed them over.
DELETED = "deleted"
#: With a row in one of these, no run is green.
NOT_GREEN = (Outcome.REJECTED, Outcome.INVALID, Outcome.UNKNOWN)

#: Packed ids by bucket, as one row of `run_batches` holds them.
Outcomes = Mapping[str, Sequence[Item]]


def tally(kind: RunKind, batches: Iterable[tuple[int, Outcomes]]) -> dict[str, int]:
    """Counts of (rows taken, outcomes) batches: `read`, then every bucket of the kind, then `deleted`."""
    counts = dict.fromkeys((READ, *(bucket.value for bucket in BUCKETS[kind]), DELETED), 0)
    for taken, outcomes in batches:
        counts[READ] += taken
        for bucket, items in outcomes.items():
            counts[bucket] = counts.get(bucket, 0) + count(items)
    return counts


def check(kind: RunKind, counts: Mapping[str, int]) -> None:
    """Raises HubError HUB-6001 when a row is missing, counted twice, or in a bucket the kind does not have."""
    buckets = {bucket.value for bucket in (*BUCKETS[kind], *RARE.get(kind, ()))}
    foreign = sorted(set(counts) - buckets - {READ, DELETED})
    if foreign:
        raise HubError("HUB-6001", f"a {kind} run has no bucket {', '.join(foreign)}")
    found = sum(counts.get(bucket, 0) for bucket in buckets)
    if found != counts[READ]:
        raise HubError("HUB-6001", f"{counts[READ]} rows were taken, {found} are accounted for")
