"""Programs that we are compared with, each in a virtual environment of its own below the cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-hub-tests"
#: Environment -> what is installed into it. Pinned: the comparison is with these versions.
REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "splink-duckdb": ("splink==5.0.0", "duckdb==2.0.*", "pyarrow"),
    "splink-spark": ("splink==5.0.0", "duckdb==2.0.*", "pyspark==4.3.*", "pyarrow", "pandas"),
}
#: Seconds after which a failed installation is tried again.
_AGAIN = 600


def python_of(name: str) -> Path:
    """The interpreter of an environment, made when it is not there. Skips the test where it cannot be had."""
    requirements = REQUIREMENTS[name]
    digest = hashlib.sha256("\0".join((*requirements, sys.version)).encode()).hexdigest()[:12]
    home = CACHE / f"{name}-{digest}"
    done, failed = home / "installed", CACHE / f"{name}.failed"
    with _locked(name):
        if not done.exists():
            # Other workers of the same test run need not wait for a second failure.
            lately = failed.exists() and time.time() - failed.stat().st_mtime < _AGAIN
            if lately or not _installed(home, requirements):
                failed.touch()
                pytest.skip(f"{requirements[0]} cannot be installed here")
            done.touch()
    return home / "bin" / "python"


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """One process at a time makes an environment; the lock goes with its holder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _installed(home: Path, requirements: tuple[str, ...]) -> bool:
    shutil.rmtree(home, ignore_errors=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--retries", "1", *requirements]
    return all(
        subprocess.run(command, capture_output=True, timeout=1200, check=False).returncode == 0
        for command in ([sys.executable, "-m", "venv", str(home)], pip)
    )
