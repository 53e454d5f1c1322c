"""Mail in mbox files: one file, or a folder of them.

Cursor per file: the offset up to which it was read, with a mark of its first bytes and of those before the offset.
A file that only grew goes on at the offset; one that was rewritten (messages deleted, status lines added) is read
again, and what is known already is recognised by its key.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from hub import (
    ConfigError,
    Context,
    LandedMail,
    MailBatch,
    MailOrigin,
    MailReader,
    Page,
    land_mail,
    mail_date,
    mail_page,
)

from .config import EmailConfig
from .folders import chosen_files, is_sent_name
from .imap import HEAD_BYTES

_HEAD, _EDGE = 1_024, 256
_LINE = 65_536
#: A line "From sender date" after an empty line begins a message; the date tells it from a sentence.
_FROM = re.compile(rb"From (?:\S+ .{0,200}\d\d:\d\d|-|\S+@\S+\s*$)")
_ESCAPED = re.compile(rb"(?m)^>(>*From )")

Cursor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """One message of an mbox file."""

    start: int
    end: int
    raw: bytes
    #: Bytes of the message, also where `raw` holds only its beginning.
    size: int
    from_line: bytes


@dataclass(frozen=True, slots=True)
class MboxWalk:
    """One run over mbox files."""

    config: EmailConfig
    reader: MailReader
    context: Context
    root: Path
    #: Only messages that arrived from then on.
    since: datetime | None

    def pages(self, cursors: Mapping[str, Cursor], *, limit: int | None = None) -> Iterator[Page]:
        """Pages of all files; the checkpoint of each holds the cursors of all."""
        files = mbox_files(self.root)
        done = dict(cursors)
        for name in chosen_files(files, self.config.folders):
            for landed, cursor in self._file(name, files[name], done.get(name), limit):
                done = {**done, name: cursor}
                yield mail_page(landed, {"files": done})
                if self.context.stopping():
                    return

    def _file(
        self, name: str, path: Path, cursor: Cursor | None, limit: int | None
    ) -> Iterator[tuple[Sequence[LandedMail], Cursor]]:
        with path.open("rb") as file:
            if _being_written(path, file):
                left = "a mailbox is being written to, left for the next run"
                self.context.log.warning(left, extra={"action": "mailbox_locked"})
                return
            stop = os.fstat(file.fileno()).st_size  # what comes later is for the next run
            start = cursor["offset"] if cursor and _only_grew(file, cursor) else 0
            size = min(self.config.page_size, limit or self.config.page_size)
            batch, end = MailBatch(size), start
            for item in slices(file, start, stop, self.config.max_size):
                end = item.end
                landed = self._land(name, item)
                if landed is not None:
                    batch.add(landed)
                if batch.full:
                    yield batch.landed, _cursor(path, end)
                    batch = MailBatch(size)
            last = _cursor(path, end)
            if batch.landed or last != cursor:
                yield batch.landed, last

    def _land(self, name: str, item: Slice) -> LandedMail | None:
        arrived = mail_date(item.from_line.split(b" ", 2)[-1].decode("ascii", "replace").strip())
        if self.since is not None and arrived is not None and arrived < self.since:
            return None
        truncated = item.size > len(item.raw)
        origin = MailOrigin(
            name, is_sent_name(name), arrived, item.size, truncated, place={"offset": item.start}
        )
        return land_mail(self.reader, item.raw, origin, f"{name}/{item.start}")


def mbox_files(root: Path) -> dict[str, Path]:
    """mbox files by folder name: the file itself, or every file of a folder that begins as one does."""
    if root.is_file():
        return {root.stem: root}
    if not root.is_dir():
        raise ConfigError(
            "HUB-4110", "no such file or folder", where=str(root), hint="Set `path` to an mbox file."
        )
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and _is_mbox(path):
            found[path.relative_to(root).as_posix().removesuffix(".mbox").replace(".sbd/", "/")] = path
    return found


def slices(file: BinaryIO, start: int, stop: int, max_size: int) -> Iterator[Slice]:
    """Messages between two offsets. Of one larger than `max_size` only the beginning is held."""
    file.seek(start)
    at = begin = start
    held, from_line, blank, whole_line = bytearray(), b"", True, True
    while at < stop and (line := file.readline(min(_LINE, stop - at))):
        if blank and whole_line and _FROM.match(line):
            if from_line or held.strip():
                yield _slice(begin, at, held, from_line, max_size)
            begin, held, from_line = at, bytearray(), line
        elif len(held) <= max_size:
            held += line
        at += len(line)
        blank, whole_line = whole_line and line in (b"\n", b"\r\n"), line.endswith(b"\n")
    if from_line or held.strip():
        yield _slice(begin, at, held, from_line, max_size)


def _slice(begin: int, end: int, held: bytearray, from_line: bytes, max_size: int) -> Slice:
    raw = bytes(held[:HEAD_BYTES] if len(held) > max_size else held)
    size = end - begin - len(from_line)
    whole = size if len(held) > max_size else len(raw)
    return Slice(begin, end, _ESCAPED.sub(rb"\1", raw), whole, from_line.strip())


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _being_written(path: Path, file: BinaryIO) -> bool:
    """Whether another program holds one of the two locks that mail programs use."""
    if path.with_name(path.name + ".lock").exists():
        return True
    if sys.platform == "win32":
        return False
    import fcntl  # not on Windows

    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.lockf(file, fcntl.LOCK_UN)
    return False


def _cursor(path: Path, offset: int) -> Cursor:
    with path.open("rb") as file:
        return {"offset": offset, "head": _mark(file, 0, min(_HEAD, offset)), "edge": _edge(file, offset)}


def _only_grew(file: BinaryIO, cursor: Cursor) -> bool:
    offset = int(cursor["offset"])
    head = _mark(file, 0, min(_HEAD, offset))
    return bool(head == cursor["head"] and _edge(file, offset) == cursor["edge"])


def _edge(file: BinaryIO, offset: int) -> str:
    return _mark(file, max(0, offset - _EDGE), offset)


def _mark(file: BinaryIO, start: int, end: int) -> str:
    file.seek(start)
    return hashlib.sha256(file.read(end - start)).hexdigest()[:16]
