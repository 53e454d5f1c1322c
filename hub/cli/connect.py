"""`hub connect`: connections of the project. What adding one asks for is in `asking`, what they were asked in `requests`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app, worst
from hub.cli.completion import connection_names
from hub.cli.output import Column
from hub.cli.requests import requests

if TYPE_CHECKING:
    from hub.contract import CheckResult
    from hub.models import Json, Run
    from hub.settings import ConnectionSettings

_LIST = (
    Column("name", "connection"),
    Column("connector", "connector"),
    Column("schedule", "schedule"),
    Column("last_status", "last run"),
    Column("last_at", "at"),
)
_TESTS = (Column("connection", "connection"), Column("status", "status"), Column("message", "message"))


@click.group("connect", cls=Group)
def connect() -> None:
    """Add, test and list connections."""


@connect.command(
    "add",
    examples=(
        "hub connect add shop-eu --connector woocommerce",
        "hub connect add lists --connector tabular --set path=lists --set key=email --no-input",
    ),
    exits=(0, 3, 4, 6, 7),
)
@click.argument("name")
@click.option("--connector", required=True, help="Which system; `hub connectors list` names them.")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="FIELD=VALUE",
    help="A setting of the connector; secrets as FIELD=env:NAME or FIELD=file:secrets/name.",
)
@click.option("--schedule", help="How often `hub serve` syncs it: 15m, 6h, or five fields of cron.")
@click.option("--after-sync", is_flag=True, help="For a destination: push to it after every `hub sync`.")
@click.option(
    "--trust", multiple=True, metavar="HOST", help="A host of your own: may be private or plain http."
)
@click.option("--no-check", is_flag=True, help="Save without trying the credentials.")
@click.option(
    "--no-browser", is_flag=True, help="Where access is granted in a browser: only print the address."
)
@click.option("--port", default=0, help="The port of this machine that the vendor knows to come back to.")
@click.option("--dry-run", is_flag=True, help="Ask and try, but save nothing.")
@pass_app
def add(
    app: App,
    name: str,
    connector: str,
    values: tuple[str, ...],
    schedule: str | None,
    after_sync: bool,
    trust: tuple[str, ...],
    no_check: bool,
    no_browser: bool,
    port: int,
    dry_run: bool,
) -> None:
    """Add connection NAME to hub.yaml.

    Asks for what is missing, tries the credentials, and only then saves: settings go to hub.yaml, secrets to files
    that only you can read, and the starter mapping to mappings/ unless there is one.
    """
    from hub.cli.asking import complete
    from hub.settings import add_connection, draft_connection, resolve_config

    made = app.plugins.connector(connector)
    project = app.settings.project
    _refuse_taken(app, name)
    config, secrets = complete(app, made.Config, values, name)
    told = {"schedule": schedule, "after_sync": after_sync, "trusted_hosts": list(trust)}
    options = {key: value for key, value in told.items() if value}
    draft = draft_connection(project, name, connector, config, secrets=secrets, options=options)
    resolve_config(draft, made.Config)
    if not no_check and (app.may_ask or no_browser):
        _grant(app, draft, port, browser=not no_browser)
    result = None if no_check else _try(app, draft)
    mapping = None
    if not dry_run:
        add_connection(project, name, connector, config, secrets=secrets, options=options)
        mapping = copy_starter(app, connector, draft.mapping_path)
    _tell_added(app, draft, result, mapping, sorted(secrets), dry_run=dry_run)


def _refuse_taken(app: App, name: str) -> None:
    """Before anything is asked: nobody likes to fill in a form for nothing."""
    from hub.errors import ConfigError

    taken = app.settings.connections.get(name)
    if taken is not None:
        hint = "Take another name, or change the connection in the file."
        raise ConfigError(
            "HUB-1031", f"there is already a connection {name!r}", where=taken.where(), hint=hint
        )


def _try(app: App, draft: ConnectionSettings) -> CheckResult:
    """Try the credentials of a connection that is not saved yet."""
    from hub.errors import HubError
    from hub.sync.connected import Connected

    app.output.note("Trying the connection …")
    item = Connected(draft, app.plugins.open(draft), app.settings, app.plugins)
    try:
        return app.engine.check_connected(item)
    except HubError:
        app.output.note("Nothing was saved; `--no-check` saves without trying.")
        raise


def _grant(app: App, draft: ConnectionSettings, port: int, *, browser: bool) -> None:
    """Where a vendor wants it, let the person grant access in the browser."""
    from hub.cli.granting import grant, wants_grant
    from hub.sync.connected import Connected

    item = Connected(draft, app.plugins.open(draft), app.settings, app.plugins)
    if wants_grant(item):
        grant(app, item, port=port, browser=browser)


def copy_starter(app: App, connector: str, target: Path) -> str | None:
    """Put the starter mapping and its tests where the connection looks for them; None when there is nothing to do."""
    import shutil

    starter = app.plugins.starter_mapping(connector)
    if starter is None or target.exists():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(starter, target)
    tests = starter.with_name(f"{starter.stem}.test.yaml")
    # Examples that lie in files of their own stay behind: the project does not have those files.
    if tests.is_file() and "raw_file:" not in tests.read_text(encoding="utf-8"):
        shutil.copyfile(tests, target.with_name(f"{target.stem}.test.yaml"))
    return f"{target.parent.name}/{target.name}"


def _tell_added(
    app: App,
    draft: ConnectionSettings,
    result: CheckResult | None,
    mapping: str | None,
    secrets: Sequence[str],
    *,
    dry_run: bool,
) -> None:
    item: dict[str, Any] = {
        "type": "connection",
        "name": draft.name,
        "connector": draft.connector,
        "saved": not dry_run,
        "check": {"message": result.message, "details": dict(result.details)} if result else None,
        "mapping": mapping,
        "secrets": [f"secrets/{draft.name}.{field}" for field in secrets],
    }
    app.output.item(item)
    if result:
        app.output.text(f"{draft.name}: {result.message}")
        app.output.text(*(f"  {name}: {value}" for name, value in result.details.items()))
    app.output.text(f"{'would add' if dry_run else 'added'} {draft.name} to hub.yaml")
    app.output.text(*(f"{'would write' if dry_run else 'wrote'} {path}" for path in item["secrets"]))
    if mapping:
        app.output.text(f"made {mapping}")
    elif not draft.mapping_path.is_file():
        app.output.note(
            f"There is no starter mapping for {draft.connector}: write {draft.mapping_path.name} yourself."
        )
    able = app.plugins.connector(draft.connector).capabilities
    if able.source:
        following = f"`hub sync {draft.name} --dry-run`, then `hub sync`."
    elif able.receiver:
        following = f"`hub serve`; what is posted to /in/{draft.name} comes in."
    else:
        following = f"`hub push {draft.name} --dry-run`, then `hub push {draft.name}`."
    app.output.note(f"Next: {following}")


@connect.command(
    "grant",
    examples=("hub connect grant desk", "hub connect grant desk --no-browser --port 8765"),
    exits=(0, 3, 4, 6),
)
@click.argument("name", shell_complete=connection_names)
@click.option("--no-browser", is_flag=True, help="Only print the address; open it anywhere on this machine.")
@click.option("--port", default=0, help="The port of this machine that the vendor knows to come back to.")
@pass_app
def grant(app: App, name: str, no_browser: bool, port: int) -> None:
    """Grant access to connection NAME anew, in the browser: the vendor's page asks, and sends you back here."""
    from hub.cli.granting import grant as ask

    ask(app, app.engine.connected(name), port=port, browser=not no_browser)
    result = app.engine.check(name)
    app.output.item(
        {"type": "grant", "name": name, "check": {"message": result.message, "details": dict(result.details)}}
    )
    app.output.text(f"{name}: access is granted; {result.message}")


