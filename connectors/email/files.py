"""Mail in files, one message each: a Maildir, or a folder of .eml files.

Cursor: the names read so far, 8 bytes of BLAKE2 each, per folder. No clock and no order is trusted: a file is
read once, wherever and whenever it turns up. In a Maildir the name up to `:2,` is the message; a change of flags
or the move from `new` to `cur` is not a new one. An .eml file that is written again is.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imap_tools.imap_utf7 import utf7_decode

from hub import (
    ConfigError,
    Context,
    LandedMail,
    MailBatch,
    MailOrigin,
    MailReader,
    Page,
    clean_text,
    is_draft,
    land_mail,
    mail_page,
    refused_mail,
)

from .config import EmailConfig
from .folders import chosen_files, is_sent_name
from .imap import HEAD_BYTES

_DIGEST = 8
_FLAG_NAMES = {
    "D": "\\Draft",
    "F": "\\Flagged",
    "P": "$Forwarded",
    "R": "\\Answered",
    "S": "\\Seen",
    "T": "\\Deleted",
}


@dataclass(frozen=True, slots=True)
class MailFile:
    """One file that holds one message."""

    path: Path
    #: What makes it the same file: the name without flags, or path, size and time.
    identity: str
    flags: tuple[str, ...] = ()

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(os.fsencode(self.identity), digest_size=_DIGEST).digest()


@dataclass(frozen=True, slots=True)
class FileWalk:
    """One run over the folders of a Maildir or of .eml files."""

    config: EmailConfig
    reader: MailReader
    context: Context
    root: Path
    #: Only files written from then on.
    since: datetime | None

    def pages(self, cursors: Mapping[str, str], *, limit: int | None = None) -> Iterator[Page]:
        """Pages of all folders; the checkpoint of each holds the cursors of all."""
        folders = maildir_folders(self.root) if self.config.kind == "maildir" else eml_folders(self.root)
        done = dict(cursors)
        for name in chosen_files(folders, self.config.folders):
            for landed, cursor in self._folder(name, folders[name], done.get(name, ""), limit):
                done = {**done, name: cursor}
                yield mail_page(landed, {"seen": done})
                if self.context.stopping():
                    return

    def _folder(
        self, name: str, folder: Path, cursor: str, limit: int | None
    ) -> Iterator[tuple[Sequence[LandedMail], str]]:
        seen = _unpack(cursor)
        there = {item.digest: item for item in self._files(folder) if not is_draft(item.flags)}
        new = sorted(
            (item for digest, item in there.items() if digest not in seen), key=lambda item: item.identity
        )
        size = min(self.config.page_size, limit or self.config.page_size)
        batch = MailBatch(size)
        for item in new:
            landed = self._land(name, item)
            if landed is None:
                continue
            batch.add(landed)
            if landed.size:  # what could not be opened is tried again
                seen.add(item.digest)
            if batch.full:
                yield batch.landed, _pack(seen)
                batch = MailBatch(size)
        end = _pack(seen.intersection(there))
        if batch.landed or end != cursor:
            yield batch.landed, end

    def _files(self, folder: Path) -> Iterator[MailFile]:
        files = maildir_files(folder) if self.config.kind == "maildir" else eml_files(self.root, folder)
        if self.since is None:
            return files
        oldest = self.since.timestamp()
        return (item for item in files if _written(item.path) >= oldest)

    def _land(self, folder: str, item: MailFile) -> LandedMail | None:
        """Read a file; None when it is gone, which is no loss: where it went, it is found again."""
        path: Path | None = item.path
        try:
            if self.config.kind == "maildir" and not os.path.lexists(item.path):
                path = _moved(item)
            if path is None:
                return None
            with path.open("rb") as file:
                size, written = os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_mtime
                large = size > self.config.max_size
                raw = file.read(HEAD_BYTES if large else self.config.max_size)
        except FileNotFoundError:
            return None
        except OSError as error:
            return refused_mail(
                "HUB-4133", f"the file cannot be read ({type(error).__name__})", f"{folder}/{item.identity}"
            )
        arrived = datetime.fromtimestamp(max(0.0, written), UTC)
        place: dict[str, str | int] = {"file": clean_text(item.identity)}
        origin = MailOrigin(folder, is_sent_name(folder), arrived, size, large, item.flags, place)
        landed = land_mail(self.reader, raw, origin, clean_text(f"{folder}/{item.identity}"))
        return LandedMail(landed.record, landed.broken, max(1, landed.size))


def maildir_folders(root: Path) -> dict[str, Path]:
    """Folders of a Maildir: INBOX is its root, `.Sent` or a directory `Sent` is Sent. Raises ConfigError."""
    found: dict[str, Path] = {}
    for place, names, _ in os.walk(root):
        folder = Path(place)
        if "cur" in names or "new" in names:
            found[_folder_name(folder.relative_to(root))] = folder
        names[:] = sorted(name for name in names if name not in ("cur", "new", "tmp"))
    if not found:
        raise ConfigError(
            "HUB-4110", "this is no Maildir: no folder here has `cur` or `new` in it", where=str(root),
            hint="Set `path` to the folder that contains `cur`, `new` and `tmp`.",
        )  # fmt: skip
    return found


def _folder_name(inside: Path) -> str:
    """`.Archive.2026` and `Archive/2026` are Archive/2026; names come in modified UTF-7 as on IMAP."""
    if not inside.parts:
        return "INBOX"
    name = "/".join(".".join(inside.parts).strip(".").split("."))
    try:
        return utf7_decode(os.fsencode(name))
    except (ValueError, UnicodeError):
        return clean_text(name)


def maildir_files(folder: Path) -> Iterator[MailFile]:
    """Messages of one folder of a Maildir."""
    for place in ("cur", "new"):
        for entry in _entries(folder / place):
            base, _, info = entry.name.partition(":2,")
            flags = tuple(_FLAG_NAMES[letter] for letter in info if letter in _FLAG_NAMES)
            yield MailFile(Path(entry.path), base, flags)


def eml_folders(root: Path) -> dict[str, Path]:
    """Folders below `root` that hold .eml files; the root itself is `.`. Raises ConfigError."""
    if not root.is_dir():
        raise ConfigError(
            "HUB-4110", "no such folder", where=str(root), hint="Set `path` to a folder of .eml files."
        )
    found = {}
    for place, names, files in os.walk(root):
        names.sort()
        if any(name.lower().endswith(".eml") for name in files):
            found[Path(place).relative_to(root).as_posix()] = Path(place)
    return found


def eml_files(root: Path, folder: Path) -> Iterator[MailFile]:
    """The .eml files of one folder, without those below it."""
    for entry in _entries(folder):
        if entry.name.lower().endswith(".eml"):
            name = Path(entry.path).relative_to(root).as_posix()
            yield MailFile(Path(entry.path), f"{name}|{_version(entry)}")


def _version(entry: os.DirEntry[str]) -> str:
    try:
        about = entry.stat()
    except OSError:
        return "unreadable"
    return f"{about.st_size}|{about.st_mtime_ns}"


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Plain files: a pipe or a device would hang whoever opens it."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith(".") and _is_plain(entry))


def _is_plain(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle: opening it tells what is wrong
        return True


def _moved(item: MailFile) -> Path | None:
    """Where a Maildir message went between listing and opening: from `new` to `cur`, or other flags."""
    folder = item.path.parent.parent
    return next((found.path for found in maildir_files(folder) if found.identity == item.identity), None)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")  # tried, and told if it cannot be read


def _pack(seen: set[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(seen))).decode("ascii")


def _unpack(cursor: str) -> set[bytes]:
    joined = base64.b64decode(cursor or "")
    return {joined[at : at + _DIGEST] for at in range(0, len(joined), _DIGEST)}


def as_json(cursors: Any) -> dict[str, str]:
    """The cursors of a checkpoint, whatever an older version left there."""
    seen = cursors.get("seen") if isinstance(cursors, dict) else None
    return dict(seen) if isinstance(seen, dict) else {}
