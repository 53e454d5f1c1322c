"""A large file read line by line: over as many connections as it takes, in bounded memory, each byte told once.

A connection that breaks is made anew. Where the server names the file's version (a strong entity tag) the rest of that very
version is asked for; elsewhere the file comes again from its start, and what was told is compared and left out. No
credentials are sent: the address of such a file proves by itself that we may have it, and often leads to another server.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx

from hub.contract import Line
from hub.errors import BadAnswer, Refused
from hub.http.body import Truncated, gunzip
from hub.http.retry import ATTEMPTS_IF_CUT, TRANSPORT_ERRORS, Again, Judge, patiently
from hub.http.transport import Watch

#: Bytes that a wait as long as a whole ordinary answer may take has to bring; so many also make a new connection worth while.
_PROGRESS = 1024 * 1024
#: A file that is packed tighter than this, and larger than so much, was made to hurt.
_RATIO, _HARMLESS = 200, 64 * 1024 * 1024
#: Of an answer that says no, what is looked at.
_REASON = 64 * 1024
#: Answers that may pass; every other refusal says that the address is no longer good.
_PASSING = frozenset((408, 423, 425, 429))
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(slots=True)
class Told:
    """How much of the file was told, and by what another connection knows it again."""

    bytes: int
    version: str
    #: Length of the file as it is sent; None where that is not known, or it is packed.
    total: int | None = None
    #: Over what was told; None where that was in another run, and only the version can vouch for it.
    digest: hashlib.blake2b | None = None
    packed: bool = False


class Lines:
    """Reads one file."""

    def __init__(
        self,
        request: Callable[[dict[str, str]], httpx.Request],
        send: Callable[[httpx.Request], httpx.Response],
        judge: Judge,
        watch: Watch,
        rest: Callable[[float], None],
        place: str,
    ) -> None:
        """request: makes the request with further headers; send: begins the exchange, and remembers it."""
        self._request, self._send, self._judge = request, send, judge
        self._watch, self._rest, self._place = watch, rest, place

    def read(self, start: int, version: str) -> Iterator[Line]:
        """Lines behind `start` bytes; see the contract."""
        digest = None if start else hashlib.blake2b()
        told = Told(start, version, digest=digest)
        begun, end = b"", start
        for chunk in self._chunks(told):
            *whole, begun = (begun + chunk).split(b"\n")
            for data in whole:
                end += len(data) + 1
                if data := data.rstrip(b"\r"):
                    yield Line(data, end, told.version)
            if len(begun) > self._judge.limits.max_body:
                raise self._too_large("a line of it")
        if begun.strip():
            yield Line(begun, end + len(begun), told.version)

    def _chunks(self, told: Told) -> Iterator[bytes]:
        fruitless = 0
        while True:
            before = told.bytes
            response = self._opened(told)
            try:
                with closing(response):
                    if response.status_code != 416:
                        yield from self._rest_of(told, response)
                return
            except (Truncated, *TRANSPORT_ERRORS):
                fruitless = 0 if told.bytes - before >= _PROGRESS else fruitless + 1
                if fruitless >= ATTEMPTS_IF_CUT:
                    message = f"{self._place}: the file was cut off"
                    raise BadAnswer("HUB-4031", message, where=self._judge.where) from None
            self._rest(float(fruitless))

    # --- a connection ----------------------------------------------------------------------------------------------

    def _opened(self, told: Told) -> httpx.Response:
        """An answer that brings the file, or the rest of it."""
        try:
            return patiently(self._judge.limits, self._rest)(self._ask, told)
        except Again as last:
            raise last.error from None

    def _ask(self, told: Told) -> httpx.Response:
        goes_on = told.bytes > 0 and bool(told.version) and not told.packed
        headers = {"range": f"bytes={told.bytes}-", "if-range": told.version} if goes_on else {}
        try:
            with self._watch.at_most(self._judge.limits.total):
                response = self._send(self._request(headers))
                if response.status_code in (200, 206) or _is_behind(response, told):
                    return response
                with closing(response):
                    reason = next(response.iter_raw(_REASON), b"")
        except TRANSPORT_ERRORS as error:
            raise self._judge.exchange(error, again=True, place=self._place) from None
        raise self._refusal(response, reason)

    def _refusal(self, response: httpx.Response, reason: bytes) -> Exception:
        status = response.status_code
        if status == 416:
            return self._changed()
        if 400 <= status < 500 and status not in _PASSING:
            return Refused(
                "HUB-4035",
                f"{self._place}: the server answered {status}: the link to this file is not good, or not any more",
                status=status,
                where=self._judge.where,
            )
        try:
            self._judge.answer(status, response.headers, reason, again=True, place=self._place)
        except Exception as meant:  # noqa: BLE001 - the caller raises it
            return meant
        return BadAnswer("HUB-4030", f"{self._place}: {status} brings no file", where=self._judge.where)

    # --- its bytes -------------------------------------------------------------------------------------------------

    def _rest_of(self, told: Told, response: httpx.Response) -> Iterator[bytes]:
        """What was not told yet, of an answer that brings all of it or the rest."""
        left_out = self._begin(told, response)
        seen = hashlib.blake2b()
        for data in self._unpacked(told, response):
            chunk = data
            if left_out:
                seen.update(chunk[:left_out])
                left_out, chunk = max(0, left_out - len(chunk)), chunk[left_out:]
                if not left_out and told.digest and seen.digest() != told.digest.digest():
                    raise self._changed()
            if chunk:
                told.bytes += len(chunk)
                if told.digest:
                    told.digest.update(chunk)
                if told.bytes > self._judge.limits.max_file:
                    raise self._too_large("it")
                yield chunk
        if left_out:
            raise self._changed()
        if told.total is not None and told.bytes < told.total:
            raise Truncated("the file ends early")

    def _begin(self, told: Told, response: httpx.Response) -> int:
        """How many bytes of an answer were told. Raises BadAnswer HUB-4034 when it is of another version."""
        tag = response.headers.get("etag", "")
        tag = tag if tag.startswith('"') else ""
        told.packed = response.headers.get("content-encoding", "identity").strip().lower() not in (
            "",
            "identity",
        )
        if told.version and tag != told.version:
            raise self._changed()
        if response.status_code == 206:
            found = _RANGE.fullmatch(response.headers.get("content-range", ""))
            if found is None or int(found[1]) != told.bytes or told.packed:
                raise self._changed()
            left_out, length = 0, found[2]
        else:
            left_out, length = told.bytes, response.headers.get("content-length", "*")
        total = int(length) if length.isdecimal() and not told.packed else None
        if told.total is not None and total is not None and total != told.total:
            raise self._changed()
        told.total = told.total if total is None else total
        told.version = told.version or tag
        return left_out

    def _unpacked(self, told: Told, response: httpx.Response) -> Iterator[bytes]:
        """The answer's bytes, unpacked; no more at once than fit."""
        taken = _Taken(response.iter_raw(), self._watch, self._judge.limits.total)
        if not told.packed:
            yield from taken
            return
        if response.headers["content-encoding"].strip().lower() not in ("gzip", "x-gzip"):
            message = "the file is packed in a way that was not asked for"
            raise BadAnswer("HUB-4030", message, where=self._judge.where)
        unpacked = 0
        for chunk in gunzip(taken, _PROGRESS):
            unpacked += len(chunk)
            if unpacked > max(_HARMLESS, _RATIO * taken.bytes):
                raise self._too_large("unpacked it")
            yield chunk

    def _changed(self) -> BadAnswer:
        return BadAnswer(
            "HUB-4034",
            f"{self._place}: the file is not the one that was begun",
            where=self._judge.where,
            hint="It is read again from its start with the next run.",
        )

    def _too_large(self, what: str) -> BadAnswer:
        message = f"{self._place}: {what} is larger than any file that is expected"
        return BadAnswer("HUB-4033", message, where=self._judge.where)


def _is_behind(response: httpx.Response, told: Told) -> bool:
    """Whether nothing comes behind what was told, because the file ends there."""
    ends = response.headers.get("content-range", "") == f"bytes */{told.bytes}"
    return response.status_code == 416 and ends and response.headers.get("etag", told.version) == told.version


class _Taken:
    """Bytes off the wire. A server that drips is one that does not answer; time that the reader takes is not counted."""

    def __init__(self, chunks: Iterator[bytes], watch: Watch, longest: float) -> None:
        self._chunks, self._watch, self._longest = chunks, watch, longest
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        waited, since = 0.0, 0
        while True:
            began = self._watch.monotonic()
            with self._watch.at_most(max(0.0, self._longest - waited)):
                chunk = next(self._chunks, None)
            if chunk is None:
                return
            waited, since = waited + self._watch.monotonic() - began, since + len(chunk)
            if since >= _PROGRESS:
                waited, since = 0.0, 0
            self.bytes += len(chunk)
            yield chunk
