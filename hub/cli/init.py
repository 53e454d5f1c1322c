"""`hub init`: a folder becomes a project."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.app import App, Command, pass_app


@click.command("init", cls=Command, examples=("hub init", "hub init my-customers"), exits=(0, 3))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@pass_app
def init(app: App, folder: Path) -> None:
    """Make a project of a folder.

    Puts an annotated hub.yaml, identity.yaml, an empty mappings/ and a .gitignore that keeps secrets out into FOLDER,
    by default this one. Nothing that is there already is changed.
    """
    from hub.settings import init_project

    made = init_project(folder)
    app.output.item({"type": "project", "folder": str(folder), "made": made})
    app.output.text(*(f"made {name}" for name in made))
    app.output.note("Next: `hub connectors list`, then `hub connect add NAME --connector CONNECTOR`.")
