"""Somebody else's package, installed by pip into an environment of its own: the door is the same for everyone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.testing import HostileServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without the guest; the hub and what it needs are the tests' own."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    site = next(folder.glob("lib*/python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's own folder, as its author has it."""
    return Path(shutil.copytree(ROOT / "tests" / "guest", tmp_path_factory.mktemp("guest") / "hub-guest"))


@pytest.fixture(scope="module")
def installed(environment: Path, source: Path) -> Path:
    """The same environment, with the guest in it."""
    absent = hub(environment, source, "connectors", "show", "guest")
    assert (absent.returncode, "HUB-1011" in absent.stderr) == (3, True), "it must not be there before"
    python = environment / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--no-deps", "--no-index", "--no-build-isolation", source], check=True, timeout=120)
    return environment


def hub(environment: Path, folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTHON"))}
    command = [environment / "bin" / "python", "-m", "hub.cli", *words]
    env = {**kept, "NO_COLOR": "1", "COLUMNS": "160", **more}
    return subprocess.run(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip


def told(answer: subprocess.CompletedProcess[str]) -> list[Any]:
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture(scope="module")
def shop() -> Iterator[HostileServer]:
    with HostileServer(25) as server:
        yield server


def test_it_is_listed_and_shown_as_those_that_came_with_the_hub(installed: Path, tmp_path: Path) -> None:
    items = {item["name"]: item for item in told(hub(installed, tmp_path, "connectors", "list", "--json"))}
    assert {"guest", "zendesk", "tabular"} <= set(items)
    assert (items["guest"]["status"], items["guest"]["tier"]) == ("ok", "untested")
    (shown,) = told(hub(installed, tmp_path, "connectors", "show", "guest", "--json"))
    assert "A token." in shown["prepare"]
    assert [field["name"] for field in shown["config"]] == ["url", "token"]


def test_its_command_is_a_command(installed: Path, tmp_path: Path) -> None:
    assert hub(installed, tmp_path, "greet").stdout == "hello from the guest\n"
    assert "greet" in hub(installed, tmp_path, "--help").stdout


def test_a_project_reads_it_with_its_mapping_and_function(
    installed: Path, tmp_path: Path, shop: HostileServer
) -> None:
    assert hub(installed, tmp_path, "init").returncode == 0
    words = (
        "connect",
        "add",
        "books",
        "--connector",
        "guest",
        "--set",
        f"url={shop.url}",
        "--set",
        "token=env:TOKEN",
    )
    added = hub(installed, tmp_path, *words, "--no-input", TOKEN=shop.token)
    assert added.returncode == 0, added.stderr
    assert "the shop is hostile" in added.stdout
    synced = hub(installed, tmp_path, "sync", TOKEN=shop.token)
    assert synced.returncode == 0, synced.stdout + synced.stderr
    assert "customers: 25" in synced.stdout
    person = hub(installed, tmp_path, "customers", "show", "person3@example.com")
    assert "LUND" in person.stdout, "its mapping function was called"


def test_the_kit_takes_it_by_its_name(installed: Path, source: Path) -> None:
    items = ("config", "streams", "samples", "reads_all", "resumes", "survives_kill")
    words = [word for item in items for word in ("--item", item)]
    found = told(hub(installed, source, "connectors", "test", "guest", "--json", *words))
    assert {line["item"]: line["state"] for line in found} == dict.fromkeys(items, "done")
