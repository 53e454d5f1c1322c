"""Take a message apart, however it is made: bounded in depth, parts and bytes, linear in its length.

Parameters (RFC 2231 file names and the like) go through the standard library's `email`, a capped header at a
time. The splitting is ours: `email.parser` calls itself once per level and looks at each line of each
attachment, so a message nested ten thousand deep breaks it and a hostile one keeps it for minutes.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message

#: More parts, deeper nesting, longer header blocks than this are not mail; what was found until there is kept.
MAX_PARTS = 500
MAX_DEPTH = 30
MAX_LOOKALIKES = 50_000
MAX_HEADER_LINES = 5_000
#: Bytes kept of one header.
MAX_HEADER = 65_536
#: Bytes of a Content-* header that are looked at.
MAX_PARAMETERS = 2_048
#: Bytes of a part that are made text.
MAX_TEXT_BYTES = 2_000_000

#: Blanks and a line end may follow a boundary on its line; so far they are looked for.
_BOUNDARY_TAIL = 200
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*\Z")
_CHARSET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,40}\Z")
_META_CHARSET = re.compile(
    rb"<meta[^<>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE
)
_BASE64_NOISE = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)

#: What mailers call them, and the superset in which their text really is.
_REALLY = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252",
    "latin1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "iso-8859-9": "cp1254", "tis-620": "cp874", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8", "cp-850": "cp850",
}  # fmt: skip
#: Python codecs that no mail is written in; some take quadratic time.
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
)


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a message or part: lower-case names, values unfolded but not yet decoded."""

    fields: Mapping[str, list[bytes]] = field(default_factory=dict)

    def raw(self, name: str) -> bytes:
        """The first header of that name, or nothing."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def text(self, name: str) -> str:
        """The first header of that name as text; 8-bit bytes, which are forbidden but sent, included."""
        return self.decode(self.raw(name))

    def texts(self, name: str) -> list[str]:
        return [self.decode(value) for value in self.fields.get(name, ())]

    def decode(self, value: bytes) -> str:
        if value.isascii():
            return value.decode("ascii")
        return decode(value, parameter(self.raw("content-type"), "charset") or "utf-8")

    def __contains__(self, name: str) -> bool:
        return name in self.fields


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the tree of parts."""

    headers: Headers
    #: As it came, still in its transfer encoding.
    encoded: bytes
    #: Lower-case `type/subtype`.
    type: str

    @property
    def disposition(self) -> str:
        return self.headers.text("content-disposition").partition(";")[0].strip().lower()[:40]

    @property
    def filename(self) -> str:
        """File name, not yet decoded from RFC 2047."""
        return parameter(self.headers.raw("content-disposition"), "filename") or parameter(
            self.headers.raw("content-type"), "name"
        )

    def content(self) -> bytes:
        """The bytes after undoing the transfer encoding; broken encodings give what can be had."""
        return undo(self.headers.text("content-transfer-encoding"), self.encoded)

    def text(self) -> str:
        """The beginning of the content as text, in the declared charset or the one it really has."""
        content = undo(self.headers.text("content-transfer-encoding"), self.encoded[:MAX_TEXT_BYTES])
        charset = parameter(self.headers.raw("content-type"), "charset")
        if not charset and self.type == "text/html" and (meta := _META_CHARSET.search(content, 0, 2_048)):
            charset = meta.group(1).decode("ascii")
        return decode(content, charset or "utf-8")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message taken apart."""

    headers: Headers
    parts: tuple[Part, ...]
    #: What was left out because a limit was reached.
    defects: tuple[str, ...]


def parse(raw: bytes) -> Parsed:
    """All leaves of a message, in order. Never raises; time grows with `len(raw)`, not with its cunning."""
    block, body = _split_headers(raw, whole=True)
    headers = read_headers(block)
    defects: list[str] = []
    parts = tuple(_leaves(headers, body, defects))
    return Parsed(headers, parts, tuple(dict.fromkeys(defects)))


def read_headers(block: bytes) -> Headers:
    """The fields of a header block, up to the first empty line; lines that are none are skipped."""
    found: dict[str, list[bytes]] = {}
    current: list[bytes] | None = None
    for line in block.split(b"\n", MAX_HEADER_LINES)[:MAX_HEADER_LINES]:
        stripped = line.rstrip(b"\r")
        if not stripped:
            break
        if stripped[:1] in (b" ", b"\t"):
            if current and len(current[-1]) < MAX_HEADER:
                current[-1] += b" " + stripped.strip()[:MAX_HEADER]
            continue
        name, colon, value = stripped.partition(b":")
        current = None
        if colon and _FIELD_NAME.match(name):
            current = found.setdefault(name.strip().lower().decode("ascii"), [])
            current.append(value.strip()[:MAX_HEADER])
    return Headers(found)


def undo(encoding: str, encoded: bytes) -> bytes:
    """The bytes that a Content-Transfer-Encoding stands for; an unknown one changes nothing."""
    match encoding[:40].strip().lower():
        case "base64":
            return _base64(encoded)
        case "quoted-printable":
            return quopri.decodestring(encoded)
        case _:
            return encoded


def decode(content: bytes, charset: str) -> str:
    """Text of bytes whose charset may be misnamed, unknown or missing. Never raises."""
    codec = _codec(charset)
    # what calls itself Latin-1 and is valid UTF-8 is UTF-8
    first = "utf-8" if codec == "cp1252" else codec
    for name in dict.fromkeys((first, "utf-8", codec)):
        try:
            return content.decode(name)
        except (UnicodeError, ValueError):
            continue
    if codec != "utf-8":
        return content.decode(codec, "replace")
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(not char.isascii() for char in text) - bad
    return text if good >= bad else content.decode("cp1252", "replace")


def parameter(value: bytes, name: str) -> str:
    """A parameter of a Content-* header, RFC 2231 undone; empty when absent or beyond repair."""
    if name.encode() not in value.lower():
        return ""
    message = Message()
    message["content-type"] = value[:MAX_PARAMETERS].decode("ascii", "surrogateescape").replace("\x00", "")
    try:
        found = message.get_param(name, "")
        text = found[2] if isinstance(found, tuple) else str(found)
        if isinstance(found, tuple) and found[0]:
            text = decode(text.encode("latin-1", "replace"), found[0])
        # 8-bit bytes come through the library as lone surrogates
        return decode(text.encode("utf-8", "surrogateescape"), "utf-8") if not text.isascii() else text
    except Exception:  # noqa: BLE001 - the library raises whatever a bent parameter makes it raise
        return ""


def _codec(charset: str) -> str:
    """A codec of Python for a charset's name; utf-8 when it is no such name."""
    name = charset.strip().strip("\"'").lower()
    name = _REALLY.get(name, name)
    if not _CHARSET_NAME.match(name):
        return "utf-8"
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return "utf-8"
    usable = getattr(codec, "_is_text_encoding", True) and codec.name.replace("_", "-") not in _NO_CHARSETS
    return codec.name if usable else "utf-8"


