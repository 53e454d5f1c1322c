"""What `hub push reconcile` does and shows: how a destination stands against what the hub knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hub.cli.app import App
from hub.cli.looking import section
from hub.cli.output import Column, plural
from hub.cli.shapes import error_lines, run_item

if TYPE_CHECKING:
    from hub.models import Json
    from hub.sync.reconcile import ReconcileOptions
    from hub.sync.reconcile_report import Report
    from hub.sync.reconcile_step import Reconciled

#: What becomes of a drifted field; the words of `hub.sync.comparing.End`.
ENDS = ("ours", "theirs", "asked", "agreed", "frozen")
#: What a repair did.
REPAIRED = ("planned", "accepted", "removed", "recreated", "unlinked", "changed_meanwhile")

_KINDS = (
    Column("kind", "kind"),
    Column("count", "how many", number=True),
    Column("meaning", "what that means"),
)
_FIELDS = (
    Column("field", "field"),
    Column("wins", "whose word"),
    Column("ours", "ours goes", number=True),
    Column("theirs", "theirs stays", number=True),
    Column("asked", "you are asked", number=True),
    Column("agreed", "we agree", number=True),
    Column("frozen", "not sent", number=True),
)
_DRIFTED = tuple(
    Column(name, title)
    for name, title in (
        ("customer_id", "customer"), ("remote_id", "record"), ("field", "field"), ("before", "known"),
        ("there", "there now"), ("becomes", "whose stays"),
    )
)  # fmt: skip
_LINKS = (Column("customer_id", "customer"), Column("remote_id", "record"), Column("why", "why"))
_MEANING = {
    "same": "as we know them",
    "drifted": "somebody changed them there",
    "missing": "linked, and not there any more",
    "orphaned": "ours, and their customer is no more",
    "unlinked": "nobody's here: left as they are",
}


def run(app: App, name: str, options: ReconcileOptions, *, reveal: bool) -> int:
    """Reconciles, and tells what was found. The exit code."""
    from hub.cli.live import show_progress
    from hub.cli.stopping import stopped_gently
    from hub.sync.reconcile_step import ReconcileStep

    engine = app.engine
    step = ReconcileStep.of(engine, name)
    with stopped_gently(engine.stop, app.output) as asked, show_progress(app.output) as show:
        done = step.run(options, show)
    _tell(app, done, options, reveal=reveal)
    errors = [done.error] if done.error else []
    return asked.exit_code(done.error.exit_code if done.error else 0, errors)


def _tell(app: App, done: Reconciled, options: ReconcileOptions, *, reveal: bool) -> None:
    output = app.output
    for report in done.reports:
        told = _told(done.run.connection, done.run.id, report, reveal=reveal)
        output.item(told)
        if not output.json:
            _show(app, told)
    output.item({"type": "summary", "runs": [run_item(done.run)]})
    if done.error:
        output.complain(*error_lines([(done.run, done.error)]))
    else:
        _advise(app, done, options)


def _told(name: str, run_id: str, report: Report, *, reveal: bool) -> dict[str, Json]:
    counts = {kind.value: number for kind, number in report.outcomes.items()}
    repaired = report.repaired
    return {
        "type": "push_reconcile",
        "connection": name,
        "run_id": run_id,
        "object": report.object,
        "believed": report.believed,
        "records": report.records,
        **{kind: counts.get(kind, 0) for kind in _MEANING},
        "missing": counts.get("missing", 0) if report.believed else None,
        "fields": [
            {"field": field, "wins": report.wins[field], **{end: report.fields[field][end] for end in ENDS}}
            for field in report.names
        ],
        "samples": _samples(report, reveal=reveal),
        "repaired": None if repaired is None else {word: repaired[word] for word in REPAIRED},
    }


def _samples(report: Report, *, reveal: bool) -> dict[str, Json]:
    from hub.insight.masking import mask_raw

    def shown(value: Any, name: str) -> Json:
        return value if reveal else mask_raw(value, name)

    return {
        "drifted": [
            {
                "customer_id": one.customer_id,
                "remote_id": one.remote_id,
                "why": one.why,
                "fields": [
                    {
                        "field": name,
                        "before": shown(field.before, name),
                        "there": shown(field.there, name),
                        "becomes": field.becomes,
                    }
                    for name, field in one.fields.items()
                ],
            }
            for one in report.drifted
        ],
        "missing": [{"customer_id": one.customer_id, "remote_id": one.remote_id} for one in report.missing],
        "orphaned": [
            {"customer_id": one.customer_id, "remote_id": one.remote_id, "why": one.why}
            for one in report.orphaned
        ],
        "unlinked": [
            {
                "remote_id": one.remote_id,
                "fields": {
                    name: shown(value, name)
                    for name, value in one.fields.items()
                    if value not in (None, "", [])
                },
            }
            for one in report.unlinked
        ],
    }


def _show(app: App, told: dict[str, Any]) -> None:
    output = app.output
    output.text(f"{told['object']} of {told['connection']}: {plural(told['records'], 'record')} there")
    rows = [
        {"kind": kind, "count": "unknown" if told[kind] is None else told[kind], "meaning": meaning}
        for kind, meaning in _MEANING.items()
    ]
    output.rows(rows, _KINDS)
    section(app, "Fields that drift", told["fields"], _FIELDS)
    samples = told["samples"]
    drifted = [
        {**one, **field}
        for one in samples["drifted"]
        for field in one["fields"] or [{"field": "", "becomes": "it is back there"}]
    ]
    section(app, "Drifted", drifted, _DRIFTED)
    section(app, "Missing", samples["missing"], _LINKS[:2])
    section(app, "Orphaned", samples["orphaned"], _LINKS)
    unlinked = [{"id": one["remote_id"], **one["fields"]} for one in samples["unlinked"]]
    names = list(dict.fromkeys(name for row in unlinked for name in row))
    section(app, "Unlinked", unlinked, [Column(name, name) for name in names])


def _advise(app: App, done: Reconciled, options: ReconcileOptions) -> None:
    name, note = done.run.connection, app.output.note
    repaired = _sum(done)
    if repaired is None:
        if any(report.wrong for report in done.reports):
            note(f'Nothing was changed. `hub push reconcile {name} --repair --reason "…"` repairs drift.')
            note(f"`hub rows list --run {done.run.id}` names every record.")
        return
    words = ", ".join(
        f"{repaired[word]:,} {word.replace('_', ' ')}" for word in REPAIRED if repaired.get(word)
    )
    note(f"Repaired: {words or 'nothing was left to do'}.")
    if any(repaired.get(word) for word in ("planned", "removed", "recreated")):
        note(f"`hub push {name}` sends what was planned.")
    if done.run.counts["missing"] and not options.missing:
        note(
            "What is missing was left as it is: `--missing recreate` makes it again, `--missing unlink` lets it go."
        )


def _sum(done: Reconciled) -> Mapping[str, int] | None:
    """What the repair did, over all objects; None where none was asked for."""
    found = [report.repaired for report in done.reports if report.repaired is not None]
    return {word: sum(one[word] for one in found) for word in REPAIRED} if found else None
