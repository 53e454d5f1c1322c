"""Requests as one connection sends them: address, credentials, one renewal when they are refused."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import orjson

from hub.contract import Classify, Http, HttpOptions, JsonAnswer, Quota
from hub.errors import AuthRefused, BadAnswer, ConfigError, HubError
from hub.models import Json
from hub.rest.auth import ApiKey, Auth, Basic, Bearer, ClientCredentials, Hmac, RefreshToken
from hub.rest.manifest import Client
from hub.rest.template import Unfilled, fill
from hub.rest.values import per_second


class Signer(Protocol):
    """Adds to a request what proves who sends it."""

    def headers(self, method: str, url: str, content: bytes) -> Mapping[str, str]:
        """Headers for a request to the connection's own server."""
        ...

    def renew(self) -> bool:
        """The credentials were refused: whether there are new ones now."""
        ...


class NoSigner:
    """For credentials that the HTTP client carries by itself, or none."""

    def headers(self, method: str, url: str, content: bytes) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class HmacSigner:
    """A signature over each request. `spec` is filled with the settings."""

    spec: Hmac

    def headers(self, method: str, url: str, content: bytes) -> Mapping[str, str]:
        spec, now = self.spec, str(int(time.time()))
        path = httpx.URL(url).raw_path.decode("ascii")  # as it will be sent
        request = {
            "method": method,
            "path": path,
            "timestamp": now,
            "body": content.decode("utf-8", "replace"),
        }
        signed = str(fill(spec.signed, {"request": request})).replace("\\n", "\n")
        digest = hmac.digest(spec.secret.encode(), signed.encode(), getattr(hashlib, spec.algorithm))
        said = digest.hex() if spec.encoding == "hex" else b64encode(digest).decode()
        stamp = {spec.timestamp_header: now} if spec.timestamp_header else {}
        return {spec.header: f"{spec.prefix}{said}", **stamp}

    def renew(self) -> bool:
        return False


def base_url_of(client: Client, config: Mapping[str, Json], where: str) -> str:
    """The address that paths are below. Raises ConfigError HUB-4607."""
    own = config.get("base_url")
    if own:
        return str(own).rstrip("/")
    try:
        return str(fill(client.base_url, {"config": config}, in_path=True)).rstrip("/")
    except Unfilled as missing:
        raise ConfigError("HUB-4607", f"the address needs {missing.place}", where=where) from None


def http_options(client: Client, config: Mapping[str, Json], where: str) -> HttpOptions:
    """How the hub's HTTP client speaks for a connection. Credentials that never change are in it."""
    scope = {"config": config}
    limit = client.limits[0] if client.limits else None
    rate = fill(limit.rate, scope) if limit and limit.rate else None
    plain = HttpOptions()
    known: dict[str, Any] = {
        "base_url": base_url_of(client, config, where),
        "headers": _texts(fill(client.headers, scope)),
        "params": {} if signs(client.auth) else common_params(client, config),
        "timeout": client.timeout,
        "requests_per_second": per_second(rate) if rate else None,
        "concurrency": limit.concurrency if limit else plain.concurrency,
        "reset_headers": (*plain.reset_headers, *(name.lower() for name in client.reset_headers)),
        "quotas": tuple(
            Quota(
                one.limit.lower(),
                one.remaining.lower(),
                one.reset.lower(),
                one.seconds,
                one.milliseconds.lower(),
            )
            for one in client.quotas
        ),
        "throttle_words": (*plain.throttle_words, *client.throttle_words),
        "trusted_hosts": _named_host(config),
    }
    return HttpOptions(**(known | _fixed(client.auth, scope, known)))


def signs(auth: Auth) -> bool:
    """Whether each request is signed, so that nothing may be added to it afterwards."""
    return isinstance(auth, ClientCredentials | RefreshToken | Hmac)


def common_params(client: Client, config: Mapping[str, Json]) -> dict[str, str]:
    """Parameters of every request."""
    return _texts(fill(client.params, {"config": config}))


def _named_host(config: Mapping[str, Json]) -> tuple[str, ...]:
    """The host of an address that the connection gives instead of the usual one: a proxy of its own, or a test."""
    own = urlsplit(str(config.get("base_url") or "")).netloc
    return (own,) if own else ()


