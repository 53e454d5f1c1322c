"""Which failures may pass, how long to wait for that, and when to give up: VENDOR facts as one table in code.

signal                                     meaning                     what happens
429, or 400/403 with a throttling word     too fast                    waits as asked, else 1 -> 64 s, full jitter
408 423 425 5xx                            the server has trouble      again if sending twice does no harm
no connection                              nothing was sent            again, whatever the method
connection lost, timeout                   outcome unknown             again if sending twice does no harm
half an answer                             transfer cut                again, at most three times in all
401 / 403 / 410                            credentials, scope, cursor  AuthRefused / MissingScope / CursorGone
other 4xx                                  the request is wrong        Refused, with its status
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import uniform

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from hub.contract import HttpOptions, Verdict
from hub.errors import (
    AuthRefused,
    BadAnswer,
    ConfigError,
    CursorGone,
    HubError,
    MissingScope,
    Refused,
    Retry,
    SourceError,
    Unreachable,
)
from hub.http.redact import reason_of

#: Seconds added at random to a wait that was asked for, so that not everybody comes back at the same moment.
JITTER = 1.0
#: Without a word from the vendor, the longest wait between two attempts.
LONGEST_BACKOFF = 64.0
#: Attempts in all for an answer that was cut off: it may be the transfer, it may be the server's bug.
ATTEMPTS_IF_CUT = 3

_TRANSIENT = frozenset((408, 423, 425))
_PERMANENT_5XX = frozenset((501, 505))
_NOT_SENT = (
    httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout,
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout,
)  # fmt: skip
_MALFORMED = (
    httpcore.LocalProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
_TIMEOUT = (httpcore.TimeoutException, httpx.TimeoutException)
_CUT = (httpcore.RemoteProtocolError, httpx.RemoteProtocolError)
#: Everything the transport may raise for a failed exchange (httpx's own come from test doubles and decoding).
TRANSPORT_ERRORS = (
    httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
    httpx.TransportError, httpx.InvalidURL,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a client is."""

    #: Tries of one request, the first included.
    attempts: int = 6
    #: Seconds a run may sleep at a stretch; a longer wait parks the connection (Retry).
    max_wait: float = 60.0
    #: Seconds slept in all for one request.
    patience: float = 300.0
    #: Seconds until a connection stands.
    connect: float = 10.0
    #: Seconds from sending a request to the last byte of its answer, however steadily it drips.
    total: float = 300.0
    #: Bytes of an answer, counted unpacked.
    max_body: int = 64 * 1024 * 1024
    #: Bytes of a file that is read line by line, counted unpacked; a line of it is no longer than an answer.
    max_file: int = 32 * 1024 * 1024 * 1024


class Again(Exception):  # noqa: N818 - not an error yet
    """This attempt failed in a way that may pass.

    error: what to raise when it does not. wait: seconds the vendor asked for. attempts: a lower limit than usual.
    """

    def __init__(self, error: SourceError, *, wait: float | None = None, attempts: int = 1000) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.attempts = attempts


def patiently(limits: Limits, rest: Callable[[float], None]) -> Retrying:
    """The retry policy: again on Again, waits as asked or with full jitter, stops at attempts or patience."""
    return Retrying(
        retry=retry_if_exception_type(Again),
        wait=_as_asked,
        stop=_enough(limits),
        sleep=rest,
        reraise=True,
    )


_backoff = wait_random_exponential(multiplier=1, max=LONGEST_BACKOFF)


def _failure(state: RetryCallState) -> Again:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Again)
    return error


def _as_asked(state: RetryCallState) -> float:
    asked = _failure(state).wait
    return _backoff(state) if asked is None else asked + uniform(0, JITTER)  # noqa: S311 - spreads load, hides nothing


