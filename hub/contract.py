"""What a connector is: everything a plugin author must know, on one page.

A connector is a class. One instance is one *connection*: it holds a validated config and nothing else.

    class Shop(Connector):
        name, title = "shop", "Example shop"
        Config = ShopConfig                      # a pydantic model; every field has a description
        capabilities = Capabilities(source=True)

        def check(self, context): context.http.get_json("/me")
        def streams(self): return [Stream("customers", entity="customer", key="id")]
        def read(self, selection, checkpoint, context): yield Page(...)

The engine owns time, retries, secrets, transactions and logging: a connector never sleeps, never catches an
HTTP error to try again, never prints. It raises the errors of `hub.errors`, or lets `context.http` raise them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel

from hub.models import Checkpoint, Found, Json, Page, RowResult, Selection, WriteRow


@dataclass(frozen=True, slots=True)
class Cursor:
    """How a stream tells what changed."""

    #: The field of the record that the vendor filters by.
    field: str
    #: Whether pages come sorted by it; an unsorted stream advances only when its window is complete.
    order: Literal["ascending", "unknown"] = "unknown"
    #: Seconds read again on every run, because vendors commit late and clocks differ.
    overlap: int = 300


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record in a source."""

    name: str
    #: The canonical entity its mapping mainly produces (for display; the mapping decides).
    entity: str
    #: Path(s) of the natural key in a raw record: "id", or ("mailbox", "uid"). Values are kept as text.
    key: str | tuple[str, ...]
    #: None: every run reads everything.
    cursor: Cursor | None = None
    #: How deletions become known: never, told by the vendor (tombstone), or by absence from a full scan.
    deletes: Literal["none", "tombstone", "full_scan"] = "none"
    #: Records never change once seen (mail, form posts): a second copy of a key is ignored, whatever it says.
    append_only: bool = False
    #: A sentence for people: what these records are.
    description: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do, as data."""

    #: It reads.
    source: bool = False
    #: It writes.
    destination: bool = False
    #: Records arrive by themselves through `receive`.
    receiver: bool = False
    #: Whether one cursor covers the whole connection (then `read` gets all streams at once) or each stream has one.
    checkpoint: Literal["stream", "connection"] = "stream"
    #: Most rows a destination takes in one `write`.
    write_batch: int = 500
    #: Writing a row twice makes one record there, by an upsert on an id of ours or by idempotency keys. Without it, a
    #: row is looked up before it is created, and one of unknown outcome before it is sent again.
    upserts: bool = False
    #: It can look up what belongs to rows (`lookup`).
    lookup: bool = False
    #: Objects of the mapping's `out:` block whose records it can list, all of them (`scan`).
    scans: tuple[str, ...] = ()
    #: Objects whose records it can put away without deleting them: a row with `op` archive.
    archives: tuple[str, ...] = ()
    #: What it writes is a copy of ours alone that can be made again (a file): rows are written whole, empty fields too,
    #: customers that are no more are taken out, and neither the first push nor a large one waits for a person.
    snapshot: bool = False
    #: The vendor publishes no limit; these are ours: requests a second and at once, for one account.
    requests_per_second: float | None = None
    concurrency: int = 4


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What `check` found out, for a person to read: who we are there, and what we may see."""

    message: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """An arrived HTTP request, for `receive`. The body is raw bytes, so that signatures can be checked."""

    method: str
    path: str
    query: Mapping[str, str]
    #: Lower-case names.
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    #: The sender's address as seen by us, without its last part (it is personal data).
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a request: a page to land before the answer is sent, and the answer."""

    page: Page | None
    status: int = 202
    #: Sent back as the body, with this type.
    body: str = ""
    content_type: str = "application/json"
    #: For a browser: where to go after a 303.
    location: str = ""
    #: Pages of other streams that the same request brings.
    further: tuple[Page, ...] = ()

    @property
    def pages(self) -> tuple[Page, ...]:
        """All that is to be landed."""
        return (*(() if self.page is None else (self.page,)), *self.further)


class Http(Protocol):
    """The only way to the network (`hub/http.py`): retries, limits, timeouts, redaction and the SSRF guard are in it."""

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> JsonAnswer:
        """GET; a relative `url` is below the connection's base URL.

        Raises AuthRefused (401), MissingScope (403), Unreachable, Retry, CursorGone (410), Refused (other 4xx),
        BadAnswer."""
        ...

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Json = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        classify: Classify | None = None,
        raw: bool = False,
    ) -> JsonAnswer:
        """Any method. `idempotent` says that sending it twice does no harm (default: methods that RFC 9110 and WebDAV
        call so: GET, HEAD, PUT, DELETE, PROPFIND, REPORT).

        `classify` looks at every answer first: some vendors say "too fast" with a 403, or "failed" with a 200.
        `raw`: the answer is no JSON; its body is the bytes as they came."""
        ...

    def ahead(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Begins a request that reads and will be made next: `request` with the same arguments takes its answer, so
        that the vendor works while the engine lands a page. A failure shows there."""
        ...

    def lines(self, url: str, *, start: int = 0, version: str = "") -> Iterator[Line]:
        """Lines of a large file (JSONL) behind a whole address that needs no credentials, in bounded memory; lines without
        anything in them are left out. Where a connection breaks it goes on by itself. No credentials are sent.

        start, version: `end` and `version` of a line that an earlier call told: goes on behind it.
        Raises Refused HUB-4035 when the link is no longer good, BadAnswer HUB-4031 (cut off again and again), HUB-4033 (too
        large) and HUB-4034 (another file than the one begun), Unreachable, Retry."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file that `Http.lines` reads."""

    #: What stands in it, without its end.
    data: bytes
    #: Bytes of the file up to here, this line and its end among them.
    end: int
    #: By what the server knows this very file; empty where it says nothing that would hold.
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means to one vendor, where the HTTP status alone misleads."""

    #: ok: no failure, whatever the status. throttle, transient: may pass, is tried again. The others end the call with
    #: AuthRefused, MissingScope, CursorGone, Refused.
    kind: Literal["ok", "throttle", "transient", "auth", "permission", "gone", "request"]
    #: For a person: what to do about it.
    hint: str = ""
    #: For the caller: handed back with an answer that is ok.
    note: str = ""
    #: For throttle and transient: when to come back, where the answer tells that in a way of its own: seconds, an epoch,
    #: or a date, as text. Empty: what its headers say.
    wait: str = ""


#: Status, headers (any case), body -> what it means, or None for what HTTP says.
Classify = Callable[[int, Mapping[str, str], bytes], Verdict | None]


class JsonAnswer(Protocol):
    """An answer that was read whole and parsed."""

    status: int
    headers: Mapping[str, str]
    #: The parsed body, or where `raw` was asked for its bytes. A number or text that JSON cannot hold (NaN, half a
    #: surrogate) is left in place and makes only its own record a reject.
    body: Json
    #: Absolute URL of `Link: rel="next"`, if there is one.
    next_link: str | None
    #: What `classify` noted of it.
    note: str


class Secrets(Protocol):
    """Secrets that change by themselves (refreshed tokens): written before they are used."""

    def get(self, name: str) -> str | None: ...
    def swap(self, name: str, old: str | None, new: str) -> bool:
        """Compare and swap: False when another process was faster; read again then."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What the engine lends to a connector for one call."""

    connection: str
    #: Already has the base URL and the auth that `Connector.http()` names.
    http: Http
    secrets: Secrets
    #: Structured logging; never log a record or a secret.
    log: logging.Logger
    #: "Now" (UTC): use this, not the clock.
    now: datetime
    #: The project's folder: relative paths in a config are below it.
    project: Path
    #: Asked between pages: True when the run should end at the next checkpoint.
    stopping: StopSignal
    #: Domains of the company itself: who writes from there is an employee.
    own_domains: tuple[str, ...] = ()


