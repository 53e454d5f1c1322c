"""Programs that others wrote: installed once into a cache folder, started on a free loopback port, killed at the end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-hub-tests"
#: Seconds after which a failed installation is tried again.
_AGAIN = 600
#: What a program needs of the test run's own environment.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def installed(name: str, wanted: Sequence[str], install: Callable[[Path], bool]) -> Path:
    """The folder in which `install` put what is wanted, now or long ago. Skips the test where it cannot be had."""
    folder = CACHE / f"{name}-{_hash(*wanted, sys.version)}"
    done, failed = folder / "installed", CACHE / f"{name}.failed"
    with _locked(name):
        if not done.exists():
            # Other workers of the same test run need not wait for a second failure.
            lately = failed.exists() and time.time() - failed.stat().st_mtime < _AGAIN
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            if lately or not install(folder):
                failed.touch()
                pytest.skip(f"{name} cannot be installed here")
            done.touch()
    return folder


def python_with(name: str, *requirements: str) -> Path:
    """The Python of an environment that has these packages. Skips the test where they cannot be had."""

    def install(folder: Path) -> bool:
        python = folder / "bin" / "python"
        return ran([sys.executable, "-m", "venv", str(folder)]) and ran(
            [str(python), "-m", "pip", "install", "-q", "--retries", "1", *requirements]
        )

    return installed(name, requirements, install) / "bin" / "python"


def ran(command: Sequence[str], folder: Path | None = None) -> bool:
    """Whether a command could be run and said that it succeeded."""
    try:
        told = subprocess.run(command, cwd=folder, capture_output=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


@contextmanager
def started(
    command: Sequence[str], log: Path, port: int, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server that runs until the end; begins when it listens on its port."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=kept | dict(environment or {}), stdout=written, stderr=written
        )
        try:
            _wait_until_it_listens(process, port, log)
            yield
        finally:
            process.kill()
            process.wait(timeout=10)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(
    process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 120
) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10):
            return
        time.sleep(0.1)
    raise AssertionError(f"not ready after {seconds} s: {log.read_text()}")


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """One process at a time installs; the lock goes with its holder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
