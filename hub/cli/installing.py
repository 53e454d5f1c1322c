"""`hub connectors install`: a Singer tap, an Airbyte source or dlt, in an environment of its own."""

from __future__ import annotations

import click

from hub.cli.app import App, Command, pass_app


@click.command(
    "install",
    cls=Command,
    examples=(
        "hub connectors install tap-github",
        "hub connectors install airbyte-source-faker --python python3.11",
    ),
    exits=(0, 3),
)
@click.argument("package")
@click.argument("more", nargs=-1)
@click.option("--python", default="", help="The Python to make its environment with; default: the hub's own.")
@pass_app
def install_connector(app: App, package: str, more: tuple[str, ...], python: str) -> None:
    """Install somebody else's connector, PACKAGE as pip takes it, into an environment of this project.

    MORE are requirements that go with it (`dlt==1.31.* psycopg2-binary`). Installing again takes the newest version; it
    is used from the next run on. Environments lie in .hub/environments/ and can be deleted at any time.
    """
    from hub.foreign.environments import install

    project = app.settings.project
    app.output.note("Installing; this may take some minutes …")
    made = install(project, (package, *more), python=python)
    programs = ", ".join(made.programs)
    app.output.item(
        {
            "type": "environment",
            "name": made.name,
            "version": made.version,
            "programs": list(made.programs),
            "folder": str(made.path.relative_to(project)),
        }
    )
    app.output.text(f"installed {made.name} {made.version}" + (f" ({programs})" if programs else ""))
    app.output.note(f"Next: `hub connect add NAME --connector {_kind(made.name)} --set package={made.name}`.")


def _kind(name: str) -> str:
    """The connector that most likely runs it."""
    if "tap" in name.split("-"):
        return "singer"
    return "dlt" if name.split("-")[0] == "dlt" else "airbyte"
