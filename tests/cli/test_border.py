"""Whatever goes wrong has a code, a place and an exit code; JSON goes to standard output, words to standard error."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from hub.cli import main
from hub.cli.app import Command, Root, pass_app, worst
from hub.errors import AuthRefused, ConfigError, HubError

from .conftest import HUB, Call, Folder

SECRET = "hunter2-in-a-message"


def root(error: BaseException | None = None, code: int | None = None) -> Root:
    """A `hub` whose only command does one thing."""

    class Tiny(Root):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return fail if cmd_name == "fail" else None

    @click.command("fail", cls=Command, examples=("hub fail", "hub fail --json"))
    @click.option("--number", type=int)
    @pass_app
    def fail(app: object, number: int | None) -> int | None:
        """Do it."""
        if error is not None:
            raise error
        return code

    return Tiny({})


def call(hub: Root, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        hub.main(list(words))
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


@pytest.mark.parametrize(("code", "exits"), [(None, 0), (0, 0), (5, 5)])
def test_what_a_command_returns_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], code: int | None, exits: int
) -> None:
    assert call(root(code=code), capsys, "fail") == (exits, "", "")


def test_an_error_of_ours_is_one_block_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigError("HUB-1004", "a number is wrong", where="hub.yaml:3", hint="Write another.")
    assert call(root(error), capsys, "fail") == (
        3, "", "HUB-1004 hub.yaml:3: a number is wrong\n  Write another.\n",
    )  # fmt: skip


@pytest.mark.parametrize("words", [("fail", "--json"), ("--json", "fail")])
def test_with_json_it_is_an_object_on_standard_output_too(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = call(root(AuthRefused("HUB-4001", "no", where="shop", hint="Renew it.")), capsys, *words)
    assert code == 4
    assert json.loads(out) == {
        "type": "error", "code": "HUB-4001", "message": "no", "where": "shop", "hint": "Renew it.",
    }  # fmt: skip
    assert err == "HUB-4001 shop: no\n  Renew it.\n"


def test_quiet_hides_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(root(HubError("HUB-6001", "it is wrong")), capsys, "fail", "--quiet")[2].startswith(
        "HUB-6001"
    )


def test_an_unexpected_error_tells_its_kind_and_place_and_not_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = call(root(ValueError(SECRET)), capsys, "fail", "--json")
    assert code == 1
    told = json.loads(out)
    assert told["code"] == "HUB-9001"
    assert told["message"].endswith("ValueError")
    assert ":" in told["where"]
    assert SECRET not in out + err
    assert "Traceback" not in err


def test_debug_shows_the_way_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(root(ValueError("inside")), capsys, "fail", "--debug")
    assert code == 1
    assert "Traceback" in err
    assert "ValueError: inside" in err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupted(capsys: pytest.CaptureFixture[str], error: BaseException) -> None:
    code, out, err = call(root(error), capsys, "fail", "--json")
    assert code == 130
    assert json.loads(out)["code"] == "HUB-9003"
    assert "interrupted" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("fail", "--number", "x", "--json"), "'x'"),
        (("fail", "--no-such", "--json"), "--no-such"),
        (("nothing", "--json"), "nothing"),
        (("fail", "--setting", "store", "--json"), "NAME=VALUE"),
    ],
)
def test_a_command_line_that_is_not_understood(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    code, out, err = call(root(), capsys, *words)
    assert code == 2
    item = json.loads(out)
    assert item["code"] == "HUB-9002"
    assert told in item["message"]
    assert "--help" in err


def test_with_log_json_errors_are_json_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigError("HUB-1004", "a number is wrong", where="hub.yaml:3", hint="Write another.")
    code, out, err = call(root(error), capsys, "fail", "--log-json")
    assert (code, out) == (3, "")
    item = json.loads(err)
    assert item["level"] == "error"
    assert item["message"].startswith("HUB-1004 hub.yaml:3:")


def test_the_worst_of_several_codes() -> None:
    assert worst([]) == 0
    assert worst([5, 6]) == 6
    assert worst([6, 4, 5]) == 4
    assert worst([3, 9]) == 9


def test_a_reader_that_has_enough_is_no_error() -> None:
    """As in `hub connectors show email | head -1`; with pipefail the whole must succeed."""
    line = f"set -o pipefail; {HUB} connectors show email | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("email:")
    assert "Broken" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_reader_that_goes_away_ends_no_sync(lists: Folder) -> None:
    line = f"set -o pipefail; {HUB} sync --json | head -1"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=lists.path,
        env=lists.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(lists.hub("customers", "find", "--json").lines) == 2


def test_a_name_that_is_nearly_right(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["snyc"])
    assert "Did you mean 'sync'?" in capsys.readouterr().err


def test_a_terminal_that_knows_only_ascii_ends_nothing(lists: Folder) -> None:
    lists.env |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    lists.write("lists/people.csv", "email,name\nli@example.com,李小龙\n")
    assert lists.hub("sync").code == 0
    shown = lists.hub("customers", "find", "li@example.com")
    assert shown.code == 0
    assert "\\u674e" in shown.out


def test_without_a_project(tmp_path: object, project: Folder, call: Call) -> None:
    (project.path / "hub.yaml").unlink()
    for words in (("sync",), ("runs", "list"), ("rejects", "list"), ("connect", "list"), ("config", "check")):
        result = call(project, *words, "--json")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["code"] == "HUB-1001", words


def test_the_project_can_be_named(lists: Folder, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Folder(lists.path.parent / "elsewhere")
    elsewhere.path.mkdir()
    assert call(elsewhere, "connect", "list", "--json").exit_code == 3
    for words in (
        ("--project", str(lists.path), "connect", "list"),
        ("connect", "list", "--project", str(lists.path)),
    ):
        assert json.loads(call(elsewhere, *words, "--json").stdout)["name"] == "lists"
    monkeypatch.setenv("HUB_PROJECT", str(lists.path))
    assert call(elsewhere, "connect", "list", "--json").exit_code == 0


def test_a_setting_for_one_call(lists: Folder, call: Call) -> None:
    assert call(lists, "runs", "list", "--setting", "store=other.db").exit_code == 0
    assert (lists.path / "other.db").exists()
    assert not (lists.path / "hub.db").exists()
    wrong = call(lists, "runs", "list", "--setting", "stoer=other.db")
    assert wrong.exit_code == 3
    assert "HUB-1003 command line" in wrong.stderr


def test_the_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("hub ")
    done = subprocess.run([HUB, "--version", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["schema"] == 1
