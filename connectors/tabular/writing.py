"""A file of customers that always is whole: a snapshot by hub id, replaced in one step.

Each call copies the file once, row by row, with the batch's rows put in place: memory depends on the batch, not on
the file. The copy is flushed to disk and then renamed over the old file, so that a crash leaves the old or the new
one. A lock file keeps a second writer out; the operating system frees it when its holder dies.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub import ConfigError, RowResult, RowStatus, WriteRow

from .locking import Busy, held
from .snapshot import NotOurs, Snapshot, TooMany, Unfit, snapshot_of

#: How long to leave a file that another process writes.
BUSY_WAIT = timedelta(minutes=1)


def write_snapshot(file: Path, rows: Sequence[WriteRow], *, bom: bool, now: datetime) -> list[RowResult]:
    """Upsert and delete these rows. One result per row; either all that can be written are, or none is.

    Raises ConfigError when the file holds something else than our customers: it is not overwritten."""
    file = file.resolve()
    snapshot = snapshot_of(file, bom=bom)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with held(file.with_name(f".{file.name}.lock")):
            bad = _replace(file, snapshot, rows)
    except TooMany as error:
        raise ConfigError(
            "HUB-4325", f"{file.name}: {error}", hint="Let `out` end in .csv, .jsonl or .parquet."
        ) from error
    except Busy:
        return _later(rows, "HUB-4320", "another process writes this file", now + BUSY_WAIT)
    except (NotOurs, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            "HUB-4323", f"{file.name} was not written by the hub: {error}", hint="Name a new file in `out`."
        ) from error
    except OSError as error:
        return _later(rows, "HUB-4321", error.strerror or type(error).__name__, None)
    return [
        RowResult(row.delivery_id, RowStatus.INVALID, code="HUB-4322", message=bad[row.delivery_id])
        if row.delivery_id in bad
        else RowResult(row.delivery_id, RowStatus.OK, remote_id=row.customer_id)
        for row in rows
    ]


def _replace(file: Path, snapshot: Snapshot, rows: Sequence[WriteRow]) -> dict[int, str]:
    """Write the new file and put it in the old one's place. Gives the deliveries that it cannot hold, and why."""
    columns = snapshot.columns(rows)
    changes, bad = _rendered(snapshot, columns, rows)
    temporary = file.with_name(f".{file.name}.new")
    try:
        with temporary.open("wb") as target:
            snapshot.write(target, columns, _merged(snapshot, columns, changes))
            target.flush()
            os.fsync(target.fileno())
        if file.exists():
            shutil.copymode(file, temporary)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(file.parent)
    return bad


def _rendered(
    snapshot: Snapshot, columns: Sequence[str], rows: Sequence[WriteRow]
) -> tuple[dict[str, Any], dict[int, str]]:
    """The row of each customer of the batch (None: delete), the last word winning; and the rows that have none."""
    changes: dict[str, Any] = {}
    bad = {}
    for row in rows:
        try:
            changes[row.customer_id] = None if row.op == "delete" else snapshot.row(columns, row)
        except Unfit as error:
            bad[row.delivery_id] = str(error)
    return changes, bad


def _merged(snapshot: Snapshot, columns: Sequence[str], changes: dict[str, Any]) -> Iterator[Any]:
    """The old rows in their order with the changes in place, then the new ones."""
    for customer_id, there in snapshot.rows(columns):
        kept = changes.pop(customer_id, there)
        if kept is not None:
            yield kept
    yield from (row for row in changes.values() if row is not None)


def _later(rows: Sequence[WriteRow], code: str, message: str, retry_at: datetime | None) -> list[RowResult]:
    """Nothing was written; all of it can be tried again."""
    return [
        RowResult(row.delivery_id, RowStatus.RETRYABLE, code=code, message=message, retry_at=retry_at)
        for row in rows
    ]


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
