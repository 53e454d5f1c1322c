"""`hub alerts`: what is wrong now, and who is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.output import Column
from hub.models import AlertRule

if TYPE_CHECKING:
    from hub.models import Json
    from hub.store.alerts import AlertRow

_LIST = (
    Column("connection", "connection"),
    Column("rule", "rule"),
    Column("state", "state"),
    Column("since", "since"),
    Column("muted_until", "muted until"),
    Column("message", "found"),
)
_RULE = click.Choice([rule.value for rule in AlertRule])


class Span(click.ParamType[float]):
    """How long: `30m`, `2h`, `7d`, in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Text to seconds."""
        from hub.settings.schedule import interval_seconds

        seconds = value if isinstance(value, float) else interval_seconds(value)
        if seconds is None:
            self.fail("write how long: 30m, 2h, 7d", param, ctx)
        return float(seconds)


@click.group("alerts", cls=Group)
def alerts() -> None:
    """What is wrong now, and who is told: look, test, mute.

    A channel of hub.yaml is told once when an alert opens and once when it closes, never of every run.
    """


@alerts.command("list", examples=("hub alerts list", "hub alerts list --all --json"), exits=(0, 3, 9))
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@pass_app
def list_alerts(app: App, every: bool) -> None:
    """Alerts that are open, and notices that wait for their channel."""
    names = app.store.connections.names()
    found = [_item(row, names) for row in app.store.alerts.find(open_only=not every)]
    app.output.rows(found, _LIST, empty="No alert is open.")
    failing = {one.channel: one.error for one in reversed(app.store.alerts.waiting()) if one.error}
    for channel, code in failing.items():
        app.output.note(
            f"Notices wait for channel {channel}, which failed with {code}: `hub alerts test {channel}`."
        )


def _item(row: AlertRow, names: dict[int, str]) -> dict[str, Json]:
    return {
        "connection": names[row.connection_id],
        "rule": row.rule,
        "state": row.state,
        "since": row.since,
        "last_seen": row.last_seen,
        "message": row.message,
        "detail": row.detail or {},
        "told": row.told,
        "muted_until": row.muted_until,
    }


@alerts.command("check", examples=("hub alerts check", "hub alerts check --json"), exits=(0, 3, 5, 9))
@pass_app
def check(app: App) -> int:
    """Look at all connections now, and send the notices that are due.

    `hub serve` does so every minute, and every sync and push for its own connections. Where neither is always running,
    call this from cron: nothing else sees that something does not run any more. It ends with 5 when an alert is open.
    """
    app.engine.watch()
    found = app.store.alerts.find(open_only=True)
    names = app.store.connections.names()
    app.output.rows([_item(row, names) for row in found], _LIST, empty="No alert is open.")
    return 5 if found else 0


@alerts.command("test", examples=("hub alerts test chat", "hub alerts test mail --json"), exits=(0, 2, 3, 7))
@click.argument("channel", metavar="CHANNEL")
@pass_app
def test(app: App, channel: str) -> None:
    """Send a notice that says that CHANNEL works."""
    from datetime import UTC, datetime

    from hub.errors import NotFound
    from hub.settings import choices
    from hub.sync.notices import deliver, trial

    found = app.settings.alerts.channels.get(channel)
    if found is None:
        hint = choices(channel, app.settings.alerts.channels)
        raise NotFound("HUB-6041", f"there is no channel {channel!r}", hint=hint)
    deliver(found, trial(channel, datetime.now(UTC)))
    app.output.item({"type": "alerts", "action": "tested", "channel": channel})
    app.output.text(f"{channel} took the notice")


@alerts.command(
    "mute",
    examples=("hub alerts mute stale shop-eu --for 2h", "hub alerts mute quarantine crm --for 7d"),
    exits=(0, 3, 9),
)
@click.argument("rule", type=_RULE, metavar="RULE")
@click.argument("connection", metavar="CONNECTION", shell_complete=connection_names)
@click.option("--for", "span", type=Span(), required=True, help="How long: 30m, 2h, 7d.")
@pass_app
def mute(app: App, rule: str, connection: str, span: float) -> None:
    """Tell nobody that RULE holds for CONNECTION, for a while. What is still open then is told then."""
    from datetime import UTC, datetime, timedelta

    from hub.canonical.time import to_text

    until = to_text(datetime.now(UTC) + timedelta(seconds=span))
    _mute(app, rule, connection, until)
    app.output.text(f"{rule} of {connection} is muted until {until}")


@alerts.command(
    "unmute",
    examples=("hub alerts unmute stale shop-eu", "hub alerts unmute quarantine crm"),
    exits=(0, 3, 9),
)
@click.argument("rule", type=_RULE, metavar="RULE")
@click.argument("connection", metavar="CONNECTION", shell_complete=connection_names)
@pass_app
def unmute(app: App, rule: str, connection: str) -> None:
    """Take a mute back."""
    _mute(app, rule, connection, None)
    app.output.text(f"{rule} of {connection} is told again")


def _mute(app: App, rule: str, connection: str, until: str | None) -> None:
    from hub.canonical.time import now_text

    number = app.store.connections.connection_id(connection, app.settings.connection(connection).connector)
    app.store.alerts.mute(number, rule, until, now_text())
    item = {
        "type": "alerts",
        "action": "muted" if until else "unmuted",
        "rule": rule,
        "connection": connection,
    }
    app.output.item({**item, "muted_until": until})
