"""Signs of life of a sync on standard error: drawn over itself on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.cli.output import Output
from hub.cli.shapes import counts_text

if TYPE_CHECKING:
    from rich.table import Table

    from hub.sync.options import Progress

#: Seconds between two lines about one connection, where nothing can be drawn over.
PAUSE = 5.0
#: The same between two drawings.
FRAME = 0.1

Show = Callable[["Progress"], None]


@contextmanager
def show_progress(output: Output) -> Iterator[Show]:
    """Gives a function to call with each sign of life, from any thread but one at a time."""
    if output.live:
        yield from _drawn()
    else:
        yield _Lines(output)


class _Lines:
    """A line for each run that ended, and every few seconds one for those under way."""

    def __init__(self, output: Output, clock: Callable[[], float] = time.monotonic) -> None:
        self._output = output
        self._clock = clock
        self._last: dict[str, float] = {}

    def __call__(self, sign: Progress) -> None:
        if sign.finished:
            self._output.note(f"{name(sign)}: {sign.finished.status.value} ({told(sign)})")
            return
        now = self._clock()
        last = self._last.setdefault(sign.connection, now)
        if now - last >= PAUSE:
            self._last[sign.connection] = now
            self._output.note(f"{name(sign)}: {told(sign)}")


def _drawn() -> Iterator[Show]:
    from rich.console import Console
    from rich.live import Live

    rows: dict[str, tuple[str, str]] = {}
    drawn = 0.0
    console = Console(stderr=True, highlight=False)
    # It draws when something is told, without a thread of its own: the engine forks processes while this is shown.
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def show(sign: Progress) -> None:
            nonlocal drawn
            if sign.finished:
                for under_way in [one for one in rows if one.startswith(f"{name(sign)} ")]:
                    del rows[under_way]
            rows[name(sign)] = (sign.finished.status.value if sign.finished else "…", told(sign))
            now = time.monotonic()
            if sign.finished or now - drawn >= FRAME:
                drawn = now
                live.update(_table(rows), refresh=True)

        yield show


def _table(rows: dict[str, tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for title, cells in rows.items():
        table.add_row(*(Text(text) for text in (title, *cells)))
    return table


def name(sign: Progress) -> str:
    """`shop-eu pull orders`."""
    return " ".join(part for part in (sign.connection, sign.kind.value, sign.stream) if part)


def told(sign: Progress) -> str:
    """What is counted so far."""
    return counts_text(sign.counts)
