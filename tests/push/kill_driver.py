"""Pushes in forked processes that are killed; a process of its own, driven by lines on standard input.

    python kill_driver.py PROJECT

`asked N` ends the next push by SIGKILL while the destination works on the Nth write, `answered N` when its answer is
there and nothing is known of it yet; `end` lets one come to its end. After each it answers with a line: `killed`, or
`ended CODE`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import httpx

from hub.models import RunKind
from hub.sync.options import SyncOptions
from hub.sync.push import PushOptions
from tests.push.crm import CRMS, open_engine
from tests.sync.scripted import Script

#: Seconds that a destination works on a write, at the least, before the process dies.
WORKED = 0.005


def push(project: Path) -> int:
    """`hub push crm`, by a person who knows what they do."""
    overrides = dict.fromkeys(("first", "errors"), "a test")
    options = SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(overrides=overrides))
    engine = open_engine(project, Script())
    try:
        return engine.sync(["crm"], options).exit_code
    finally:
        engine.close()


def die() -> None:
    """As `kill -9` does it."""
    os.kill(os.getpid(), signal.SIGKILL)


def doom(when: str, number: int) -> None:
    """This process ends at its Nth write."""
    send, writes = httpx.Client.send, 0

    def last(client: httpx.Client, request: httpx.Request, **options: object) -> httpx.Response:
        nonlocal writes
        writes += request.method != "GET"
        mine = request.method != "GET" and writes == number
        if mine and when == "asked":
            threading.Timer(WORKED, die).start()
        response = send(client, request, **options)  # type: ignore[arg-type]
        if mine:
            die()
        return response

    httpx.Client.send = last  # type: ignore[assignment,method-assign]


def one_life(project: Path, word: str) -> str:
    """Forks a push, and says how it ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if word != "end":
                when, number = word.split()
                doom(when, int(number))
            code = push(project)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    project = Path(sys.argv[1])
    assert CRMS
    print("ready", flush=True)
    for line in sys.stdin:
        print(one_life(project, line.strip()), flush=True)


if __name__ == "__main__":
    main()
