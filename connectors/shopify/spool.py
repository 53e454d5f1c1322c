"""A bulk operation's file on its way in: kept in the connection's folder until its records are handed over.

Rows of a record's connection are lines of their own, somewhere behind it: `{"__parentId": …}`. So the file is split by
record into parts small enough for memory, and each part is put together by itself. All of it can be made again, and goes
on where an earlier run was: `place.json` says how much of which file is here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import orjson

from hub import parse_json

#: Bytes after which the file is secured, and about as many of a part.
_STEP = 8 * 1024 * 1024
#: Parts are open files while the file is split.
_MOST_PARTS = 200


class Incomplete(Exception):  # noqa: N818 - a finding about the file
    """The file is not what the operation tells of it."""


class Spool:
    """The file of one stream."""

    def __init__(self, home: Path | None, stream: str, children: str) -> None:
        """children: the connection whose rows are lines of their own; empty for none."""
        self._children = children
        # Without a project it lies elsewhere, and nobody goes on with it.
        self._folder = (
            Path(tempfile.gettempdir(), f"hub-bulk-{uuid4().hex}")
            if home is None
            else home / f"bulk-{stream}"
        )

    @property
    def _file(self) -> Path:
        return self._folder / "file.jsonl"

    def remove(self) -> None:
        """Takes away whatever is here."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def fill(self, http: Any, operation: Mapping[str, Any]) -> Iterator[None]:
        """Brings the file here, from where an earlier run was; between two steps it may be left at any time.

        Raises Incomplete when it holds less than the operation counted, and what `Http.lines` raises."""
        place = self._place(operation["id"])
        if not place["whole"]:
            whole = yield from self._copy(http, operation["url"], place)
            self._check(whole, operation)
            self._note({**whole, "whole": True})

    def records(self) -> Iterator[dict[str, Any]]:
        """Records with their rows, always in the same order. Raises Incomplete for a row without its record."""
        if not self._children:
            for line in _lines(self._file):
                yield self._record(_object(line))
            return
        for part in self._parts():
            yield from self._put_together(part)

    # --- the file --------------------------------------------------------------------------------------------------

    def _copy(self, http: Any, url: str, place: dict[str, Any]) -> Generator[None, None, dict[str, Any]]:
        """Steps, and what is here in the end."""
        with self._file.open("r+b") as file:
            file.truncate(place["size"])
            file.seek(place["size"])
            secured = place["size"]
            for line in http.lines(url, start=place["end"], version=place["version"]):
                size = place["size"] + file.write(line.data + b"\n")
                place = {**place, "end": line.end, "size": size, "version": line.version}
                place["lines"] += 1
                place["roots"] += b'"__parentId"' not in line.data
                if size - secured >= _STEP:
                    secured = size
                    self._secure(file, place)
                    yield
            self._secure(file, place)
        return place

    def _secure(self, file: BinaryIO, place: Mapping[str, Any]) -> None:
        """What is noted is on the disk. Without a version nobody could go on, so nothing is noted."""
        file.flush()
        os.fsync(file.fileno())
        if place["version"]:
            self._note(place)

    def _check(self, place: Mapping[str, Any], operation: Mapping[str, Any]) -> None:
        for name, counted in (("lines", "objectCount"), ("roots", "rootObjectCount"), ("end", "fileSize")):
            expected = int(operation.get(counted) or 0)
            if place[name] < expected:
                raise Incomplete(f"{counted} is {expected}, and {place[name]} came")

    def _place(self, operation: str) -> dict[str, Any]:
        """How much of an operation's file is here; nothing of another's."""
        with suppress(OSError, ValueError):
            place: dict[str, Any] = orjson.loads((self._folder / "place.json").read_bytes())
            if place["operation"] == operation and self._file.stat().st_size >= place["size"]:
                return place
        self.remove()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file.write_bytes(b"")
        empty = {"end": 0, "size": 0, "version": "", "lines": 0, "roots": 0, "whole": False}
        return {"operation": operation, **empty}

    def _note(self, place: Mapping[str, Any]) -> None:
        told = self._folder / "place.json.new"
        told.write_bytes(orjson.dumps(place))
        told.replace(self._folder / "place.json")

    # --- records ---------------------------------------------------------------------------------------------------

    def _parts(self) -> list[Path]:
        """The file, split by record."""
        number = min(_MOST_PARTS, 1 + self._file.stat().st_size // _STEP)
        parts = [self._folder / f"part-{at:03}" for at in range(number)]
        with ExitStack() as stack:
            files = [stack.enter_context(part.open("wb")) for part in parts]
            for line in _lines(self._file):
                told = _object(line)
                root = str(told.get("__parentId") or told.get("id"))
                files[zlib.crc32(root.encode()) % number].write(line)
        return parts

    def _put_together(self, part: Path) -> Iterator[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        rows: list[dict[str, Any]] = []
        for line in _lines(part):
            told = _object(line)
            if "__parentId" in told:
                rows.append(told)
            else:
                found[str(told.get("id"))] = self._record(told)
        for row in rows:
            parent = found.get(str(row.pop("__parentId")))
            if parent is None:
                raise Incomplete(f"a row of {self._children} has no record")
            parent[self._children]["nodes"].append(row)
        yield from found.values()

    def _record(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """A record as it comes in pages."""
        record = {name: value for name, value in told.items() if name != "id"}
        if self._children:
            record[self._children] = {"pageInfo": {"hasNextPage": False}, "nodes": []}
        return record


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = parse_json(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Incomplete("a line holds no record")
    return told
