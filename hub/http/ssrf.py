"""Which addresses the hub may speak to, so that a configured or a vendor-given URL cannot reach into the network.

https only, port 443 only, and only public addresses, unless the user named the host in the connection. The name is
resolved here and the very address that was checked is connected to, so a name that resolves differently the second
time gains nothing; TLS still verifies the name. Numbers in odd spelling (decimal, octal, IPv6-mapped) need no
parsing of ours: what counts is the address the resolver makes of them.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence

import httpcore
import httpx

from hub.errors import SourceError, Unreachable

#: Host and port in, addresses out (text).
Resolve = Callable[[str, int], Sequence[str]]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: The part of IPv6 that is routed on the internet; `is_global` alone lets old site-local addresses pass.
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Cloud metadata that lives outside link-local space.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "168.63.129.16", "192.0.0.192"))
)


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the operating system gives them. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Guard:
    """Says no to an address or returns it checked. `trusted`: `host` or `host:port` as named in the connection."""

    def __init__(
        self, trusted: Iterable[str] = (), resolve: Resolve = system_resolve, where: str = ""
    ) -> None:
        self._trusted = frozenset(name.strip().lower() for name in trusted)
        self._resolve = resolve
        self._where = where

    def trusts(self, host: str, port: int) -> bool:
        """Whether the user named this host (then it may be private, plain http, on any port)."""
        bare = host.strip("[]").lower()
        names = (bare, f"[{bare}]", f"{bare}:{port}", f"[{bare}]:{port}")
        return not self._trusted.isdisjoint(names)

    def check_url(self, url: httpx.URL) -> None:
        """Scheme, user part, port. Raises SourceError HUB-4050."""
        if not url.host:
            raise self._refused("the address has no host")
        if url.userinfo:
            raise self._refused("the address carries a user name or password")
        if url.scheme not in ("http", "https"):
            raise self._refused(f"the address is not https but {url.scheme or 'relative'}")
        if self.trusts(url.host, port_of(url)):
            return
        if url.scheme != "https":
            raise self._refused("the address is not https")
        if port_of(url) != 443:
            raise self._refused(f"port {port_of(url)} is not 443")

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses to connect to, every one of them allowed.

        Raises SourceError HUB-4050 when one is not, Unreachable HUB-4010 when the name has none.
        """
        try:
            found = self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise httpcore.ConnectError("name server did not answer") from error
            found = ()
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise Unreachable(
                "HUB-4010",
                f"no address for {host}",
                where=self._where,
                hint="Check the host name and the network.",
            )
        trusted = self.trusts(host, port)
        for text in found:
            if not _allowed(text, trusted):
                raise self._refused(f"{host} is at an address that is not public")
        return list(found)

    def _refused(self, why: str) -> SourceError:
        return SourceError(
            "HUB-4050",
            f"not connecting: {why}",
            where=self._where,
            hint="If this is a system of your own, name its host in the connection's trusted hosts.",
        )


def port_of(url: httpx.URL) -> int:
    """The port, with the scheme's own when none is written."""
    return url.port or (443 if url.scheme == "https" else 80)


def _allowed(text: str, trusted: bool) -> bool:
    address = _innermost(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
        return False  # never anybody's CRM, whoever named it
    if trusted:
        return True
    return address.is_global and not address.is_reserved and (address.version == 4 or address in _UNICAST)


def _innermost(address: _Address) -> _Address:
    """The IPv4 address inside an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inside is not None:
        return inside
    value = int(address)
    if address in _NAT64 or 1 < value < 2**32:
        return ipaddress.IPv4Address(value & 0xFFFFFFFF)
    return address
