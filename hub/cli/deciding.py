"""What `hub customers merge`, `split` and `undo` do: try it, decide, tell what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.looking import lens
from hub.cli.output import Column, plural

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.models import Decision, Json
    from hub.sync.resolve import Resolution

#: A table of decisions.
DECISIONS = (
    Column("id", "decision", number=True),
    *(Column(name, name) for name in ("kind", "a", "b", "field", "value", "actor", "reason", "at")),
)


def merge(app: App, a: str, b: str, *, reason: str, actor: str, dry_run: bool) -> None:
    """Two customers become one. Raises NotFound, GuardStop as `proposals.merge`."""
    from hub.insight import proposals

    decide(app, proposals.merge(lens(app, masked=False), a, b, actor or user(), reason), dry_run=dry_run)


def split(app: App, sources: Sequence[str], *, reason: str, actor: str, dry_run: bool) -> None:
    """Records leave their customer. Raises NotFound as `proposals.split`."""
    from hub.insight import proposals

    decide(app, proposals.split(lens(app, masked=False), sources, actor or user(), reason), dry_run=dry_run)


def undo(app: App, numbers: Sequence[int], *, reason: str, actor: str, dry_run: bool) -> None:
    """Decisions are taken back. Raises NotFound HUB-8010 for one that is not in force; then none is."""
    who = actor or user()
    wanted = list(dict.fromkeys(numbers))
    tried = _try(app, lambda: [app.store.decisions.reverse(number, who, reason) for number in wanted])
    before = _golden(app, tried)
    done = [tried] if dry_run else [app.engine.undo(number, who, reason) for number in wanted]
    _tell(app, "undone", [{"id": number} for number in wanted], done, before, dry_run=dry_run)


def user() -> str:
    """Who sits at this machine; `command line` where that has no name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "command line"


def decide(app: App, proposed: Sequence[Decision], *, dry_run: bool) -> None:
    """Decisions are made, and what they change is told."""
    from hub.insight.evidence import told_decision

    tried = _try(app, lambda: [app.store.decisions.add(decision) for decision in proposed])
    before = _golden(app, tried)
    known = {decision.id for decision in app.store.decisions.active()}
    done = tried if dry_run else app.engine.decide(proposed)
    made = proposed if dry_run else [one for one in app.store.decisions.active() if one.id not in known]
    view = lens(app, masked=False)
    _tell(app, "decided", [told_decision(view, one) for one in made], [done], before, dry_run=dry_run)


# --- trying -------------------------------------------------------------------------------------------------------


class _RollBackError(Exception):
    """Leaves a transaction without a trace."""


def _try(app: App, record: Callable[[], list[Decision]]) -> Resolution:
    """What some decisions would change: they are recorded, resolved, and taken back with the transaction."""
    from hub.sync.resolve import Resolver

    tried: list[Resolution] = []
    try:
        with app.store.write():
            keys = [str(key) for item in record() for key in (item.a, item.b) if key]
            tried.append(Resolver(app.store, app.engine.policy).redecide(keys))
            raise _RollBackError
    except _RollBackError:
        return tried[0]


# --- telling ------------------------------------------------------------------------------------------------------

#: Customer -> its golden fields before.
_Golden = dict[str, tuple[Any, ...]]


def _golden(app: App, tried: Resolution) -> _Golden:
    concerned = [*(item.customer_id for item in tried.golden), *tried.assignment.merged]
    return app.store.identity.golden(concerned)


def _tell(
    app: App,
    kind: str,
    decisions: Sequence[dict[str, Json]],
    done: Sequence[Resolution],
    before: _Golden,
    *,
    dry_run: bool,
) -> None:
    """{type: decided | undone, dry_run, decisions, changes: [{customer_id, change, into, records, fields}]}."""
    changes = [change for resolution in done for change in _changes(resolution, before)]
    app.output.item({"type": kind, "dry_run": dry_run, "decisions": decisions, "changes": changes})
    if app.output.json:
        return
    numbers = ", ".join(str(item["id"]) for item in decisions if item["id"] is not None)
    if numbers:
        app.output.text(f"{'would undo' if dry_run else kind}: {numbers}")
        if kind == "decided":
            app.output.note(f"`hub customers undo {numbers.replace(',', '')} --reason …` takes it back.")
    for change in changes:
        app.output.text(*_lines(change))
    if not changes:
        app.output.text("no customer changes")
    if dry_run:
        app.output.note("Nothing was written.")


def _changes(resolution: Resolution, before: _Golden) -> list[dict[str, Json]]:
    from hub.store.identity import GOLDEN_COLUMNS

    made = resolution.assignment
    changes: list[dict[str, Json]] = [
        {"customer_id": loser, "change": "merged", "into": into, "records": 0, "fields": {}}
        for loser, into in made.merged.items()
    ]
    for item in resolution.golden:
        was = before.get(item.customer_id) or (None,) * len(GOLDEN_COLUMNS)
        fields = {
            name: {"was": old, "is": new}
            for name, old, new in zip(GOLDEN_COLUMNS, was, item.fields, strict=True)
            if old != new
        }
        change = "new" if item.customer_id in made.new else "changed"
        change = "revived" if item.customer_id in made.revived else change
        changes.append(
            {
                "customer_id": item.customer_id,
                "change": change,
                "into": None,
                "records": item.members,
                "fields": fields,
            }
        )
    return changes


def _lines(change: dict[str, Any]) -> list[str]:
    if change["change"] == "merged":
        return [f"{change['customer_id']} merged into {change['into']}"]
    lines = [f"{change['customer_id']} {change['change']}, {plural(change['records'], 'record')}"]
    for name, field in change["fields"].items():
        was, now = ("nothing" if field[side] is None else field[side] for side in ("was", "is"))
        lines.append(
            f"  {name}: {now}" if change["change"] in ("new", "revived") else f"  {name}: {was} -> {now}"
        )
    return lines
