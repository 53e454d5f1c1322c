"""Landing pages: raw rows, checkpoint, outcomes and rejects of some pages in ONE transaction.

Small pages that arrive together are committed together: the checkpoint of the last covers all of them. Nothing
but this module moves a checkpoint.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.canonical.time import now_text
from hub.contract import Stream
from hub.errors import BadAnswer, GuardStop
from hub.http import as_evidence
from hub.models import Json, Outcome, Page
from hub.privacy.tombstones import Tombstones
from hub.store.api import Store
from hub.store.balance import DELETED
from hub.store.events import Level
from hub.store.leases import Lease
from hub.store.raw import Encoded
from hub.store.rejects import Refusal, RejectState, Stage
from hub.sync.drift import Shape

#: Records and seconds after which waiting pages are committed.
GROUP_RECORDS = 2000
GROUP_SECONDS = 0.5
#: A record greater than this is kept aside with its beginning only.
MAX_RECORD_BYTES = 32 * 1024 * 1024
MAX_KEY_CHARS = 512
_KEPT_OF_A_GIANT = 64 * 1024
#: Deletions up to this many are never held, whatever share of the stream they are.
FEW = 5

Salvaged = tuple[str, str, str, bytes]  # key, code, message, payload


@dataclass(slots=True)
class Group:
    """Pages of one stream that wait for their commit."""

    stream: Stream
    stream_id: int
    since: float
    taken: int = 0
    good: list[Encoded] = field(default_factory=list)
    bad: list[Salvaged] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    #: (scope, checkpoint) of the last page that had one.
    checkpoint: tuple[str, Json] | None = None
    scan: str | None = None


@dataclass(slots=True)
class Tally:
    """What a pull did so far, for display; the balance is counted from the store's rows instead."""

    read: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, count: int) -> None:
        self.outcomes[name] = self.outcomes.get(name, 0) + count


