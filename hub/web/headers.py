"""The security headers of every answer. Pages need no scripts; nothing may frame them, nothing is cached."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action {actions}; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: browsers would then send `Origin: null` with the form, and the form could not be told from others.
    "referrer-policy": "same-origin",
}


class SecurityHeaders:
    """Middleware that adds what is missing to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", policy(path))
                headers.setdefault(
                    "cache-control", "public, max-age=3600" if _is_static(path) else "no-store"
                )
            await send(message)

        await self._app(scope, receive, guarded)


def policy(path: str) -> str:
    """The content security policy of a path. A form may lead on to a thank-you page of the company's own site."""
    return _POLICY.format(actions="'self' https:" if path.startswith("/form/") else "'self'")


def _is_static(path: str) -> bool:
    return path.startswith("/static/")
