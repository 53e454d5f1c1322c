"""What `hub push` does and shows: a run, or what one would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.cli.app import App
from hub.cli.output import Column, plural
from hub.cli.shapes import error_lines, run_columns, run_item, run_row

if TYPE_CHECKING:
    from hub.models import Json
    from hub.sync.guard import Forecast, Held, Sample
    from hub.sync.options import Progress, SyncResult
    from hub.sync.push import PushOptions

_SAMPLES = (
    Column("customer_id", "customer", whole=True),
    Column("object", "object"),
    Column("action", "action"),
    Column("field", "field"),
    Column("before", "before"),
    Column("after", "after"),
)


def run(app: App, names: Sequence[str], options: PushOptions, *, reveal: bool) -> int:
    """Pushes, and tells how it ended; a first push shows what the next one will do. The exit code."""
    from hub.cli.live import show_progress
    from hub.cli.stopping import stopped_gently
    from hub.models import RunKind
    from hub.sync.options import SyncOptions

    wanted = SyncOptions(steps=frozenset({RunKind.PUSH}), push=options)
    engine = app.engine
    with stopped_gently(engine.stop, app.output) as asked, show_progress(app.output) as show:

        def progress(sign: Progress) -> None:
            if sign.finished:
                app.output.item(run_item(sign.finished))
            show(sign)

        result = engine.sync(names, wanted, progress)
        engine.watch([run.connection for run in result.runs])
    _tell(app, result)
    for ended in result.runs:
        if (ended.error or {}).get("code") == "HUB-7021":
            preview(app, ended.connection, options, reveal=reveal)
    return asked.exit_code(result.exit_code, result.errors.values())


def _tell(app: App, result: SyncResult) -> None:
    output = app.output
    output.item({"type": "summary", "runs": [run_item(run) for run in result.runs]})
    if not output.json:
        output.rows([run_row(run) for run in result.runs], _columns(result))
    failed = [(run, result.errors[run.id]) for run in result.runs if run.id in result.errors]
    output.complain(*error_lines(failed))
    kept = sum(run.counts.get(name, 0) for run in result.runs for name in ("rejected", "invalid", "unknown"))
    if kept:
        output.note("Rows were refused or are in doubt: `hub deliveries list` tells which and why.")


def _columns(result: SyncResult) -> list[Column]:
    """Those of every run, and the buckets that only a push has, where one has any."""
    more = [
        Column(name, name, number=True)
        for name in ("suppressed", "invalid", "unknown", "pending")
        if any(run.counts.get(name) for run in result.runs)
    ]
    columns = run_columns(result.runs)
    return [*columns[:-1], *more, columns[-1]]


def preview(app: App, name: str, options: PushOptions, *, reveal: bool) -> None:
    """What a push would do, and which guards would hold it. A person has then seen it."""
    from hub.sync.guard import Limits, judge
    from hub.sync.push import emptied_sources

    ahead = app.engine.preview(name, seen=True)
    item = app.engine.connected(name)
    number = app.store.connections.connection_id(name, item.settings.connector)
    standing = app.store.push_control.standing(number)
    held: list[Held] = []
    if not item.connector.capabilities.snapshot:
        held = judge(
            ahead,
            Limits.of(item.settings.push_limits),
            first=standing.filled_at is None,
            accepted=app.store.push_links.accepted_with(number) == item.mapping.out_hash,
            limit=options.limit,
            allowed=options.overrides.keys(),
            emptied=emptied_sources(app.store),
        )
    told = _told(name, ahead, held, first=standing.begun_at is None, reveal=reveal)
    can = item.connector.capabilities
    told["can_match"] = bool(can.scans or can.lookup)
    app.output.item(told)
    if not app.output.json:
        _show(app, told)


def _told(name: str, ahead: Forecast, held: Sequence[Held], *, first: bool, reveal: bool) -> dict[str, Json]:
    return {
        "type": "push_preview",
        "connection": name,
        "holds": ahead.linked,
        "creates": ahead.creates,
        "updates": ahead.updates,
        "deletes": ahead.deletes,
        "removals": dict(ahead.removals),
        "objects": _by_object(ahead),
        "unchanged": ahead.unchanged,
        "kept_back": ahead.kept_back,
        "in_doubt": ahead.in_doubt,
        "opt_outs": ahead.opt_outs,
        "fields": dict(ahead.fields.most_common()),
        "clears": dict(ahead.clears.most_common()),
        "first": first,
        "held": [{"guard": one.guard, "code": one.code, "message": one.message} for one in held],
        "samples": [_sample(one, reveal=reveal) for one in ahead.samples],
    }


def _by_object(ahead: Forecast) -> dict[str, Json]:
    """Object -> action -> how many rows."""
    found: dict[str, Json] = {}
    for (object_, action), count in sorted(ahead.objects.items()):
        found.setdefault(object_, {})[action] = count
    return found


def _sample(sample: Sample, *, reveal: bool) -> dict[str, Json]:
    from hub.insight.masking import mask_raw

    def shown(fields: dict[str, Json]) -> dict[str, Json]:
        return fields if reveal else {name: mask_raw(value, name) for name, value in fields.items()}

    return {
        "customer_id": sample.customer_id,
        "object": sample.object,
        "action": sample.action,
        "before": shown(sample.before),
        "after": shown(sample.after),
    }


def _removed(told: dict[str, Any]) -> str:
    """What is done to records of customers that are no more."""
    words = {"delete": "to delete", "archive": "to put away", "tag": "to mark"}
    return " or ".join(words[op] for op in told["removals"]) or words["delete"]


def _show(app: App, told: dict[str, Any]) -> None:
    output = app.output
    counts = ", ".join(
        f"{told[key]:,} {word}"
        for key, word in (
            ("creates", "to create"), ("updates", "to update"), ("deletes", _removed(told)), ("unchanged", "unchanged"),
            ("kept_back", "kept back"), ("in_doubt", "in doubt"),
        )
        if told[key] or key in ("creates", "updates", "deletes")
    )  # fmt: skip
    output.text(f"{told['connection']} holds {told['holds']:,} records; a push has {counts}")
    if len(told["objects"]) > 1:
        for name, actions in told["objects"].items():
            output.text(f"  {name}: {', '.join(f'{action} {count:,}' for action, count in actions.items())}")
    for title, key in (("fields that change", "fields"), ("fields that are emptied", "clears")):
        if told[key]:
            output.text(f"  {title}: {', '.join(f'{name} {count:,}' for name, count in told[key].items())}")
    if told["opt_outs"]:
        output.text(f"  before all others: {plural(told['opt_outs'], 'opt-out')}")
    rows = [row for sample in told["samples"] for row in _field_rows(sample)]
    if rows:
        output.text("")
        output.rows(rows, _SAMPLES)
    for one in told["held"]:
        output.note(f"guard {one['guard']} would hold it: {one['code']} {one['message']}")
    name = told["connection"]
    if told["first"] and told["creates"] + told["updates"] + told["deletes"]:
        output.note(f"Nothing was sent. `hub push {name}` sends it; `hub push {name} --limit 5` tries a few.")
        if told["can_match"]:
            output.note(
                f"`hub push match {name}` shows which records there are whose, so that none is made twice."
            )


def _field_rows(sample: dict[str, Any]) -> list[dict[str, Json]]:
    """One row for each field of a sample."""
    names = list(dict.fromkeys([*sample["after"], *sample["before"]])) or [""]
    return [
        {**sample, "field": name, "before": sample["before"].get(name), "after": sample["after"].get(name)}
        for name in names
    ]


#: For so long back it is told what became of our own writes.
_ECHO_DAYS = timedelta(days=7)


def echo_lines(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """What became of our own writes, for people; nothing of a destination where none came back."""
    lines = []
    for item in items:
        told = item["echoes"]
        fields = ", ".join(f"{name} {count:,}" for name, count in told["near_miss_fields"].items())
        words = [
            f"{told[key]:,} {text}"
            for key, text in (
                ("suppressed", "records came back as we wrote them and were no news"),
                ("near_misses", f"fields came back as something else, by others or by itself ({fields})"),
                ("edits", "fields were changed by somebody else after our write"),
                ("expired", "fields did not come back within two days"),
            )
            if told[key]
        ]
        if words:
            lines.append(f"{item['connection']}, last 7 days: {'; '.join(words)}")
    return lines


def standings(app: App, names: Sequence[str]) -> list[dict[str, Json]]:
    """How each destination stands."""
    return [_standing(app, name) for name in names]


def _standing(app: App, name: str) -> dict[str, Json]:
    from hub.canonical.time import now_text
    from hub.sync.echo import tally

    store = app.store
    number = store.connections.connection_id(name, app.settings.connection(name).connector)
    standing, counts = store.push_control.standing(number), store.outbox.counts(number)
    pauses, opt_outs = store.push_control.pauses(number), store.outbox.opt_outs(number)
    whole = [one for one in pauses if not one.object]
    if whole:
        state, detail = "paused", f"{whole[0].actor}: {whole[0].reason}"
    elif standing.closed_until and standing.closed_until > now_text():
        state, detail = "closed", f"too much failed; tried again from {standing.closed_until}"
    elif parked := _parked(app, name):
        state, detail = "parked", parked
    elif app.engine.connected(name).connector.capabilities.snapshot:
        state, detail = "open", "a copy of ours"
    elif standing.begun_at is None:
        state, detail = "waits", f"for its first `hub push {name}`"
    else:
        state, detail = "open", ", ".join(f"{one.object} paused by {one.actor}" for one in pauses)
    if opt_outs:
        detail = ", ".join(filter(None, (detail, f"{plural(opt_outs, 'opt-out')} first")))
    return {
        "connection": name,
        "state": state,
        "detail": detail,
        "opt_outs": opt_outs,
        "records": store.outbox.linked(number),
        "waiting": counts.get("pending", 0) + counts.get("retry", 0),
        "refused": counts.get("rejected", 0) + counts.get("invalid", 0),
        "unknown": counts.get("unknown", 0),
        "previewed_at": standing.previewed_at,
        "begun_at": standing.begun_at,
        "echoes": tally(store, number, datetime.now(UTC) - _ECHO_DAYS),
    }


def _parked(app: App, name: str) -> str:
    """Why nothing is sent before a time that the vendor's allowance gives; empty when there is no such reason."""
    from hub.canonical.time import to_text
    from hub.http.quota import Part

    item, budgets = app.engine.connected(name), app.store.budgets
    over = budgets.used_up(item.account, Part(item.settings.budget_share))
    if over is not None:
        quota, window = over
        return (
            f"{window.used:,} of {window.allowed:,} calls are used by us ({quota}), a share of "
            f"{item.settings.budget_share:.0%} is allowed; it goes on by itself from {to_text(window.ends_at)}"
        )
    until = budgets.parked_until(item.account)
    return f"the vendor asked for silence; it goes on by itself from {to_text(until)}" if until else ""
