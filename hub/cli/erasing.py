"""What `hub customers erase` and `erasures` do and tell; neither tells anything about the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.cli.deciding import user
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.cli.app import App

_LINES = (
    Column("erasure", "erasure", number=True),
    *(Column(name, name) for name in ("at", "actor", "reason", "connection", "object", "state", "code")),
    Column("answered_at", "answered"),
)


def erase(app: App, who: str, *, reason: str, actor: str, dry_run: bool, yes: bool) -> None:
    """Erases one customer. Raises NotFound as `lookup.one`, GuardStop HUB-7071 where nobody said yes."""
    from hub.errors import GuardStop
    from hub.insight.lookup import one

    if not (yes or dry_run):
        raise GuardStop(
            "HUB-7071",
            "an erasure cannot be taken back, and nobody said yes",
            hint="Look at it with `--dry-run`; then give `--yes`.",
        )
    found = one(app.store, who).customer_id
    done = app.engine.erase(found, actor or user(), reason, dry_run=dry_run)
    told = {"erasure": done.id, "customer_id": done.customer_id, "dry_run": dry_run, **done.counts}
    app.output.item(told)
    if not app.output.json:
        counts = done.counts
        app.output.text(
            f"{'Would erase' if dry_run else 'Erased'}: {counts['records']} records of the person, {counts['rows']} rows "
            f"that hang on them, {counts['raw']} raw records; {counts['kept']} rows of the books are kept without the "
            f"person, {counts['redacted']} raw records of others without their name."
        )
        if not dry_run:
            app.output.text("`hub customers erasures` tells what each system answers.")


def erasures(app: App) -> None:
    """Every system of every erasure, and its answer. Empties the log, where an erasure could not."""
    app.store.driver.empty_log()
    rows = [
        {"erasure": line.erasure_id, **{name: getattr(line, name) for name in line._fields[1:]}}
        for line in app.store.erasures.lines()
    ]
    app.output.rows(rows, _LINES, empty="Nobody was erased.")
