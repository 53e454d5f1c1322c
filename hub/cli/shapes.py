"""JSON shapes that other programs may rely on: a run and the summary of a sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.errors import HubError
    from hub.models import Run
    from hub.sync.options import SyncResult

#: Counts that every run tells, whether its kind has them or not; others come behind.
COUNTS = ("read", "new", "changed", "unchanged", "filtered", "rejected", "pending")

#: A table of the runs of one sync.
RUNS = (
    Column("connection", "connection"),
    Column("kind", "step"),
    Column("status", "status"),
    Column("read", "read", number=True),
    Column("new", "new", number=True),
    Column("changed", "changed", number=True),
    Column("unchanged", "unchanged", number=True),
    Column("mapped", "mapped", number=True),
    Column("filtered", "filtered", number=True),
    Column("rejected", "rejected", number=True),
    Column("sent", "sent", number=True),
    Column("seconds", "seconds", number=True),
)


#: Columns that are left out where no run has such a count.
_SOME = ("new", "changed", "unchanged", "mapped", "filtered", "sent")


#: A table of runs of any time.
LOG = (
    Column("run_id", "run", whole=True),
    Column("started_at", "started"),
    *RUNS[:3],
    Column("counts", "counts"),
    Column("seconds", "seconds", number=True),
)


def run_columns(runs: Sequence[Run]) -> list[Column]:
    """The columns of a table of these runs: `RUNS` without counts that none of them has."""
    return [one for one in RUNS if one.key not in _SOME or any(run.counts.get(one.key) for run in runs)]


def run_item(run: Run) -> dict[str, Any]:
    """A run as `--json` tells it."""
    return {
        "run_id": run.id,
        "connection": run.connection,
        "kind": run.kind.value,
        "status": run.status.value,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "counts": {**dict.fromkeys(COUNTS, 0), **run.counts},
        "error": dict(run.error) if run.error else None,
    }


def run_row(run: Run) -> dict[str, Any]:
    """A run as a row of the table `RUNS`: only counts that its kind has."""
    return {
        **{name: f"{count:,}" for name, count in run.counts.items()},
        "run_id": run.id,
        "connection": run.connection,
        "kind": run.kind.value,
        "status": run.status.value,
        "started_at": run.started_at,
        "counts": counts_text(run.counts),
        "seconds": f"{seconds(run):.1f}" if run.finished_at else "",
    }


def counts_text(counts: Mapping[str, int]) -> str:
    """`500 read, 20 new`, without what is 0."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"


def seconds(run: Run) -> float:
    """How long a run took; 0 while it is under way."""
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0


def summary_item(result: SyncResult) -> dict[str, Any]:
    """The last line of `hub sync --json`."""
    customers = {name: result.identity.get(name, 0) for name in ("created", "merged", "split")}
    return {
        "type": "summary",
        "runs": [run_item(run) for run in result.runs],
        "customers": {"total": result.customers, **customers},
    }


def error_lines(errors: list[tuple[Run, HubError]]) -> list[str]:
    """What went wrong in some runs, a block for each."""
    lines: list[str] = []
    for run, error in errors:
        lines += ["", f"{run.connection} ({run.kind.value}) {run.status.value}:", *f"  {error}".splitlines()]
    return lines
