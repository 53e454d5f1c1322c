"""Alerts: looked at, written down, and told to people once when they begin and once when they are over.

State and notices are written in one transaction, so that two processes that look at once open an alert once. Sending comes
after it, by one process at a time; what could not be delivered waits for the next look, longer each time, and keeps its
place: a channel never hears that something is over before it heard that it began.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from hub.canonical.time import to_text
from hub.errors import HubError, Locked, Retry
from hub.insight.alert_facts import facts_of
from hub.insight.alerts import Step, findings, step
from hub.models import AlertRule
from hub.settings import ChannelSettings, Settings
from hub.store.alerts import AlertRow, Notice
from hub.store.api import Store
from hub.store.events import Level
from hub.sync.notices import deliver

_log = logging.getLogger("hub.alerts")

#: Minutes until a notice is tried again, after the first failure, the second …; after the last it is given up.
DISTANCES = (1, 5, 30, 120, 360, 720, 1440, 1440, 1440)
_LEASE = "alerts"
#: Seconds to wait for another process that is sending.
_WAIT = 15.0

Deliver = Callable[[ChannelSettings, Notice], None]


def look(
    store: Store, settings: Settings, names: Collection[str] | None = None, now: datetime | None = None
) -> list[Step]:
    """Looks at connections (None: all, and those that are none any more) and writes what follows; what changed."""
    moment = now or datetime.now(UTC)
    if not any(_steps(store, settings, names, moment)):
        return []
    with store.write():  # looked at again: another process may have been faster
        steps = list(_steps(store, settings, names, moment))
        store.alerts.put(one.row for one in steps)
        names_of = store.connections.names()
        for one in steps:
            _follow(store, settings, one, names_of[one.row.connection_id], to_text(moment))
    return [one for one in steps if one.change]


def _steps(store: Store, settings: Settings, names: Collection[str] | None, now: datetime) -> Iterator[Step]:
    limits = settings.alerts
    for connection in store.connections.all():
        if names is not None and connection.name not in names:
            continue
        rows = {row.rule: row for row in store.alerts.find(connection.id)}
        found = {}
        if connection.name in settings.connections:
            facts = facts_of(store, settings, connection.id, connection.name, now)
            found = findings(facts, limits, frozenset(rule for rule, row in rows.items() if row.is_open))
        for rule in AlertRule:
            row = rows.get(rule, AlertRow(connection.id, rule.value, "closed", to_text(now)))
            follows = step(row, found.get(rule), to_text(now), heard=bool(channels_of(settings, rule)))
            if follows is not None:
                yield follows


def channels_of(settings: Settings, rule: str) -> list[str]:
    """The channels that are told of a rule."""
    return [name for name, channel in settings.alerts.channels.items() if channel.wants(rule)]


def _follow(store: Store, settings: Settings, one: Step, connection: str, now: str) -> None:
    """The line in the log of the connection, and the notices."""
    row = one.row
    if one.change:
        level = Level.WARNING if one.change == "opened" else Level.INFO
        data = {"rule": row.rule, "change": one.change}
        store.events.add(None, row.connection_id, level, "alert", f"An alert {one.change}", data)
    if one.tell:
        body = orjson.dumps(notice_of(row, connection, one.tell, now)).decode()
        store.alerts.tell(channels_of(settings, row.rule), row.connection_id, body, now)


def notice_of(row: AlertRow, connection: str, tell: str, now: str) -> dict[str, object]:
    """What a channel is told. Names, numbers and codes; never a secret or anybody's data."""
    return {
        "type": f"alert.{tell}",
        "rule": row.rule,
        "connection": connection,
        "message": row.message if tell == "opened" else "This is over.",
        "since": row.since,
        "at": now,
        "detail": row.detail or {},
    }


def send(
    store: Store,
    settings: Settings,
    *,
    stopping: Callable[[], bool] = lambda: False,
    now: datetime | None = None,
    deliver: Deliver = deliver,
) -> None:
    """Sends the notices that are due. What cannot be delivered now waits; where another process sends, it does all."""
    waiting = {notice.channel for notice in store.alerts.waiting()}
    if not waiting:
        return
    try:
        with store.leases.held(_LEASE, "sending notices", wait=_WAIT):
            for name in sorted(waiting):
                _send(store, settings.alerts.channels.get(name), name, stopping, now, deliver)
    except Locked:
        _log.info("another process sends the notices", extra={"action": "alert"})


def _send(
    store: Store,
    channel: ChannelSettings | None,
    name: str,
    stopping: Callable[[], bool],
    now: datetime | None,
    deliver: Deliver,
) -> None:
    """One channel's notices, in order, until one cannot be delivered. Those of a channel that is no more go."""
    while (notice := store.alerts.next_notice(name)) and not stopping():
        moment = now or datetime.now(UTC)
        if channel is None:
            store.alerts.remove(notice.id)
            continue
        if notice.next_at > to_text(moment):
            return
        try:
            deliver(channel, notice)
        except HubError as error:
            _failed(store, notice, error, moment)
            return
        store.alerts.remove(notice.id)
        _log.info("a notice was sent", extra={"action": "alert", "channel": name})


def _failed(store: Store, notice: Notice, error: HubError, now: datetime) -> None:
    facts = {"action": "alert", "channel": notice.channel, "code": error.code, "tries": notice.attempts + 1}
    if notice.attempts >= len(DISTANCES):
        store.alerts.remove(notice.id)
        data = {"channel": notice.channel, "code": error.code}
        message = "A notice could not be delivered, and is given up"
        store.events.add(None, notice.connection_id, Level.ERROR, "alert", message, data)
        _log.error("a notice is given up", extra=facts)
        return
    again = now + timedelta(minutes=DISTANCES[notice.attempts])
    if isinstance(error, Retry):
        again = max(again, error.until)
    store.alerts.try_later(notice.id, to_text(again), error.code)
    _log.warning("a notice could not be delivered, and is tried again", extra=facts)


def watch(
    store: Store,
    settings: Settings,
    names: Sequence[str] | None = None,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Looks and sends. It comes after runs and must never hurt one: what goes wrong is logged, and nothing is raised."""
    try:
        look(store, settings, names)
        send(store, settings, stopping=stopping)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run that ended is not to blame
        facts = {"action": "alert", "kind": type(error).__name__, "code": getattr(error, "code", "")}
        _log.error("alerts could not be looked at", extra=facts)
