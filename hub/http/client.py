"""What a request goes through: its address checked, a slot taken, sent, read whole, judged, parsed, remembered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from hub.contract import Classify, HttpOptions, Line
from hub.errors import BadAnswer, Cancelled, HubError, Retry
from hub.http.ahead import Ahead
from hub.http.body import Truncated, parse_json, read_limited
from hub.http.budget import Budget
from hub.http.held import HeldExchange
from hub.http.lines import Lines
from hub.http.outgoing import Outgoing, secrets_of
from hub.http.quota import OVER_SHARE, Part, Priority
from hub.http.quota_headers import USUAL, seen_in
from hub.http.redact import Redactor
from hub.http.retry import TRANSPORT_ERRORS, Again, Judge, Limits, patiently
from hub.http.ring import Ring
from hub.http.ssrf import Guard, Resolve, system_resolve
from hub.http.transport import SLICE, PinnedTransport, Watch
from hub.models import Json

_IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", "REPORT"))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MAX_REDIRECTS = 5


@dataclass(slots=True)
class Answer:
    """An answer that was read whole and parsed (see JsonAnswer in the contract)."""

    status: int
    headers: Mapping[str, str]
    body: Json
    next_link: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a call is to be taken."""

    #: Sending it twice does no harm.
    again: bool
    #: An answer without a body is an error.
    wanted: bool = False
    classify: Classify | None = None
    #: The body is left as its bytes.
    raw: bool = False


@dataclass(frozen=True, slots=True)
class _Got:
    """A status, its headers and every byte of its body."""

    status: int
    headers: httpx.Headers
    data: bytes
    next_link: str | None


def _now() -> datetime:
    return datetime.now(UTC)


def open_http(
    options: HttpOptions,
    *,
    connection: str,
    budget: Budget,
    ring: Ring,
    stopping: Callable[[], bool],
    limits: Limits | None = None,
    secrets: Sequence[str] = (),
    priority: Priority = Priority.INCREMENTAL,
    clock: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
    resolve: Resolve = system_resolve,
) -> HttpClient:
    """A client for one connection; use it in a `with`.

    budget: shared by all clients of the process (or of all processes). ring: takes the redacted exchanges.
    stopping: asked while waiting; a True there raises Cancelled. secrets: more values to hide than `options` holds.
    priority: whose calls these are, where the account's allowance is short.
    clock, sleep, resolve: replaced by tests.
    """
    # httpx logs whole addresses, and some vendors want the key in the address.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    known = [*secrets, *secrets_of(options)]
    guard = Guard(options.trusted_hosts, resolve, where=connection)
    judge = Judge(options, limits or Limits(), connection, clock)
    return HttpClient(options, judge, guard, Redactor(known), budget, ring, stopping, sleep, priority)


