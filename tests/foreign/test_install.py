"""A tap on its way from a package into the store, by the installed command; and environments that cannot be made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.foreign.environments import find, install, name_of
from tests.foreign.conftest import HERE, Vendor

HUB = Path(sys.executable).with_name("hub")


def wheel(folder: Path, version: str = "1.0") -> str:
    """The fake tap as a package, and how pip is told of it."""
    path = folder / f"tap_tiny-{version}-py3-none-any.whl"
    info = f"tap_tiny-{version}.dist-info"
    files = {
        "tap_tiny.py": (HERE / "fake_tap.py").read_text(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tap-tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ntap-tiny = tap_tiny:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"tap-tiny @ {path.as_uri()}"


def hub(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [HUB, *words], cwd=folder, env={**kept, "PIP_NO_INDEX": "1", "NO_COLOR": "1", "TAP_TOKEN": "token-number-1"},
        capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_from_a_package_into_the_store(tmp_path: Path, vendor: Vendor) -> None:
    project = tmp_path / "project"
    project.mkdir()
    assert hub(project, "init").returncode == 0
    before = hub(
        project, "connect", "add", "shop", "--connector", "singer", "--set", "package=tap-tiny", "--no-input"
    )
    assert "HUB-4801" in before.stderr and "hub connectors install tap-tiny" in before.stderr
    made = hub(project, "connectors", "install", wheel(tmp_path), "--json")
    told = json.loads(made.stdout.splitlines()[-1])
    assert (told["name"], told["version"], told["programs"]) == ("tap-tiny", "1.0", ["tap-tiny"]), made.stderr
    added = hub(
        project, "connect", "add", "shop", "--connector", "singer", "--set", "package=tap-tiny",
        "--set", f"settings.vendor={vendor.path}", "--set", "secrets.token=env:TAP_TOKEN", "--no-input",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    assert "customers, orders" in added.stdout
    synced = hub(project, "sync", "--json")
    assert synced.returncode == 0, synced.stdout + synced.stderr
    found = json.loads(hub(project, "connect", "list", "--json").stdout.splitlines()[0])
    assert found["last_status"] == "succeeded"
    assert subprocess.run(["git", "init", "-q"], cwd=project, check=False).returncode == 0
    status = subprocess.run(
        ["git", "status", "--short"], cwd=project, capture_output=True, text=True, check=True
    )
    assert ".hub" not in status.stdout, "it is kept out of version control"


def test_one_connection_that_was_never_asked_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "people.csv").write_text("email,name\nann@example.com,Ann Lee\n")
    (tmp_path / "hub.yaml").write_text(
        "connections:\n"
        "  lists: {connector: tabular, config: {path: lists, key: email}}\n"
        "  shop: {connector: singer, config: {package: tap-nowhere}}\n"
    )
    for name in ("tabular", "singer"):
        hub(tmp_path, "mappings", "copy", name)
    synced = hub(tmp_path, "sync", "--json")
    assert synced.returncode == 3
    assert "HUB-4805" in synced.stdout + synced.stderr
    statuses = {
        one["name"]: one
        for one in map(json.loads, hub(tmp_path, "connect", "list", "--json").stdout.splitlines())
    }
    assert statuses["lists"]["last_status"] == "succeeded"
    assert statuses["shop"]["last_status"] == "failed"


def old_environment(project: Path, folder: str) -> Path:
    """What an earlier installation left, without the cost of one."""
    path = project / ".hub" / "environments" / "tap-tiny" / folder
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "tap-tiny").touch()
    (path / "installed.json").write_text(json.dumps({"version": "0.9", "programs": ["tap-tiny"]}))
    (path.parent / "current").write_text(folder)
    return path


def test_an_installation_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    oldest, old = (old_environment(tmp_path, f"{year}0101-000000-x") for year in (2019, 2020))
    with pytest.raises(ConfigError) as failed:
        install(tmp_path, ["tap-tiny", "other @ file:///nowhere.whl"])
    assert failed.value.code == "HUB-4802" and "nowhere.whl" in failed.value.message
    there = find(tmp_path, "tap-tiny[extra]>=1")
    assert there.path == old
    assert there.program() == old / "bin" / "tap-tiny"
    with pytest.raises(ConfigError, match="no program 'other'"):
        there.program("other")
    made = install(tmp_path, [wheel(tmp_path, "2.0")])
    assert find(tmp_path, "tap_tiny") == made and made.version == "2.0"
    assert old.is_dir(), "a run may still be at work in it"
    assert not oldest.exists(), "those before are not kept"


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no-such-python cannot be started"):
        install(tmp_path, ["tap-tiny"], python="no-such-python")
    with pytest.raises(ConfigError, match="not installed in this project"):
        find(tmp_path, "tap-tiny")


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("tap-x", "tap-x"),
        ("Tap_X[s3]==1.2", "tap-x"),
        ("a.b @ file:///x.whl", "a-b"),
        ("meltanolabs-tap-y>=1,<2", "meltanolabs-tap-y"),
    ],
)
def test_names_of_requirements(requirement: str, name: str) -> None:
    assert name_of(requirement) == name


@pytest.mark.parametrize("requirement", ["", "--index-url=x", "../x", "/x.whl"])
def test_what_is_no_package(requirement: str) -> None:
    with pytest.raises(ConfigError) as failed:
        name_of(requirement)
    assert failed.value.code == "HUB-4802"
