"""Alerts: rules over what the store knows of a connection, and what follows when one begins or ceases to hold.

Pure: `hub.insight.alert_facts` asks the store, `hub.sync.alerting` writes what follows and tells people. A person is told
of a change only: once when a rule begins to hold and once when it ceases, however many runs lie between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import median
from typing import Literal, NamedTuple

from hub.canonical.time import to_text
from hub.models import AlertRule, Json, Outcome, Run, RunKind, RunStatus
from hub.settings import AlertSettings
from hub.settings.schedule import nth_due
from hub.store.alerts import AlertRow

#: Shorter than this nothing counts as stale, however short the interval.
PATIENCE = timedelta(minutes=15)
#: Earlier runs that it takes to know how long one usually is.
USUAL = 5
#: Times 24 hours that the last is held against.
DAYS = 7
#: The share of its limit at which a full quarantine counts as emptied, so that it does not flicker.
EMPTIED = 0.8
#: A person's own pause is no news to them.
_PAUSED = "HUB-7020"
_REFUSED = (Outcome.REJECTED, Outcome.INVALID, Outcome.UNKNOWN)
_COMPLETE = (RunStatus.SUCCEEDED, RunStatus.WITH_REJECTS)
_BROKEN = (RunStatus.FAILED, RunStatus.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows of one connection."""

    connection: str
    now: datetime
    #: Since when the hub knows it.
    known_since: datetime
    #: The latest runs of each kind that ended, the youngest first; none that was cancelled or found another one at it.
    runs: Mapping[RunKind, Sequence[Run]] = field(default_factory=dict)
    #: Ids of runs that ended because credentials were refused.
    unauthorised: frozenset[str] = frozenset()
    #: Runs under way whose process lives.
    running: Sequence[Run] = ()
    schedule: str | None = None
    timezone: str = "UTC"
    #: When the latest run began that reads (or, where nothing is read, pushes) and came to its end.
    last_success: datetime | None = None
    #: Records and deliveries that are kept aside or in doubt.
    kept_aside: int = 0
    #: Field -> for how many records of the destination it is not sent any more.
    frozen: Mapping[str, int] = field(default_factory=dict)
    #: Records read in each of the last times 24 hours, the latest first; empty while they are too few to tell.
    volumes: Sequence[int] = ()


class Finding(NamedTuple):
    """A rule holds: a sentence with what to do, and its particulars. Names, numbers and codes, never anybody's data."""

    message: str
    detail: Mapping[str, Json]


Rule = Callable[[Facts, AlertSettings, bool], Finding | None]


def findings(facts: Facts, limits: AlertSettings, open_: frozenset[str]) -> dict[AlertRule, Finding]:
    """The rules that hold. open_: those that held when they were looked at before."""
    held = {
        rule: check(facts, limits, rule in open_)
        for rule, check in RULES.items()
        if rule not in limits.ignore
    }
    return {rule: found for rule, found in held.items() if found is not None}


# --- runs ----------------------------------------------------------------------------------------------------------


