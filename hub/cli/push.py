"""`hub push`: send what changed to destinations, after a look at what that would do; match, reconcile, pause, resume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.looking import reveal_option
from hub.cli.output import Column, plural

#: Guards that a person can let one run pass; the same as `hub.sync.guard.GUARDS`, which is not imported for --help.
GUARDS = ("first", "creates", "updates", "clears", "deletes", "source", "errors")

#: The same for a reconciling run; as `hub.sync.reconcile.GUARDS`.
RECONCILE_GUARDS = ("list", "creates", "updates", "deletes")

_STANDING = (
    Column("connection", "destination"),
    Column("state", "state"),
    Column("records", "holds", number=True),
    Column("waiting", "waiting", number=True),
    Column("refused", "refused", number=True),
    Column("unknown", "unknown", number=True),
    Column("detail", "detail"),
)


class PushGroup(Group):
    """`hub push crm` is `hub push send crm`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever names none of its commands is for `send`."""
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args.insert(0, "send")
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; `send` for the name of a destination."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "send")


@click.group("push", cls=PushGroup)
def push() -> None:
    """Send what changed to destinations.

    `hub push crm` is short for `hub push send crm`. The first push to a destination is a dry run: it shows what it would
    do, and the second one does it.
    """


_object = click.option("--object", "object_", default="", help="Only this object of it, such as contacts.")


@push.command(
    "send",
    examples=(
        "hub push crm --dry-run",
        "hub push crm --limit 5",
        'hub push crm --override updates --reason "the new job titles are right"',
    ),
    exits=(0, 3, 4, 5, 7, 8, 9, 130),
)
@click.argument("names", nargs=-1, metavar="[DESTINATION…]", shell_complete=connection_names)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--limit", type=click.IntRange(min=1), help="Send no more rows than this, to try it.")
@click.option(
    "--override",
    "guards",
    multiple=True,
    type=click.Choice(GUARDS),
    help="Let this run pass a guard; needs --reason.",
)
@click.option("--reason", default="", help="Why a guard may be passed; kept in the log of the run.")
@reveal_option
@pass_app
def send(
    app: App,
    names: tuple[str, ...],
    dry_run: bool,
    limit: int | None,
    guards: tuple[str, ...],
    reason: str,
    reveal: bool,
) -> int:
    """Send what is due to the destinations named, or to all."""
    from hub.cli import deciding
    from hub.cli.pushing import preview, run
    from hub.sync.push import PushOptions

    if guards and not reason.strip():
        raise click.UsageError("--override needs a --reason: it is kept in the log of the run")
    chosen = destinations(app, names)
    if not chosen:
        app.output.note("There is no destination yet: `hub connect add`.")
        return 0
    options = PushOptions(limit, dict.fromkeys(guards, reason.strip()), deciding.user(), by_person=True)
    if dry_run:
        for name in chosen:
            preview(app, name, options, reveal=reveal)
        return 0
    return run(app, chosen, options, reveal=reveal)


@push.command(
    "match",
    examples=(
        "hub push match crm",
        "hub push match crm --accept",
        "hub push match crm --link ann@example.com=4711",
    ),
    exits=(0, 3, 4, 5, 7, 8, 9, 130),
)
@click.argument("name", metavar="DESTINATION", shell_complete=connection_names)
@_object
@click.option("--accept", is_flag=True, help="Remember what is one to one, so that nothing is made twice.")
@click.option(
    "--link", multiple=True, metavar="CUSTOMER=RECORD", help="Say whose a record is, by its id there."
)
@click.option(
    "--unlink", multiple=True, metavar="CUSTOMER", help="Say that none of the records is a customer's."
)
@reveal_option
@pass_app
def match(
    app: App,
    name: str,
    object_: str,
    accept: bool,
    link: tuple[str, ...],
    unlink: tuple[str, ...],
    reveal: bool,
) -> int:
    """See which records of a destination are whose, before the first push, and who wins each field.

    Records are compared by our id, by e-mail address, and by what `match` in the mapping names. Of whom nobody can tell,
    nothing is sent until you say so. A customer is named as for `hub why`.
    """
    from hub.cli import matching
    from hub.cli.stopping import stopped_gently
    from hub.sync.match_step import MatchStep

    if accept and (link or unlink):
        raise click.UsageError("--accept is a step of its own: link before it, or after it")
    step = MatchStep.of(app.engine, name)
    with stopped_gently(app.engine.stop, app.output):
        if link or unlink:
            matching.links(app, step, object_, link, unlink)
            return 0
        return matching.match(app, step, object_, accept=accept, reveal=reveal)


@push.command(
    "reconcile",
    examples=(
        "hub push reconcile crm",
        'hub push reconcile crm --repair --reason "weekly"',
        'hub push reconcile crm --repair --missing unlink --reason "they were deleted on purpose"',
    ),
    exits=(0, 3, 4, 5, 7, 8, 9, 130),
)
@click.argument("name", metavar="DESTINATION", shell_complete=connection_names)
@_object
@click.option(
    "--repair", is_flag=True, help="Plan what is to be sent again, and accept the rest; needs --reason."
)
@click.option(
    "--missing",
    type=click.Choice(("recreate", "unlink")),
    help="With --repair: what happens where the record is not there any more; else it is only told.",
)
@click.option(
    "--override",
    "guards",
    multiple=True,
    type=click.Choice(RECONCILE_GUARDS),
    help="Let this run pass a guard; needs --reason.",
)
@click.option("--reason", default="", help="Why; kept in the log of the run.")
@click.option("--trigger", default="command", hidden=True)
@reveal_option
@pass_app
def reconcile(
    app: App,
    name: str,
    object_: str,
    repair: bool,
    missing: Literal["recreate", "unlink"] | None,
    guards: tuple[str, ...],
    reason: str,
    trigger: str,
    reveal: bool,
) -> int:
    """Hold all that a destination lists against what the hub knows to be there.

    It tells what drifted, what is missing, what is left of former customers, and what is not ours; nothing is changed, here
    or there. With --repair, drift goes by whose word counts (`wins` in the mapping): ours is planned, theirs is accepted.
    What is planned goes with the next push, under its guard.
    """
    from hub.cli import deciding
    from hub.cli.reconciling import run
    from hub.sync.reconcile import ReconcileOptions

    if (repair or guards) and not reason.strip():
        raise click.UsageError("--repair and --override need a --reason: it is kept in the log of the run")
    if missing and not repair:
        raise click.UsageError("--missing says what --repair does")
    options = ReconcileOptions(
        object=object_,
        repair=repair,
        missing=missing or "",
        reason=reason.strip(),
        actor=deciding.user(),
        overrides=frozenset(guards),
        by_person=trigger == "command",
        trigger=trigger,
    )
    return run(app, name, options, reveal=reveal)


@push.command(
    "settle",
    examples=(
        "hub push settle ann@example.com job_title --take ours",
        "hub push settle ann@example.com job_title crm --take theirs",
    ),
    exits=(0, 2, 3, 9),
)
@click.argument("key", metavar="KEY")
@click.argument("field", metavar="FIELD")
@click.argument("name", required=False, metavar="[DESTINATION]", shell_complete=connection_names)
@_object
@click.option("--take", type=click.Choice(("ours", "theirs")), required=True, help="Whose value holds.")
@pass_app
def settle(app: App, key: str, field: str, name: str | None, object_: str, take: str) -> None:
    """Say whose value holds where both sides changed a field and the mapping says `review`.

    KEY is what `hub why` takes, FIELD the destination's own word. `ours` goes with the next push; `theirs` stays until we
    change ours again.
    """
    from hub.insight.lookup import one
    from hub.sync.settled import settled

    customer_id = one(app.store, key).customer_id
    numbers = [_number(app, each) for each in ([name] if name else destinations(app, ()))]
    count = settled(app.store, numbers, object_, customer_id, field, take)
    item = {
        "type": "push",
        "action": "settled",
        "customer_id": customer_id,
        "field": field,
        "take": take,
        "records": count,
    }
    app.output.item(item)
    app.output.text(f"settled: {field} of {plural(count, 'record')}, {take}")


def destinations(app: App, names: Sequence[str]) -> list[str]:
    """The destinations named, or all. Raises ConfigError HUB-7030 for a connection that nothing is written to."""
    from hub.errors import ConfigError, HubError

    found = []
    for name in names or app.settings.connections:
        try:
            is_one = app.engine.connected(name).is_destination
        except HubError:
            if names:
                raise
            continue  # a sync or a doctor tells of it
        if is_one:
            found.append(name)
        elif names:
            hint = "Where it is read, too, set `after_sync: true`."
            raise ConfigError("HUB-7030", f"nothing is written to {name}", hint=hint)
    return found


@push.command(
    "pause",
    examples=(
        'hub push pause --reason "the CRM is being moved"',
        "hub push pause crm --object deals --reason audit",
    ),
    exits=(0, 3, 9),
)
@click.argument("name", required=False, metavar="[DESTINATION]", shell_complete=connection_names)
@_object
@click.option("--reason", required=True, help="Why; shown to whoever wonders.")
@pass_app
def pause(app: App, name: str | None, object_: str, reason: str) -> None:
    """Send nothing more to a destination, or to none of them, until `hub push resume`.

    It is looked at before every batch, so a push that is under way ends at the next one.
    """
    from hub.canonical.time import now_text
    from hub.cli import deciding

    number = _number(app, name)
    app.store.push_control.pause(number, object_, deciding.user(), reason, now_text())
    _tell(app, "paused", name, object_)


@push.command("resume", examples=("hub push resume", "hub push resume crm --object deals"), exits=(0, 3, 9))
@click.argument("name", required=False, metavar="[DESTINATION]", shell_complete=connection_names)
@_object
@pass_app
def resume(app: App, name: str | None, object_: str) -> None:
    """Take a pause back: the same words as with `pause`."""
    done = app.store.push_control.resume(_number(app, name), object_)
    _tell(app, "resumed" if done else "not paused", name, object_)


@push.command(
    "thaw", examples=("hub push thaw ann@example.com", "hub push thaw ann@example.com crm"), exits=(0, 3, 9)
)
@click.argument("key", metavar="KEY")
@click.argument("name", required=False, metavar="[DESTINATION]", shell_complete=connection_names)
@pass_app
def thaw(app: App, key: str, name: str | None) -> None:
    """Send fields of a customer again that were frozen: because they went back and forth, or were rewritten there.

    `hub why KEY` tells which they are. KEY is what `hub why` takes.
    """
    from hub.insight.lookup import one

    customer_id = one(app.store, key).customer_id
    names = [name] if name else destinations(app, ())
    count = sum(app.store.push_control.thaw(_number(app, each), customer_id) for each in names)
    app.output.item({"type": "push", "action": "thawed", "customer_id": customer_id, "fields": count})
    app.output.text(f"thawed: {plural(count, 'field')}")


@push.command("status", examples=("hub push status", "hub push status --json"), exits=(0, 3, 9))
@pass_app
def status(app: App) -> None:
    """How each destination stands: what it holds, what waits, what was refused, and what holds it back."""
    from hub.cli.pushing import echo_lines, standings

    items = standings(app, destinations(app, ()))
    app.output.rows(items, _STANDING, empty="There is no destination yet.")
    app.output.note(*echo_lines(items))


def _number(app: App, name: str | None) -> int:
    from hub.store.push_control import EVERYWHERE

    if name is None:
        return EVERYWHERE
    return app.store.connections.connection_id(name, app.settings.connection(name).connector)


def _tell(app: App, word: str, name: str | None, object_: str) -> None:
    item = {"type": "push", "action": word, "connection": name, "object": object_ or None}
    app.output.item(item)
    app.output.text(f"{word}: {' '.join(filter(None, (name or 'every destination', object_)))}")