@connect.command(
    "test",
    examples=("hub connect test", "hub connect test shop-eu --json"),
    exits=(0, 3, 4, 6, 7),
)
@click.argument("names", nargs=-1, metavar="[NAME…]", shell_complete=connection_names)
@pass_app
def test(app: App, names: tuple[str, ...]) -> int:
    """Try the credentials of the connections named, or of all."""
    from hub.errors import HubError

    for name in names:
        app.settings.connection(name)
    items: list[dict[str, Any]] = []
    errors: list[HubError] = []
    for name in names or app.settings.connections:
        try:
            result = app.engine.check(name)
        except HubError as error:
            errors.append(error)
            items.append(_tried(name, "failed", error.message, error=error.as_dict()))
        else:
            items.append(_tried(name, "ok", result.message, details=dict(result.details)))
    app.output.rows(items, _TESTS, empty="There is no connection yet: `hub connect add`.")
    if not app.output.json:
        for each in errors:
            app.output.complain(*str(each).splitlines())
    return worst(each.exit_code for each in errors)


def _tried(
    name: str, status: str, message: str, *, details: Mapping[str, str] | None = None, error: Json = None
) -> dict[str, Any]:
    return {
        "connection": name,
        "status": status,
        "message": message,
        "details": details or {},
        "error": error,
    }


@connect.command("list", examples=("hub connect list", "hub connect list --json"), exits=(0, 3, 9))
@pass_app
def list_connections(app: App) -> None:
    """The connections of the project, and how each did last."""
    items = [
        {
            "name": name,
            "connector": one.connector,
            "schedule": one.schedule,
            "after_sync": one.after_sync,
            "mapping": str(one.mapping or f"mappings/{one.connector}.yaml"),
            **_last(app, name),
        }
        for name, one in app.settings.connections.items()
    ]
    app.output.rows(items, _LIST, empty="There is no connection yet: `hub connect add`.")


def _last(app: App, name: str) -> dict[str, Any]:
    run: Run | None = None
    if app.settings.store_path.is_file():
        number = app.store.connections.find(name)
        run = app.store.runs.latest(number) if number is not None else None
    return {
        "last_run": run.id if run else None,
        "last_status": run.status.value if run else None,
        "last_at": run.started_at if run else None,
    }


connect.add_command(requests)
