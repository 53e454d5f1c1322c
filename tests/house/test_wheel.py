"""The wheel holds what the product needs, and the installed command runs without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_it_holds_the_product_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {path for room in ("hub", "connectors") for path in (ROOT / room).rglob("*") if path.is_file()}
    expected = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert expected <= names
    for folder in ("config", "mappings"):
        starters = {f"hub/starters/{path.relative_to(ROOT)}" for path in (ROOT / folder).glob("*.yaml")}
        assert starters
        assert starters <= names
    assert {
        "hub/py.typed",
        "connectors/py.typed",
        "hub/error_codes.md",
        "hub/starters/config/hub.yaml",
    } <= names
    rooms = {name.split("/")[0] for name in names}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {"hub", "connectors"}
    assert [name for name in names if name.endswith((".db", ".pyc"))] == []


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder of commands of an environment with the wheel; its dependencies are the tests' own."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    site = next(folder.glob("lib*/python*/site-packages"))
    # A folder named in a .pth file is searched, but .pth files in it are not: the checkout stays out of sight.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet"]
    options = ["--no-deps", "--no-index", "--ignore-installed", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, wheel], check=True, timeout=120)
    return folder / "bin"


def run(program: Path, *arguments: str, folder: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTHON"))}
    answer = subprocess.run(
        [program, *arguments], cwd=folder, env=kept, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_installed_package_finds_its_starters(installed, tmp_path):
    code = (
        "import hub, pathlib\n"
        "from hub.settings import init_project, load\n"
        "from hub.plugins import load_plugins\n"
        "made = init_project(pathlib.Path('.'))\n"
        "plugins = load_plugins()\n"
        "print(hub.__file__, load(pathlib.Path('.')).store, *sorted(plugins.connectors), 'broken:', *plugins.broken)\n"
        "assert 'hub.yaml' in made and plugins.starter_mapping('woocommerce').is_file()\n"
    )
    told = run(installed / "python", "-c", code, folder=tmp_path)
    assert str(installed.parent) in told
    assert "hub.db" in told
    assert "woocommerce" in told
    assert told.strip().endswith("broken:")


def test_the_command_runs(installed, tmp_path):
    assert run(installed / "hub", "--version", folder=tmp_path).strip().endswith("0.1.0")
    assert "sync" in run(installed / "hub", "--help", folder=tmp_path)
