"""Requests on their way out: the address made whole and checked, credentials added where they belong."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import httpx

from hub.contract import HttpOptions
from hub.errors import BadAnswer, ConfigError
from hub.http.ssrf import Guard, port_of

_PLAIN = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"customer-hub/{version('customer-hub')}",
}


class Outgoing:
    """Makes the requests of one connection."""

    def __init__(self, options: HttpOptions, guard: Guard, where: str) -> None:
        self._options, self._guard, self._where = options, guard, where
        self._own = _own_headers(options)
        self._base = self._parse(options.base_url) if options.base_url else None

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        """A request to `url`, which is below the base URL unless it is whole. Raises SourceError HUB-4050, ConfigError."""
        target = self._address(url)
        mine = self._is_own(target)
        query = dict(self._options.params) if mine else {}
        query |= {name: value for name, value in (params or {}).items() if value is not None}
        if query:
            target = target.copy_merge_params(query)
        # Credentials go to the connection's own server only: a link in an answer may point anywhere.
        sent = {**_PLAIN, **(self._own if mine else {}), **(headers or {})}
        try:
            return httpx.Request(method, target, headers=sent, content=content)
        except (UnicodeError, ValueError):
            raise self._malformed("a header of the request") from None

    def bare(self, url: str, headers: Mapping[str, str]) -> httpx.Request:
        """A GET without credentials, of a whole address; unpacked, so that a part can be asked for. Raises SourceError
        HUB-4050."""
        target = self._parse(url)
        self._guard.check_url(target)
        sent = {**_PLAIN, "accept": "*/*", "accept-encoding": "identity", **headers}
        return httpx.Request("GET", target, headers=sent)

    def redirected(self, request: httpx.Request, location: str, place: str) -> httpx.Request:
        """The request that follows a redirect of a GET. Raises BadAnswer HUB-4051 when it leaves the server."""
        target = request.url.join(self._parse(location))
        upgraded = request.url.copy_with(scheme="https", port=None)
        if _origin(target) not in (_origin(request.url), _origin(upgraded)):
            raise BadAnswer(
                "HUB-4051",
                f"{place}: the server redirects to another host",
                where=self._where,
                hint="If that host is right, put it into the connection's address.",
            )
        self._guard.check_url(target)
        headers = [(name, value) for name, value in request.headers.multi_items() if name != "host"]
        return httpx.Request(request.method, target, headers=headers)

    def _address(self, url: str) -> httpx.URL:
        if self._base is not None and not url.lower().startswith(("http://", "https://")):
            url = f"{str(self._base).rstrip('/')}/{url.lstrip('/')}" if url else str(self._base)
        target = self._parse(url)
        base = self._base
        # Servers behind a proxy write http:// links to themselves.
        if (
            base is not None
            and base.scheme == "https"
            and target.scheme == "http"
            and target.host == base.host
        ):
            target = target.copy_with(scheme="https", port=base.port)
        self._guard.check_url(target)
        return target

    def _parse(self, url: str) -> httpx.URL:
        try:
            return httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise self._malformed("the address") from None

    def _malformed(self, what: str) -> ConfigError:
        hint = "Look for spaces, line breaks or odd characters."
        return ConfigError("HUB-4005", f"{what} is malformed", where=self._where, hint=hint)

    def _is_own(self, url: httpx.URL) -> bool:
        if self._base is None:
            return self._guard.trusts(url.host, port_of(url))
        return _origin(url) == _origin(self._base)


def _own_headers(options: HttpOptions) -> dict[str, str]:
    headers = {name.lower(): value for name, value in options.headers.items()}
    if options.bearer is not None:
        headers["authorization"] = f"Bearer {options.bearer}"
    if options.basic is not None:
        headers["authorization"] = f"Basic {b64encode(':'.join(options.basic).encode()).decode()}"
    return headers


def secrets_of(options: HttpOptions) -> list[str]:
    """The values of `options` that must never be shown."""
    basic = [":".join(options.basic), options.basic[1]] if options.basic else []
    words = ("key", "token", "auth", "secret", "passw")
    named = [
        value
        for name, value in (*options.headers.items(), *options.params.items())
        if any(word in name.lower() for word in words)
    ]
    return [value for value in (options.bearer or "", *basic, *named) if value]


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, port_of(url)
