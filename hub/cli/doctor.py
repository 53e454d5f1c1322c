"""`hub doctor`: the installation looked over in a few seconds. What it looks at is in `checkups`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from hub.cli.app import App, Command, pass_app
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.cli.checkups import Finding

_COLUMNS = (Column("name", "looked at"), Column("status", "status"), Column("message", "found"))
#: A finding of this status makes the command end with this code.
_CODES = {"failed": 9, "warning": 5}


@click.command("doctor", cls=Command, examples=("hub doctor", "hub doctor --json"), exits=(0, 5, 9))
@click.option("--full", is_flag=True, help="Check the whole store, however long it takes.")
@pass_app
def doctor(app: App, full: bool) -> int:
    """Look the installation over in a few seconds.

    Ends with 9 when the store's integrity or the settings are in doubt, with 5 when something wants attention. What
    could not be looked at is told as skipped, with the reason.
    """
    from dataclasses import asdict

    from hub.cli.checkups import look

    found: list[Finding] = list(look(app, full=full))
    code = max((_CODES.get(one.status, 0) for one in found), default=0)
    app.output.rows([asdict(one) for one in found], _COLUMNS)
    counts = Counter(one.status for one in found)
    app.output.item({"type": "summary", "counts": dict(counts), "exit_code": code})
    if not app.output.json:
        for one in found:
            if one.hint:
                app.output.text("", f"{one.name}: {one.message}", f"  {one.hint}")
    return code
