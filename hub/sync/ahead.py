"""Mapped batches: made here, or, when much waits, one batch ahead in a process of its own.

Mapping is pure, so while the lane writes one batch another process can load and map the next. A record that changes
meanwhile has a greater `seq` and comes again; nothing is lost by having mapped its former version.
"""

from __future__ import annotations

import gc
import marshal
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple

import orjson

from hub.mapping.mapping import Mapping as CompiledMapping
from hub.mapping.result import Mapped, RecordBatch
from hub.privacy.keep_out import mapped_without
from hub.store.api import Store
from hub.sync.folded_ahead import FoldedAhead

#: Raw records of one batch.
BATCH = 5000
#: Of the database, in the memory of the process that maps: it reads each record once.
CACHE_MB = 4
#: Waiting records from which on another process pays.
MUCH = 3 * BATCH


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw records that were mapped: their ids, in the order of their last changes, and what became of them."""

    ids: list[int]
    #: The last change that the batch covers.
    seq: int
    mapped: Mapped
    #: Its source customers, where they were folded on the way.
    folded: FoldedAhead | None = None
    #: Raw records as they stay, by id: without people who were erased.
    redacted: dict[int, bytes] = field(default_factory=dict)


#: Folds the source customers of mapped records.
Fold = Callable[[Sequence[RecordBatch]], FoldedAhead]
#: The fields of a RecordBatch, in order.
_BATCH = tuple(one.name for one in fields(RecordBatch))


class _Wish(NamedTuple):
    """The batch that is being made ahead."""

    stream_id: int
    after_seq: int
    #: Whether its source customers are folded on the way.
    folds: bool


def load_and_map(
    store: Store, mapping: CompiledMapping, stream: str, stream_id: int, after_seq: int
) -> Batch | None:
    """The next batch of a stream; None when nothing waits. Records deleted at the source tell nothing any more, which
    is an outcome: filtered."""
    pending = store.raw.pending(stream_id, after_seq, BATCH)
    if not pending:
        return None
    live = [item for item in pending if item.payload is not None]
    documents = orjson.loads(b"[" + b",".join(item.payload or b"" for item in live) + b"]")
    pairs = [(item.id, raw) for item, raw in zip(live, documents, strict=True)]
    connection_id = store.connections.connection_of(stream_id)
    mapped, stay = mapped_without(store, connection_id, pairs, lambda some: mapping.apply(stream, some))
    mapped.filtered.extend(item.id for item in pending if item.payload is None)
    redacted = {raw_id: orjson.dumps(raw) for raw_id, raw in stay.items()}
    return Batch([item.id for item in pending], pending[-1].seq, mapped, redacted=redacted)


class Batches:
    """The batches of one connection, in order. Close it at the end."""

    def __init__(self, store: Store, mapping: CompiledMapping, fold: Fold | None = None) -> None:
        """fold: folds source customers in the other process."""
        self._store = store
        self._mapping = mapping
        self._fold = fold
        self._pipe: Connection | None = None
        self._process: BaseProcess | None = None
        self._wish: _Wish | None = None

    def next(self, stream: str, stream_id: int, after_seq: int, *, folds: bool = True) -> Batch | None:
        """The next batch after a change; None when nothing waits. folds: whether the one after it is to be folded."""
        batch = self._ahead(stream_id, after_seq)
        if batch is None:
            batch = load_and_map(self._store, self._mapping, stream, stream_id, after_seq)
        if batch and self._pays(stream_id):
            self._ask(stream, _Wish(stream_id, batch.seq, folds))
        return batch

    def close(self) -> None:
        """Ends the other process, if there is one."""
        if self._pipe and self._process:
            self._pipe.close()
            self._process.terminate()
            self._process.join()
            self._pipe = self._process = self._wish = None

    def _pays(self, stream_id: int) -> bool:
        if self._process is None and not _can_fork():
            return False
        return self._store.raw.waiting(stream_id) >= (BATCH + 1 if self._process else MUCH)

    def _ask(self, stream: str, wish: _Wish) -> None:
        if self._pipe is None:
            self._start()
        assert self._pipe is not None, "just started"
        try:
            self._pipe.send((stream, wish))
        except OSError:  # it died while it was idle
            self.close()
        else:
            self._wish = wish

    def _ahead(self, stream_id: int, after_seq: int) -> Batch | None:
        """The batch that was made ahead, if it is the one wanted now."""
        wish, self._wish = self._wish, None
        if wish is None or self._pipe is None:
            return None
        try:
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError):  # the other process died; the work is done here
            self.close()
            return None
        return _unpacked(answer) if wish[:2] == (stream_id, after_seq) else None

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        process = context.Process(
            target=_child,
            args=(theirs, ours, self._store, self._mapping, self._fold, os.getpid()),
            name="map",
        )
        process.start()
        theirs.close()
        self._pipe, self._process = ours, process


def _can_fork() -> bool:
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()


def _child(
    pipe: Connection,
    parents: Connection,
    parent_store: Store,
    mapping: CompiledMapping,
    fold: Fold | None,
    parent: int,
) -> None:
    """Answers wishes until the parent closes its end, or is gone."""
    parents.close()
    gc.freeze()
    gc.disable()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with parent_store.clone() as store:
        store.driver.limit_cache(CACHE_MB)
        while os.getppid() == parent:
            try:
                stream, wish = pipe.recv()
            except EOFError:
                return
            batch = load_and_map(store, mapping, stream, wish.stream_id, wish.after_seq)
            if batch and fold and wish.folds:
                batch = replace(batch, folded=fold(batch.mapped.batches))
            pipe.send_bytes(_packed(batch))


def _packed(batch: Batch | None) -> bytes:
    """A batch as bytes. Columns hold texts and numbers only, and marshal carries those at twice the speed of pickle;
    both ends are the same interpreter."""
    if batch is None:
        return marshal.dumps(None)
    told = [tuple(getattr(part, name) for name in _BATCH) for part in batch.mapped.batches]
    rest = pickle.dumps(replace(batch.mapped, batches=[]))
    folded = batch.folded.packed() if batch.folded else None
    return marshal.dumps((batch.ids, batch.seq, told, rest, folded, batch.redacted))


def _unpacked(data: bytes) -> Batch | None:
    told = marshal.loads(data)  # noqa: S302 - from our own child, through an unnamed pipe
    if told is None:
        return None
    ids, seq, parts, rest, folded, redacted = told
    mapped: Mapped = pickle.loads(rest)  # noqa: S301 - likewise
    mapped.batches.extend(RecordBatch(*part) for part in parts)
    return Batch(ids, seq, mapped, FoldedAhead.unpacked(folded) if folded else None, redacted)
