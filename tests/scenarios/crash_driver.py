"""Runs `sync` in forked processes and kills them; a process of its own, driven by lines on standard input.

    python crash_driver.py PROJECT URL [--cursor-first]

Each line is how many seconds the next sync may live; `end` runs one to its end. After each it answers with a line:
`killed`, `ended 0` or `ended CODE`. `--cursor-first` is the negative control: a hub that saves the checkpoint before
the rows, as so many do.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from connectors.tabular.connector import Tabular
from hub import Capabilities, Checkpoint, Connector, Context, HttpOptions, Page, Selection, Stream
from hub.plugins import Plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync import landing
from hub.sync.engine import Engine


class LedgerConfig(BaseModel):
    """Where the ledger is served."""

    url: str = Field(description="Its base URL.")


class Ledger(Connector):
    """A vendor whose records come in the order of their changes; nothing is read twice, so nothing heals a loss."""

    name: ClassVar[str] = "ledger"
    title: ClassVar[str] = "Ledger"
    Config: ClassVar[type[BaseModel]] = LedgerConfig
    capabilities: ClassVar[Capabilities] = Capabilities(source=True)

    def http(self) -> HttpOptions:
        return HttpOptions(base_url=self.config.url, trusted_hosts=("127.0.0.1",))

    def streams(self) -> Sequence[Stream]:
        return [Stream("people", "customer", "id")]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        after = checkpoint.stream("people") or 0
        while True:
            body = context.http.get_json("/changes", params={"after": after}).body
            if not body["records"]:
                return
            after = body["last"]
            yield Page("people", body["records"], after)


def save_the_cursor_first() -> None:
    """The mistake that the test must find."""
    right = landing.Landing.flush

    def wrong(self: Any) -> None:
        group = self._group
        if group and group.checkpoint:
            self._store.checkpoints.set(
                self._connection_id, group.stream.name, group.checkpoint[1], self._run_id
            )
            time.sleep(0.03)
        right(self)

    landing.Landing.flush = wrong  # type: ignore[method-assign]


def sync(project: Path) -> int:
    settings = load(project)
    plugins = Plugins(connectors={"ledger": Ledger, "tabular": Tabular})
    with Engine(settings, plugins, open_store(settings.store_path)) as engine:
        return engine.sync().exit_code


def ended_within(child: int, seconds: float) -> bool:
    """Waits so long, or until the child has ended by itself; it is left to be waited for."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return True
        time.sleep(min(left, 0.005))
    return False


def one_life(project: Path, seconds: float | None) -> str:
    """Forks a sync; kills it and everything it started after so many seconds."""
    child = os.fork()
    if child == 0:
        os.setsid()
        code = 1
        try:
            code = sync(project)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    if seconds is not None and not ended_within(child, seconds):
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(child, signal.SIGKILL)  # so young that it leads no group yet
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    project = Path(sys.argv[1])
    # One page a commit, so that there are many places to be killed at.
    landing.GROUP_RECORDS = 1
    if "--cursor-first" in sys.argv:
        save_the_cursor_first()
    load(project)  # imports what a sync needs, so that a life is spent on syncing
    print("ready", flush=True)
    for line in sys.stdin:
        word = line.strip()
        print(one_life(project, None if word == "end" else float(word)), flush=True)


if __name__ == "__main__":
    main()