def _fixed(auth: Auth, scope: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Credentials that stay the same for every request."""
    match auth:
        case Bearer():
            return {"bearer": str(fill(auth.token, scope) or "")}
        case Basic():
            return {"basic": (str(fill(auth.user, scope) or ""), str(fill(auth.password, scope) or ""))}
        case ApiKey(header=str() as header):
            return {"headers": {**known["headers"], header: str(fill(auth.value, scope) or "")}}
        case ApiKey(query=str() as query):
            return {"params": {**known["params"], query: str(fill(auth.value, scope) or "")}}
    return {}


def _texts(values: Mapping[str, Json]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


class Session:
    """Sends the requests of one call of the connector."""

    def __init__(
        self,
        http: Http,
        options: HttpOptions,
        signer: Signer,
        where: str,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """params: of every request to the connection's own server, where a signature covers them."""
        self._params = params or {}
        self._http = http
        self._options = options
        self._signer = signer
        self._where = where

    def address(self, path: str) -> str:
        """A whole address."""
        if path.lower().startswith(("http://", "https://")):
            return path
        return f"{self._options.base_url}/{path.lstrip('/')}"

    def bare(self, url: str) -> str:
        """An address that may be kept: below the base where it is, and without a key in its query."""
        parts = urlsplit(url)
        if self._options.params:
            query = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in self._options.params]
            parts = parts._replace(query=urlencode(query))
        return urlunsplit(parts)

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Json] | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        classify: Classify | None = None,
    ) -> JsonAnswer:
        """One request; credentials that are refused are renewed once. body: JSON, or bytes that are sent as they are.

        Raises what `Http.request` raises."""
        try:
            return self._once(method, url, params, body, headers, idempotent, classify)
        except AuthRefused as refused:
            if not self._signer.renew():
                raise
            del refused
        return self._once(method, url, params, body, headers, idempotent, classify)

    def read(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Json] | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        classify: Classify | None = None,
    ) -> JsonAnswer:
        """A request that changes nothing there. Raises BadAnswer HUB-4622 for an answer without a body."""
        answer = self.send(
            method, url, params=params, body=body, headers=headers, idempotent=True, classify=classify
        )
        if answer.body is None and not answer.note and answer.status != 204:
            raise BadAnswer("HUB-4622", "the answer is empty where records were expected", where=self._where)
        return answer

    def ahead(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Json] | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Begins a request that `read` will ask for next. What goes wrong shows there."""
        with suppress(HubError):
            self._http.ahead(**self._prepared(method, url, params, body, headers))

    def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, Json] | None,
        body: Json,
        headers: Mapping[str, str] | None,
        idempotent: bool | None,
        classify: Classify | None,
    ) -> JsonAnswer:
        prepared = self._prepared(method, url, params, body, headers)
        return self._http.request(**prepared, idempotent=idempotent, classify=classify)

    def _prepared(
        self,
        method: str,
        url: str,
        params: Mapping[str, Json] | None,
        body: Json,
        headers: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        """The request as the HTTP client takes it, credentials that change added."""
        url = self.address(url)
        content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if content is not None:
            sent.setdefault("content-type", "application/json")
        if self.is_own(url) and not isinstance(self._signer, NoSigner):
            url = _with_params(url, {**self._params, **(params or {})})
            params = None
            sent |= self._signer.headers(method, url, content or b"")
        told = {name: _said(value) for name, value in (params or {}).items() if value is not None}
        return {"method": method, "url": url, "params": told, "content": content, "headers": sent}

    def is_own(self, url: str) -> bool:
        """Credentials go to the connection's own server only: a link in an answer may point anywhere."""
        a, b = urlsplit(url), urlsplit(self._options.base_url)
        return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)


def _with_params(url: str, params: Mapping[str, Json] | None) -> str:
    told = {name: _said(value) for name, value in (params or {}).items() if value is not None}
    parts = urlsplit(url)
    there = {name for name, _ in parse_qsl(parts.query, True)}  # a link brings its own
    told = {name: value for name, value in told.items() if name not in there}
    if not told:
        return url
    query = "&".join(part for part in (parts.query, urlencode(told, doseq=True)) if part)
    return urlunsplit(parts._replace(query=query))


def _said(value: Json) -> Json:
    """A parameter as text: true and false in lower case, an object as JSON, a list as it is (its name several times)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return [_said(item) for item in value] if isinstance(value, list) else str(value)
