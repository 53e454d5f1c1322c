"""Environments of foreign connectors: each has a Python environment of its own, so that no two can clash.

    .hub/environments/tap-github/current            names the one in force
    .hub/environments/tap-github/20260730-120000/   made whole before it is named; the one before stays for runs at work

They lie in the project, because a project is one folder and chooses its versions; they can be made again at any time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import ConfigError, PluginError
from hub.foreign.place import hidden
from hub.http import Redactor

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CURRENT, _TOLD = "current", "installed.json"
#: Seconds that one installation may take.
_LONGEST = 1800


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is there."""

    name: str
    path: Path
    #: Commands that the package brings.
    programs: tuple[str, ...]
    #: Version of the package.
    version: str

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    def program(self, name: str = "") -> Path:
        """The path of a command; without a name, of the one its package brings. Raises ConfigError HUB-4801."""
        chosen = name or (self.programs[0] if len(self.programs) == 1 else "")
        path = self.path / "bin" / chosen
        if chosen and path.is_file():
            return path
        there = ", ".join(self.programs) or "none"
        raise ConfigError(
            "HUB-4801",
            f"{self.name} has no program {name!r}"
            if name
            else f"{self.name} has more than one program, or none",
            hint=f"Set `command` to one of: {there}.",
        )


def name_of(requirement: str) -> str:
    """The name in a requirement: `tap-x` of `tap-x[s3]==1.2`. Raises ConfigError HUB-4802 when there is none."""
    found = _NAME.match(requirement.strip())
    if found is None or requirement.strip().startswith("-"):
        raise ConfigError(
            "HUB-4802", f"{requirement!r} is no package", hint="Write it as pip takes it: tap-x, tap-x==1.2."
        )
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def find(project: Path, requirement: str) -> Environment:
    """The environment of a package. Raises ConfigError HUB-4801 when it is not installed."""
    name = name_of(requirement)
    home = _home(project, name)
    try:
        path = home / (home / _CURRENT).read_text(encoding="utf-8").strip()
        told = json.loads((path / _TOLD).read_bytes())
    except (OSError, ValueError):
        raise ConfigError(
            "HUB-4801",
            f"{name} is not installed in this project",
            hint=f"Run `hub connectors install {requirement}`.",
        ) from None
    return Environment(name, path, tuple(told["programs"]), told["version"])


def install(
    project: Path,
    requirements: Sequence[str],
    *,
    python: str = "",
    name: str = "",
    now: datetime | None = None,
) -> Environment:
    """Makes an environment with these requirements, named after the first one, and puts it in force.

    python: the interpreter; default ours. Raises ConfigError HUB-4802 with pip's last words."""
    name = name or name_of(requirements[0])
    home = _home(project, name)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-"
    path = Path(tempfile.mkdtemp(prefix=stamp, dir=home))
    try:
        _run([python or sys.executable, "-m", "venv", str(path)], name)
        pip = [str(path / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--no-input", *requirements], name)
        made = _asked(path, name)
        told = {"version": made.version, "programs": list(made.programs), "requirements": list(requirements)}
        (path / _TOLD).write_text(json.dumps(told), encoding="utf-8")
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    before = _current(home)
    _put_in_force(home, path.name)
    for other in home.iterdir():
        if other.is_dir() and other.name not in (path.name, before):
            shutil.rmtree(other, ignore_errors=True)
    return made


def _home(project: Path, name: str) -> Path:
    return hidden(project) / "environments" / name


def _current(home: Path) -> str:
    try:
        return (home / _CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _put_in_force(home: Path, name: str) -> None:
    new = home / f"{_CURRENT}.new"
    new.write_text(name, encoding="utf-8")
    new.replace(home / _CURRENT)


#: Asked of the environment's own interpreter: what a package's version is and which commands it brings.
_ASK = """
import json, sys
from importlib.metadata import distribution
try:
    found = distribution(sys.argv[1])
except Exception:
    print(json.dumps({"version": "", "programs": []}))
else:
    programs = sorted({entry.name for entry in found.entry_points if entry.group == "console_scripts"})
    print(json.dumps({"version": found.version, "programs": programs}))
"""


def _asked(path: Path, name: str) -> Environment:
    told = json.loads(_run([str(path / "bin" / "python"), "-c", _ASK, name], name))
    return Environment(name, path, tuple(told["programs"]), str(told["version"]))


def _run(command: Sequence[str], name: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise PluginError("HUB-4802", f"installing {name} took more than {_LONGEST} seconds") from None
    except OSError as error:
        raise ConfigError(
            "HUB-4802", f"{Path(command[0]).name} cannot be started: {error.strerror}"
        ) from error
    if done.returncode:
        raise ConfigError(
            "HUB-4802",
            f"{name} cannot be installed: {_last_words(done.stderr)}",
            hint="Check the name and version; some connectors need another Python: --python python3.11.",
        )
    return done.stdout


def _last_words(text: str) -> str:
    """The last line in which pip says what was wrong; an index may be named with its password."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines
    last = errors[-1] if errors else "no word of why"
    return Redactor([value for name, value in os.environ.items() if "INDEX_URL" in name]).text(last)[:300]
