"""The Airbyte protocol: a configured catalogue, and messages that become pages.

A STREAM state waits for the records of its stream, a GLOBAL one for all. A state that counts other records than came
is refused. A stream that is read in full has no state that outlives a good run, and is whole only once it is COMPLETE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import BadAnswer
from hub.foreign.batch import Batch
from hub.foreign.messages import Message
from hub.foreign.options import StreamOptions
from hub.foreign.streams import Offer, key_text
from hub.models import Json, Page

#: Set on a record that is gone.
_DELETED = "_ab_cdc_deleted_at"
#: In the state of a full read: marks with which the reader says "done" at once, for ever.
_MARKS = ("__ab_no_cursor_state_message", "__ab_full_refresh_sync_complete")


# --- the catalogue -------------------------------------------------------------------------------------------------------


def offers_of(catalog: Json, where: str) -> list[Offer]:
    """What a source offers. Raises BadAnswer HUB-4804 when it is no catalogue."""
    streams = catalog.get("streams") if isinstance(catalog, Mapping) else None
    if not isinstance(streams, list) or not all(
        isinstance(one, Mapping) and one.get("name") for one in streams
    ):
        raise BadAnswer("HUB-4804", "what it told of its streams is no catalogue", where=where)
    return [
        Offer(
            label(one),
            tuple(".".join(map(str, path)) for path in one.get("source_defined_primary_key") or () if path),
            incremental=is_incremental(one, StreamOptions()),
            entry=one,
        )
        for one in streams
    ]


def label(stream: Mapping[str, Any]) -> str:
    """The name of a stream, with its namespace where it has one."""
    name, namespace = str(stream.get("name") or stream.get("stream") or ""), stream.get("namespace")
    return f"{namespace}.{name}" if namespace else name


def is_incremental(stream: Mapping[str, Any], option: StreamOptions) -> bool:
    """Whether only what changed is read: as asked for, else wherever a cursor is known without guessing."""
    if option.mode != "auto":
        return option.mode != "full"
    able = "incremental" in (stream.get("supported_sync_modes") or ())
    return able and bool(
        stream.get("source_defined_cursor") or stream.get("default_cursor_field") or option.cursor
    )


def configured(
    offers: Sequence[Offer], names: Sequence[str], options: Mapping[str, StreamOptions]
) -> dict[str, Json]:
    """The catalogue to hand to the source: only what is wanted, and how."""
    return {
        "streams": [
            _configured(offer.entry or {}, options.get(offer.name, StreamOptions()))
            for offer in offers
            if offer.name in names
        ]
    }


def _configured(stream: Mapping[str, Any], option: StreamOptions) -> dict[str, Json]:
    incremental = is_incremental(stream, option)
    key = [path.split(".") for path in option.key] or stream.get("source_defined_primary_key") or []
    cursor = option.cursor.split(".") if option.cursor else stream.get("default_cursor_field") or []
    return {
        "stream": dict(stream),
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup"
        if incremental and key
        else "append"
        if incremental
        else "overwrite",
        "cursor_field": cursor,
        "primary_key": key,
    }


# --- state ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier runs left behind, from the committed cursors."""

    #: By stream: {state: text, scan: text}.
    streams: Mapping[str, Json]
    #: {state: text} of all streams together.
    connection: Json = None

    def messages(self, names: Sequence[str], full: Collection[str]) -> str:
        """The state file: a JSON array of state messages, as they came, of the streams that are read.

        full: those that are read in full: only a scan that was cut off has a state that may be used."""
        whole = self.connection.get("state") if isinstance(self.connection, Mapping) else None
        texts = [self._state(name) for name in names if bool(self.scan_of(name)) == (name in full)]
        return "[" + ", ".join([whole] if whole else [text for text in texts if text]) + "]"

    def scan_of(self, name: str) -> str:
        """The full scan that a stream was in when it was cut off; empty when it was in none."""
        kept = self.streams.get(name)
        return str(kept.get("scan") or "") if isinstance(kept, Mapping) and kept.get("state") else ""

    def _state(self, name: str) -> str:
        kept = self.streams.get(name)
        return str(kept.get("state") or "") if isinstance(kept, Mapping) else ""


# --- messages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """What a source said went wrong, in its own words: not fit to be shown as they are."""

    stream: str
    kind: str
    message: str


