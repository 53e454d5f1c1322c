"""Who this process is, and whether another one on this machine still lives.

A pid alone says little: it is used again, and a container counts its own. So a process is known by host and pid
namespace, boot, pid, and the moment it started.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process, wherever it runs. `boot` and `started` are empty on systems that do not tell."""

    host: str
    boot: str
    pid: int
    started: str

    @property
    def machine(self) -> str:
        """The machine's name, for people."""
        return self.host.partition(" ")[0]


def this_process() -> Process:
    """The process that asks."""
    pid = os.getpid()
    return Process(_host(), _boot(), pid, _started(pid))


def is_alive(process: Process) -> bool | None:
    """Whether it still runs; None when that cannot be told from here."""
    if (process.host, process.boot) != (_host(), _boot()):
        return None
    if not _boot():
        return _answers(process.pid)
    started = _started(process.pid)
    return bool(started) and started == process.started


def _answers(pid: int) -> bool | None:
    """Without /proc: no answer means dead; an answer may come from another process that got the pid."""
    if sys.platform == "win32":
        return None  # there, signal 0 is no question
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return None
    return None


@cache
def _host() -> str:
    """Name of the machine and, in a container, which namespace of pids."""
    try:
        space = (_PROC / "self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{socket.gethostname()} {space}".strip()


@cache
def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process began, in clock ticks since boot; empty when there is none, or only its zombie is left."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before may hold blanks and brackets
    return "" if fields[0] in "ZX" else fields[19]
