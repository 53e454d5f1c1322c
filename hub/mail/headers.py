"""Headers as data: words, addresses, times, message ids. Lenient, bounded, never raising."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import NamedTuple

from hub.mail.mime import MAX_HEADER, decode, undo

#: Addresses taken from one header.
MAX_ADDRESSES = 1_000
#: Characters kept of a subject or a name.
MAX_TEXT = 1_000
#: Message ids kept of References.
MAX_REFERENCES = 200

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}\Z")
_BARE_ADDRESS = re.compile(r"[A-Za-z0-9._%+'=/-]{1,64}@[A-Za-z0-9.-]{1,253}")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_VIA = re.compile(r"\s+(?:via|on behalf of|im Auftrag von)\s+.*\Z", re.IGNORECASE)
_COMPANY_TAIL = re.compile(
    r"(?:inc|ltd|llc|gmbh|co|corp|ag|sa|bv|plc|kg|jr|sr|ph\.?d|md|esq)\.?\Z", re.IGNORECASE
)


class Address(NamedTuple):
    """A mailbox: what it is called and where it is. The address is lower case."""

    name: str
    address: str

    @property
    def valid(self) -> bool:
        """Whether mail could be sent there from anywhere."""
        return bool(_ADDRESS.match(self.address)) and "." in self.address.rpartition("@")[2].strip(".")

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "address": self.address}


def clean(text: str) -> str:
    """Without NUL, control characters and half surrogates, which neither JSON nor people can use."""
    return _CONTROL.sub("", text)


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Blanks folded, at most `limit` characters."""
    return " ".join(clean(text[: limit * 4]).split())[:limit]


def decode_words(value: str) -> str:
    """Undo RFC 2047. Characters split between two encoded words, a common fault, are joined first."""
    if "=?" not in value:
        return value
    out: list[str] = []
    held: list[bytes] = []
    charset, end = "", 0
    for word in _WORD.finditer(value):
        gap, end = value[end : word.start()], word.end()
        this = word.group(1).partition("*")[0]  # RFC 2231 adds *language
        if held and (gap.strip() or this.lower() != charset.lower()):
            out.append(decode(b"".join(held), charset))
            held = []
        if gap.strip() or not (out or held):
            out.append(gap)
        charset = this
        held.append(_undo(word.group(2), word.group(3)))
    if held:
        out.append(decode(b"".join(held), charset))
    return "".join(out) + value[end:]


def addresses(value: str) -> list[Address]:
    """The mailboxes of an address header; groups are opened, what is no mailbox is left out."""
    value = value[:MAX_HEADER]
    if value.count('"') % 2:  # a quote that never closes would swallow the rest
        value = value.replace('"', "")
    found = [_address(piece) for piece in _pieces(value)]
    kept = [item for item in found if item.address]
    if not kept and "@" in value:
        kept = [Address("", bare.lower()) for bare in _BARE_ADDRESS.findall(value)]
    return kept[:MAX_ADDRESSES]


def person_name(name: str, address: str) -> str:
    """A display name as a person would write it: no quotes, no `via`, not the address again, given name first."""
    text = one_line(decode_words(name), 200).strip("\"'“”‘’` ")
    text = _VIA.sub("", _BRACKETED.sub(" ", text)).strip("\"', ")
    if not text or text.lower() == address or "@" in text:
        return ""
    family, comma, given = (part.strip() for part in text.partition(","))
    if (
        comma
        and given
        and "," not in given
        and not _COMPANY_TAIL.match(given)
        and not any(map(str.isdigit, text))
    ):
        return f"{given} {family}"
    return text


def message_ids(value: str) -> list[str]:
    """Message ids of a header, without brackets, in order, each once."""
    found = _MESSAGE_ID.findall(value[:MAX_HEADER])
    if not found:
        found = [word for word in value[:2_000].split() if "@" in word and len(word) < 500]
    return list(dict.fromkeys(clean(item) for item in found))[-MAX_REFERENCES:]


def when(value: str) -> datetime | None:
    """The time of a Date header or an IMAP internal date, in UTC; None when it is none."""
    try:
        parts = parsedate_tz(one_line(value, 100))
        if parts is None:
            return None
        zone = timezone(timedelta(seconds=parts[9] or 0))
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def time_text(moment: datetime | None) -> str | None:
    """`2026-07-30T18:22:41.000Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _undo(encoding: str, text: str) -> bytes:
    """The bytes of one encoded word."""
    raw = text.encode("ascii", "ignore")
    if encoding in "bB":
        return undo("base64", raw)
    return undo("quoted-printable", raw.replace(b"_", b" "))


def _pieces(value: str) -> list[str]:
    """Split at commas and semicolons that are outside quotes, comments and angles; drop group names."""
    pieces: list[str] = []
    start = depth = 0
    quoted = angled = escaped = False
    for at, char in enumerate(value):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif char in "<>":
            angled = char == "<"
        elif not angled and char in ",;:":
            if char != ":":
                pieces.append(value[start:at])
            start = at + 1
    pieces.append(value[start:])
    return _rejoin(pieces)


def _rejoin(pieces: list[str]) -> list[str]:
    """`Example, Ann <ann@example.com>` without quotes: a piece without an address belongs to the next one."""
    joined: list[str] = []
    waiting = ""
    for piece in pieces:
        if "@" in piece:
            joined.append(f"{waiting}, {piece}" if waiting and "<" in piece else piece)
            waiting = ""
        else:
            waiting = piece if piece.strip() and not waiting else ""
    return joined


def _address(piece: str) -> Address:
    head, angle, rest = piece.rpartition("<")
    if angle:
        address, name = rest.partition(">")[0], head
    else:
        address, _, comment = piece.partition("(")
        name = comment.rpartition(")")[0]
    address = decode_words(address) if "=?" in address else address
    address = one_line(address, 400).replace(" ", "").strip("'\"").removeprefix("mailto:").lower()
    if address.startswith("@"):  # an obsolete route: <@relay.example:ann@example.com>
        address = address.rpartition(":")[2]
    return Address(person_name(name.strip().replace('\\"', '"'), address), address)
