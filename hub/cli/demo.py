"""`hub demo`: a filled store from four invented systems, in one command; then look around in it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.app import App, Command, pass_app
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.sync.options import SyncResult
    from hub.testing.demo_world import DemoWorld


@click.command("demo", cls=Command, examples=("hub demo", "hub demo --serve demo"), exits=(0, 3, 9, 130))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="demo")
@click.option(
    "--serve", is_flag=True, help="Keep the shop and the help desk of a demo running, until Ctrl-C."
)
@pass_app
def demo(app: App, folder: Path, serve: bool) -> int:
    """Make a project of invented people in FOLDER, by default demo, fill its store, and tell what was done.

    A mailbox, a web form, a shop and a help desk tell of a few hundred people who do not exist. They are read, worked
    out to be one customer each, and written to a CSV file; then all is read again, which must change nothing. Nothing
    is sent anywhere but to this machine. A FOLDER that holds an earlier demo is made anew; any other must be empty.
    """
    return _serve(app, folder) if serve else _demo(app, folder)


def _demo(app: App, folder: Path) -> int:
    from hub.cli.demo_report import Demo, report
    from hub.testing import demo_project, demo_vendors
    from hub.testing.demo_posts import new_secret
    from hub.testing.demo_world import demo_world

    started = time.monotonic()
    demo_project.clear(folder)
    app.output.note(f"Inventing a tea shop and its customers in {folder} …")
    with demo_vendors.Process() as process:
        world, secret = demo_world(), new_secret()
        demo_project.make(folder, world, process.ports(), secret)
        app.folder = folder
        _copy_mappings(app)
        received = _post_forms(app, world, secret)
        first, code = _sync(app, "Syncing …")
        again, code = (None, code) if code else _sync(app, "Syncing once more …")
    if first is None or again is None:
        return code
    return report(app, Demo(folder, world, received, first, again, time.monotonic() - started))


def _copy_mappings(app: App) -> None:
    from hub.cli.connect import copy_starter

    for connection in app.settings.connections.values():
        copy_starter(app, connection.connector, connection.mapping_path)


def _post_forms(app: App, world: DemoWorld, secret: str) -> Counter[str]:
    """Posts to the receiver that `hub serve` runs; how many there were of each kind of sender."""
    import httpx

    from hub.sync.engine import Engine
    from hub.testing.demo_posts import posts
    from hub.testing.demo_project import FORM
    from hub.web import Lane, create_app, serving

    app.output.note(f"Posting {len(world.form_posts)} forms to the hub's own receiver …")
    sent: Counter[str] = Counter()
    with (
        Lane(lambda: Engine.open(app.folder)) as lane,
        serving(create_app(lane)) as url,
        httpx.Client(trust_env=False, timeout=30) as client,
    ):
        for post in posts(world.form_posts, secret, datetime.now(UTC)):
            answer = client.post(f"{url}/in/{FORM}", headers=dict(post.headers), content=post.body)
            if answer.status_code != post.status:
                told = f"the receiver answered {answer.status_code} where {post.status} was due"
                raise HubError("HUB-9043", told, where=post.sender)
            sent[post.sender] += 1
    return sent


def _sync(app: App, what: str) -> tuple[SyncResult | None, int]:
    """A sync as `hub sync` does it; what was told is None, and the exit code not 0, when it did not come to its end."""
    from hub.cli.live import show_progress
    from hub.cli.shapes import error_lines
    from hub.cli.stopping import stopped_gently

    app.output.note(what)
    with stopped_gently(app.engine.stop, app.output) as asked, show_progress(app.output) as show:
        result = app.engine.sync(progress=show)
    if asked.signal is None and not result.errors:
        return result, 0
    failed = [(run, result.errors[run.id]) for run in result.runs if run.id in result.errors]
    app.output.complain(*error_lines(failed))
    return None, asked.exit_code(result.exit_code, result.errors.values())


def _serve(app: App, folder: Path) -> int:
    import threading

    from hub.cli.stopping import stopped_gently
    from hub.testing.demo_project import ports_of
    from hub.testing.demo_vendors import vendors
    from hub.testing.demo_world import demo_world

    ports, stop = ports_of(folder), threading.Event()
    with stopped_gently(stop.set, app.output) as asked, vendors(demo_world(), ports, fixed=True):
        app.output.item({"type": "listening", "ports": ports})
        app.output.text(*(f"{name}: http://127.0.0.1:{port}" for name, port in ports.items()))
        app.output.note("Ctrl-C ends it.")
        while not stop.wait(0.2):
            pass
    return asked.exit_code(0, ())