def _failed(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    for kind, run in _latest(facts):
        if run.id in facts.unauthorised:
            continue
        look = f"`hub runs show {run.id}` tells more."
        if run.status is RunStatus.FAILED:
            return Finding(f"the last {kind} failed with {_code(run)}. {look}", _told(run))
        row = len(list(takewhile(lambda one: one.status in _BROKEN, facts.runs[kind])))
        if row >= limits.failed_runs:
            which = f"the last {row} runs ({kind})" if row > 1 else f"the last {kind}"
            message = f"{which} did not come to an end, the latest with {_code(run)}."
            return Finding(f"{message} {look}", {**_told(run), "runs": row})
    return None


def _auth(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    for kind, run in _latest(facts):
        if run.id in facts.unauthorised:
            message = f"credentials were refused ({kind}, {_code(run)}). Renew them; `hub connect test {facts.connection}` tries."
            return Finding(message, _told(run))
    return None


def _guard(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    for kind, run in _latest(facts):
        if run.status is RunStatus.STOPPED and _code(run) != _PAUSED:
            message = f"a guard stopped the last {kind} ({_code(run)}). `hub runs show {run.id}` tells why and what to do."
            return Finding(message, _told(run))
    return None


def _partial(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    for kind, runs in facts.runs.items():
        rows = refused = 0
        for run in runs:
            rows += run.counts.get("read", 0)
            refused += sum(run.counts.get(outcome, 0) for outcome in _REFUSED)
            if rows >= limits.partial_rows:
                break
        # Once nothing is kept aside any more, somebody has seen to it.
        if rows >= limits.partial_rows and refused > rows * limits.partial and facts.kept_aside:
            message = f"{refused:,} of the last {rows:,} rows ({kind}) were refused. {_where_kept(facts.connection, kind)}"
            return Finding(message, {"kind": kind.value, "refused": refused, "rows": rows})
    return None


def _quarantine(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    limit = limits.quarantine * (EMPTIED if was_open else 1)
    if facts.kept_aside <= limit:
        return None
    message = f"{facts.kept_aside:,} records and deliveries are kept aside or in doubt. `hub rejects list --by-code` and "
    message += f"`hub deliveries list --connection {facts.connection}` tell which."
    return Finding(message, {"count": facts.kept_aside, "limit": limits.quarantine})


def _stale(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    if facts.schedule is None or facts.running:  # a run that hangs is slow
        return None
    since = facts.last_success or facts.known_since
    due = nth_due(facts.schedule, since, limits.stale, facts.timezone)
    if due is None or facts.now <= max(due, since + PATIENCE):
        return None
    last = f"since {to_text(facts.last_success)}" if facts.last_success else "yet"
    message = f"no success {last}, with a schedule of {facts.schedule}. See whether `hub serve` runs; `hub runs list "
    message += f"--connection {facts.connection}` tells what ran."
    detail = {"last_success": to_text(facts.last_success) if facts.last_success else None}
    return Finding(message, {**detail, "schedule": facts.schedule})


def _slow(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    for kind, runs in facts.runs.items():
        running = [run for run in facts.running if run.kind is kind]
        run, earlier = (running[0], runs) if running else (next(iter(runs), None), runs[1:])
        usual = [_seconds(one, facts.now) for one in earlier if one.status in _COMPLETE]
        if run is None or len(usual) < USUAL:
            continue
        took, most = _seconds(run, facts.now), max(median(usual) * limits.slow, limits.slow_minutes * 60)
        if took > most:
            how = "has been under way for" if running else "took"
            message = f"the {'present' if running else 'last'} {kind} {how} {_minutes(took)}, usual are {_minutes(median(usual))}."
            detail = {
                "run_id": run.id,
                "kind": kind.value,
                "seconds": round(took),
                "usual": round(median(usual)),
            }
            return Finding(f"{message} `hub runs show {run.id}` tells more.", detail)
    return None


def _volume(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    if len(facts.volumes) <= DAYS or facts.last_success is None:
        return None
    last, *before = facts.volumes
    whole_day = facts.last_success > facts.now - timedelta(days=1)
    if max(before) < limits.volume_rows or not whole_day:  # where nothing could be read, another rule says so
        return None
    least, most = min(before), max(before)
    if least * limits.volume_low <= last <= most * limits.volume_high:
        return None
    message = f"{last:,} records were read in 24 hours; on the {DAYS} days before {least:,} to {most:,}. See whether the "
    message += "system has lost, or gained, what it should not."
    return Finding(message, {"rows": last, "least": least, "most": most})


def _loop(facts: Facts, limits: AlertSettings, was_open: bool) -> Finding | None:
    if not facts.frozen:
        return None
    names = ", ".join(facts.frozen)
    message = f"{names}: the destination rewrites it or it goes back and forth, so that it is not sent any more for "
    message += f"{sum(facts.frozen.values()):,} fields of records. Mend the mapping or the CRM's automation, then `hub push thaw`."
    return Finding(message, {"fields": dict(facts.frozen)})


RULES: Mapping[AlertRule, Rule] = {
    AlertRule.FAILED: _failed,
    AlertRule.AUTH: _auth,
    AlertRule.GUARD: _guard,
    AlertRule.PARTIAL: _partial,
    AlertRule.QUARANTINE: _quarantine,
    AlertRule.STALE: _stale,
    AlertRule.SLOW: _slow,
    AlertRule.VOLUME: _volume,
    AlertRule.LOOP: _loop,
}


def _latest(facts: Facts) -> Iterator[tuple[RunKind, Run]]:
    """The latest run of each kind."""
    return ((kind, runs[0]) for kind, runs in facts.runs.items() if runs)


def _code(run: Run) -> str:
    return (run.error or {}).get("code") or "an error"


def _told(run: Run) -> dict[str, Json]:
    code = (run.error or {}).get("code")
    return {"run_id": run.id, "kind": run.kind.value, "status": run.status.value, "code": code}


def _seconds(run: Run, now: datetime) -> float:
    return ((run.finished_at or now) - run.started_at).total_seconds()


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _where_kept(connection: str, kind: RunKind) -> str:
    if kind is RunKind.PUSH:
        return f"`hub deliveries list --connection {connection}` tells why."
    return f"`hub rejects list --connection {connection}` tells why."


# --- what follows --------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """What follows for one rule of one connection."""

    #: How the alert stands now.
    row: AlertRow
    #: Whether it has just begun, or ceased, to hold.
    change: Literal["opened", "closed"] | None = None
    #: Whether people are to be told, and of what.
    tell: Literal["opened", "closed"] | None = None


def step(row: AlertRow, found: Finding | None, now: str, *, heard: bool = True) -> Step | None:
    """What follows from looking at a rule; None: nothing. row: how it stood; a rule never seen is closed.

    heard: whether some channel would be told. Who was told that it is open is told that it is over, muted or not."""
    if found is None:
        if not row.is_open:
            return None
        closed = row._replace(state="closed", since=now, told=False)
        return Step(closed, "closed", "closed" if row.told and heard else None)
    seen = row._replace(last_seen=now, message=found.message, detail=dict(found.detail))
    change: Literal["opened"] | None = None
    if not row.is_open:
        seen, change = seen._replace(state="open", since=now, told=False), "opened"
    is_muted = row.muted_until is not None and row.muted_until > now
    if not seen.told and heard and not is_muted:
        return Step(seen._replace(told=True), change, "opened")
    return Step(seen, change)
