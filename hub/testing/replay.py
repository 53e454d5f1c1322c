"""A vendor that knows one conversation by heart: plays a recording back, as a server like any other fake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from hub.contract import Line
from hub.errors import Refused
from hub.models import Json
from hub.testing.fake_server import Answer, Asked, FakeServer
from hub.testing.recording import BASE, Recorded, Recording, as_text, sent_by


class Replay(FakeServer):
    """Answers what was asked when it was recorded; anything else is 404 `not_recorded`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.recording = Recording.load(path)
        #: Keys of the records in it, by stream.
        self.truth = {name: set(keys) for name, keys in (self.recording.truth or {}).items()}

    @property
    def base_url(self) -> str:
        """What to put into a config where the vendor's own address stood."""
        return self.url + self.recording.base_path

    def answer(self, asked: Asked) -> Answer:
        sent = orjson.loads(asked.body) if asked.body else None
        one = self.recording.answer_to(asked.method, asked.path, asked.query, sent)
        if one is None:
            return Answer.json({"error": "not_recorded"}, 404)
        headers = {name.title(): value.replace(BASE, self.url) for name, value in one.headers.items()}
        body = b"" if one.body is None else orjson.dumps(one.body).replace(BASE.encode(), self.url.encode())
        return Answer(one.status, body, {"Content-Type": "application/json", **headers})


@dataclass(frozen=True, slots=True)
class PlayedAnswer:
    """An answer of a recording, as a connector sees it (`JsonAnswer` of the contract)."""

    status: int
    headers: Mapping[str, str]
    body: Json
    next_link: str | None
    note: str = ""


class Played:
    """The `Http` of a context, out of a recording: no server, no network."""

    def __init__(self, recording: Recording, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._recording, self._base = recording, base_url.rstrip("/")
        self._host = f"{parts.scheme}://{parts.netloc}"

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> PlayedAnswer:
        """As `Http.get_json` of the contract. Raises Refused 404 for what was not recorded."""
        return self.request("GET", url, params=params)

    def request(self, method: str, url: str, **options: Any) -> PlayedAnswer:
        """As `Http.request` of the contract."""
        whole = url if url.lower().startswith("http") else f"{self._base}/{url.lstrip('/')}"
        parts = urlsplit(whole)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        query |= {
            name: as_text(value) for name, value in (options.get("params") or {}).items() if value is not None
        }
        one = self._recording.answer_to(method.upper(), parts.path, query, sent_by(options))
        if one is None or one.status >= 400:
            raise Refused("HUB-4004", "this was not recorded", status=one.status if one else 404)
        body = orjson.loads(orjson.dumps(one.body).replace(BASE.encode(), self._host.encode()))
        classify = options.get("classify")
        verdict = classify(one.status, one.headers, orjson.dumps(body)) if classify else None
        return PlayedAnswer(one.status, one.headers, body, self._next(one), verdict.note if verdict else "")

    def ahead(self, method: str, url: str, **options: Any) -> None:
        """There is nothing to wait for."""

    def lines(self, url: str, **options: Any) -> Iterator[Line]:
        """Files are not recorded. Raises Refused 404."""
        raise Refused("HUB-4035", "files are not recorded", status=404)

    def _next(self, one: Recorded) -> str | None:
        import httpx

        link = next((value for name, value in one.headers.items() if name.lower() == "link"), "")
        links = httpx.Response(200, headers={"link": link.replace(BASE, self._host)}).links if link else {}
        return links.get("next", {}).get("url")
