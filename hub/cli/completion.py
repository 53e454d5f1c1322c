"""`hub completion`: the script that teaches a shell the words of `hub`, and what completes a connection's name."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from hub.cli.app import App, Command, pass_app


@click.command(
    "completion",
    cls=Command,
    examples=(
        'eval "$(hub completion bash)"          # in ~/.bashrc; zsh: in ~/.zshrc',
        "hub completion fish > ~/.config/fish/completions/hub.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_app
def completion(app: App, shell: str) -> None:
    """Print the completion script for SHELL."""
    root = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    assert made is not None, "the choice names those that click knows"
    script = made(root, {}, "hub", "_HUB_COMPLETE").source()
    app.output.item({"type": "completion", "shell": shell, "script": script})
    app.output.text(script)


def connection_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    """The connections of the project that begin so; none where there is no project."""
    from hub.errors import HubError
    from hub.settings import load

    try:
        names = load().connections
    except HubError:
        return []
    return [name for name in names if name.startswith(incomplete)]
