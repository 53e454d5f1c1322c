"""An HTTP request as a connector gets it: raw bytes for the signature, a limit while they stream in, no full address."""

from __future__ import annotations

import asyncio
import ipaddress
from datetime import datetime

from starlette.requests import Request as WebRequest

from hub.contract import Request

#: Seconds a sender has for its whole body.
BODY_SECONDS = 30.0


class TooLarge(Exception):  # noqa: N818 - an answer, not a fault
    """The body is larger than the limit."""


async def arrived(request: WebRequest, *, limit: int, now: datetime) -> Request:
    """The request, read whole.

    Raises TooLarge as soon as the limit is passed, TimeoutError for a body that does not come, and starlette's
    ClientDisconnect for a sender that went away.
    """
    body = await _body(request, limit)
    return Request(
        method=request.method,
        path=request.url.path,
        query=dict(request.query_params),
        headers=_headers(request),
        body=body,
        received_at=now,
        remote=truncated(request.client.host) if request.client else "",
    )


async def _body(request: WebRequest, limit: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise TooLarge
    kept = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.stream():
            kept += chunk
            if len(kept) > limit:
                raise TooLarge
    return bytes(kept)


def _headers(request: WebRequest) -> dict[str, str]:
    """Lower-case names; a header that came several times is joined with commas."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def truncated(address: str) -> str:
    """An address without the part that points at a person: the last byte of IPv4, all but the first 48 bits of IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(
        ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False).network_address
    )
