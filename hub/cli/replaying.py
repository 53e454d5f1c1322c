"""Replaying rejects: queue their raw records again and consolidate, without asking the vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.cli.app import App
from hub.cli.output import plural

if TYPE_CHECKING:
    from hub.cli.stopping import Asked
    from hub.models import Reject
    from hub.sync.options import SyncResult


def replay_rejects(app: App, chosen: Sequence[Reject], *, dry_run: bool) -> int:
    """Map the raw records of these rejects again; the exit code: 5 while some are still refused."""
    from hub.errors import ConfigError

    able = [one for one in chosen if one.stage == "map" and one.raw_id is not None]
    gone = sorted({one.connection for one in able} - app.settings.connections.keys())
    if gone:
        raise ConfigError(
            "HUB-1010",
            f"the rejects belong to a connection that hub.yaml does not name: {', '.join(gone)}",
            hint="Add it again, or leave its rejects out with --connection.",
        )
    if dry_run or not able:
        _tell(app, chosen, able, {}, dry_run=dry_run)
        return 0
    result, asked = _consolidate(app, able)
    states = {one.id: one.state for one in _again(app, able)}
    _tell(app, chosen, able, states, dry_run=False)
    errors = list(result.errors.values())
    for error in errors:
        app.output.complain(*str(error).splitlines())
    code = result.exit_code if errors else 5 if "open" in states.values() else 0
    return asked.exit_code(code, errors)


def _consolidate(app: App, able: Sequence[Reject]) -> tuple[SyncResult, Asked]:
    from hub.cli.live import show_progress
    from hub.cli.stopping import stopped_gently
    from hub.models import RunKind
    from hub.sync.options import SyncOptions

    engine = app.engine
    for stream_id, raw_ids in engine.store.rejects.replayable(one.id for one in able).items():
        engine.store.raw.requeue(stream_id, raw_ids)
    options = SyncOptions(steps=frozenset({RunKind.CONSOLIDATE}), trigger="replay")
    with stopped_gently(engine.stop, app.output) as asked, show_progress(app.output) as show:
        return engine.sync(sorted({one.connection for one in able}), options, show), asked


def _again(app: App, able: Sequence[Reject]) -> list[Reject]:
    found: list[Reject] = []
    ids = [one.id for one in able]
    for start in range(0, len(ids), 500):
        found += app.store.rejects.find(ids=ids[start : start + 500], state=None, limit=500)
    return found


def _tell(
    app: App, chosen: Sequence[Reject], able: Sequence[Reject], states: dict[int, str], *, dry_run: bool
) -> None:
    counts = Counter(states.values())
    skipped = len(chosen) - len(able)
    app.output.item(
        {
            "type": "replayed",
            "replayed": 0 if dry_run else len(able),
            "replayable": len(able),
            "passed": counts["resolved"],
            "refused": counts["open"],
            "not_replayable": skipped,
            "dry_run": dry_run,
        }
    )
    if dry_run:
        app.output.text(f"would replay {plural(len(able), 'reject')}")
    else:
        app.output.text(
            f"replayed {plural(len(able), 'reject')}: {counts['resolved']:,} passed, {counts['open']:,} refused again"
        )
    if skipped:
        app.output.text(f"{plural(skipped, 'reject')} never landed: the vendor must send them again")
