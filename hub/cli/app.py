"""What one call of `hub` knows, and how its commands are made.

    @click.command("find", cls=Command, examples=("hub customers find ann", "hub customers find --json"), exits=(0, 3, 9))
    @click.argument("words", nargs=-1)
    @pass_app
    def find(app: App, words: tuple[str, ...]) -> int | None:
        '''Find customers.'''

A command returns its exit code, or None for 0; what goes wrong is raised as HubError and told by `border`. The options
that all commands share come by themselves, before or after the command's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.output import Output

if TYPE_CHECKING:
    from hub.plugins import Plugins
    from hub.settings import Settings
    from hub.store.api import Store
    from hub.sync.engine import Engine

#: What the exit codes mean; `--help` of each command shows those it can end with.
EXITS = {
    0: "done",
    1: "unexpected: a mistake in the hub or in a plugin",
    2: "the command line was not understood, or names something that is not there",
    3: "configuration or a secret is wrong",
    4: "credentials were refused",
    5: "finished, but something was refused or stopped by a guard",
    6: "a source did not answer; it heals by itself",
    7: "a destination did not answer",
    8: "another run is at it",
    9: "the store or its integrity is in doubt",
    130: "interrupted",
}


class App:
    """One call of `hub`: the shared options, and what is opened on the way."""

    def __init__(self) -> None:
        self.output = Output()
        self.folder: Path | None = None
        self.overrides: dict[str, str] = {}
        self.no_input = False
        self.debug = False
        self._opened: list[Store] = []

    @cached_property
    def settings(self) -> Settings:
        """The project's settings. Raises ConfigError."""
        from hub.settings import load

        return load(self.folder, overrides=self.overrides)

    @cached_property
    def plugins(self) -> Plugins:
        """What the installed plugins and the project's own connectors offer. Raises PluginError HUB-2003."""
        from hub.errors import ConfigError
        from hub.plugins import load_plugins
        from hub.settings import find_project

        try:
            project = find_project(self.folder)
        except ConfigError:  # some commands need none
            project = None
        return load_plugins(project)

    @cached_property
    def store(self) -> Store:
        """The project's store, made when there is none yet. Raises StoreError."""
        from hub.store.api import open_store

        store = open_store(self.settings.store_path)
        self._opened.append(store)
        return store

    @cached_property
    def engine(self) -> Engine:
        """The engine on this project, with the same settings, plugins and store."""
        from hub.sync.engine import Engine

        return Engine(self.settings, self.plugins, self.store)

    @property
    def log_json(self) -> bool:
        """Whether the log on standard error is JSON lines."""
        return self.output.log_json

    @property
    def may_ask(self) -> bool:
        """Whether there is a person who can answer a question."""
        import sys

        return not self.no_input and sys.stdin.isatty()

    def close(self) -> None:
        """Gives back what was opened."""
        while self._opened:
            self._opened.pop().close()


pass_app = click.make_pass_decorator(App)


