"""Scheduled syncs and reconciling runs as processes of their own, started and ended by `hub serve`."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hub.cli.app import App

_log = logging.getLogger("hub.serve")

#: Seconds that a sync gets to reach its next checkpoint; then it is killed, which loses nothing either.
GRACE = 20.0
#: Before a destination's name: it is to be reconciled, not synced. No name of a connection has a colon.
RECONCILE = "reconcile:"


class Children:
    """The syncs under way."""

    def __init__(self, app: App, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._app = app
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def run(self, job: str) -> None:
        """Sync one connection, or reconcile it where `RECONCILE` stands before its name, and return when that has ended.
        From any thread."""
        connection = job.removeprefix(RECONCILE)
        command = _command(self._app, *_WORDS[connection != job], connection)
        # A session of its own: Ctrl-C in the terminal reaches the service, which then asks its children.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
        try:
            if self._stopping():
                process.terminate()
            output, _ = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        _tell(connection, process.returncode, output)

    def stop(self) -> None:
        """Asks all of them to end at their next checkpoint, and kills those that do not. Safe from a signal handler."""
        for process in list(self._running):
            process.terminate()
        if self._running:
            timer = threading.Timer(GRACE, self._kill)
            timer.daemon = True
            timer.start()

    def _kill(self) -> None:
        for process in list(self._running):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with the processes that it forked


#: What a job is called: a sync, or a reconciling run.
_WORDS = (("sync",), ("push", "reconcile"))


def _command(app: App, *words: str) -> list[str]:
    """A command on a connection, the last of the words, as this process was called."""
    *verb, connection = words
    command = [
        sys.executable,
        "-m",
        "hub.cli",
        *verb,
        "--json",
        "--quiet",
        "--no-input",
        "--trigger",
        "schedule",
    ]
    command += ["--project", str(app.settings.project)]
    for name, value in app.overrides.items():
        command += ["--setting", f"{name}={value}"]
    return [*command, *["--log-json"] * app.log_json, *["--debug"] * app.debug, "--", connection]


def _tell(connection: str, code: int, output: bytes) -> None:
    """One line in the log for every run of a sync."""
    runs = _runs(output)
    for run in runs:
        counts = {name: count for name, count in run["counts"].items() if count}
        error = {"error": run["error"]["code"]} if run["error"] else {}
        facts = {
            "action": "sync",
            "connection": run["connection"],
            "step": run["kind"],
            "status": run["status"],
        }
        _log.log(
            logging.ERROR if error else logging.INFO,
            "a scheduled run has ended",
            extra={**facts, **counts, **error},
        )
    if not runs and code:
        _log.error(
            "a scheduled sync failed", extra={"action": "sync", "connection": connection, "exit_code": code}
        )


def _runs(output: bytes) -> list[dict[str, Any]]:
    """The runs of the summary line; none when the sync did not come so far."""
    last = output.splitlines()[-1:] or [b"{}"]
    try:
        summary = json.loads(last[0])
    except ValueError:
        return []
    return list(summary.get("runs", ()))
