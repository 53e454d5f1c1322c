"""Where a run of a foreign program keeps its files: `.hub/connections/<name>/` in the project, for its owner alone.

    catalog.json     what the source has, as it was found last
    run-xxxx/        one run: config.json, catalog.json, state.json; gone when the run ends

A run that was cut off leaves its folder behind. The next one looks into it: the config there may hold the only copy of
a token that was renewed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hub.models import Json
from hub.settings.model import MADE

CATALOG = "catalog.json"
_GIVEN, _CONFIG, _LOCK = "given.json", "config.json", "lock"


def hidden(project: Path) -> Path:
    """The project's folder for what can be made again; it tells git by itself to leave it alone."""
    folder = project / MADE
    if not (folder / ".gitignore").is_file():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def config(self) -> Path:
        """The config file that the program reads, and may write."""
        return self.path / _CONFIG

    @property
    def program(self) -> str:
        """The process of this run, as `Program.identity` names it; empty when none was started."""
        try:
            return (self.path / "program").read_text(encoding="utf-8")
        except OSError:
            return ""

    @property
    def stamp(self) -> int:
        """Changes when the config file does; 0 when there is none."""
        try:
            return self.config.stat().st_mtime_ns
        except OSError:
            return 0

    def write(self, name: str, value: Json) -> Path:
        """A file with this JSON value, for its owner alone."""
        return self.write_text(name, json.dumps(value, ensure_ascii=False))

    def write_text(self, name: str, text: str) -> Path:
        """A file with this text, for its owner alone."""
        path = self.path / name
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def give(self, base: Json, config: Json) -> None:
        """The config for the program; and what hub.yaml says and what was given, to tell later what it changed."""
        self.write(_GIVEN, {"base": base, "config": config})
        self.write(_CONFIG, config)

    def compared(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]] | None:
        """The config in hub.yaml, as it was given, and as it is now; None when it cannot be read (it was cut off while
        it was written)."""
        try:
            given, found = (json.loads((self.path / name).read_bytes()) for name in (_GIVEN, _CONFIG))
        except (OSError, ValueError):
            return None
        return (given["base"], given["config"], found) if isinstance(found, dict) else None


@contextmanager
def run_folder(home: Path) -> Iterator[RunFolder]:
    """A new folder for one run, removed at its end. While it is in use its lock is held."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(home / _LOCK):
        path = Path(tempfile.mkdtemp(prefix="run-", dir=home))  # 0700
        lock = (path / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield RunFolder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        lock.close()


def leftovers(home: Path) -> Iterator[RunFolder]:
    """Folders of runs that were cut off, oldest first; each is removed after the caller has looked at it."""
    found = [path for path in home.glob("run-*") if path.is_dir()]
    if not found:
        return
    with _locked(home / _LOCK):
        for path in sorted(found, key=lambda path: path.stat().st_mtime):
            with suppress(OSError), (path / _LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a run that lives holds it
                yield RunFolder(path)
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def save_catalog(home: Path, catalog: Json) -> None:
    """Keep what the source has, whole or not at all."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home, prefix=f".{CATALOG}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(catalog, file)
    Path(name).replace(home / CATALOG)


def saved_catalog(home: Path) -> Json:
    """What the source had when it was asked last; None when it never was."""
    try:
        return json.loads((home / CATALOG).read_bytes())
    except (OSError, ValueError):
        return None