class Command(click.Command):
    """A command with the shared options, two examples and its exit codes in `--help`."""

    def __init__(
        self, *args: Any, examples: Sequence[str] = (), exits: Sequence[int] = (0,), **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.examples = tuple(examples)
        #: 1 and 2 can come from every command.
        self.exits = tuple(sorted({*exits, 1, 2}))
        self.params += shared_options()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with the log set up and everything closed at the end."""
        app = ctx.ensure_object(App)
        from hub.cli.log import start_log

        start_log(json=app.log_json, debug=app.debug)
        try:
            return super().invoke(ctx)
        finally:
            app.close()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options, then those that all commands share."""
        shared = {name for option in shared_options() for name in option.opts}
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            if isinstance(param, click.Argument):
                continue  # the text above tells of them
            record = param.get_help_record(ctx)
            if record is not None:
                (common if shared.intersection(param.opts) else own).append(record)
        for heading, records in (("Options", own), ("Options of every command", common)):
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples and exit codes."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write_text(example)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), EXITS[code]) for code in self.exits])


class Group(click.Group):
    """Commands about one noun."""

    command_class = Command


class Root(click.Group):
    """`hub` itself: finds commands by name and imports only the one that is asked for."""

    def __init__(self, commands: Mapping[str, tuple[str, str, str]]) -> None:
        super().__init__(
            "hub",
            help="One store of your customers, from every mailbox, form, shop and help desk they wrote to.",
            params=[*shared_options(), _version_option()],
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        )
        self._lazy = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table; those of plugins behind them."""
        return [*self._lazy, *sorted(self._guests())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; a name that is not ours may be a plugin's."""
        if cmd_name in self._lazy:
            module, attribute, _ = self._lazy[cmd_name]
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command), module
            return command
        from hub.plugins import load_commands

        return load_commands()[0].get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; a name that is nearly one of ours is told."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._lazy, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None

    def _guests(self) -> Mapping[str, click.Command]:
        """Commands of plugins. Plugins are imported only when there are others than those that ship with the hub."""
        from hub.cli.guests import any_guests
        from hub.errors import HubError

        if not any_guests():
            return {}
        from hub.plugins import load_commands

        try:
            found = load_commands()[0]
        except HubError as error:  # two plugins of one name: told, and no reason to show no help
            click.echo(str(error), err=True)
            return {}
        return {name: command for name, command in found.items() if name not in self._lazy}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `hub --help`, without importing a command of ours."""
        guests = self._guests()
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in self._lazy.items()])
        if guests:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(
                    [(name, guests[name].get_short_help_str(limit=80)) for name in sorted(guests)]
                )

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run one command line and exit with its code."""
        from hub.cli.border import run

        run(super().main, args, *rest, **extra)


def shared_options() -> list[click.Option]:
    """The options that every command has, and `hub` before them."""
    return [
        _shared("--json", "json", "One JSON object a line on standard output.", is_flag=True),
        _shared("--quiet", "quiet", "No progress and no remarks.", is_flag=True),
        _shared("--no-input", "no_input", "Ask nothing; what is missing is an error.", is_flag=True),
        _shared(
            "--project", "folder", "The project's folder; else HUB_PROJECT, else here or above.",
            type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
        ),
        _shared(
            "--setting", "overrides", "A setting of hub.yaml for this call, such as store=other.db.",
            multiple=True, metavar="NAME=VALUE",
        ),
        _shared("--log-json", "log_json", "The log on standard error as JSON lines.", is_flag=True),
        _shared("--debug", "debug", "Log more, and show where an unexpected error came from.", is_flag=True),
    ]  # fmt: skip


def _shared(flag: str, name: str, text: str, **attrs: Any) -> click.Option:
    # Eager: known before anything else is looked at, so that a mistake there is told in the right way.
    return click.Option([flag], help=text, expose_value=False, is_eager=True, callback=_keep(name), **attrs)


def _keep(name: str) -> Any:
    def keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if not value or ctx.resilient_parsing:
            return
        app = ctx.ensure_object(App)
        if name == "overrides":
            app.overrides.update(_pair(ctx, param, text) for text in value)
        elif name in ("json", "quiet", "log_json"):
            setattr(app.output, name, value)
        else:
            setattr(app, name, value)

    return keep


def _pair(ctx: click.Context, param: click.Parameter, text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.BadParameter("write NAME=VALUE", ctx, param)
    return name, value


def _version_option() -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if not value or ctx.resilient_parsing:
            return
        from hub import __version__
        from hub.cli.output import SCHEMA

        output = ctx.ensure_object(App).output
        output.item({"type": "version", "version": __version__, "schema": SCHEMA})
        output.text(f"hub {__version__}")
        ctx.exit()

    return click.Option(["--version"], help="The version.", is_flag=True, expose_value=False, callback=show)


#: How much an exit code asks for, the mildest first.
_SEVERITY = (0, 5, 6, 7, 8, 130, 4, 3, 9, 1)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several errors: the one that most needs a person; 0 for none."""
    return max(
        codes, key=lambda code: _SEVERITY.index(code) if code in _SEVERITY else len(_SEVERITY), default=0
    )
