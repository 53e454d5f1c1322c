"""Data goes to standard output, everything else to standard error.

With `--json` each item is one line of JSON (the shapes are of schema 1, which `hub --version --json` tells); else
people get tables and text. What comes from other systems is shown without its control characters.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing it takes a tenth of the time of `hub --help`
    from hub.models import Json

#: Grows when a key of a documented shape is renamed or removed; new keys may come at any time.
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the key of the item, and the heading."""

    key: str
    heading: str
    #: Numbers stand at the right.
    number: bool = False
    #: Never broken into lines, so that it can be copied: ids.
    whole: bool = False


@dataclass
class Output:
    """Where a command says what it has to say."""

    #: One JSON line an item instead of text.
    json: bool = False
    #: No progress and no notes; data and errors still come.
    quiet: bool = False
    #: Remarks and errors as JSON lines, like the log.
    log_json: bool = False
    #: The reader of standard output has gone away; the work goes on all the same.
    closed: bool = field(default=False, init=False)

    # --- data ----------------------------------------------------------------------------------------------------

    def item(self, item: Mapping[str, Json]) -> None:
        """One item for programs: a line of JSON; nothing without `--json`."""
        if self.json:
            self._write(as_json(item) + "\n")

    def text(self, *lines: str) -> None:
        """Text for people; nothing with `--json`."""
        if not self.json:
            self._write("".join(f"{printable(line)}\n" for line in lines))

    def rows(
        self, items: Iterable[Mapping[str, Json]], columns: Sequence[Column], *, empty: str = "Nothing."
    ) -> None:
        """Items as JSON lines, or as a table of some of their keys; `empty` is said when there is none."""
        if self.json:
            for item in items:
                self.item(item)
            return
        cells = [[cell(item.get(column.key)) for column in columns] for item in items]
        if not cells:
            self.note(empty)
            return
        from hub.cli.table import plain_table, rich_table

        if self.pretty:
            self._write(rich_table(columns, cells))
        else:
            self._write(plain_table(columns, cells))

    def fields(self, item: Mapping[str, Json], names: Mapping[str, str]) -> None:
        """One item as a JSON line, or as `name: value` lines of those keys that have a value."""
        self.item(item)
        width = max((len(name) for name in names.values()), default=0)
        told = {name: cell(item.get(key)) for key, name in names.items()}
        self.text(*(f"{name + ':':<{width + 1}} {value}" for name, value in told.items() if value))

    # --- everything else -----------------------------------------------------------------------------------------

    def note(self, *lines: str) -> None:
        """A remark on standard error; nothing with `--quiet`."""
        if not self.quiet:
            self._say("info", lines)

    def complain(self, *lines: str) -> None:
        """An error on standard error, `--quiet` or not."""
        self._say("error", lines)

    def _say(self, level: str, lines: Sequence[str]) -> None:
        _write(sys.stderr, self.stderr_text(level, *lines))

    def stderr_text(self, level: str, *lines: str) -> str:
        """Lines as they stand on standard error: as they are, or with `--log-json` as one JSON line."""
        text = "\n".join(map(printable, lines))
        if not self.log_json:
            return f"{text}\n" if lines else ""
        if not text.strip():
            return ""
        from datetime import UTC, datetime

        item = {"at": datetime.now(UTC), "level": level, "logger": "hub.cli", "message": text.strip()}
        return as_json(item) + "\n"

    @property
    def pretty(self) -> bool:
        """Whether standard output is a terminal that understands colours and lines."""
        return is_terminal(sys.stdout)

    @property
    def live(self) -> bool:
        """Whether progress may be drawn over itself on standard error."""
        return not self.quiet and not self.log_json and is_terminal(sys.stderr)

    def _write(self, text: str) -> None:
        if not self.closed:
            self.closed = not _write(sys.stdout, text)


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person looks at the stream through a terminal that can draw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _write(stream: IO[str], text: str) -> bool:
    """False when nobody reads any more (`hub runs list | head`)."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def as_json(item: Json) -> str:
    """One line of JSON; times as everywhere in the hub, halves of characters replaced."""
    import orjson

    options = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(item, default=_plain, option=options).decode()
    except TypeError:
        import json  # takes numbers and halves of characters that orjson refuses

        return json.dumps(item, default=_plain, ensure_ascii=True)


def _plain(value: object) -> Json:
    from datetime import datetime

    if isinstance(value, datetime):
        from hub.canonical.time import to_text

        return to_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)


def cell(value: Json) -> str:
    """A value as a table shows it: one line."""
    from datetime import datetime

    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | list | tuple):
        return as_json(value)
    return printable(str(value)).replace("\n", " ").replace("\t", " ")


def printable(text: str) -> str:
    """Text without what a terminal would act on or hide; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else " " if char.isspace() else "?" for char in text
    )


def plural(count: int, word: str, many: str = "") -> str:
    """`1 record`, `2 records`."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def exported(item: Any) -> dict[str, Json]:
    """The fields of a frozen record as a JSON object."""
    from dataclasses import asdict

    return asdict(item)