def _enough(limits: Limits) -> Callable[[RetryCallState], bool]:
    def stop(state: RetryCallState) -> bool:
        attempts = min(limits.attempts, _failure(state).attempts)
        return state.attempt_number >= attempts or state.idle_for + state.upcoming_sleep > limits.patience

    return stop


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns failures of one connection into errors. `place` in its methods names method and path, nothing personal."""

    options: HttpOptions
    limits: Limits
    where: str
    clock: Callable[[], datetime]

    def answer(
        self, status: int, headers: Mapping[str, str], data: bytes, *, again: bool, place: str
    ) -> None:
        """Returns for a success; else raises what the status means. `again`: sending twice does no harm."""
        if 200 <= status < 300 or status == 304:
            return
        word = reason_of(data)
        said = f"{place}: the server answered {status}" + (f" ({word})" if word else "")
        if status == 429 or (status in (400, 403) and self._is_throttle(data)):
            raise self._too_fast(said, headers)
        if status in _TRANSIENT or (status >= 500 and status not in _PERMANENT_5XX):
            raise self._trouble(said, headers, again)
        raise _refusal(status, said, self.where)

    def verdict(
        self,
        verdict: Verdict,
        status: int,
        headers: Mapping[str, str],
        data: bytes,
        *,
        again: bool,
        place: str,
    ) -> None:
        """The same where the caller knows better what the answer means."""
        if verdict.kind == "ok":
            return
        word = reason_of(data)
        said = f"{place}: the server answered {status}" + (f" ({word})" if word else "")
        match verdict.kind:
            case "throttle":
                raise self._too_fast(said, _with_wait(headers, verdict), verdict.hint)
            case "transient":
                raise self._trouble(said, _with_wait(headers, verdict), again, verdict.hint)
            case "request":
                raise Refused("HUB-4009", said, status=status, where=self.where, hint=verdict.hint)
        error = _refusal({"auth": 401, "permission": 403, "gone": 410}[verdict.kind], said, self.where)
        error.hint = verdict.hint or error.hint
        raise error

    def exchange(self, error: Exception, *, again: bool, place: str) -> HubError | Again:
        """What a failed exchange means: an error to raise, or Again."""
        kind = type(error).__name__
        if isinstance(error, _MALFORMED):
            return ConfigError(
                "HUB-4005",
                f"{place}: the request cannot be sent as it is",
                where=self.where,
                hint="Look for line breaks or odd characters in the address, key or password of the connection.",
            )
        if _is_certificate(error):
            return Unreachable(
                "HUB-4012",
                f"{place}: the server's certificate is not valid for its name",
                where=self.where,
                hint="Check the host name; for a certificate authority of your own set SSL_CERT_FILE.",
            )
        sent = not isinstance(error, _NOT_SENT)
        code, what = ("HUB-4011", "no answer in time") if isinstance(error, _TIMEOUT) else _loss(sent)
        failure: SourceError = Unreachable(
            code, f"{place}: {what} ({kind})", where=self.where, outcome_unknown=sent and not again
        )
        if sent and not again:
            return failure
        if isinstance(error, _CUT):
            failure = BadAnswer("HUB-4031", f"{place}: the answer was cut off", where=self.where)
            return Again(failure, attempts=ATTEMPTS_IF_CUT)
        return Again(failure)

    def cut(self, *, again: bool, place: str) -> BadAnswer | Again:
        """Half an answer that arrived as if it were whole."""
        error = BadAnswer("HUB-4031", f"{place}: the answer was cut off", where=self.where)
        return Again(error, attempts=ATTEMPTS_IF_CUT) if again else error

    def _is_throttle(self, data: bytes) -> bool:
        return any(word.encode() in data for word in self.options.throttle_words)

    def _too_fast(self, said: str, headers: Mapping[str, str], hint: str = "") -> Again | Retry:
        now = self.clock()
        wait = asked_wait(headers, self.options.reset_headers, now)
        until = now + timedelta(seconds=LONGEST_BACKOFF if wait is None else wait)
        error = Retry("HUB-4020", f"{said}: too many requests", until=until, where=self.where, hint=hint)
        return error if wait is not None and wait > self.limits.max_wait else Again(error, wait=wait)

    def _trouble(
        self, said: str, headers: Mapping[str, str], again: bool, hint: str = ""
    ) -> SourceError | Again:
        error = Unreachable("HUB-4015", said, where=self.where, outcome_unknown=not again, hint=hint)
        if not again:
            return error
        now = self.clock()
        wait = asked_wait(headers, (), now)
        if wait is not None and wait > self.limits.max_wait:
            return Retry("HUB-4020", said, until=now + timedelta(seconds=wait), where=self.where, hint=hint)
        return Again(error, wait=wait)


def _with_wait(headers: Mapping[str, str], verdict: Verdict) -> Mapping[str, str]:
    """The headers of an answer, with the wait that its own words tell of in the place of theirs."""
    told = _seconds(verdict.wait, datetime.now(UTC)) if verdict.wait else None
    return headers if told is None else {**headers, "retry-after": verdict.wait}


def _loss(sent: bool) -> tuple[str, str]:
    return ("HUB-4014", "the connection broke") if sent else ("HUB-4010", "no connection")


def _refusal(status: int, said: str, where: str) -> SourceError:
    match status:
        case 401:
            return AuthRefused(
                "HUB-4001", said, where=where, hint="Renew the credentials of this connection."
            )
        case 403:
            hint = "Give the credentials the permissions that the connector's README lists."
            return MissingScope("HUB-4003", said, where=where, hint=hint)
        case 410:
            return CursorGone("HUB-4040", said, where=where)
        case 404:
            return Refused(
                "HUB-4004", said, status=status, where=where, hint="Check the address of the connection."
            )
        case 413 | 414:
            return Refused("HUB-4013", said, status=status, where=where)
        case _ if 300 <= status < 400:
            return BadAnswer("HUB-4051", f"{said}, a redirect that is not followed", where=where)
        case _:
            return Refused("HUB-4009", said, status=status, where=where)


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def asked_wait(headers: Mapping[str, str], reset_headers: Sequence[str], now: datetime) -> float | None:
    """Seconds the vendor asks to wait, or None: `Retry-After` in both forms, then the vendor's own reset headers.

    A moment is measured against the answer's own `Date`, so that a wrong clock on either side does not matter.
    """
    now = _http_date(headers.get("date", "")) or now
    asked = _seconds(headers.get("retry-after", ""), now)
    if asked is not None:
        return asked
    for name in reset_headers:
        reset = _seconds(headers.get(name.lower(), ""), now)
        if reset:  # "0" and the past say nothing about when it will work
            return reset
    return None


def _seconds(text: str, now: datetime) -> float | None:
    """'2.0', an epoch in seconds or milliseconds, an HTTP date or an ISO time -> seconds from now, never negative."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        moment = _http_date(text) or _iso(text)
        return None if moment is None else max(0.0, (moment - now).total_seconds())
    if not 0 <= number < 1e15:
        return None
    if number > 1e11:
        number /= 1000
    return max(0.0, number - now.timestamp()) if number > 1e9 else number


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
