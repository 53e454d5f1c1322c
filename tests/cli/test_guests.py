"""Commands of plugins, and completion."""

from __future__ import annotations

import subprocess

import pytest

from .conftest import HUB, Folder, Guest

COMMAND = """
import click
from hub import hookimpl
from hub.cli.app import Command, pass_app

@click.command("greet", cls=Command, examples=("hub greet", "hub greet --json"), exits=(0, 7))
@pass_app
def greet(app):
    "Say hello."
    app.output.item({"hello": "world"})
    app.output.text("hello")
    return 7

@click.command("plain")
def plain():
    "Not made of our parts."
    click.echo("plain")

@hookimpl
def hub_commands():
    return [greet, plain]
"""


def test_a_plugin_adds_commands(project: Folder, guest: Guest) -> None:
    guest("greeter", COMMAND)
    answer = project.hub("greet", "--json")
    assert (answer.code, answer.lines) == (7, [{"hello": "world"}])
    assert project.hub("plain").out == "plain\n"
    text = project.hub("--help").out
    assert "Commands of plugins:" in text
    assert "Say hello." in text


def test_one_that_cannot_be_imported_hides_no_command(project: Folder, guest: Guest) -> None:
    guest("broken", "raise SystemExit(3)\n")
    guest("greeter", COMMAND)
    assert project.hub("greet").code == 7
    assert "Say hello." in project.hub("--help").out
    assert project.hub("nothing").code == 2


def test_two_that_claim_one_name_are_told_and_hide_no_help(project: Folder, guest: Guest) -> None:
    guest("one", COMMAND)
    guest("two", COMMAND)
    answer = project.hub("--help")
    assert answer.code == 0
    assert "HUB-2003" in answer.err
    assert "Commands:" in answer.out
    assert project.hub("greet").code == 3


def test_no_plugin_takes_a_name_of_ours(project: Folder, guest: Guest) -> None:
    guest("greedy", COMMAND.replace('"greet"', '"init"').replace("hub greet", "hub init"))
    assert "Make a project" in project.hub("init", "--help").out
    assert project.hub("--help").out.count("init ") == 1


def test_a_plugin_is_not_imported_for_a_command_of_ours(project: Folder, guest: Guest) -> None:
    guest("loud", "import pathlib\npathlib.Path('imported').write_text('')\n" + COMMAND)
    assert project.hub("runs", "list").code == 0
    assert not (project.path / "imported").exists()
    assert project.hub("greet").code == 7
    assert (project.path / "imported").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(project: Folder, shell: str) -> None:
    answer = project.hub("completion", shell)
    assert answer.code == 0
    assert "_HUB_COMPLETE" in answer.out
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=answer.out, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "index", "wanted"),
    [
        ("hub ru", 1, {"runs"}),
        ("hub runs ", 2, {"list", "show", "tail"}),
        ("hub sync li", 2, {"lists"}),
        ("hub sync --dry", 2, {"--dry-run"}),
        ("hub completion z", 2, {"zsh"}),
    ],
)
def test_words_are_completed(lists: Folder, line: str, index: int, wanted: set[str]) -> None:
    told = {"_HUB_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(index)}
    done = subprocess.run(
        [HUB], cwd=lists.path, env=lists.environment() | told, capture_output=True, text=True, check=False
    )
    found = {item.partition(",")[2] for item in done.stdout.split()}
    assert wanted <= found, done.stderr
    assert all(word.startswith(line.split(" ")[-1]) for word in found)


def test_no_names_are_completed_outside_a_project(tmp_path: object, project: Folder) -> None:
    (project.path / "hub.yaml").unlink()
    told = {"_HUB_COMPLETE": "bash_complete", "COMP_WORDS": "hub sync ", "COMP_CWORD": "2"}
    done = subprocess.run(
        [HUB], cwd=project.path, env=project.environment() | told, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
