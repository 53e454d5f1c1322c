"""One message, bytes in, raw record out: the JSON that the mapping reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.mail import signature
from hub.mail.classify import Nature, nature
from hub.mail.headers import Address, addresses, clean, decode_words, message_ids, one_line, time_text, when
from hub.mail.mime import Parsed, Part, parse
from hub.mail.people import OwnAddresses, is_list, is_machine, is_no_reply, is_role
from hub.mail.plain import plain_from_html
from hub.mail.text import MAX_TEXT, Split, split

#: Characters kept of the text that an answer quotes: the quoted message lands by itself.
KEEP_QUOTED = 2_000
#: Attachments listed of one message.
MAX_ATTACHMENTS = 100
#: Participants of one message.
MAX_PARTICIPANTS = 1_000
#: A Date this far after the arrival is a wrong clock, and one before e-mail existed is none.
_CLOCK_SLACK = timedelta(days=1)
_FIRST_MAIL = datetime(1971, 1, 1, tzinfo=UTC)
_NOT_MAIL = ("from", "sender", "to", "cc", "subject", "date", "message-id", "received")


class NotMail(ValueError):  # noqa: N818 - says what the bytes are
    """The bytes have none of the headers that make a message."""


@dataclass(frozen=True, slots=True)
class MailOrigin:
    """Where a message was found."""

    mailbox: str
    #: Whether the mailbox holds what we sent: then the sender is one of us, whatever the address.
    sent: bool = False
    #: Arrival, as the server or the file system tells (UTC).
    arrived: datetime | None = None
    #: Bytes of the whole message.
    size: int = 0
    #: Only its beginning was read.
    truncated: bool = False
    flags: tuple[str, ...] = ()
    #: uidvalidity and uid, or the file.
    place: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailReader:
    """Turns messages into raw records for one connection."""

    us: OwnAddresses
    #: Most characters of text kept.
    keep_body: int

    def record(self, raw: bytes, origin: MailOrigin) -> dict[str, Any]:
        """The raw record of a message. Raises NotMail."""
        message = parse(raw)
        if not any(name in message.headers for name in _NOT_MAIL):
            raise NotMail
        people = {role: addresses(", ".join(message.headers.texts(name))) for role, name in _ROLES.items()}
        sender = people["from"][0] if people["from"] else Address("", "")
        subject = one_line(decode_words(message.headers.text("subject")))
        body = _body(message)
        kind = nature(message, subject, sender.address, body)
        parts = split(body)
        head = _identity(message, origin, people, subject, kind)
        return {
            **head,
            **self._people(people, kind, parts, origin, sender),
            **self._content(message, parts, origin),
            "kind": kind.kind,
            "automated": kind.automated,
            "bounce": kind.bounce or None,
            "in_reply_to": head["in_reply_to"] or kind.about or None,
        }

    def _people(
        self,
        people: dict[str, list[Address]],
        kind: Nature,
        parts: Split,
        origin: MailOrigin,
        sender: Address,
    ) -> dict[str, Any]:
        own_sender = origin.sent or self.us.owns(sender.address)
        told = [item.address for role in _TOLD_TO for item in people[role]]
        direction = "inbound" if kind.kind in _REPORTS else _direction(own_sender, told, self.us)
        signed: dict[str, str] = {}
        if kind.kind == "message" and not own_sender:
            signed = signature.details(parts.signature, sender.name)
        cast = _Cast(self.us, kind, direction, own_sender, sender.address)
        return {
            **{role: [item.as_json() for item in found] for role, found in people.items()},
            "direction": direction,
            "signature": signed or None,
            "participants": cast.participants(people, signed),
        }

    def _content(self, message: Parsed, parts: Split, origin: MailOrigin) -> dict[str, Any]:
        keep = self.keep_body
        return {
            "text": parts.text[:keep] or None,
            "quoted": parts.quoted[: min(keep, KEEP_QUOTED)] or None,
            "signature_text": parts.signature[: min(keep, KEEP_QUOTED)] or None,
            "text_truncated": origin.truncated or len(parts.text) > keep,
            "attachments": _attachments(message, truncated=origin.truncated),
            "defects": list(message.defects),
        }


_ROLES = {"from": "from", "reply_to": "reply-to", "to": "to", "cc": "cc", "bcc": "bcc"}
#: What a server tells us about our own mail comes in, even from our own server.
_REPORTS = ("bounce", "delivered", "opened", "complaint")
_TOLD_TO = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who takes part, and as what."""

    us: OwnAddresses
    kind: Nature
    direction: str
    own_sender: bool
    sender: str

    def participants(self, people: dict[str, list[Address]], signed: dict[str, str]) -> list[dict[str, Any]]:
        """Each address once, in its first role."""
        cast: dict[str, dict[str, Any]] = {}
        for role, found in people.items():
            for item in found:
                if item.valid and item.address not in cast and len(cast) < MAX_PARTICIPANTS:
                    cast[item.address] = self._one(role, item)
        if self.sender in cast:
            cast[self.sender] |= signed
        bounced = Address("", str(self.kind.bounce.get("recipient") or ""))
        if bounced.valid and bounced.address not in cast:
            cast[bounced.address] = self._one("other", bounced)
        return list(cast.values())

    def _one(self, role: str, item: Address) -> dict[str, Any]:
        address = item.address
        own = self.us.owns(address) or (self.own_sender and address == self.sender)
        machine = is_no_reply(address) or is_machine(address)
        listed = is_list(address, self.kind.lists)
        desk = is_role(address)
        employee = own and not machine and not desk
        stranger = not (own or machine or listed)
        customer = stranger and self._counts(role)
        return {
            "role": role,
            "name": item.name or None,
            "kind": "organization" if desk else "person",
            "person": None if desk else item.name or None,
            "desk": item.name or None if desk else None,
            "address": address,
            "is_own": own,
            "is_role": desk,
            "is_automaton": machine,
            "is_list": listed,
            "is_employee": employee,
            "is_customer": customer,
            "employee_key": address if employee else None,
            # a bounce tells of a customer it does not make one
            "customer_key": address if customer or (stranger and role == "other") else None,
        }

    def _counts(self, role: str) -> bool:
        """Whether somebody in this role of such a message corresponds with us."""
        if role == "other":
            return False
        if self.direction != "inbound" or not self.kind.automated:
            return True
        return self.kind.kind == "message" and role == "reply_to"  # a form mailer writes for a person


