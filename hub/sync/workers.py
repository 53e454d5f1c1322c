"""Pulls side by side: each connection in a process of its own where the system can fork, else in a thread.

A process, because reading is parsing, and two threads of Python do not parse at the same time. A child opens a store
of its own and never touches the parent's; it ends at its next page when it is told to, and when its parent is gone.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from hub.errors import Cancelled, HubError, PluginError
from hub.store.api import Store
from hub.sync.connected import Connected
from hub.sync.options import Ended, Progress, Tell

#: Connections read at once.
MOST = 4
#: Of the database, in the memory of a process that only appends to it.
CACHE_MB = 16
#: Seconds that a pull has to come to a checkpoint when it must end.
GRACE = 8.0

#: Reads one connection: its store, whether to stop, where to tell of progress.
Job = Callable[[Store, Connected, Callable[[], bool], Tell], Ended]
#: From a worker: a sign of life, or its end.
Message = Progress | Ended | HubError


class Workers(Protocol):
    """Pulls under way."""

    def messages(self, seconds: float) -> list[tuple[str, Message]]:
        """What has come within so many seconds: (connection, message)."""
        ...

    def running(self) -> bool:
        """Whether any pull is still to end."""
        ...

    def stop(self) -> None:
        """Asks all of them to end at their next page."""
        ...

    def kill(self) -> None:
        """Ends those that do not: what they had committed stays."""
        ...


def start(store: Store, items: Sequence[Connected], job: Job, stopping: Callable[[], bool]) -> Workers:
    """Begins to read these connections."""
    alone = threading.current_thread() is threading.main_thread()
    if len(items) and alone and sys.platform == "linux":
        return _Processes(store, items, job)
    return _Threads(store, items, job, stopping)


class _Processes:
    """A forked process for each connection, at most `MOST` at once."""

    def __init__(self, store: Store, items: Sequence[Connected], job: Job) -> None:
        self._store = store
        self._job = job
        self._todo = list(items)
        self._busy: dict[Connection, tuple[str, BaseProcess]] = {}
        self._context = multiprocessing.get_context("fork")
        self._is_killed = False
        self._fill()

    def _fill(self) -> None:
        while self._todo and len(self._busy) < MOST:
            item = self._todo.pop(0)
            ours, theirs = self._context.Pipe(duplex=False)
            sys.stdout.flush()
            sys.stderr.flush()
            process = self._context.Process(
                target=_child,
                args=(theirs, self._store, item, self._job, os.getpid()),
                name=f"pull {item.name}",
            )
            process.start()
            theirs.close()
            self._busy[ours] = (item.name, process)

    def messages(self, seconds: float) -> list[tuple[str, Message]]:
        found: list[tuple[str, Message]] = []
        for ready in wait(list(self._busy), seconds):
            assert isinstance(ready, Connection), "only pipes are waited for"
            name, process = self._busy[ready]
            try:
                found.append((name, ready.recv()))
            except EOFError:
                ready.close()
                process.join()
                del self._busy[ready]
                if process.exitcode:
                    found.append((name, _killed(name) if self._is_killed else _died(name, process.exitcode)))
                self._fill()
        return found

    def running(self) -> bool:
        return bool(self._busy or self._todo)

    def stop(self) -> None:
        self._todo.clear()
        for _, process in self._busy.values():
            process.terminate()

    def kill(self) -> None:
        self._is_killed = True
        for _, process in self._busy.values():
            process.kill()


def _killed(name: str) -> HubError:
    return Cancelled("HUB-6030", "stopped on request; it had not come to a checkpoint in time", where=name)


def _died(name: str, code: int | None) -> HubError:
    return PluginError(
        "HUB-6031",
        f"the process that was reading ended with {code}",
        where=name,
        hint="What it had committed is kept; sync again. Out of memory is the usual reason.",
    )


def _child(pipe: Connection, parents: Store, item: Connected, job: Job, parent: int) -> None:
    """One connection's pull, in its own process."""
    gc.freeze()  # what the parent made stays shared with it
    gc.set_threshold(50_000, 20, 100)  # pages are many lists without cycles
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, args=(parent, stop), daemon=True).start()
    store = parents.clone()
    store.driver.limit_cache(CACHE_MB)
    try:
        ended = job(store, item, stop.is_set, pipe.send)
        pipe.send(ended)
    except HubError as error:  # a full disk, say: not even the run's end could be written
        pipe.send(error)
    finally:
        store.close()
        pipe.close()


def _end_with_parent(parent: int, stop: threading.Event) -> None:
    """Asks the pull to end when its parent is gone, and ends the process when it does not."""
    while os.getppid() == parent:
        time.sleep(0.5)
    stop.set()
    time.sleep(GRACE)
    os._exit(1)


class _Threads:
    """A thread for each connection, where a process cannot be forked."""

    def __init__(
        self, store: Store, items: Sequence[Connected], job: Job, stopping: Callable[[], bool]
    ) -> None:
        self._stop = threading.Event()
        self._came: queue.SimpleQueue[tuple[str, Message | None]] = queue.SimpleQueue()
        self._left = len(items)
        slots = threading.Semaphore(MOST)

        def read(item: Connected) -> None:
            with slots, store.clone() as own:
                stopped = lambda: self._stop.is_set() or stopping()  # noqa: E731 - two words, used once
                try:
                    self._came.put((item.name, job(own, item, stopped, self._teller(item))))
                except HubError as error:
                    self._came.put((item.name, error))
                finally:
                    self._came.put((item.name, None))

        for item in items:
            threading.Thread(target=read, args=(item,), name=f"pull {item.name}", daemon=True).start()

    def _teller(self, item: Connected) -> Tell:
        return lambda progress: self._came.put((item.name, progress))

    def messages(self, seconds: float) -> list[tuple[str, Message]]:
        try:
            came = [self._came.get(timeout=seconds)]
        except queue.Empty:
            return []
        while not self._came.empty():
            came.append(self._came.get())
        self._left -= sum(1 for _, message in came if message is None)
        return [(name, message) for name, message in came if message is not None]

    def running(self) -> bool:
        return self._left > 0

    def stop(self) -> None:
        self._stop.set()

    def kill(self) -> None:
        """A thread cannot be ended; it is a daemon, and goes with the process."""
        self._left = 0


def until_done(workers: Workers, stopping: Callable[[], bool]) -> Iterator[list[tuple[str, Message]]]:
    """Messages as they come, until every pull has ended; passes a wish to stop on, and waits for it `GRACE` seconds."""
    give_up: float | None = None
    while workers.running():
        if stopping() and give_up is None:
            workers.stop()
            give_up = time.monotonic() + GRACE
        if give_up is not None and time.monotonic() > give_up:
            workers.kill()
        yield workers.messages(0.1)