class HttpClient:
    """The `Http` of the contract. Made by `open_http`; safe to share between threads."""

    def __init__(
        self,
        options: HttpOptions,
        judge: Judge,
        guard: Guard,
        redactor: Redactor,
        budget: Budget,
        ring: Ring,
        stopping: Callable[[], bool],
        sleep: Callable[[float], None],
        priority: Priority = Priority.INCREMENTAL,
    ) -> None:
        self._options, self._judge, self._redactor = options, judge, redactor
        self._outgoing, self._guard = Outgoing(options, guard, judge.where), guard
        self._budget, self._ring, self._stopping, self._sleep = budget, ring, stopping, sleep
        self._limits, self._where, self._clock = judge.limits, judge.where, judge.clock
        self._account = options.account or judge.where
        self._part = Part(options.share, priority)
        self._quotas = options.quotas or (USUAL if options.share < 1 else ())
        self._watch = Watch(stopping)
        self._client = self._connected(max(1, options.concurrency))
        self._ahead: Ahead[_Got] = Ahead(lambda request: self._follow(request, True, self._place(request)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self, connections: int) -> httpx.Client:
        options = self._options
        return httpx.Client(
            transport=PinnedTransport(self._guard, self._watch, connections),
            timeout=httpx.Timeout(options.timeout, connect=min(options.timeout, self._limits.connect)),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._give_slot_back()
        self._ahead.close()
        self._client.close()

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> Answer:
        """GET; see the contract. An empty answer is BadAnswer: whoever asks for JSON expects some."""
        request = self._outgoing.request("GET", url, params, None, None)
        return self._call(request, _Manner(again=True, wanted=True))

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
    ) -> Answer:
        """Any method; see the contract. `body` is None for an empty answer.

        Raises Unreachable with `outcome_unknown` when a call that must not be repeated may have reached the server.
        """
        method = method.upper()
        extra = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            content = orjson.dumps(json)
            extra = {"content-type": "application/json"} | extra
        again = method in _IDEMPOTENT if idempotent is None else idempotent
        request = self._outgoing.request(method, url, params, content, extra)
        return self._call(request, _Manner(again, classify=classify, raw=raw))

    def lines(self, url: str, *, start: int = 0, version: str = "") -> Iterator[Line]:
        """Lines of a large file; see the contract. It has a connection of its own, and is no call of the account's."""
        make = partial(self._outgoing.bare, url)
        place = self._place(make({}))
        with self._connected(1) as client:
            send = partial(self._sent, client)
            yield from Lines(make, send, self._judge, self._watch, self._rest, place).read(start, version)

    def _sent(self, client: httpx.Client, request: httpx.Request) -> httpx.Response:
        """An answer whose body is not read yet."""
        started, at = time.monotonic(), self._clock()
        got: _Got | None = None
        try:
            response = client.send(request, stream=True)
            got = _Got(response.status_code, response.headers, b"", None)
            return response
        finally:
            self._remember(request, got, "" if got else "HUB-4010", at, time.monotonic() - started, 0)

    def ahead(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Begins a request that reads; see the contract. Where the allowance is used up, nothing is begun."""
        self._give_slot_back()
        try:
            extra = {name.lower(): value for name, value in (headers or {}).items()}
            request = self._outgoing.request(method.upper(), url, params, content, extra)
        except HubError:
            return  # it shows when the request is made
        if self._ask_slot() <= 0:
            self._ahead.begin(request)

    def _give_slot_back(self) -> None:
        """Of what is under way: another request comes first, and one account may allow only one at a time."""
        begun = self._ahead.begun
        if begun is not None and begun.holds_slot:
            begun.ended()
            begun.holds_slot = False
            self._budget.release(self._account)

    # --- the call -------------------------------------------------------------------------------------------------

    def _call(self, request: httpx.Request, manner: _Manner) -> Answer:
        place = self._place(request)
        attempt = patiently(self._limits, self._rest)
        tries = count()
        try:
            return attempt(self._attempt, request, manner, place, tries)
        except Again as last:
            raise last.error from None

    def _place(self, request: httpx.Request) -> str:
        return f"{request.method} {self._redactor.path(request.url)}"

    def _attempt(self, request: httpx.Request, manner: _Manner, place: str, tries: Iterator[int]) -> Answer:
        retries = next(tries)
        begun = self._ahead.take(request)
        if begun is None:
            self._give_slot_back()
            self._take_slot()
        started, at = time.monotonic(), self._clock()
        got: _Got | None = None
        error = ""
        try:
            try:
                got = begun.result() if begun else self._follow(request, manner.again, place)
                self._count(got)
            finally:
                if begun is None or begun.holds_slot:
                    self._budget.release(self._account)
            return self._judged(got, manner, place)
        except (Again, HubError) as failure:
            error = failure.error.code if isinstance(failure, Again) else failure.code
            raise
        finally:
            self._remember(request, got, error, at, time.monotonic() - started, retries)

    def _ask_slot(self) -> float:
        """Takes a call of the account's allowance: 0.0, or the seconds after which to ask again."""
        options, share = self._options, self._part.share
        rate = options.requests_per_second
        rate = None if rate is None else rate * share
        return self._budget.acquire(self._account, rate, max(1, options.concurrency), self._part)

    def _take_slot(self) -> None:
        waited = 0.0
        while True:
            wait = self._ask_slot()
            if wait <= 0:
                return
            waited += wait
            if wait > self._limits.max_wait or waited > self._limits.patience:
                until = self._clock() + timedelta(seconds=max(wait, self._limits.max_wait))
                code, message = "HUB-4020", "the account's allowance is used up"
                if (
                    self._quotas
                    and wait > self._limits.max_wait
                    and self._budget.parked_until(self._account) is None
                ):
                    code, message = OVER_SHARE, "our part of the vendor's allowance is used up"
                raise Retry(code, message, until=until, where=self._where)
            self._rest(wait)

    def _count(self, got: _Got) -> None:
        """What the answer tells of the account's windows."""
        for seen in seen_in(self._quotas, got.headers, self._clock()) if self._quotas else ():
            self._budget.told(self._account, seen)

    def _park(self, failure: Again | Retry) -> None:
        """A wait that was asked for holds for everybody who uses the account."""
        error = failure.error if isinstance(failure, Again) else failure
        asked = not isinstance(failure, Again) or failure.wait is not None
        if isinstance(error, Retry) and asked:
            self._budget.park(self._account, error.until)

    def _rest(self, seconds: float) -> None:
        """Sleep, but not through a wish to stop."""
        while seconds > 0:
            if self._stopping():
                raise Cancelled(
                    "HUB-4099", "asked to stop while waiting for the other system", where=self._where
                )
            step = min(seconds, SLICE)
            self._sleep(step)
            seconds -= step

    def _follow(self, request: httpx.Request, again: bool, place: str) -> _Got:
        """Send; follow redirects of a GET that stay with the same server."""
        for _ in range(_MAX_REDIRECTS + 1):
            got = self._exchange(request, again, place)
            location = got.headers.get("location")
            if got.status not in _REDIRECTS or location is None or request.method not in ("GET", "HEAD"):
                return got
            request = self._outgoing.redirected(request, location, place)
        raise BadAnswer("HUB-4051", f"{place}: redirects in a circle", where=self._where)

    def _exchange(self, request: httpx.Request, again: bool, place: str) -> _Got:
        try:
            with self._watch.at_most(self._limits.total):
                response = self._client.send(request, stream=True)
                try:
                    data = read_limited(response, self._limits.max_body, self._where)
                finally:
                    response.close()
            return _Got(response.status_code, response.headers, data, self._next_link(response, place))
        except TRANSPORT_ERRORS as error:
            raise self._judge.exchange(error, again=again, place=place) from None
        except Truncated:
            raise self._judge.cut(again=again, place=place) from None

    def _next_link(self, response: httpx.Response, place: str) -> str | None:
        if "link" not in response.headers:
            return None
        link = response.links.get("next", {}).get("url")
        try:
            return str(response.request.url.join(link)) if link else None
        except (httpx.InvalidURL, ValueError):
            # To go on without it would look like the last page.
            raise BadAnswer(
                "HUB-4030", f"{place}: the link to the next page is malformed", where=self._where
            ) from None

    # --- after ----------------------------------------------------------------------------------------------------

    def _judged(self, got: _Got, manner: _Manner, place: str) -> Answer:
        verdict = manner.classify(got.status, got.headers, got.data) if manner.classify else None
        try:
            if verdict is not None:
                self._judge.verdict(
                    verdict, got.status, got.headers, got.data, again=manner.again, place=place
                )
            else:
                self._judge.answer(got.status, got.headers, got.data, again=manner.again, place=place)
        except (Again, Retry) as failure:
            self._park(failure)
            raise
        body: Json = None
        if manner.raw or got.status < 400:
            body = self._body(got, manner, place)
        elif got.data.strip():  # let through: whatever it is
            with suppress(BadAnswer, Again):
                body = self._json(got, manner.again, place)
        return Answer(got.status, dict(got.headers), body, got.next_link, verdict.note if verdict else "")

    def _body(self, got: _Got, manner: _Manner, place: str) -> Json:
        if manner.raw:
            return got.data
        if got.headers.get("content-type", "").startswith("text/csv"):
            return got.data.decode("utf-8", "replace")  # a table is left as its text
        if got.data.strip():
            return self._json(got, manner.again, place)
        if manner.wanted and got.status == 200:
            raise self._judge.cut(again=manner.again, place=place)
        return None

    def _json(self, got: _Got, again: bool, place: str) -> Json:
        is_html = "html" in got.headers.get("content-type", "") or got.data.lstrip()[:1] == b"<"
        try:
            if not is_html:
                return parse_json(got.data)
        except Truncated:
            raise self._judge.cut(again=again, place=place) from None
        except ValueError:
            pass
        what, hint = ("JSON was expected, not this", "Check the address of the connection.")
        if is_html:
            what = "a web page came instead of JSON"
            hint = "The address may be wrong, or a login or maintenance page stands before the system."
        raise BadAnswer("HUB-4032", f"{place}: {what}", where=self._where, hint=hint)

    def _remember(
        self, request: httpx.Request, got: _Got | None, error: str, at: datetime, seconds: float, retries: int
    ) -> None:
        """Puts the exchange into the ring, to be redacted when somebody looks."""
        held = HeldExchange(
            redactor=self._redactor,
            method=request.method,
            url=request.url,
            sent=request.headers,
            asked=request.content,
            at=at,
            ms=int(seconds * 1000),
            retries=retries,
            error=error,
            status=got.status if got else None,
            headers=got.headers if got else None,
            came=got.data if got else b"",
        )
        self._ring.add(held)
