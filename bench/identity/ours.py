"""`hub identity evaluate`, as a user calls it: raw records in, customers out."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.identity.sets import Set
from bench.process import Measured, measured

#: The column of every set that names its records.
ID = "record_id"


def command(which: Set, members: Path) -> list[str]:
    """The call. The truth is only what the command is judged by; it learns nothing from it."""
    fields = [f"--field={field}={column}" for field, column in which.fields.items()]
    hub = str(Path(sys.executable).with_name("hub"))
    files = ["--records", str(which.records), "--truth", str(which.truth), "--id", ID, "--out", str(members)]
    return [hub, "identity", "evaluate", "--json", *files, *fields]


def evaluated(which: Set, members: Path) -> Measured:
    """Runs it; `members` holds (record id, customer id) then."""
    return measured(command(which, members))
