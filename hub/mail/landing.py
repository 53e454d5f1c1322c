"""From messages to pages: every message becomes a raw record or a broken one, never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.mail.headers import clean
from hub.mail.parse import MailOrigin, MailReader, NotMail
from hub.models import BrokenRecord, Page

MAIL_STREAM = "messages"
#: Source bytes of one page; a page ends after the message that reaches it.
PAGE_BYTES = 8_000_000
#: Bytes kept of a message that cannot be read.
KEEP_BROKEN = 65_536


@dataclass(frozen=True, slots=True)
class LandedMail:
    """One message, read or broken, and its weight in bytes."""

    record: dict[str, Any] | None
    broken: BrokenRecord | None
    size: int


def land_mail(reader: MailReader, raw: bytes, origin: MailOrigin, key: str) -> LandedMail:
    """Parse one message under guard. `key` names it where it has no key of its own."""
    try:
        return LandedMail(reader.record(raw, origin), None, len(raw))
    except NotMail:
        code, message = "HUB-4130", "this is not an e-mail message: it has none of a message's headers"
    except Exception as error:  # noqa: BLE001 - one hostile message must not stop the mailbox
        code, message = "HUB-4131", f"the message could not be taken apart ({type(error).__name__})"
    return LandedMail(None, BrokenRecord(code, message, key=key, payload=raw[:KEEP_BROKEN]), len(raw))


def refused_mail(code: str, message: str, key: str) -> LandedMail:
    """A message that could not even be fetched."""
    return LandedMail(None, BrokenRecord(code, message, key=clean(key)), 0)


def is_draft(flags: Sequence[str]) -> bool:
    """Whether a message is still being written: it becomes another one when it is sent."""
    return any(flag.lower() == "\\draft" for flag in flags)


@dataclass(slots=True)
class MailBatch:
    """The page being filled."""

    #: Most messages of a page.
    size: int
    landed: list[LandedMail] = field(default_factory=list)
    bytes: int = 0

    def add(self, item: LandedMail) -> None:
        self.landed.append(item)
        self.bytes += item.size

    @property
    def full(self) -> bool:
        return len(self.landed) >= self.size or self.bytes >= PAGE_BYTES


def mail_page(landed: Sequence[LandedMail], checkpoint: dict[str, Any] | None) -> Page:
    """A page of the stream; without a checkpoint the stored one stays."""
    return Page(
        MAIL_STREAM,
        records=[item.record for item in landed if item.record is not None],
        broken=[item.broken for item in landed if item.broken is not None],
        checkpoint=checkpoint,
    )


def until_limit(pages: Iterator[Page], limit: int | None, *, keep_cursor: bool) -> Iterator[Page]:
    """At most about `limit` records; `keep_cursor` when the run must not move the stored cursor."""
    seen = 0
    for item in pages:
        seen += len(item.records) + len(item.broken)
        yield replace(item, checkpoint=None) if keep_cursor else item
        if limit is not None and seen >= limit:
            return
