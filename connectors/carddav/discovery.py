"""From the address of a server to one address book (RFC 6764, RFC 6352 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from hub import BadAnswer, ConfigError, Context, Refused, Verdict

from . import dav
from .dav import CARD, DAV, Response, path_of

_WELL_KNOWN = "/.well-known/carddav"
_ASKED = (f"{DAV}resourcetype", f"{DAV}displayname", f"{DAV}current-user-principal", f"{CARD}addressbook-home-set",
          f"{DAV}supported-report-set")  # fmt: skip
_MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """An address book that a server has."""

    path: str
    title: str
    #: Whether it can tell what changed (RFC 6578).
    syncs: bool


def found(context: Context, url: str, wanted: str) -> Place:
    """The address book that a connection means. url: its own address, or the server's; wanted: its name or path, where
    there are several. Raises ConfigError HUB-4873, HUB-4874, and what the HTTP client raises."""
    search = _Search(context, url)
    there = search.at(urlsplit(url).path or "/")
    if there is not None and (here := _place(there)):
        return here
    return _chosen(search.books(there), wanted)


class _Search:
    def __init__(self, context: Context, url: str) -> None:
        self._http, self._url = context.http, url

    def books(self, there: Response | None) -> list[Place]:
        """All address books of the user whose credentials these are."""
        principal = self._link(there, f"{DAV}current-user-principal")
        if principal is None:
            known = self.at(self._redirected())
            principal = self._link(known, f"{DAV}current-user-principal")
        home = self._link(self.at(principal) if principal else None, f"{CARD}addressbook-home-set")
        if home is None:
            message = f"{_host(self._url)} does not tell where the address books of this user are"
            hint = "Put the whole address of the address book into `url`; its settings in a contacts program show it."
            raise ConfigError("HUB-4873", message, hint=hint)
        return [place for one in self._list(home, depth="1") if (place := _place(one))]

    def at(self, path: str) -> Response | None:
        """What is at an address, or None for nothing of WebDAV."""
        try:
            return next(iter(self._list(path, depth="0")), None)
        except Refused as refused:
            if refused.status in (404, 405):
                return None
            raise
        except BadAnswer as bad:
            if bad.code in ("HUB-4870", "HUB-4051"):  # a web site, or a redirect to one
                return None
            raise

    def _list(self, path: str, *, depth: str) -> Sequence[Response]:
        return dav.multistatus(self._asked(path, depth).body).responses

    def _asked(self, path: str, depth: str, classify: Any = None) -> Any:
        headers = {
            "content-type": "application/xml; charset=utf-8",
            "depth": depth,
            "accept": "application/xml",
        }
        body = dav.properties(*_ASKED)
        return self._http.request(
            "PROPFIND", path, content=body, headers=headers, raw=True, classify=classify
        )

    def _redirected(self) -> str:
        """Where the well-known address leads."""
        path = _WELL_KNOWN
        for _ in range(_MOST_REDIRECTS):
            try:
                answer = self._asked(path, "0", classify=_redirects)
            except Refused:
                return "/"
            if answer.note != "redirect":
                return path
            path = self._own(urljoin(self._url, answer.headers.get("location", "/")))
        return path

    def _link(self, one: Response | None, name: str) -> str | None:
        links = one.links(name) if one is not None else []
        return self._own(urljoin(self._url, links[0])) if links and links[0] else None

    def _own(self, link: str) -> str:
        """The path of an address of the same server. Credentials go nowhere else."""
        if _host(link) != _host(self._url):
            message = f"the address books of this user are on another server, {_host(link)}"
            raise ConfigError("HUB-4873", message, hint="If that server is right, put it into `url`.")
        return path_of(link)


def _chosen(books: Sequence[Place], wanted: str) -> Place:
    fits = [one for one in books if wanted in ("", one.title, one.path.rstrip("/").rpartition("/")[2])]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(sorted(one.title or one.path for one in books)) or "none"
    message = f"the user has these address books: {names}"
    hint = "Make one, and see that the user of the connection may write to it."
    if books:
        hint = "Name one of them in `address_book`, or put its whole address into `url`."
    raise ConfigError("HUB-4874", message, hint=hint)


def _place(one: Response) -> Place | None:
    if not one.has(f"{DAV}resourcetype", f"{CARD}addressbook"):
        return None
    path = one.path if one.path.endswith("/") else f"{one.path}/"
    syncs = one.has(f"{DAV}supported-report-set", f"{DAV}sync-collection")
    return Place(path, one.text(f"{DAV}displayname"), syncs)


def _redirects(status: int, headers: Any, data: bytes) -> Verdict | None:
    return Verdict("ok", note="redirect") if status in (301, 302, 303, 307, 308) else None


def _host(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.hostname}:{port}"
