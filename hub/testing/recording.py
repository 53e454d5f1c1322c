"""A real exchange becomes a fixture: everything asked and answered, with invented values in place of people's.

    recorder = Recorder(context.http)
    pages = list(connector.read(selection, checkpoint, replace(context, http=recorder)))
    recorder.recording(secrets).save(path)

What is kept of a value is its shape. Ids keep their order, so that paging by them still works; a value that comes
again, in an answer or in the next request, is replaced by the same invented one. See `hub.testing.invented`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from hub.contract import Http, JsonAnswer, Line
from hub.errors import Refused
from hub.models import Json
from hub.testing.invented import Inventor, is_secret_name

#: Stands for the vendor's address in a recording.
BASE = "{base}"
_A_TIME = re.compile(r"^(\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?|1\d{9}|1\d{12})$")
_KEPT_HEADERS = ("link", "retry-after", "content-type")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request and its answer."""

    method: str
    #: Path at the vendor, with what the base URL has of it.
    path: str
    query: Mapping[str, str]
    #: The JSON that was sent.
    sent: Json
    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges of one reading, in order, and what came of them."""

    exchanges: tuple[Recorded, ...]
    #: Path of the connection's base URL.
    base_path: str = ""
    #: Keys of the records that the connector made of it, by stream.
    truth: Mapping[str, list[str]] | None = None

    def save(self, path: Path) -> None:
        """Write it as JSON text that people can read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))

    def answer_to(
        self, method: str, path: str, query: Mapping[str, str], sent: Json = None
    ) -> Recorded | None:
        """What was answered to this; times in it are not compared, for they are those of the day of the recording."""
        wanted = _timeless({name: value for name, value in query.items() if not is_secret_name(name)})
        for one in self.exchanges:
            same = (one.method, one.path) == (method, path) and _timeless(dict(one.query)) == wanted
            if same and _timeless(one.sent) == _timeless(sent):
                return one
        return None

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read what `save` wrote."""
        told = orjson.loads(path.read_bytes())
        exchanges = tuple(Recorded(**one) for one in told["exchanges"])
        return cls(exchanges, told["base_path"], told["truth"])


class Recorder:
    """The `Http` of a context, which also remembers. What fails is not recorded, except what a connector may expect."""

    def __init__(self, http: Http, base_url: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._taken: list[Recorded] = []

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> JsonAnswer:
        """As `Http.get_json` of the contract."""
        return self._keep("GET", url, params, None, lambda: self._http.get_json(url, params=params))

    def request(self, method: str, url: str, **options: Any) -> JsonAnswer:
        """As `Http.request` of the contract."""
        ask = lambda: self._http.request(method, url, **options)  # noqa: E731 - what is asked, asked later
        return self._keep(method.upper(), url, options.get("params"), sent_by(options), ask)

    def ahead(self, *arguments: Any, **options: Any) -> None:
        """Nothing is asked ahead: a recording has one order."""

    def lines(self, url: str, **options: Any) -> Iterator[Line]:
        """As `Http.lines` of the contract; nothing of a file is recorded."""
        return self._http.lines(url, **options)

    def _keep(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        sent: Json,
        ask: Callable[[], JsonAnswer],
    ) -> JsonAnswer:
        try:
            answer = ask()
        except Refused as refused:
            self._add(method, url, params, sent, refused.status, {}, None)
            raise
        self._add(method, url, params, sent, answer.status, answer.headers, answer.body)
        return answer

    def _add(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        sent: Json,
        status: int,
        headers: Mapping[str, str],
        body: Json,
    ) -> None:
        whole = url if url.lower().startswith(("http://", "https://")) else f"{self._base}/{url.lstrip('/')}"
        parts = urlsplit(whole)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        query |= {name: as_text(value) for name, value in (params or {}).items() if value is not None}
        kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
        # What is no JSON cannot be made an invented one: people's data may be anywhere in it.
        body = None if isinstance(body, bytes) else body
        # A copy: connectors may change what they were given.
        copy = orjson.loads(orjson.dumps(body, default=str))
        self._taken.append(Recorded(method, parts.path, query, sent, status, kept, copy))

    def recording(self, secrets: Iterable[str] = ()) -> Recording:
        """Everything so far, with invented values."""
        parts = urlsplit(self._base)
        inventor = Inventor(secrets, f"{parts.scheme}://{parts.netloc}", BASE)
        for one in self._taken:
            inventor.learn(one.body)
        return Recording(tuple(_invented(one, inventor) for one in self._taken), parts.path)


def _invented(one: Recorded, inventor: Inventor) -> Recorded:
    return Recorded(
        one.method,
        inventor.path(one.path),
        inventor.query(one.query),
        inventor.value("", one.sent),
        one.status,
        {name: inventor.link(value) for name, value in one.headers.items()},
        inventor.value("", one.body),
    )


def sent_by(options: Mapping[str, Any]) -> Json:
    """The JSON that a request carries, however it was given; None without any."""
    if options.get("json") is not None or not options.get("content"):
        return options.get("json")
    try:
        return orjson.loads(options["content"])
    except orjson.JSONDecodeError:
        return None


def as_text(value: Any) -> str:
    """A parameter as it stands in an address."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    return "(a time)" if isinstance(value, str | int) and _A_TIME.match(str(value)) else value
