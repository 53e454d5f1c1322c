"""The frozen things that travel between the rooms. No behaviour beyond construction; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

#: What json can hold. Raw records and cursors are of this type.
Json = Any


class RunKind(StrEnum):
    """What a run does."""

    PULL = "pull"
    CONSOLIDATE = "consolidate"
    PUSH = "push"
    RECONCILE = "reconcile"


class RunStatus(StrEnum):
    """How a run stands. A word tells who must act."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WITH_REJECTS = "succeeded with rejects"
    INCOMPLETE = "incomplete"  # heals itself
    FAILED = "failed"  # needs you
    STOPPED = "stopped by guard"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What became of one row in one run; the buckets of the balance."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    MAPPED = "mapped"
    FILTERED = "filtered"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    PENDING = "pending"
    ERASED = "erased"
    SAME = "same"
    DRIFTED = "drifted"
    MISSING = "missing"
    ORPHANED = "orphaned"
    UNLINKED = "unlinked"


class AlertRule(StrEnum):
    """What a person is told of when it begins, and again when it is over."""

    FAILED = "failed"  # a run failed, or several in a row did not come to their end
    AUTH = "auth"  # credentials were refused
    GUARD = "guard"  # a guard stopped a run
    PARTIAL = "partial"  # too large a share of the rows was refused
    QUARANTINE = "quarantine"  # too much was kept aside
    STALE = "stale"  # no success for several intervals of its schedule
    SLOW = "slow"  # a run takes much longer than usual
    VOLUME = "volume"  # far more or fewer records than on any day of the week before
    LOOP = "loop"  # fields go back and forth, or are rewritten by the destination, and are not sent any more


@dataclass(frozen=True, slots=True)
class Page:
    """A batch of raw records and the cursor that follows it: the unit of commit.

    A source yields pages; the engine commits each with its checkpoint in one transaction.
    """

    #: The stream the records belong to.
    stream: str
    #: Raw records as the vendor gave them: JSON objects. Anything else in the list becomes a reject.
    records: Sequence[Json] = ()
    #: What to hand back to `read` to go on after this page; None leaves the stored cursor as it is.
    checkpoint: Json = None
    #: Whether the checkpoint is for this stream, or one for the whole connection.
    scope: Literal["stream", "connection"] = "stream"
    #: Keys the vendor says are gone (tombstones): evidence by themselves.
    deleted: Sequence[str] = ()
    #: Opaque name of the full scan this page belongs to; survives a resume when kept in the checkpoint.
    scan: str | None = None
    #: True on the last page of a scan that began fresh and saw everything: absence now counts as deletion.
    scan_complete: bool = False
    #: Records the source could not even hand over: kept as rejects.
    broken: Sequence[BrokenRecord] = ()


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that could not be read: its reason, and as much of it as there is."""

    code: str
    message: str
    path: str = ""
    #: A key if one is known; else the engine uses a hash of the payload.
    key: str = ""
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class StreamSelection:
    """One stream to read in a run."""

    name: str
    #: Only records changed since then (UTC), where the vendor can tell; overrides the checkpoint.
    since: datetime | None = None
    #: Read everything again, from the start.
    full: bool = False
    #: Stop after about this many records; None for all.
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The streams of one call of `read`."""

    streams: tuple[StreamSelection, ...]
    #: Upper bound of the run (UTC), fixed when it starts.
    until: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where reading goes on: the committed cursors of a connection."""

    streams: Mapping[str, Json] = field(default_factory=dict)
    connection: Json = None

    def stream(self, name: str) -> Json:
        """The cursor of a stream, or None at the first run."""
        return self.streams.get(name)


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a canonical record by its natural key within the connection."""

    type: str
    external_id: str


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One planned write to a destination."""

    #: Our id of the delivery; results are joined on it.
    delivery_id: int
    #: create-or-update, delete, or put away where the destination can (`Capabilities.archives`).
    op: Literal["upsert", "archive", "delete"]
    #: The customer's id in the hub.
    customer_id: str
    #: The destination's own id, when known.
    remote_id: str | None
    #: Destination-shaped fields (all of them: a destination that keeps whole rows needs them).
    fields: Mapping[str, Json]
    #: Same for every retry of the same content.
    idempotency_key: str
    #: Those of the fields that the destination does not hold yet: what to send where fields can be sent one by one. A
    #: None among them is a wish to empty the field.
    changed: Mapping[str, Json] = field(default_factory=dict)
    #: The object of the mapping's `out:` block that this is one of; a call of `write` has rows of one object only.
    object: str = "customers"


@dataclass(frozen=True, slots=True)
class Found:
    """A record of the destination that belongs to a row, as a lookup found it."""

    remote_id: str
    #: What it holds, named as in the row; as far as the answer tells.
    fields: Mapping[str, Json] = field(default_factory=dict)


class RowStatus(StrEnum):
    """What a destination said about one row."""

    OK = "ok"
    INVALID = "invalid"
    REJECTED = "rejected"
    RETRYABLE = "retryable"
    UNKNOWN = "unknown"
    GONE = "gone"  # there is no record of that remote id any more


@dataclass(frozen=True, slots=True)
class RowResult:
    """Exactly one per WriteRow."""

    delivery_id: int
    status: RowStatus
    remote_id: str | None = None
    code: str = ""
    #: The vendor's words, redacted; never a value of the row.
    message: str = ""
    retry_at: datetime | None = None
    #: What the destination holds now, named as in the row, where its answer tells: it may have made something else of it.
    fields: Mapping[str, Json] | None = None


class DecisionKind(StrEnum):
    """A person's word about identity."""

    SAME = "same"
    DIFFERENT = "different"
    PIN = "pin"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class SourceKey:
    """A source customer, named so that it survives a rebuild: the connection's name and the natural key."""

    connection: str
    type: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.type}/{self.external_id}"


@dataclass(frozen=True, slots=True)
class Decision:
    """same / different: `a` and `b` are source customers. pin: `field` of `a` is `value`. block: `value` of type `field`."""

    kind: DecisionKind
    actor: str
    reason: str
    a: SourceKey | None = None
    b: SourceKey | None = None
    field: str | None = None
    value: str | None = None
    id: int | None = None
    at: datetime | None = None
    #: Id of an earlier decision that this one takes back; then it says nothing else.
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one connection. `counts` is recomputed from row outcomes when the run closes."""

    id: str
    connection: str
    kind: RunKind
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    error: Mapping[str, str] | None = None
    sync_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A record kept aside with its reason. The value is looked up in raw and shown masked, never stored here."""

    id: int
    run_id: str
    connection: str
    stream: str
    #: land, map or push.
    stage: str
    code: str
    message: str
    path: str
    #: file:line of the mapping that refused it, if one did.
    where: str
    key: str
    raw_id: int | None
    #: open, resolved, dropped.
    state: str
    created_at: datetime
    times: int = 1