def _base64(encoded: bytes) -> bytes:
    clean = encoded.translate(None, _BASE64_NOISE)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _split_headers(raw: bytes, *, whole: bool = False) -> tuple[bytes, bytes]:
    """(header block, body). Without a blank line a message is all header, a part all body."""
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return b"", raw.lstrip(b"\r\n")
    gap = _BLANK_LINE.search(raw)
    if gap:
        return raw[: gap.start()], raw[gap.end() :]
    return (raw, b"") if whole or re.match(rb"content-[a-z-]{1,40}:", raw, re.IGNORECASE) else (b"", raw)


def _leaves(headers: Headers, body: bytes, defects: list[str]) -> Iterator[Part]:
    stack = [(headers, body, 0)]
    seen = 0
    while stack:
        own, content, depth = stack.pop()
        kind = _type(own)
        children = _children(own, content) if kind.startswith("multipart/") else None
        if children is None:
            yield Part(own, content, "text/plain" if kind.startswith("multipart/") else kind)
        elif depth >= MAX_DEPTH:
            defects.append("nested too deep")
        else:
            room = MAX_PARTS - seen
            seen += len(children)
            if len(children) > room:
                defects.append("too many parts")
            for child in reversed(children[: max(room, 0)]):
                block, rest = _split_headers(child)
                stack.append((read_headers(block), rest, depth + 1))


def _type(headers: Headers) -> str:
    value = headers.raw("content-type")[:MAX_PARAMETERS].partition(b";")[0].strip().lower()
    text = value.decode("ascii", "replace")
    return text if text.count("/") == 1 and " " not in text else "text/plain"


def _children(headers: Headers, content: bytes) -> list[bytes] | None:
    """The parts between the boundaries, at most one more than allowed; None if there is no boundary."""
    boundary = parameter(headers.raw("content-type"), "boundary").encode("utf-8", "replace") or _guess(
        content
    )
    if not boundary:
        return None
    mark = b"--" + boundary
    parts: list[bytes] = []
    start = -1
    at, tries = content.find(mark), 0
    while at >= 0 and len(parts) <= MAX_PARTS and (tries := tries + 1) <= MAX_LOOKALIKES:
        line = content[at + len(mark) : at + len(mark) + _BOUNDARY_TAIL]
        after, newline, _ = line.partition(b"\n")
        if (at == 0 or content[at - 1] in b"\r\n") and after.strip() in (b"", b"--"):
            if start >= 0:
                parts.append(_without_newline(content[start:at]))
            start = at + len(mark) + len(after) + 1 if newline and not after.strip() else -1
            if start < 0:
                break
        at = content.find(mark, at + len(mark))
    if start >= 0 and (at < 0 or tries > MAX_LOOKALIKES):
        parts.append(content[start:])
    return parts or None


def _guess(content: bytes) -> bytes:
    """The boundary of a multipart that forgot to name it: its first line that looks like one."""
    found = re.search(rb"(?m)^--([^\s-][^\s]{0,100})[ \t\r]*$", content[:65_536])
    return found.group(1) if found else b""


def _without_newline(part: bytes) -> bytes:
    """The line break before a boundary belongs to the boundary."""
    return part[:-2] if part.endswith(b"\r\n") else part[:-1] if part.endswith(b"\n") else part
