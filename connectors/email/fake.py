"""A mailbox to play with: writes letters into a Maildir, for demos and tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to be written. People are (name, address)."""

    sender: tuple[str, str]
    to: Sequence[tuple[str, str]]
    subject: str
    text: str
    date: datetime
    cc: Sequence[tuple[str, str]] = ()
    reply_to: Sequence[tuple[str, str]] = ()
    html: str = ""
    #: Without brackets; made from the content when empty.
    message_id: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    #: (file name, content)
    attachments: Sequence[tuple[str, bytes]] = ()
    folder: str = "INBOX"

    @property
    def id(self) -> str:
        """The Message-ID, the same each time for the same letter."""
        if self.message_id:
            return self.message_id
        basis = f"{self.sender[1]}|{self.date.isoformat()}|{self.subject}|{self.text}"
        return f"{hashlib.sha256(basis.encode()).hexdigest()[:24]}@mail.example.org"


def write_maildir(folder: Path, letters: Iterable[Letter]) -> int:
    """Write letters into the Maildir `folder`, made when missing; how many were new.

    File names follow from the letters: writing the same ones again adds nothing.
    """
    written = 0
    for letter in letters:
        place = folder if letter.folder == "INBOX" else folder / f".{letter.folder.replace('/', '.')}"
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True, exist_ok=True)
        mark = hashlib.sha256(letter.id.encode()).hexdigest()[:16]
        name = f"{int(letter.date.timestamp())}.{mark}.example"
        if (place / "new" / name).exists() or any((place / "cur").glob(f"{name}*")):
            continue
        (place / "tmp" / name).write_bytes(as_bytes(letter))
        (place / "tmp" / name).rename(place / "new" / name)
        written += 1
    return written


def as_bytes(letter: Letter) -> bytes:
    """The letter as RFC 5322 wants it."""
    message = EmailMessage()
    message["From"] = _people([letter.sender])
    message["To"] = _people(letter.to)
    for name, people in (("Cc", letter.cc), ("Reply-To", letter.reply_to)):
        if people:
            message[name] = _people(people)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date.astimezone(UTC))
    message["Message-ID"] = f"<{letter.id}>"
    if letter.in_reply_to:
        message["In-Reply-To"] = f"<{letter.in_reply_to}>"
    if letter.references:
        message["References"] = " ".join(f"<{item}>" for item in letter.references)
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for name, content in letter.attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes(policy=SMTP)


def _people(people: Sequence[tuple[str, str]]) -> list[Address]:
    return [Address(name, addr_spec=address) for name, address in people]