class StopSignal(Protocol):
    """Tells whether the run was asked to stop (a signal, a limit of time)."""

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls a vendor allows an account in a window of time, by headers of its answers (lower case)."""

    #: Header with the number that is allowed; or with both, the used and the allowed, as `api-usage=18/5000`.
    limit: str
    #: Header with the number that is left.
    remaining: str = ""
    #: Header with when the window ends: seconds, an epoch, or a date.
    reset: str = ""
    #: Seconds of a window whose end no header tells; 0: without that header it says nothing.
    seconds: float = 0
    #: Header with how long a window is, in milliseconds; it goes before `seconds`.
    milliseconds: str = ""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How `context.http` speaks for this connection.

    Credentials (headers, basic, bearer, params) are sent to the server of `base_url` only, or without one to trusted
    hosts only: a link in an answer may point anywhere.
    """

    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: (user, password) for Basic.
    basic: tuple[str, str] | None = None
    bearer: str | None = None
    #: Query parameters sent with every request (some vendors put the key there).
    params: Mapping[str, str] = field(default_factory=dict)
    #: Seconds without a byte from the server.
    timeout: float = 60.0
    #: Hosts (`host` or `host:port`) that may be private, plain http or on any port, because the user named them.
    trusted_hosts: tuple[str, ...] = ()
    #: Budget key: connections of one vendor account share it. Empty: the connection's own name.
    account: str = ""
    requests_per_second: float | None = None
    concurrency: int = 4
    #: Headers whose value is the epoch second, or the seconds, until the limit resets.
    reset_headers: tuple[str, ...] = ("x-ratelimit-reset", "ratelimit-reset")
    #: Windows of calls, a minute's or a day's, that the vendor's headers tell of. Empty: those that are usual, and only
    #: where the administrator gives us a share.
    quotas: tuple[Quota, ...] = ()
    #: The share of the vendor's allowance that we may use, from 0 to 1; the engine sets it.
    share: float = 1.0
    #: Words in a 403 body that mean "too fast", not "not allowed".
    throttle_words: tuple[str, ...] = ("REQUEST_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded")