class Landing:
    """Takes the pages of one pull run and commits them."""

    def __init__(
        self,
        store: Store,
        *,
        run_id: str,
        connection_id: int,
        lease: Lease | None,
        keep_checkpoint: bool = True,
        delete_ratio: float = 0.05,
        allow_deletes: bool = False,
        progress: Callable[[str, Tally], None] | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._connection_id = connection_id
        self._lease = lease
        self._keep_checkpoint = keep_checkpoint
        self._delete_ratio = delete_ratio
        self._allow_deletes = allow_deletes
        self._progress = progress
        self._group: Group | None = None
        self._shapes: dict[int, Shape] = {}
        self._last_keys: dict[int, tuple[str, ...]] = {}
        self._open: dict[int, bool] = {}
        self.tally = Tally()
        #: Everything is read again: the source is believed even where a record looks older than the one that is there.
        self.full = False

    def page(self, stream: Stream, page: Page) -> None:
        """Takes a page; commits when enough has come together. Raises BadAnswer when the page repeats the last one."""
        stream_id = self._store.connections.stream_id(self._connection_id, stream.name)
        other = self._group and (self._group.stream_id != stream_id or self._group.scan != page.scan)
        # A commit carries out its deletions last: what comes back after one needs a commit of its own.
        if other or (self._group and self._group.deleted and page.records):
            self.flush()
        group = self._group or Group(stream, stream_id, time.monotonic(), scan=page.scan)
        self._group = group
        start = len(group.good)
        encode_page(stream, page, group.good, group.bad)
        self._refuse_repeat(stream, stream_id, tuple(item.key for item in group.good[start:]), start)
        shape = self._shape(stream_id)
        shape.see(page.records)
        group.taken += len(page.records) + len(page.broken)
        group.deleted += page.deleted
        if page.checkpoint is not None:
            group.checkpoint = (page.scope, page.checkpoint)
        if page.scan_complete:
            self.flush()
            self._sweep(stream, stream_id, page.scan)
        elif not (page.records or page.broken or page.deleted) and page.checkpoint is not None:
            self.flush()  # a step that the source wants to stand before it goes on
        elif group.taken >= GROUP_RECORDS or time.monotonic() - group.since >= GROUP_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Commits what waits: all of it, or on an exception nothing."""
        group, self._group = self._group, None
        if group is None:
            return
        now = now_text()
        store = self._store
        with store.write():
            if self._lease:
                store.leases.check(self._lease)
            erased = self._keep_out(group)
            outcomes = store.raw.land(
                group.stream_id,
                self._run_id,
                group.good,
                now,
                append_only=group.stream.append_only,
                is_older=self._is_older(group.stream),
            )
            outcomes[Outcome.REJECTED] = self._reject(group)
            if erased:
                outcomes[Outcome.ERASED] = [0] * erased  # they have no row
            gone = self._tombstones(group, now)
            store.runs.add_batch(
                self._run_id,
                group.stream_id,
                group.taken,
                outcomes,
                scan=group.scan,
                deleted=gone,
            )
            if group.checkpoint and self._keep_checkpoint:
                scope, cursor = group.checkpoint
                name = group.stream.name if scope == "stream" else None
                store.checkpoints.set(self._connection_id, name, cursor, self._run_id)
            self._save_shape(group)
        self._count(group, outcomes, gone)

    def _keep_out(self, group: Group) -> int:
        """Takes records of people who were erased out of what lands; how many."""
        stones = Tombstones(self._store)
        if not stones.any:
            return 0
        keys = [*(record.key for record in group.good), *(bad[0] for bad in group.bad)]
        gone = stones.records(group.stream_id, keys)
        before = len(keys)
        group.good = [record for record in group.good if record.key not in gone]
        group.bad = [bad for bad in group.bad if bad[0] not in gone]
        return before - len(group.good) - len(group.bad)

    def _count(self, group: Group, outcomes: Mapping[Outcome, Sequence[int]], gone: Sequence[int]) -> None:
        self.tally.read += group.taken
        for outcome, ids in outcomes.items():
            self.tally.add(outcome, len(ids))
        if gone:
            self.tally.add(DELETED, len(gone))
        if self._progress:
            self._progress(group.stream.name, self.tally)

    def _reject(self, group: Group) -> list[int]:
        rejects = self._store.rejects
        if group.good and self._any_open(group.stream_id):
            rejects.resolve(group.stream_id, Stage.LAND, [record.key for record in group.good])
        if not group.bad:
            return []
        self._open[group.stream_id] = True
        refusals = [
            Refusal(key=key, code=code, message=message, payload=payload)
            for key, code, message, payload in group.bad
        ]
        return rejects.record(self._run_id, self._connection_id, group.stream_id, Stage.LAND, refusals)

    def _is_older(self, stream: Stream) -> Callable[[bytes, bytes], bool] | None:
        """Tells a late version by the stream's cursor field: webhooks come in any order, and may cross a poll. A full
        refresh believes the source whatever it says."""
        if stream.cursor is None or self.full:
            return None
        path = stream.cursor.field.split(".")

        def is_older(new: bytes, there: bytes) -> bool:
            a, b = _at(orjson.loads(new), path), _at(orjson.loads(there), path)
            return type(a) is type(b) and isinstance(a, str | int | float) and a < b

        return is_older

    def _any_open(self, stream_id: int) -> bool:
        """Whether the stream has rejects that a good landing may resolve."""
        known = self._open.get(stream_id)
        if known is None:
            known = self._open[stream_id] = bool(
                self._store.rejects.find(
                    stream_id=stream_id, stage=Stage.LAND, state=RejectState.OPEN, limit=1
                )
            )
        return known

    # --- deletes -----------------------------------------------------------------------------------------------

    def _tombstones(self, group: Group, now: str) -> list[int]:
        if not group.deleted:
            return []
        ids = self._store.raw.ids_of(group.stream_id, group.deleted)
        self._guard(
            group.stream.name, len(ids), self._store.raw.live_count(group.stream_id), nothing_seen=False
        )
        self._store.raw.delete(group.stream_id, self._run_id, ids, now)
        return ids

    def _sweep(self, stream: Stream, stream_id: int, scan: str | None) -> None:
        """After a complete scan: what was not seen is gone at the source."""
        if scan is None:
            raise BadAnswer("HUB-6012", "a scan without a name cannot be complete", where=stream.name)
        store = self._store
        seen = store.runs.seen_in_scan(stream_id, scan)
        # What landed since the scan began was put there by someone who knows better: a webhook, say.
        live = store.raw.live_ids(stream_id, before=store.runs.scan_began(stream_id, scan))
        missing = [raw_id for raw_id in live if raw_id not in seen]
        if not missing:
            return
        self._guard(stream.name, len(missing), len(live), nothing_seen=not seen)
        with store.write():
            if self._lease:
                store.leases.check(self._lease)
            store.raw.delete(stream_id, self._run_id, missing, now_text())
            store.runs.add_batch(self._run_id, stream_id, 0, {}, deleted=missing)
        self.tally.add(DELETED, len(missing))

    def _guard(self, stream: str, gone: int, live: int, *, nothing_seen: bool) -> None:
        """The ratio breaker. Raises GuardStop HUB-6020: an empty answer is more often a fault than a wish."""
        if self._allow_deletes or not gone:
            return
        if gone <= max(FEW, self._delete_ratio * live) and not nothing_seen:
            return
        raise GuardStop(
            "HUB-6020",
            f"{gone} of {live} records are gone at the source, more than {self._delete_ratio:.0%} of the stream; "
            "none was deleted here",
            where=stream,
            hint="Look at the source. If it is right, run `hub sync CONNECTION --allow-deletes` once.",
        )

    # --- guards and drift ----------------------------------------------------------------------------------------

    def _refuse_repeat(self, stream: Stream, stream_id: int, keys: tuple[str, ...], start: int) -> None:
        """A page with exactly the keys of the page before: the vendor ignored our cursor, rows would be missed."""
        if len(keys) < 2:
            return
        if self._last_keys.get(stream_id) == keys:
            assert self._group is not None, "a page was just taken into the group"
            del self._group.good[start:]
            raise BadAnswer(
                "HUB-6011",
                "the source sent the same page twice in a row; what lies between was not read",
                where=stream.name,
                hint="Run again; if it stays, the connector's paging does not fit this version of the system.",
            )
        self._last_keys[stream_id] = keys

    def _shape(self, stream_id: int) -> Shape:
        shape = self._shapes.get(stream_id)
        if shape is None:
            shape = self._shapes[stream_id] = Shape(self._store.connections.fields(stream_id))
        return shape

    def _save_shape(self, group: Group) -> None:
        shape = self._shapes[group.stream_id]
        news = shape.take_news()
        if news is None:
            return
        self._store.connections.set_fields(group.stream_id, shape.fields)
        if news:
            self._store.events.add(
                self._run_id,
                self._connection_id,
                Level.WARNING,
                "drift",
                "The records have changed their shape",
                {"stream": group.stream.name, **news},
            )


def encode_page(stream: Stream, page: Page, good: list[Encoded], bad: list[Salvaged]) -> None:
    """Splits a page into records that can land and those that cannot."""
    key_of = _key_reader(stream.key)
    dumps, digest, option = orjson.dumps, hashlib.blake2b, orjson.OPT_SORT_KEYS
    for record in page.records:
        if type(record) is not dict:
            bad.append(_salvage(record, "", "HUB-3001", "the record is not a JSON object"))
            continue
        key = key_of(record)
        if key is None:
            bad.append(_salvage(record, "", "HUB-3002", f"the record has no key ({_shown(stream.key)})"))
            continue
        try:
            payload = dumps(record, option=option)
        except (TypeError, ValueError, RecursionError):
            bad.append(
                _salvage(
                    record,
                    key,
                    "HUB-3003",
                    "the record holds something that JSON cannot (NaN, half a character, too deep)",
                )
            )
            continue
        if len(payload) > MAX_RECORD_BYTES:
            bad.append((key, "HUB-3004", f"the record has {len(payload)} bytes", payload[:_KEPT_OF_A_GIANT]))
            continue
        good.append(Encoded(key, payload, digest(payload, digest_size=16).digest()))
    for broken in page.broken:
        key = broken.key or _digest_key(broken.payload)
        bad.append((key, broken.code, broken.message, broken.payload[:_KEPT_OF_A_GIANT]))


def _salvage(record: Any, key: str, code: str, message: str) -> Salvaged:
    """As much of a record as can be written down."""
    payload = as_evidence(record)
    return key or _digest_key(payload), code, message, payload[:_KEPT_OF_A_GIANT]


def _digest_key(payload: bytes) -> str:
    return "sha:" + hashlib.blake2b(payload, digest_size=12).hexdigest()


def _shown(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else " + ".join(key)


def _key_reader(key: str | tuple[str, ...]) -> Callable[[dict[str, Any]], str | None]:
    """A function from a record to its key as text, None when it has none."""
    if isinstance(key, tuple):
        parts = [_key_reader(part) for part in key]

        def joined(record: dict[str, Any]) -> str | None:
            found = [part(record) for part in parts]
            return None if None in found else ":".join(item for item in found if item is not None)

        return joined
    path = key.split(".")
    is_plain = len(path) == 1

    def single(record: dict[str, Any]) -> str | None:
        value: Any = record.get(key) if is_plain else _at(record, path)
        kind = type(value)
        if kind is str:
            text = value.strip()
        elif kind is int:
            text = str(value)
        else:
            return None
        if not 0 < len(text) <= MAX_KEY_CHARS or "\x00" in text:
            return None
        return text if text.isascii() or _encodable(text) else None

    return single


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _at(record: Any, path: Sequence[str]) -> Any:
    """The value at a path of field names, None where there is none."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record
