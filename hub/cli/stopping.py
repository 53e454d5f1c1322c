"""Ctrl-C and SIGTERM: the first asks the work to end at its next checkpoint, the second ends the process."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from hub.cli.app import worst
from hub.cli.border import INTERRUPTED
from hub.cli.output import Output
from hub.errors import Cancelled, HubError

_SAID = "Stopping at the next checkpoint; once more to end at once."


@dataclass
class Asked:
    """Which signal asked to stop, if one did."""

    signal: int | None = None

    def exit_code(self, otherwise: int, errors: Iterable[HubError]) -> int:
        """The code of a work that was asked to stop: 130 after Ctrl-C; after SIGTERM 0 unless something failed."""
        if self.signal is None:
            return otherwise
        if self.signal == signal.SIGINT:
            return INTERRUPTED
        return worst(error.exit_code for error in errors if not isinstance(error, Cancelled))


def end_at_once() -> NoReturn:
    """Ends this process and those it forked. What is committed is safe, and nothing else is worth waiting for."""
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(INTERRUPTED)


@contextmanager
def stopped_gently(stop: Callable[[], object], output: Output) -> Iterator[Asked]:
    """Calls `stop` on the first signal inside the `with`, and ends the process on the second. Main thread only."""
    asked = Asked()

    def on_signal(number: int, _: FrameType | None) -> None:
        if asked.signal is not None:
            end_at_once()
        asked.signal = number
        stop()
        if not output.quiet:
            # Not through sys.stderr, which may have been interrupted in the middle of a line.
            os.write(2, output.stderr_text("info", _SAID).encode())

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
