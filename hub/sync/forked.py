"""Parts of a large computation side by side: each in a forked process that shares what was there before it for free.

Results come back in memory that both processes can see, arrays as they are. Where the system cannot fork, the parts
are done one after another.
"""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

import numpy as np

from hub.errors import HubError, PluginError

#: Processes that compute at once, this one among them.
WORKERS = 2
#: Arrays begin at a multiple of this many bytes.
_ALIGNED = 64
_CONTEXT = multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing

_T = TypeVar("_T")


def can_fork() -> bool:
    """Whether parts can be done in other processes."""
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()


def side_by_side(parts: Sequence[Callable[[], _T]]) -> list[_T]:
    """The results of all parts, in their order: each is done in a fork.

    A part must not touch an open store: it opens a `clone()` of its own. A HubError that a part raises is raised here;
    a process that ends otherwise raises HUB-6031."""
    with begun(parts) as work:
        return work.results()


@contextmanager
def begun(parts: Sequence[Callable[[], _T]]) -> Iterator[Work[_T]]:
    """The same, for who has something else to do meanwhile. What has not ended at the end of the block is ended."""
    if len(parts) < 2 or not can_fork():
        yield Work(parts, [])
        return
    children: list[_Child[_T]] = []
    try:
        children += [_Child(part) for part in parts]
        yield Work([], children)
    finally:
        for child in children:
            child.end()


class Work(Generic[_T]):
    """Parts that are being done, or will be when somebody asks for them."""

    def __init__(self, parts: Sequence[Callable[[], _T]], children: Sequence[_Child[_T]]) -> None:
        self._parts = parts
        self._children = children

    def results(self) -> list[_T]:
        """What came of all parts, in their order. To be asked once."""
        return [*(part() for part in self._parts), *(child.result() for child in self._children)]


def pieces(count: int, parts: int = WORKERS) -> list[slice]:
    """0 … count - 1 in so many neighbouring pieces of about one size."""
    ends = [count * n // parts for n in range(parts + 1)]
    return [slice(start, end) for start, end in pairwise(ends)]


def in_turns(parts: Sequence[Callable[[], Iterator[_T]]]) -> Iterator[_T]:
    """What the parts yield, one of each in turn until all have ended: each is done in a fork, and is at most one
    ahead of what was taken of it."""
    if len(parts) < 2 or not can_fork():
        yield from _each_in_turn([part() for part in parts])
        return
    children: list[_Stream[_T]] = []
    try:
        children += [_Stream(part) for part in parts]
        yield from _each_in_turn([child.results() for child in children])
    finally:
        for child in children:
            child.end()


def _each_in_turn(streams: Sequence[Iterator[_T]]) -> Iterator[_T]:
    left = list(streams)
    while left:
        for stream in list(left):
            try:
                yield next(stream)
            except StopIteration:
                left.remove(stream)


class _Stream(Generic[_T]):
    """A part that yields one result after the other, in a process of its own."""

    def __init__(self, part: Callable[[], Iterator[_T]]) -> None:
        self._pipe: Connection
        theirs: Connection
        self._pipe, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _started(_yield, theirs, part)
        theirs.close()

    def results(self) -> Iterator[_T]:
        """One after the other."""
        while True:
            try:
                result: _T | HubError | _End = self._pipe.recv()
            except EOFError:
                self._process.join()
                raise _died(self._process.exitcode) from None
            if isinstance(result, _End):
                return
            if isinstance(result, HubError):
                raise result
            yield result

    def end(self) -> None:
        """Ends the process if it has not ended."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


class _End:
    """What comes after the last result."""


def _yield(pipe: Connection, part: Callable[[], Iterator[object]]) -> None:
    try:
        for result in part():
            pipe.send(result)
    except HubError as error:
        pipe.send(error)
    pipe.send(_End())


class _Child(Generic[_T]):
    """A part that is being done in a process of its own."""

    def __init__(self, part: Callable[[], _T]) -> None:
        self._memory = os.memfd_create("part")
        self._process = _started(_leave, self._memory, part)

    def result(self) -> _T:
        """Waits for what comes of it."""
        self._process.join()
        if self._process.exitcode:
            raise _died(self._process.exitcode)
        result: _T | HubError = _read(self._memory)
        if isinstance(result, HubError):
            raise result
        return result

    def end(self) -> None:
        """Ends the process if it has not ended; what was read from its memory stays."""
        self._process.kill()
        self._process.join()
        os.close(self._memory)


def _leave(memory: int, part: Callable[[], object]) -> None:
    """Does one part and leaves what came of it in the memory."""
    try:
        result = part()
    except HubError as error:
        result = error
    _write(memory, result)


def _died(code: int | None) -> HubError:
    return PluginError(
        "HUB-6031",
        f"a process that was computing ended with {code}",
        hint="What is stored is as it was. Running out of memory is the usual reason.",
    )


def _started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    sys.stdout.flush()
    sys.stderr.flush()
    process = _CONTEXT.Process(target=_work, args=(target, *arguments, os.getpid()), name="part", daemon=True)
    process.start()
    return process


def _work(target: Callable[..., None], *arguments: object) -> None:
    """The life of a child."""
    *told, parent = arguments
    gc.freeze()  # what the parent made stays shared with it
    gc.disable()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    if os.getppid() == parent:
        target(*told)


def _write(memory: int, result: object) -> None:
    """Sizes, then the object without its arrays, then each array."""
    buffers: list[pickle.PickleBuffer] = []
    whole = pickle.dumps(result, protocol=5, buffer_callback=buffers.append)
    views = [memoryview(whole), *(buffer.raw() for buffer in buffers)]
    sizes = np.array([len(views), *(view.nbytes for view in views)], np.int64)
    with open(memory, "wb", closefd=False) as file:
        file.write(sizes.tobytes())
        for view in views:
            file.seek(-file.tell() % _ALIGNED, os.SEEK_CUR)
            file.write(view)
        file.truncate()


def _read(memory: int) -> Any:
    mapped = memoryview(mmap.mmap(memory, 0))  # lives as long as an array that looks at it
    count = int(np.frombuffer(mapped, np.int64, 1)[0])
    place = 8 * (count + 1)
    views = []
    for size in np.frombuffer(mapped, np.int64, count, 8).tolist():
        place += -place % _ALIGNED
        views.append(mapped[place : place + size])
        place += size
    return pickle.loads(views[0], buffers=views[1:])  # noqa: S301 - from our own child
