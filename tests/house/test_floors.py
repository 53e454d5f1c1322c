"""Imports only go down, connectors come in by the front door, and some rooms touch nothing outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, SOURCES

#: Rooms that compute and do nothing else.
PURE = ("hub/mapping", "hub/identity", "hub/canonical", "hub/mail", "hub/models.py")
OUTSIDE = {"httpx", "shutil", "socket", "sqlite3", "sqlite_utils", "subprocess", "tempfile", "urllib.request"}


def floors(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--no-cache", "--config", config]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_floors_hold():
    answer = floors(ROOT, ROOT / "pyproject.toml")
    assert answer.returncode == 0, answer.stdout


def test_an_import_upward_is_noticed(tmp_path):
    for name, text in {"__init__": "", "errors": "from hub import models", "models": ""}.items():
        (tmp_path / "hub").mkdir(exist_ok=True)
        (tmp_path / "hub" / f"{name}.py").write_text(text)
    config = tmp_path / "floors.toml"
    config.write_text(
        '[tool.importlinter]\nroot_packages = ["hub"]\n[[tool.importlinter.contracts]]\nname = "floors"\n'
        'type = "layers"\ncontainers = ["hub"]\nlayers = ["models", "errors"]\n'
    )
    answer = floors(tmp_path, config)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "hub.errors -> hub.models" in answer.stdout


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_reach_for_nothing_outside(room):
    files = [path for path in SOURCES if path.is_relative_to(ROOT / room)]
    reached = {f"{path.name}: {name}" for path in files for name in imports(path) & OUTSIDE}
    assert reached == set()


def test_one_sqlite_library():
    """The stdlib's sqlite3 drops the locks that pysqlite3 holds on the same file."""
    found = [path.relative_to(ROOT) for path in SOURCES if imports(path) & {"sqlite3", "pysqlite3"}]
    assert all(path.is_relative_to("hub/store") for path in found), found
