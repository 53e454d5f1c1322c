"""A sync that writes nothing: reads a sample and tells what would become of it.

It reads where the next sync would read, compares with what is in the store, and maps the whole sample, whether changed
or not. The one thing it may write is a sign-in that the vendor renewed on the way: the old one is worth nothing then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from hub.contract import Secrets, Stream
from hub.errors import HubError, PluginError, SkipStream
from hub.http import LocalBudget, Ring
from hub.models import Checkpoint, Outcome, Page, Selection, StreamSelection
from hub.store.api import Store
from hub.store.raw import Encoded
from hub.sync.connected import Connected
from hub.sync.landing import Salvaged, encode_page
from hub.sync.pull import PullOptions, choose_streams, place

#: What is counted: how many were read, what landing and what mapping would say of them, and what is told to be gone.
COUNTED = ("read", "new", "changed", "unchanged", "mapped", "filtered", "rejected", "deleted")
#: Records of each stream that are read when nobody says how many.
SAMPLE = 100
#: Rejects of each stream that are told in full.
TOLD = 20


@dataclass(frozen=True, slots=True)
class DryReject:
    """A record that would be kept aside."""

    key: str
    stage: str
    code: str
    message: str
    path: str = ""
    where: str = ""


@dataclass(slots=True)
class DryStream:
    """What would become of the sample of one stream."""

    connection: str
    stream: str
    #: By the names of `COUNTED`.
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))
    #: Canonical records that the mapping makes of the sample, by entity.
    entities: Counter[str] = field(default_factory=Counter)
    #: The first of them; `counts` tells how many there are.
    rejects: list[DryReject] = field(default_factory=list)
    #: (entity, field, code, path) of values that would be left empty.
    warnings: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def reject(self, found: DryReject) -> None:
        """Counts a reject, and keeps it if there are few."""
        self.counts["rejected"] += 1
        if len(self.rejects) < TOLD:
            self.rejects.append(found)


class DryRun:
    """One connection's sample."""

    def __init__(
        self, store: Store, item: Connected, options: PullOptions, stopping: Callable[[], bool]
    ) -> None:
        """options: `limit` by default SAMPLE."""
        self._store = store
        self._item = item
        self._options = replace(options, limit=options.limit or SAMPLE)
        self._stopping = stopping
        self._connection_id = store.connections.find(item.name)
        self._seen: dict[str, dict[str, bytes]] = {}
        self.streams: dict[str, DryStream] = {}
        self.error: HubError | None = None

    def run(self) -> None:
        """Fills `streams`, and `error` with what ended the reading early."""
        item, options = self._item, self._options
        try:
            _ = item.mapping  # a wrong mapping is told before anybody is asked
            streams = choose_streams(item.connector, options.streams, item.name)
            together = item.connector.capabilities.checkpoint == "connection"
            for part in [streams] if together else [[stream] for stream in streams]:
                self._sampled(part)
        except HubError as error:
            self.error = error
        except Exception as broken:  # noqa: BLE001 - a connector's bug is told, not shown as ours
            message = f"the connector broke: {type(broken).__name__} at {place(broken)}"
            hint = "This is a fault of the connector: tell its author."
            self.error = PluginError("HUB-6015", message, where=item.name, hint=hint)

    def _sampled(self, part: Sequence[Stream]) -> None:
        try:
            self._read(part)
        except SkipStream as skipped:  # told, and the others are read
            self.error = self.error or skipped

    def _read(self, streams: Sequence[Stream]) -> None:
        by_name = {stream.name: stream for stream in streams}
        for name in by_name:
            self.streams[name] = DryStream(self._item.name, name)
        options = self._options
        chosen = tuple(
            StreamSelection(one.name, options.since, options.full, options.limit) for one in streams
        )
        with self._item.context(
            self._store, budget=LocalBudget(), ring=Ring(), stopping=self._stopping, secrets=self._secrets()
        ) as context:
            selection = Selection(chosen, context.now)
            pages = self._item.connector.read(selection, self._checkpoint(), context)
            for page in self._sample(pages, set(by_name)):
                if page.stream in by_name:
                    self._page(by_name[page.stream], page)
            close = getattr(pages, "close", None)
            if close:
                close()

    def _sample(self, pages: Iterator[Page], wanted: set[str]) -> Iterator[Page]:
        """Pages until every stream has its sample; of the page that goes over it only what is needed."""
        limit = self._options.limit or SAMPLE
        for page in pages:
            read = self.streams[page.stream].counts["read"] if page.stream in wanted else limit
            if read < limit:
                yield replace(page, records=list(page.records)[: limit - read])
            done = all(self.streams[name].counts["read"] >= limit for name in wanted)
            if done or self._stopping():
                return

    def _page(self, stream: Stream, page: Page) -> None:
        told = self.streams[stream.name]
        good: list[Encoded] = []
        bad: list[Salvaged] = []
        encode_page(stream, page, good, bad)
        told.counts["read"] += len(page.records) + len(page.broken)
        told.counts["deleted"] += self._gone(stream, page)
        for key, code, message, _ in bad:
            told.reject(DryReject(key, "land", code, message))
        for outcome, count in self._compare(stream, good).items():
            told.counts[outcome] += count
        self._map(told, stream, good)

    def _compare(self, stream: Stream, good: Sequence[Encoded]) -> Counter[str]:
        """What landing would say of each record."""
        stream_id = self._stream_id(stream)
        known = dict(self._store.raw.digests(stream_id, [one.key for one in good])) if stream_id else {}
        known |= self._seen.setdefault(stream.name, {})
        outcomes: Counter[str] = Counter()
        for one in good:
            if one.key not in known:
                outcomes[Outcome.NEW.value] += 1
            elif stream.append_only or known[one.key] == one.digest:
                outcomes[Outcome.UNCHANGED.value] += 1
            else:
                outcomes[Outcome.CHANGED.value] += 1
            known[one.key] = self._seen[stream.name][one.key] = one.digest
        return outcomes

    def _map(self, told: DryStream, stream: Stream, good: Sequence[Encoded]) -> None:
        raws = [(number, orjson.loads(one.payload)) for number, one in enumerate(good)]
        mapped = self._item.mapping.apply(stream.name, raws)
        told.counts["mapped"] += len(mapped.mapped)
        told.counts["filtered"] += len(mapped.filtered)
        for batch in mapped.batches:
            told.entities[batch.entity] += len(batch.keys)
        for found in mapped.rejects:
            key = good[found.raw_id].key
            told.reject(DryReject(key, "map", found.code, found.message, found.path, found.where))
        told.warnings.update((one.entity, one.field, one.code, one.path) for one in mapped.warnings)

    def _gone(self, stream: Stream, page: Page) -> int:
        stream_id = self._stream_id(stream)
        return len(self._store.raw.ids_of(stream_id, page.deleted)) if stream_id and page.deleted else 0

    # --- the store, without writing --------------------------------------------------------------------------------

    def _stream_id(self, stream: Stream) -> int | None:
        if self._connection_id is None:
            return None
        streams = self._store.connections.streams(self._connection_id)
        return next((one.id for one in streams if one.name == stream.name), None)

    def _checkpoint(self) -> Checkpoint:
        if self._options.full or self._options.since is not None or self._connection_id is None:
            return Checkpoint()
        return self._store.checkpoints.of(self._connection_id)

    def _secrets(self) -> Secrets:
        """Of a connection that the store has never heard of there are none, and new ones are not kept."""
        if self._connection_id is None:
            return _Forgotten()
        return self._store.secrets.of(self._connection_id)


class _Forgotten:
    """Secrets for the length of one dry run."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def get(self, name: str) -> str | None:
        return self._kept.get(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        if self._kept.get(name) != old:
            return False
        self._kept[name] = new
        return True
