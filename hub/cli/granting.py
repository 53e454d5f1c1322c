"""A person grants access in the browser, and the vendor's page sends them back to a port of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.sync.connected import Connected

#: Seconds that a person may take.
PATIENCE = 300.0
_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>Customer Hub</title><p>You can close this page and go back."
)


def wants_grant(item: Connected) -> bool:
    """Whether somebody must grant access in the browser before this connection works."""
    return bool(getattr(item.connector, "asks_consent", False))


def grant(app: App, item: Connected, *, port: int, browser: bool) -> None:
    """Ask for access and keep the tokens. Raises AuthRefused, ConfigError HUB-4635, HUB-4636."""
    from hub.http import Ring

    with item.context(app.store, budget=app.store.budgets, ring=Ring(), stopping=lambda: False) as context:
        consent: Any = getattr(item.connector, "consent", _needs_none)(context)
        with Loopback(port) as loopback:
            address = consent.address(loopback.address)
            app.output.note("Grant access on this page:", "", f"  {address}", "")
            if browser:
                _open(address)
            consent.finish(loopback.wait(PATIENCE), loopback.address)


def _needs_none(context: Any) -> None:
    hint = "Its credentials stand in its settings; `hub connect test` tries them."
    raise ConfigError("HUB-4635", "nobody has to grant access", where=context.connection, hint=hint)


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)


class Loopback:
    """Waits on this machine for the one request that brings a person back."""

    def __init__(self, port: int = 0) -> None:
        """port: 0 takes a free one. Raises ConfigError HUB-4636 when it is taken."""
        self._came: dict[str, str] | None = None
        try:
            self._server = HTTPServer(("127.0.0.1", port), _handler(self._take))
        except OSError as error:
            message = f"port {port} of this machine cannot be listened on: {error.strerror}"
            raise ConfigError("HUB-4636", message, hint="Name another with --port.") from None
        self._server.timeout = 0.5

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def address(self) -> str:
        """Where the vendor sends the person back to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def wait(self, seconds: float) -> Mapping[str, str]:
        """The parameters that the person came back with. Raises ConfigError HUB-4636 when nobody came."""
        end = time.monotonic() + seconds
        while self._came is None:
            if time.monotonic() > end:
                hint = "Try again: `hub connect grant CONNECTION`."
                raise ConfigError("HUB-4636", "nobody came back from the vendor's page", hint=hint)
            self._server.handle_request()
        return self._came

    def _take(self, query: dict[str, str]) -> None:
        self._came = query


def _handler(take: Callable[[dict[str, str]], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            is_answer = url.path == "/" and ("code" in query or "error" in query)
            self.send_response(200 if is_answer else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if is_answer:  # browsers ask for an icon, too
                self.wfile.write(_PAGE)
                take(query)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the address holds a code."""

    return Handler
