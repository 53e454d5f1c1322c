"""From files to pages: which files are new, where the last run stopped, and when absence means deletion."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub import BrokenRecord, Context, Page, StreamSelection

from .config import StreamFiles, TabularConfig
from .csv_rows import read_csv
from .files import Look, digest_of, format_of, listed, look, modified, stamp, unchanged
from .jsonl_rows import read_jsonl
from .progress import Progress
from .rows import BadFile, BadRow, Item, with_keys

#: A page is full at this many rows, or at about this many characters.
PAGE_ROWS = 500
PAGE_SIZE = 4 << 20


def root_of(path: str, project: Path) -> Path:
    """A configured path: absolute, below the home folder (`~`), or below the project folder."""
    return project / Path(path).expanduser()


def items(file: Path, config: TabularConfig, files: StreamFiles, encoding: str) -> Iterator[Item]:
    """The rows of one file with their keys. Raises BadFile or OSError."""
    rows: Iterator[Item]
    match format_of(file, config.format):
        case "jsonl":
            rows = read_jsonl(file)
        case "xlsx":
            from .xlsx_rows import (
                read_xlsx,  # the same: it brings numpy, which a look at the store has no use for
            )

            rows = read_xlsx(file, files.sheet, config.columns, files.key)
        case "parquet":
            from .parquet_rows import read_parquet  # a large library, for those who have such files

            rows = read_parquet(file)
        case _:
            encoding = encoding or config.fallback_encoding or "utf-8-sig"
            rows = read_csv(file, encoding, config.delimiter, config.columns, files.key)
    return with_keys(rows, files.key)


@dataclass(slots=True)
class _Filling:
    """The page that is being filled."""

    records: list[dict[str, Any]] = field(default_factory=list)
    broken: list[BrokenRecord] = field(default_factory=list)
    size: int = 0

    @property
    def count(self) -> int:
        return len(self.records) + len(self.broken)


class Reading:
    """One stream in one run."""

    def __init__(
        self,
        config: TabularConfig,
        files: StreamFiles,
        wanted: StreamSelection,
        cursor: Any,
        context: Context,
    ) -> None:
        self._config = config
        self._files = files
        self._wanted = wanted
        self._context = context
        self._root = root_of(config.path, context.project)
        #: A run with `since` reads on the side: it moves no cursor and deletes nothing.
        self._aside = wanted.since is not None
        self._progress = Progress() if wanted.full or self._aside else Progress.of(cursor)
        self._page_rows = min(PAGE_ROWS, wanted.limit or PAGE_ROWS)
        self._filling = _Filling()
        self._last_keys: list[str] = []
        self._count = 0

    def pages(self) -> Iterator[Page]:
        """Pages of the files that are new or changed. Raises Unreachable when the folder is not there."""
        found = {
            self._name(file): file for file in listed(self._root, self._files.pattern, self._config.format)
        }
        ready = {name: file for name, file in found.items() if self._settled(file)}
        if self._aside:
            yield from self._read({name: file for name, file in ready.items() if self._is_since(file)})
            yield from self._flush()
        elif self._config.deletes:
            yield from self._scan(found, ready)
        else:
            yield from self._changes(found, ready)

    def _changes(self, found: dict[str, Path], ready: dict[str, Path]) -> Iterator[Page]:
        """Files that are new or changed."""
        todo = self._unread(ready)
        yield from self._read(todo)
        if self._progress.forget_all_but(set(found)) or todo:
            yield from self._flush()

    def _scan(self, found: dict[str, Path], ready: dict[str, Path]) -> Iterator[Page]:
        """All files if one of them is new, changed or gone: only together do they tell what is deleted."""
        progress = self._progress
        if len(ready) < len(found):
            self._context.log.info(
                "a file may still be written: the scan waits", extra={"action": "scan_waits"}
            )
            return
        todo = self._unread(ready)
        if progress.scan is None or self._stale(found, todo):
            self._progress = Progress(scan=uuid4().hex)
            todo = ready
        elif progress.complete and not todo:
            return
        was_complete = self._progress.complete
        finished = yield from self._read(todo)
        self._progress.forget_all_but(set(found))
        self._progress.complete = finished
        yield from self._flush(
            scan_complete=finished and not was_complete and self._progress.clean and bool(found)
        )

    def _stale(self, found: dict[str, Path], todo: dict[str, Path]) -> bool:
        """Whether something that the scan has read is no longer as it was, or a finished scan lacks a file."""
        progress, now = self._progress, self._context.now
        if progress.files.keys() - found.keys() or (
            progress.complete and found.keys() - progress.files.keys()
        ):
            return True
        begun = found.get(progress.at_file)
        if progress.at_file and (begun is None or digest_of(begun, now) != progress.at_digest):
            return True
        known = progress.files
        return any(digest_of(file, now) != known[name].digest for name, file in todo.items() if name in known)

    def _unread(self, ready: dict[str, Path]) -> dict[str, Path]:
        known = self._progress.files
        return {
            name: file for name, file in ready.items() if not (name in known and unchanged(file, known[name]))
        }

    def _read(self, todo: dict[str, Path]) -> Generator[Page, None, bool]:
        """Full pages of these files; the last one stays in filling. Gives whether all were read."""
        for name, file in todo.items():
            yield from self._file(name, file)
            if self._enough():
                return False
        return True

    def _file(self, name: str, file: Path) -> Iterator[Page]:
        known = self._progress.files.get(name)
        try:
            seen = look(file, self._context.now)
        except OSError as error:
            self._unreadable(name, error)
            return
        if known is not None and known.digest == seen.signature.digest:
            self._progress.files[name] = seen.signature
            return
        try:
            yield from self._rows(name, file, seen)
        except BadFile as error:
            self._add(name, error.row)
            self._progress.ended(name, seen.signature)
        except OSError as error:
            self._unreadable(name, error)

    def _rows(self, name: str, file: Path, seen: Look) -> Iterator[Page]:
        committed = self._progress.began(name, seen.signature.digest)
        for item in items(file, self._config, self._files, seen.encoding):
            if item.number <= committed:
                continue
            self._add(name, item)
            if self._filling.count >= self._page_rows or self._filling.size >= PAGE_SIZE:
                yield from self._flush()
                if self._enough():
                    return
        if stamp(file) == seen.stamp:
            self._progress.ended(name, seen.signature)
        else:  # it was written to meanwhile: what we read may be neither the old nor the new
            self._progress.ended(name, None)
            self._progress.clean = False

    def _unreadable(self, name: str, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._add(name, BadRow(0, "HUB-4302", f"cannot be read: {reason}"))
        self._progress.ended(name, None)

    def _add(self, name: str, item: Item) -> None:
        self._count += 1
        filling = self._filling
        if isinstance(item, BadRow):
            filling.broken.append(_told(name, item))
            filling.size += len(item.payload)
            self._progress.clean = False
        else:
            if self._config.provenance:
                item.record.update(_file=name, _row=item.number)
            filling.records.append(item.record)
            filling.size += item.size
        self._progress.at_row = item.number

    def _flush(self, *, scan_complete: bool = False) -> Iterator[Page]:
        filling, self._filling = self._filling, _Filling()
        records, scan = filling.records, self._progress.scan
        keys = [record["_key"] for record in records]
        if len(keys) > 1 and keys == self._last_keys:
            # The engine takes a page that repeats for a vendor that ignores our cursor; here a newer file merely
            # lists the same rows. In two parts it is no repetition.
            half = len(keys) // 2
            yield Page(self._wanted.name, records[:half], scan=scan)
            records, keys = records[half:], keys[half:]
        self._last_keys = keys
        cursor = None if self._aside else self._progress.cursor()
        yield Page(
            self._wanted.name, records, cursor, scan=scan, scan_complete=scan_complete, broken=filling.broken
        )

    def _enough(self) -> bool:
        return self._wanted.limit is not None and self._count >= self._wanted.limit

    def _settled(self, file: Path) -> bool:
        oldest = self._context.now.timestamp() - self._config.settle_seconds
        return not self._config.settle_seconds or modified(file) <= oldest

    def _is_since(self, file: Path) -> bool:
        since = self._wanted.since
        return since is None or modified(file) >= since.timestamp()

    def _name(self, file: Path) -> str:
        return file.name if file == self._root else file.relative_to(self._root).as_posix()


def _told(name: str, bad: BadRow) -> BrokenRecord:
    place = f"{name} row {bad.number}" if bad.number else name
    key = bad.key or (f"{name}:{bad.number}" if bad.number else name)
    return BrokenRecord(bad.code, f"{place}: {bad.message}", key=key, payload=bad.payload)
