"""`hub --help` at once; every command explains itself."""

from __future__ import annotations

import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from hub.cli import COMMANDS, main
from hub.cli.app import EXITS, Command, Root

from .conftest import HUB

#: What `hub --help` must not wait for.
HEAVY = {
    "croniter", "cryptography", "fastapi", "httpx", "importlib.metadata", "orjson", "pluggy", "pydantic",
    "pydantic_settings", "rich", "ruamel.yaml", "sqlite_utils", "hub.models", "hub.settings", "hub.store", "hub.sync",
}  # fmt: skip


def commands(group: click.Group, path: str = "hub") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


EVERY = list(commands(main))


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom hub.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "click" in loaded, "the list of modules is there"
    assert loaded & HEAVY == set()


@pytest.mark.serial
def test_help_takes_no_longer_than_150_ms() -> None:
    """Of the processor, at best of several: other work on the machine must not decide."""
    spent = []
    for _ in range(8):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([HUB, "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert b"sync" in done.stdout
    assert min(spent) <= 0.15, spent


def test_the_table_names_commands_that_exist() -> None:
    context = click.Context(main)
    assert isinstance(main, Root)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[path for path, _ in EVERY])
def test_every_command_explains_itself(path: str, command: click.Command) -> None:
    assert isinstance(command, Command)
    assert command.help, "a sentence on what it does"
    assert len(command.examples) >= 2
    assert {0, 1, 2} <= set(command.exits) <= set(EXITS)
    text = command.get_help(click.Context(command, info_name=path))
    for word in ("--json", "--quiet", "--no-input", "--project", "Examples:", "Exit codes:"):
        assert word in text, word
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize(
    "example", [example for _, command in EVERY for example in getattr(command, "examples", ())]
)
def test_examples_are_understood(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed by the command they belong to, which is not run."""
    words = shlex.split(example, comments=True)
    if words[0] == "eval":
        words = shlex.split(words[1].removeprefix("$(").removesuffix(")"))
    words = words[: words.index(">")] if ">" in words else words
    assert words[0] == "hub"
    command: click.Command = main
    rest, context = words[1:], click.Context(main, info_name="hub")
    while isinstance(command, click.Group):
        found = command.get_command(context, rest.pop(0))
        assert found is not None, example
        command = found
    for option in command.params:  # files that the example names need not be there
        if isinstance(option.type, click.File | click.Path):
            monkeypatch.setattr(option, "type", click.STRING)
    command.make_context(command.name, rest, parent=context).close()


def test_the_answer_to_nothing_is_help() -> None:
    done = subprocess.run([HUB], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Commands:" in done.stderr


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_of_a_command(word: str) -> None:
    done = subprocess.run([HUB, "runs", "list", word], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "hub runs list --connection shop-eu" in done.stdout