class Connector:
    """Base of every connector; override what the capabilities promise."""

    #: Lower-case identifier, unique among all plugins.
    name: ClassVar[str]
    title: ClassVar[str]
    #: Typed configuration. Secrets are `SecretStr`; each field's description is the manual.
    Config: ClassVar[type[BaseModel]]
    capabilities: ClassVar[Capabilities]
    #: The connection's own folder in the project, for what can be made again at any time; nothing may hang on it. The
    #: engine sets it; None where there is no project.
    folder: Path | None = None

    def __init__(self, config: Any) -> None:
        self.config = config

    def http(self) -> HttpOptions:
        """How to speak HTTP; not called for connectors that use none."""
        return HttpOptions()

    def check(self, context: Context) -> CheckResult:
        """Try the credentials. Raises AuthRefused, Unreachable or MissingScope: the three a person acts on differently."""
        return CheckResult("nothing to check")

    def streams(self) -> Sequence[Stream]:
        """What this connection can read."""
        return ()

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Pages of the selected streams, from the checkpoint on. The engine may stop between two pages."""
        raise NotImplementedError(f"{self.name} is not a source")

    def receive(self, request: Request, context: Context) -> Received:
        """A request that arrived at /in/<connection>. Verify it on its raw bytes before anything else."""
        raise NotImplementedError(f"{self.name} receives nothing")

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """Exactly one result per row, in any order; the rows are of one object.

        A row that is refused is a result. Where the vendor refused the whole batch, let `Refused` through: the engine
        halves it. Anything else that is raised says that nothing, or that nobody knows what, was written."""
        raise NotImplementedError(f"{self.name} is not a destination")

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        """What the destination has for these rows, by delivery id: by an id of ours, else by what names a person there.

        A row that is not in the answer has nothing. All that is found is told: the engine never takes the first."""
        raise NotImplementedError(f"{self.name} cannot look up")

    def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
        """Every record of an object that is there, ours or not, in batches, in any order.

        A field that is not among a record's is not known from the list; None says that it is empty there. Whatever ends
        the list early is raised: who reads to the end may take a record that did not come for one that is not there."""
        raise NotImplementedError(f"{self.name} cannot list its records")
