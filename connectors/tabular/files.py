"""The files of a stream: which there are, what they hold in the sense of encoding, and whether one has changed."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub import Unreachable

SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".parquet": "parquet",
}  # fmt: skip

#: A file written less than this long (ns) before it was looked at may change again within the same mtime.
_RACY = 2_000_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Signature:
    """What tells that a file is the same as when it was read: cheap (size, mtime) first, then its content."""

    size: int
    #: Nanoseconds; 0 when it was too fresh to be trusted, so that the content decides.
    mtime: int
    #: SHA-256, its first half as hex.
    digest: str


@dataclass(frozen=True, slots=True)
class Look:
    """One pass over a file: its signature, and the encoding its text is in."""

    signature: Signature
    #: Size and mtime when the pass began.
    stamp: tuple[int, int]
    #: utf-8-sig, utf-16, or "" when neither fits.
    encoding: str


def listed(root: Path, pattern: str, format: str) -> list[Path]:
    """The readable files below `root` (or `root` itself), sorted by name. Hidden and lock files are left out.

    Raises Unreachable when `root` is not there: a missing folder must never look like an empty one."""
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise Unreachable(
            "HUB-4301",
            f"no such file or folder: {root.name}",
            hint="Check `path`, and that its disk is mounted.",
        )
    return sorted(
        found
        for found in root.glob(pattern)
        if found.is_file()
        and not found.name.startswith((".", "~$"))
        and (format != "auto" or found.suffix.lower() in SUFFIXES)
    )


def format_of(file: Path, format: str) -> str:
    """csv, jsonl, xlsx or parquet: as configured, else by suffix."""
    return format if format != "auto" else SUFFIXES.get(file.suffix.lower(), "csv")


def unchanged(file: Path, known: Signature) -> bool:
    """Whether size and mtime say that the file is as it was. False when in doubt."""
    try:
        return known.mtime != 0 and stamp(file) == (known.size, known.mtime)
    except OSError:
        return False


def digest_of(file: Path, now: datetime) -> str:
    """The digest of its content as it is; empty when it cannot be read."""
    try:
        return look(file, now).signature.digest
    except OSError:
        return ""


def modified(file: Path) -> float:
    """When the file was last written (epoch seconds); 0 when it has gone meanwhile."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def look(file: Path, now: datetime) -> Look:
    """Read the file once, for its digest and its encoding. Raises OSError."""
    stat = file.stat()
    digest = hashlib.sha256()
    check = _EncodingCheck()
    for chunk in _chunks(file):
        digest.update(chunk)
        check.feed(chunk)
    fresh = int(now.timestamp() * 1e9) - stat.st_mtime_ns < _RACY
    signature = Signature(stat.st_size, 0 if fresh else stat.st_mtime_ns, digest.hexdigest()[:32])
    return Look(signature, (stat.st_size, stat.st_mtime_ns), check.result())


def stamp(file: Path) -> tuple[int, int]:
    """Size and mtime (ns) now."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


class _EncodingCheck:
    """UTF-16 if a mark says so, else UTF-8 if every byte fits; no guessing beyond that."""

    def __init__(self) -> None:
        self._encoding = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._fits = True

    def feed(self, chunk: bytes) -> None:
        if self._decoder is None:
            marked = chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._encoding = "utf-16" if marked else "utf-8-sig"
            self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._try(chunk, final=False)

    def result(self) -> str:
        self._try(b"", final=True)
        return self._encoding if self._fits else ""

    def _try(self, chunk: bytes, *, final: bool) -> None:
        if self._fits and self._decoder is not None:
            try:
                self._decoder.decode(chunk, final)
            except UnicodeDecodeError:
                self._fits = False


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
