"""WebDAV's XML: questions as bytes, answers as plain data.

Answers come from a server that may be anybody's: a document type is refused, so that there are no entities to expand,
and depth and size have a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from hub import BadAnswer

DAV, CARD = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"
#: Bytes of an answer, and elements within elements.
_LARGEST, _DEEPEST = 48 * 1024 * 1024, 64
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'


@dataclass(frozen=True, slots=True)
class Response:
    """What an answer tells of one resource. path: percent-encoded, without the server."""

    path: str
    #: The status of the resource; None where only its properties have one.
    status: int | None
    #: Properties that it has.
    props: Mapping[str, Element]

    def text(self, name: str) -> str:
        """Text of a property; empty when it has none."""
        found = self.props.get(name)
        return (found.text or "").strip() if found is not None else ""

    def links(self, name: str) -> list[str]:
        """Addresses that a property holds."""
        found = self.props.get(name)
        return [] if found is None else [(one.text or "").strip() for one in found.iter(f"{DAV}href")]

    def has(self, name: str, tag: str) -> bool:
        """Whether a property holds such an element."""
        found = self.props.get(name)
        return found is not None and next(found.iter(tag), None) is not None


@dataclass(frozen=True, slots=True)
class Multistatus:
    """An answer about several resources. token: for what changes from then on, where it was asked for."""

    responses: Sequence[Response]
    token: str = ""


def multistatus(data: bytes) -> Multistatus:
    """The answer to PROPFIND or REPORT. Raises BadAnswer HUB-4870."""
    root = parsed(data)
    if root is None or root.tag != f"{DAV}multistatus":
        hint = "Look whether `url` is the address of a CardDAV server; a login page may stand before it."
        raise BadAnswer("HUB-4870", "the answer is none of WebDAV", hint=hint)
    responses = [_response(one) for one in root.findall(f"{DAV}response")]
    return Multistatus(responses, (root.findtext(f"{DAV}sync-token") or "").strip())


def parsed(data: bytes) -> Element | None:
    """An XML document, or None for what is none, is too deep or has a document type."""
    if len(data) > _LARGEST:
        return None
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("too deep")
        builder.start(_named(tag), attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_named(tag))

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ValueError, AssertionError, LookupError):
        return None


def properties(*names: str) -> bytes:
    """The question of a PROPFIND. names: with their namespace."""
    return f"{_HEAD}<D:propfind {_SPACES}><D:prop>{_tags(names)}</D:prop></D:propfind>".encode()


def multiget(paths: Iterable[str]) -> bytes:
    """The cards at some addresses."""
    links = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths)
    return _report("C:addressbook-multiget", f"{_CARDS}{links}")


def query(wanted: Sequence[tuple[str, str]]) -> bytes:
    """Cards that have one of these values: (property, text), in any case of letters."""
    filters = "".join(
        f'<C:prop-filter name={quoteattr(name)}><C:text-match collation="i;unicode-casemap" match-type="equals">'
        f"{escape(text)}</C:text-match></C:prop-filter>"
        for name, text in wanted
    )
    return _report("C:addressbook-query", f'{_CARDS}<C:filter test="anyof">{filters}</C:filter>')


def changes(token: str) -> bytes:
    """What changed since a token, all of it for an empty one (RFC 6578)."""
    asked = "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
    return _report("D:sync-collection", f"<D:sync-token>{escape(token)}</D:sync-token>{asked}")


def path_of(link: str) -> str:
    """The path of an address, percent-encoded in one way, whichever way the server does it."""
    pieces = urlsplit(link).path.split("/")
    return "/".join(quote(unquote(piece), safe=":@!$&'()*+,;=~-._") for piece in pieces)


_CARDS = "<D:prop><D:getetag/><C:address-data/></D:prop>"


def _report(name: str, inner: str) -> bytes:
    return f"{_HEAD}<{name} {_SPACES}>{inner}</{name}>".encode()


def _tags(names: Sequence[str]) -> str:
    return "".join(f"<{name.replace(DAV, 'D:').replace(CARD, 'C:')}/>" for name in names)


def _named(tag: str) -> str:
    return f"{{{tag}" if "}" in tag else tag


def _response(element: Element) -> Response:
    props = {
        prop.tag: prop
        for told in element.findall(f"{DAV}propstat")
        if _status(told.findtext(f"{DAV}status")) in (200, None)
        for prop in told.findall(f"{DAV}prop/*")
    }
    link = (element.findtext(f"{DAV}href") or "").strip()
    return Response(path_of(link), _status(element.findtext(f"{DAV}status")), props)


def _status(line: str | None) -> int | None:
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None
