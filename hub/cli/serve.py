"""`hub serve`: the receiver and the scheduler, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import logging

import click

from hub.cli.app import App, Command, pass_app


@click.command(
    "serve",
    cls=Command,
    examples=("hub serve", "hub serve --port 0 --no-schedule --log-json"),
    exits=(0, 3, 8, 9, 130),
)
@click.option("--host", help="The address to listen on; default `serve.host` of hub.yaml.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one; default `serve.port`."
)
@click.option("--no-schedule", is_flag=True, help="Only receive; sync nothing on schedule.")
@pass_app
def serve(app: App, host: str | None, port: int | None, no_schedule: bool) -> int:
    """Receive forms and webhooks, and sync on schedule.

    What arrives at /in/CONNECTION or /form/CONNECTION is on the disk before it is answered, and worked out soon after.
    Connections with a `schedule` are synced when they are due, each in a process of its own. SIGTERM ends it gently:
    requests under way are answered, syncs under way end at their next checkpoint.
    """
    from hub.cli.log import start_log
    from hub.cli.service import Service
    from hub.cli.stopping import stopped_gently
    from hub.web import create_app
    from hub.web import serve as serve_web

    told = {"serve.host": host, "serve.port": None if port is None else str(port)}
    app.overrides.update({name: value for name, value in told.items() if value is not None})
    start_log(json=app.log_json, debug=app.debug, level=logging.INFO)
    settings = app.settings
    with (
        app.store.leases.held("serve", "hub serve"),
        Service(app, schedule=not no_schedule) as service,
        stopped_gently(service.stop, app.output) as asked,
    ):
        serve_web(
            create_app(service.lane, max_body=settings.serve.max_body),
            settings.serve.host,
            settings.serve.port,
            stopping=service.stopping,
            started=lambda url: _tell(
                app, url, service.receivers, 0 if no_schedule else len(service.scheduled)
            ),
        )
    return asked.exit_code(0, ())


def _tell(app: App, url: str, receivers: list[str], scheduled: int) -> None:
    app.output.item({"type": "listening", "url": url, "receivers": receivers, "scheduled": scheduled})
    app.output.text(f"listening on {url}", *(f"  {name}: {url}/in/{name}" for name in receivers))
    if scheduled:
        app.output.text(f"  {scheduled} connections are synced on schedule")
