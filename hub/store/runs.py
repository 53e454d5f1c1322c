"""Runs and what became of every row in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from hub.canonical.ids import new_id
from hub.canonical.time import from_text, now_text, to_text
from hub.errors import HubError, NotFound
from hub.models import Outcome, Run, RunKind, RunStatus
from hub.store import balance
from hub.store.driver import Driver, Row
from hub.store.filters import where
from hub.store.id_list import pack, unpack

_SELECT = (
    "SELECT r.id, c.name, r.kind, r.status, r.started_at, r.finished_at, r.counts, r.error, r.sync_id "
    "FROM runs r JOIN connections c ON c.id = r.connection_id"
)


class Runs:
    """One row per run, one per committed batch; counts are worked out from the batches and from nothing else."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._kinds: dict[str, RunKind] = {}

    # --- life --------------------------------------------------------------------------------------------------

    def start(
        self, connection_id: int, kind: RunKind, *, sync_id: str | None = None, trigger: str | None = None
    ) -> str:
        """Begins a run; its id.

        sync_id: one `hub sync` has one, over all its runs. trigger: what began it, such as `command` or `schedule`.
        """
        run_id, now = new_id(), now_text()
        self._driver.insert(
            "runs",
            ("id", "connection_id", "kind", "sync_id", "status", "trigger", "started_at", "heartbeat_at"),
            [(run_id, connection_id, kind.value, sync_id, RunStatus.RUNNING.value, trigger, now, now)],
        )
        self._kinds[run_id] = kind
        return run_id

    def heartbeat(self, run_id: str) -> None:
        """Says that the run is alive."""
        self._driver.execute("UPDATE runs SET heartbeat_at = ? WHERE id = ?", (now_text(), run_id))

    def add_batch(
        self,
        run_id: str,
        stream_id: int,
        taken: int,
        outcomes: Mapping[Outcome, Sequence[int]],
        *,
        scan: str | None = None,
        deleted: Sequence[int] = (),
    ) -> None:
        """What became of the rows of one page or batch; belongs into the transaction that does it.

        taken: how many rows were handed over, counted before anything was done with them.
        outcomes: raw ids by bucket; for rejects at landing, ids of `rejects`. deleted: raw ids told to be gone.
        Raises HubError HUB-6001 when they do not add up, so that nothing of it is committed."""
        packed = {bucket.value: pack(ids) for bucket, ids in outcomes.items() if ids}
        if deleted:
            packed[balance.DELETED] = pack(deleted)
        kind = self._kind(run_id)
        balance.check(kind, balance.tally(kind, [(taken, packed)]))
        self._driver.execute(
            "INSERT INTO run_batches (run_id, number, stream_id, taken, outcomes, scan, at) "
            "SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ? FROM run_batches WHERE run_id = ?",
            (run_id, stream_id, taken, orjson.dumps(packed).decode(), scan, now_text(), run_id),
        )

    def finish(
        self, run_id: str, status: RunStatus = RunStatus.SUCCEEDED, error: Mapping[str, str] | None = None
    ) -> Run:
        """Ends a run, its counts recomputed from its batches. Not inside `write()`.

        A success with rejected, invalid or unknown rows becomes `succeeded with rejects`. A run that does not
        balance is marked failed; then, unless it had failed already, HubError HUB-6001 is raised."""
        counts = self.counts(run_id)
        unbalanced = None
        try:
            balance.check(self._kind(run_id), counts)
        except HubError as found:
            unbalanced = found
            status, error = RunStatus.FAILED, error or found.as_dict()
        if status is RunStatus.SUCCEEDED and any(counts.get(bucket) for bucket in balance.NOT_GREEN):
            status = RunStatus.WITH_REJECTS
        self._close(run_id, status, counts, error)
        if unbalanced is not None and error == unbalanced.as_dict():
            raise unbalanced
        return self.get(run_id)

    def close_orphans(self, connection_id: int, kind: RunKind) -> list[str]:
        """Ends what a dead process left running: incomplete, because the next run heals it. Their ids.

        Call it while holding the lease that such runs need: then every other running one is an orphan."""
        orphans = [
            row[0]
            for row in self._driver.query(
                "SELECT id FROM runs WHERE status = 'running' AND connection_id = ? AND kind = ? ORDER BY id",
                (connection_id, kind.value),
            )
        ]
        for run_id in orphans:
            error = HubError(
                "HUB-6004", "the process ended without a word", hint="Nothing: the next run goes on."
            )
            self._close(run_id, RunStatus.INCOMPLETE, self.counts(run_id), error.as_dict())
        return orphans

    def _close(
        self, run_id: str, status: RunStatus, counts: Mapping[str, int], error: Mapping[str, str] | None
    ) -> None:
        self._driver.execute(
            "UPDATE runs SET status = ?, counts = ?, error = ?, finished_at = ? WHERE id = ?",
            (
                status.value,
                orjson.dumps(counts).decode(),
                orjson.dumps(error).decode() if error else None,
                now_text(),
                run_id,
            ),
        )

    # --- looking -----------------------------------------------------------------------------------------------

    def get(self, run_id: str) -> Run:
        """One run. Raises NotFound HUB-6005 when there is none."""
        row = self._driver.one(f"{_SELECT} WHERE r.id = ?", (run_id,))
        if row is None:
            raise NotFound(
                "HUB-6005", "there is no such run", where=run_id, hint="`hub runs list` names them."
            )
        return _run(row)

    def find(
        self,
        *,
        connection_id: int | None = None,
        kind: RunKind | None = None,
        status: RunStatus | None = None,
        sync_id: str | None = None,
        of_syncs: bool = False,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Run]:
        """Runs that fit every filter given, the youngest first. before: only those older than this run.

        of_syncs: without those that landed what a webhook or a form brought."""
        clause, values = where(
            {
                "r.connection_id = ?": connection_id,
                "r.kind = ?": kind,
                "r.status = ?": status,
                "r.sync_id = ?": sync_id,
                "r.sync_id >= ?": "" if of_syncs else None,
                "r.id < ?": before,
            }
        )
        rows = self._driver.query(f"{_SELECT}{clause} ORDER BY r.id DESC LIMIT ?", (*values, limit))
        return [_run(row) for row in rows]

    def latest(self, connection_id: int, kind: RunKind | None = None) -> Run | None:
        """The youngest run of a connection."""
        found = self.find(connection_id=connection_id, kind=kind, limit=1)
        return found[0] if found else None

    def silent(self, seconds: float) -> list[Run]:
        """Runs that are said to run but gave no sign of life for so long."""
        limit = to_text(datetime.now(UTC) - timedelta(seconds=seconds))
        rows = self._driver.query(
            f"{_SELECT} WHERE r.status = 'running' AND r.heartbeat_at < ? ORDER BY r.id", (limit,)
        )
        return [_run(row) for row in rows]

    def counts(self, run_id: str) -> dict[str, int]:
        """The counts so far, worked out from the rows' outcomes."""
        rows = self._driver.query("SELECT taken, outcomes FROM run_batches WHERE run_id = ?", (run_id,))
        return balance.tally(
            self._kind(run_id), ((taken, orjson.loads(outcomes)) for taken, outcomes in rows)
        )

    def rows(self, run_id: str, outcome: Outcome) -> list[int]:
        """The ids in one bucket of a run, in the order they came."""
        ids: list[int] = []
        for (outcomes,) in self._driver.query(
            "SELECT outcomes FROM run_batches WHERE run_id = ? ORDER BY number", (run_id,)
        ):
            ids += unpack(orjson.loads(outcomes).get(outcome.value, ()))
        return ids

    def scan_began(self, stream_id: int, scan: str) -> str:
        """When the first page of a full scan was committed (time text); empty when none was."""
        row = self._driver.one(
            "SELECT min(at) FROM run_batches WHERE stream_id = ? AND scan = ?", (stream_id, scan)
        )
        return row[0] or "" if row else ""

    def seen_in_scan(self, stream_id: int, scan: str) -> set[int]:
        """Raw ids that a full scan met, over all the runs it took; records it met but refused are among them."""
        seen: set[int] = set()
        refused: list[int] = []
        for (text,) in self._driver.query(
            "SELECT outcomes FROM run_batches WHERE stream_id = ? AND scan = ?", (stream_id, scan)
        ):
            for bucket, items in orjson.loads(text).items():
                if bucket == Outcome.REJECTED:
                    refused += unpack(items)
                elif bucket != balance.DELETED:
                    seen.update(unpack(items))
        rows = self._driver.query_in(
            "SELECT r.id FROM rejects j JOIN raw_records r ON r.stream_id = j.stream_id AND r.key = j.key "
            "WHERE j.id IN ({})",
            refused,
        )
        return seen.union(row[0] for row in rows)

    def _kind(self, run_id: str) -> RunKind:
        if run_id not in self._kinds:
            self._kinds[run_id] = self.get(run_id).kind
        return self._kinds[run_id]


def _run(row: Row) -> Run:
    run_id, connection, kind, status, started, finished, counts, error, sync_id = row
    return Run(
        id=run_id,
        connection=connection,
        kind=RunKind(kind),
        status=RunStatus(status),
        started_at=from_text(started),
        finished_at=from_text(finished) if finished else None,
        counts=orjson.loads(counts) if counts else {},
        error=orjson.loads(error) if error else None,
        sync_id=sync_id,
    )