class AirbyteReader:
    """Messages of one run of a source, in their order, to pages.

    keys: of the streams that are read, by name. full: those that are read in full, and the scan each is in.
    resumable: those of them whose state may be used after a cut. whole: this run sees all there is."""

    def __init__(
        self,
        keys: Mapping[str, str | tuple[str, ...]],
        full: Mapping[str, str],
        *,
        resumable: frozenset[str] = frozenset(),
        check_counts: bool = True,
        whole: bool = True,
        where: str = "",
    ) -> None:
        self._keys = keys
        self.full = full
        self._resumable = resumable
        self._check_counts = check_counts
        self._whole = whole
        self._where = where
        self._any = next(iter(keys))
        self._since: Counter[str] = Counter()
        self._complete: set[str] = set()
        self._spoke_of_ends = False
        self.batch = Batch()
        #: What went wrong, in order.
        self.faults: list[Fault] = []
        #: Records of streams that nobody asked for.
        self.unasked = 0

    def take(self, message: Message) -> None:
        """One message. Raises BadAnswer HUB-4810 for a state that counts other records than came."""
        body = message.body
        match message.type:
            case "RECORD" if isinstance(body.get("record"), dict):
                self._record(body["record"])
            case "STATE" if isinstance(body.get("state"), dict):
                self._state(body["state"], message)
            case "TRACE" if isinstance(body.get("trace"), dict):
                self._trace(body["trace"])

    def finished(self) -> list[Page]:
        """After the end, good or not: streams that are COMPLETE are whole, and what was not met in them is gone."""
        for stream in sorted(self._complete & self.full.keys()):
            if self._whole and stream not in self._failed():
                self.batch.completed(stream, self.full[stream])
            self.batch.stream_state(stream, {"state": ""})
        return self.batch.pages()

    def unfinished(self) -> list[str]:
        """Streams that the source never called COMPLETE, if it calls any so."""
        return sorted(self._keys.keys() - self._complete) if self._spoke_of_ends else []

    def _failed(self) -> set[str]:
        return {fault.stream for fault in self.faults}

    def _record(self, record: Mapping[str, Any]) -> None:
        stream, data = label(record), record.get("data")
        if stream not in self._keys:
            self.unasked += 1
            return
        self._since[stream] += 1
        scan = self.full.get(stream)
        if isinstance(data, dict) and data.get(_DELETED):
            key = key_text(data, self._keys[stream])
            if key is not None:
                self.batch.deleted(stream, key, scan)
                return
        self.batch.record(stream, data, scan)

    def _state(self, state: Mapping[str, Any], message: Message) -> None:
        stream = label((state.get("stream") or {}).get("stream_descriptor") or {})
        if state.get("type", "LEGACY") == "STREAM" and stream:
            if stream in self._keys:
                self._count(state, [stream])
                self._stream_state(stream, state, message)
        else:
            self._count(state, list(self._keys))
            self.batch.connection_state(self._any, {"state": message.exact("state")})

    def _stream_state(self, stream: str, state: Mapping[str, Any], message: Message) -> None:
        if stream not in self.full:
            self.batch.stream_state(stream, {"state": message.exact("state")})
            return
        inner = state["stream"].get("stream_state") or {}
        if stream in self._resumable and not any(mark in inner for mark in _MARKS):
            self.batch.stream_state(stream, {"state": message.exact("state"), "scan": self.full[stream]})

    def _count(self, state: Mapping[str, Any], streams: Sequence[str]) -> None:
        """A state tells how many records came since the one before."""
        seen = sum(self._since.pop(stream, 0) for stream in streams)
        told = (state.get("sourceStats") or {}).get("recordCount")
        if not self._check_counts or not isinstance(told, int | float) or told == seen:
            return
        raise BadAnswer(
            "HUB-4810",
            f"its state counts {told:.0f} records where {seen} came",
            where=f"{self._where}/{streams[0]}" if len(streams) == 1 else self._where,
            hint="It is read again with the next run. A source that always miscounts: `check_counts: false`.",
        )

    def _trace(self, trace: Mapping[str, Any]) -> None:
        if trace.get("type") == "ERROR":
            error = trace.get("error") or {}
            stream = label(error.get("stream_descriptor") or {})
            self.faults.append(
                Fault(stream, str(error.get("failure_type") or ""), str(error.get("message") or ""))
            )
        elif trace.get("type") == "STREAM_STATUS":
            status = trace.get("stream_status") or {}
            self._spoke_of_ends = True
            if status.get("status") == "COMPLETE":
                self._complete.add(label(status.get("stream_descriptor") or {}))


def first_faults(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each stream: the last of all only sums them up, and calls everything a config error."""
    firsts: dict[str, Fault] = {}
    for fault in faults:
        firsts.setdefault(fault.stream, fault)
    named = [fault for fault in firsts.values() if fault.stream]
    return named or list(firsts.values())
