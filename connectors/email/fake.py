"""A mailbox to play with: writes letters into a Maildir, for demos and tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parsedate_to_datetime
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


def write_maildir(folder: Path, letters: Iterable[Letter | EmailMessage]) -> int:
    """Write letters into the Maildir `folder`, made when missing; how many were new.

    File names follow from the letters' Message-ID and Date: writing the same ones again adds nothing.
    """
    return sum(_write(folder, letter) for letter in letters)


def as_message(letter: Letter) -> EmailMessage:
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
    return message


def _write(folder: Path, letter: Letter | EmailMessage) -> bool:
    """Deliver one letter; False when it is there already."""
    message = as_message(letter) if isinstance(letter, Letter) else letter
    name = letter.folder if isinstance(letter, Letter) else "INBOX"
    place = folder if name == "INBOX" else folder / f".{name.replace('/', '.')}"
    for part in ("cur", "new", "tmp"):
        (place / part).mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:16]
    file = f"{int(parsedate_to_datetime(message['Date']).timestamp())}.{mark}.example"
    if (place / "new" / file).exists() or any((place / "cur").glob(f"{file}*")):
        return False
    (place / "tmp" / file).write_bytes(message.as_bytes(policy=SMTP))
    (place / "tmp" / file).rename(place / "new" / file)
    return True


def _people(people: Sequence[tuple[str, str]]) -> list[Address]:
    return [Address(name, addr_spec=address) for name, address in people]
