"""`hub sync`: read, consolidate, push; with signs of life on the way and a table of runs at the end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Command, pass_app
from hub.cli.completion import connection_names
from hub.cli.output import plural
from hub.cli.shapes import error_lines, run_columns, run_item, run_row, summary_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.sync.options import Progress, SyncOptions, SyncResult


class Since(click.ParamType[datetime]):
    """A moment: `7d`, `12h`, or a date or time of ISO 8601 (UTC unless it says otherwise)."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Text to a moment in UTC."""
        from datetime import UTC, timedelta

        from hub.settings.schedule import interval_seconds

        if isinstance(value, datetime):
            return value
        seconds = interval_seconds(value)
        if seconds is not None:
            return datetime.now(UTC) - timedelta(seconds=seconds)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write a date (2026-07-30), a time of ISO 8601, or how long ago (7d, 12h)", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@click.command(
    "sync",
    cls=Command,
    examples=(
        "hub sync",
        "hub sync shop-eu --stream orders --since 7d",
        "hub sync shop-eu --dry-run --limit 20",
    ),
    exits=(0, 3, 4, 5, 6, 7, 8, 9, 130),
)
@click.argument("names", nargs=-1, metavar="[CONNECTION…]", shell_complete=connection_names)
@click.option("--stream", "streams", multiple=True, help="Only this stream; may be given several times.")
@click.option("--since", type=Since(), help="Read again what changed since then: 7d, 12h, 2026-07-30.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop each stream after about so many records.")
@click.option("--full", is_flag=True, help="Read everything again from the start.")
@click.option(
    "--dry-run", is_flag=True, help="Read a sample and tell what would become of it; write nothing."
)
@click.option("--allow-deletes", is_flag=True, help="Let deletions pass the ratio guard, this once.")
@click.option("--yes", is_flag=True, help="Yes to a changed mapping that maps very many records again.")
@click.option("--trigger", default="command", hidden=True)
@pass_app
def sync(
    app: App,
    names: tuple[str, ...],
    streams: tuple[str, ...],
    since: datetime | None,
    limit: int | None,
    full: bool,
    dry_run: bool,
    allow_deletes: bool,
    yes: bool,
    trigger: str,
) -> int:
    """Read what is new, work out the customers, push to destinations.

    Syncs the connections named, or all. Ctrl-C or SIGTERM ends it at the next checkpoint; a second one at once, and
    then, too, nothing is lost: the next sync goes on at the last checkpoint.
    """
    from hub.sync.options import SyncOptions
    from hub.sync.pull import PullOptions

    chosen = with_streams(app, names, streams)
    pull = PullOptions(streams, since, limit, full, allow_deletes)
    if dry_run:
        from hub.cli.dry import dry_run as dry

        return dry(app, chosen, pull)
    options = SyncOptions(pull=pull, yes=yes, trigger=trigger)
    return _sync(app, chosen, options, everything=not (names or streams))


def with_streams(app: App, names: Sequence[str], streams: Sequence[str]) -> list[str]:
    """The connections to sync. Unless they are named, those that have one of the streams asked for."""
    for name in names:
        app.settings.connection(name)
    if names or not streams:
        return list(names or app.settings.connections)
    from hub.errors import ConfigError

    known = {name: _streams(app, name) for name in app.settings.connections}
    chosen = [name for name, has in known.items() if has.intersection(streams)]
    missing = [stream for stream in streams if not any(stream in has for has in known.values())]
    if missing:
        every = sorted(set().union(*known.values())) if known else []
        hint = f"There are: {', '.join(every)}." if every else "There is no connection yet."
        raise ConfigError("HUB-6014", f"no connection has a stream {missing[0]!r}", hint=hint)
    return chosen


def _streams(app: App, name: str) -> set[str]:
    """The streams of a connection; none of one that cannot be opened, which a sync of it tells."""
    from hub.errors import HubError

    try:
        return {stream.name for stream in app.engine.connected(name).connector.streams()}
    except HubError:
        return set()


def _sync(app: App, names: Sequence[str], options: SyncOptions, *, everything: bool) -> int:
    """everything: nothing was named, so only destinations that follow every sync are pushed to."""
    from hub.cli.live import show_progress
    from hub.cli.stopping import stopped_gently

    if not names:
        app.output.note("There is no connection yet: `hub connect add`.")
    engine = app.engine
    with stopped_gently(engine.stop, app.output) as asked, show_progress(app.output) as show:

        def progress(sign: Progress) -> None:
            if sign.finished:
                app.output.item(run_item(sign.finished))
            show(sign)

        result = engine.sync([] if everything else names, options, progress) if names else None
        if result is not None:
            engine.watch([run.connection for run in result.runs])
    if result is None:
        app.output.item({"type": "summary", "runs": [], "customers": _nobody()})
        return 0
    tell(app, result)
    return asked.exit_code(result.exit_code, result.errors.values())


def _nobody() -> dict[str, int]:
    return dict.fromkeys(("total", "created", "merged", "split"), 0)


def tell(app: App, result: SyncResult) -> None:
    """The end of a sync: the summary line, or the table of runs, the customers, and what went wrong."""
    output = app.output
    summary = summary_item(result)
    output.item(summary)
    if not output.json:
        output.rows([run_row(run) for run in result.runs], run_columns(result.runs))
        customers = summary["customers"]
        told = ", ".join(f"{customers[name]:,} {name}" for name in ("created", "merged", "split"))
        output.text("", f"customers: {customers['total']:,} ({told})")
    failed = [(run, result.errors[run.id]) for run in result.runs if run.id in result.errors]
    output.complain(*error_lines(failed))
    rejected = sum(run.counts.get("rejected", 0) for run in result.runs)
    if rejected:
        output.note(
            f"{plural(rejected, 'record was', 'records were')} kept aside: `hub rejects list --by-code`."
        )
