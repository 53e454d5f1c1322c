"""What arrives by itself, as a manifest describes it: proven, taken apart into events, each a record or a hint to fetch."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson

from hub.contract import Received, Request
from hub.errors import BadAnswer, Refused
from hub.models import Json, Page
from hub.rest.answers import failure_in
from hub.rest.jwks import Jwks
from hub.rest.paths import STAR, Missing
from hub.rest.session import Session
from hub.rest.streams import RestStream
from hub.rest.template import Unfilled, fill, is_one_place
from hub.rest.webhook_spec import Event, Ping, SignedBy, Token, WebhookSpec
from hub.signatures import SCHEMES, Scheme, is_fresh, is_signed

_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class _Arrived:
    """A request that is looked into: what `Place.of` needs."""

    body: Json
    headers: Mapping[str, str]
    status: int = 200
    next_link: str | None = None
    note: str = ""


class Receiving:
    """The webhooks of one connection."""

    def __init__(
        self,
        spec: WebhookSpec,
        streams: Mapping[str, RestStream],
        settings: Mapping[str, Json],
        session: Session,
        jwks: Jwks,
    ) -> None:
        """jwks: the vendor's public keys as far as they are known, kept by who makes this."""
        self._spec = spec
        self._jwks = jwks
        self._streams = streams
        self._scope = {"config": settings}
        self._session = session

    def receive(self, request: Request) -> Received:
        """The records that a request brings or leads to.

        401 HUB-4650 for a request that does not prove its sender, 400 HUB-4651 for one that cannot be read. A ping is
        answered as the vendor wants it. Raises what the HTTP client raises when a record cannot be asked for: the
        vendor sends the event again then."""
        for ping in self._spec.pings:
            answer = self._ping(ping, request)
            if answer is not None:
                return answer
        if not self._is_proven(request):
            return refusal(401, "HUB-4650", "the request does not prove who sent it")
        try:
            events = self._spec.each.rows(read_body(request))
        except (ValueError, RecursionError, Missing):
            return refusal(400, "HUB-4651", "the request has no event where one should be")
        try:
            pages = [page for event in events for page in self._pages(event, request)]
        except _Elsewhere:
            return refusal(400, "HUB-4651", "the request names an address that is not the vendor's")
        merged = _merged(pages)
        return Received(merged[0] if merged else None, 200, further=tuple(merged[1:]))

    # --- who sent it ---------------------------------------------------------------------------------------------

    def _ping(self, ping: Ping, request: Request) -> Received | None:
        """The answer to a ping; None when the request is none, 403 HUB-4650 for one with a wrong word."""
        if request.method != ping.method or (ping.echo is not None and ping.echo not in request.query):
            return None
        if ping.echo is None and ping.method == "POST" and request.body.strip():
            return None
        for name, wanted in ping.verify.items():
            if not _same(request.query.get(name, ""), self._word(wanted)):
                return refusal(403, "HUB-4650", "the request does not prove who sent it")
        said = request.query[ping.echo] if ping.echo is not None else ""
        return Received(None, 200, said, content_type="text/plain; charset=utf-8")

    def _is_proven(self, request: Request) -> bool:
        by = self._spec.signature or self._spec.token
        if isinstance(by, SignedBy):
            scheme = SCHEMES[by.scheme]
            secrets = self._secrets(by, scheme, request)
            return is_signed(scheme, request, secrets, url=self._word(by.url) or "")
        assert isinstance(by, Token), "one of the two is there"
        given = _password(request.headers.get("authorization", "")) or request.query.get(by.query, "")
        return _same(given, self._word(by.value))

    def _secrets(self, by: SignedBy, scheme: Scheme, request: Request) -> Sequence[str | None]:
        """What may have signed the request: the secrets, or the vendor's key that it names."""
        if scheme.algorithm != "rsa":
            return [self._word(by.secret), self._word(by.previous)]
        if not is_fresh(scheme, request) or not request.headers.get(scheme.header):
            return []  # nobody is asked for a key on behalf of what would be refused anyway
        address = self._word(by.jwks) or scheme.jwks
        name = request.headers.get(scheme.key_id, "")
        return [self._jwks.key(name, address, self._session, request.received_at)]

    def _word(self, text: str | None) -> str | None:
        """A text of the manifest with the settings in it; None where a setting is absent."""
        try:
            said = fill(text, self._scope)
        except Unfilled:
            return None
        return None if said is None else str(said)

    # --- what it says --------------------------------------------------------------------------------------------

    def _pages(self, event: Json, request: Request) -> Iterator[Page]:
        arrived = _Arrived(event, request.headers)
        for kind in self._spec.events:
            stream = self._streams.get(kind.stream)
            if kind.fits(kind.where.of(arrived) if kind.where is not None else None):
                if stream is not None and stream.is_open:
                    yield from self._page(kind, stream, event)
                return

    def _page(self, kind: Event, stream: RestStream, event: Json) -> Iterator[Page]:
        if kind.gone is not None:
            key = kind.gone.first(event)
            if isinstance(key, str | int) and not isinstance(key, bool):
                yield Page(kind.stream, deleted=(str(key),))
            return
        rows = [kind.record.first(event)] if kind.record is not None else self._fetched(kind, stream, event)
        parents = fill(kind.parents, {**self._scope, "event": event})
        kept, deleted = stream.split([row for row in rows if row is not None], parents)
        if kept or deleted:
            yield Page(kind.stream, kept, deleted=deleted)

    def _address(self, text: str, scope: Mapping[str, Json]) -> str:
        """Where a record is asked for; one that the event itself tells is asked only of the connection's own server."""
        if not is_one_place(text):
            return str(fill(text, scope, in_path=True))
        told = fill(text, scope)
        if told is None:
            raise Unfilled(text)
        if not isinstance(told, str) or not self._session.is_own(told):
            raise _Elsewhere
        return told

    def _fetched(self, kind: Event, stream: RestStream, event: Json) -> Sequence[Json]:
        """What the vendor says of a record now; nothing for one that is gone meanwhile: that is told otherwise."""
        scope = {**self._scope, "event": event}
        try:
            path = self._address(str(kind.fetch), scope)
            body = fill(kind.body, scope)
        except Unfilled:
            return []
        method = "GET" if body is None else "POST"
        try:
            answer = self._session.read(method, path, body=body, classify=stream.rules.classify)
        except Refused as refused:
            if refused.status in (404, 410):
                return []
            raise
        if answer.note in ("empty", "skip_part", "skip_stream"):
            return []
        if answer.note != "ignore" and (word := failure_in(answer.body)):
            said = f"{stream.name}: the vendor answered {answer.status} and says that it failed: {word}"
            raise BadAnswer("HUB-4612", said, where=path)
        found = kind.records.all(answer.body)
        if not found and STAR not in kind.records.steps:
            raise BadAnswer(
                "HUB-4610", f"the answer has no {kind.records}, where the record should be", where=path,
                hint="Correct `records` of the event in the manifest.",
            )  # fmt: skip
        stream.add_beside(found, answer)
        return found


class _Elsewhere(Exception):  # noqa: N818 - it becomes an answer
    """An event leads to another server than the connection's."""


def read_body(request: Request) -> Json:
    """JSON, or a form as an object. Raises ValueError."""
    if request.headers.get("content-type", "").lower().startswith(_FORM):
        return dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True))
    return orjson.loads(request.body)


def refusal(status: int, code: str, message: str) -> Received:
    """An answer that brings nothing."""
    return Received(None, status, orjson.dumps({"error": {"code": code, "message": message}}).decode())


def _merged(pages: Sequence[Page]) -> list[Page]:
    """One page for each stream, in the order in which streams were met."""
    by: dict[str, tuple[list[Json], list[str]]] = {}
    for page in pages:
        rows, gone = by.setdefault(page.stream, ([], []))
        rows.extend(page.records)
        gone.extend(page.deleted)
    return [Page(stream, rows or (), deleted=tuple(gone)) for stream, (rows, gone) in by.items()]


def _same(given: str, wanted: str | None) -> bool:
    """In constant time; nothing is the same as a word that is not set."""
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), str(wanted).encode())


def _password(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return ""
