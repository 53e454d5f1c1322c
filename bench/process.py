"""A program in a process of its own: how long it took, what it held at most, and what its last line told."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Seconds between two looks at what a process holds: a look walks all its pages, and takes part of a core while it does.
LOOK = 0.5


class ProgramError(Exception):
    """A program ended badly; the text is the end of what it complained."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`seconds` is wall time from the start of the process to its end; `rss_mb` the peak sum over the process and its
    children, pages that they share counted once; `told` the object on its last line, empty when that is none."""

    seconds: float
    rss_mb: float
    told: dict[str, Any]


def measured(
    command: Sequence[str | Path], *, limit: float = 7200.0, output: Path | None = None, **environment: str
) -> Measured:
    """Runs to the end. Raises ProgramError when the program fails or takes longer than `limit` seconds.

    output: a file for what it prints; then nothing is told."""
    with _file(output) as out, tempfile.TemporaryFile("w+") as complaints:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=complaints,
            env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
        )
        peak = _watched(process, start + limit)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise ProgramError(f"{command[1]} ended with {process.returncode}: {_end(complaints)}")
        return Measured(seconds, peak, {} if output else _last_object(_end(out, 1 << 20)))


def _file(path: Path | None) -> Any:
    return path.open("w+") if path else tempfile.TemporaryFile("w+")


def _watched(process: subprocess.Popen[bytes], until: float) -> float:
    peak = 0.0
    while True:
        peak = max(peak, sum(_proportional(pid) for pid in family(process.pid)))
        try:
            process.wait(LOOK)
        except subprocess.TimeoutExpired:
            if time.perf_counter() > until:
                process.kill()
                process.wait()
        else:
            return peak


def family(pid: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    found = [pid]
    for parent in found:
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, tasks.read_text().split())
            except OSError:  # ended meanwhile
                continue
    return found


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _end(file: Any, size: int = 3000) -> str:
    file.flush()
    file.seek(0)
    return str(file.read()[-size:])


def _last_object(text: str) -> dict[str, Any]:
    lines = text.splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
