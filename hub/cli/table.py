"""Tables: drawn with rich on a terminal, aligned with blanks everywhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.cli.output import Column

#: Words that tell at once how things stand, and their colours; the word itself is always there too.
_COLOURS = {
    "succeeded": "green",
    "ok": "green",
    "succeeded with rejects": "yellow",
    "incomplete": "yellow",
    "warning": "yellow",
    "skipped": "dim",
    "cancelled": "dim",
    "running": "cyan",
    "failed": "red",
    "error": "red",
    "broken": "red",
    "stopped by guard": "red",
}
#: Columns of a terminal that a word of a table gets before it is broken.
_WORD = 12


def plain_table(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> str:
    """Headings, then a line for each row; two blanks between columns, nothing at the ends of lines."""
    rows = [[column.heading.upper() for column in columns], *cells]
    widths = [max(width(row[index]) for row in rows) for index in range(len(columns))]
    lines = []
    for row in rows:
        padded = [
            _pad(text, wide, right=column.number)
            for text, wide, column in zip(row, widths, columns, strict=True)
        ]
        lines.append("  ".join(padded).rstrip() + "\n")
    return "".join(lines)


def rich_table(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> str:
    """The same for a terminal, with its colours unless NO_COLOR is set."""
    import sys

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        table.add_column(
            column.heading,
            justify="right" if column.number else "left",
            no_wrap=column.whole,
            overflow="ignore" if column.whole else "fold",
            min_width=_narrowest(column, [row[index] for row in cells]),
            header_style="bold",
        )
    for row in cells:
        # Text, not markup: a value may hold square brackets.
        table.add_row(*(Text(text, style=_COLOURS.get(text, "")) for text in row))
    console = Console(file=sys.stdout, highlight=False)
    with console.capture() as captured:
        console.print(table, crop=False)
    return captured.get()


def _narrowest(column: Column, cells: Sequence[str]) -> int:
    """Of a column that is kept whole all of it, of others a word, so that short words are not broken."""
    texts = [column.heading, *cells]
    if column.whole:
        return max(map(width, texts))
    return min(max(width(word) for text in texts for word in text.split() or [""]), _WORD)


def width(text: str) -> int:
    """Columns that a text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(text: str, wide: int, *, right: bool) -> str:
    blanks = " " * (wide - width(text))
    return blanks + text if right else text + blanks