def _identity(
    message: Parsed, origin: MailOrigin, people: dict[str, list[Address]], subject: str, kind: Nature
) -> dict[str, Any]:
    """Key, ids, thread and times."""
    headers = message.headers
    ids = message_ids(headers.text("message-id"))
    references = message_ids(" ".join(headers.texts("references")))
    parents = message_ids(headers.text("in-reply-to"))
    sent = when(headers.text("date"))
    arrived = origin.arrived or _received(headers.texts("received"))
    sender = people["from"][0].address if people["from"] else ""
    key = _key(ids[0] if ids else "", sent, headers.text("date"), sender, message)
    return {
        "id": key,
        "mailbox": origin.mailbox,
        **origin.place,
        "message_id": ids[0] if ids else None,
        "in_reply_to": parents[-1] if parents else references[-1] if references else None,
        "references": references,
        "thread_id": (references or parents or ([kind.about] if kind.about else []) or ids or [key])[0],
        "date": time_text(sent),
        "internal_date": time_text(arrived),
        "occurred_at": time_text(_occurred(sent, arrived)),
        "subject": subject or None,
        "size": origin.size,
        "flags": list(origin.flags),
    }


def _key(message_id: str, sent: datetime | None, date: str, sender: str, message: Parsed) -> str:
    """What makes the same message the same, in whatever folder.

    The Message-ID with a mark of sender and second, because form mailers give all their mails one id. Without
    a Message-ID, the content: not the size, which differs between the copy sent and the copy received.
    """
    basis = f"{sent.timestamp() if sent else date.strip()}|{sender}"
    if message_id:
        mark = hashlib.sha256(basis.encode("utf-8", "replace")).hexdigest()[:8]
        name = message_id if len(message_id) <= 250 else hashlib.sha256(message_id.encode()).hexdigest()
        return f"{name}#{mark}"
    digest = hashlib.sha256(f"{basis}|{message.headers.text('subject')}|".encode("utf-8", "replace"))
    for part in message.parts:
        digest.update(part.encoded.replace(b"\r", b"").strip()[:65_536])
    return f"no-id#{digest.hexdigest()[:40]}"


def _received(hops: list[str]) -> datetime | None:
    """When the last server took it: the topmost Received header."""
    return when(hops[0].rpartition(";")[2]) if hops else None


def _occurred(sent: datetime | None, arrived: datetime | None) -> datetime | None:
    """The sender's date unless its clock is plainly wrong."""
    if sent is None or sent < _FIRST_MAIL:
        return arrived
    return arrived if arrived is not None and sent > arrived + _CLOCK_SLACK else sent


def _direction(own_sender: bool, told: list[str], us: OwnAddresses) -> str:
    if not own_sender:
        return "inbound"
    return "internal" if told and all(us.owns(address) for address in told) else "outbound"


def _body(message: Parsed) -> str:
    """The written text: the plain parts, or the HTML ones made plain."""
    inline = [part for part in message.parts if part.disposition != "attachment" and not part.filename]
    plain = "\n".join(part.text() for part in inline if part.type in ("text/plain", "text/enriched"))
    if plain.strip():
        return clean(plain[:MAX_TEXT])
    html = "\n".join(plain_from_html(part.text()) for part in inline if part.type == "text/html")
    return clean(html[:MAX_TEXT])


def _attachments(message: Parsed, *, truncated: bool) -> list[dict[str, Any]]:
    """Name, type, size and the beginning of the SHA-256 of what is attached; never the content."""
    return [
        _attachment(part, truncated=truncated and part is message.parts[-1])
        for part in message.parts
        if part.filename or part.disposition == "attachment" or part.type == "message/rfc822"
    ][:MAX_ATTACHMENTS]


def _attachment(part: Part, *, truncated: bool) -> dict[str, Any]:
    name = one_line(decode_words(part.filename), 200) or None
    if truncated:
        return {"name": name, "type": clean(part.type), "size": None, "sha256": None}
    content = part.content()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return {"name": name, "type": clean(part.type), "size": len(content), "sha256": digest}
