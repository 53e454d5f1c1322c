"""Messages, and what the reader makes of them."""

from __future__ import annotations

from typing import Any

from hub.mail import MailOrigin, MailReader, OwnAddresses


def letter(number: int, text: str = "Hello", **headers: str) -> bytes:
    """A plain message; more headers by name, `_` for `-`."""
    head = {
        "From": "Bo Example <bo@example.com>",
        "To": "hello@shop.example",
        "Subject": f"letter {number}",
        "Date": f"Thu, 30 Jul 2026 18:22:{number % 60:02} +0000",
        "Message-ID": f"<{number}@mail.example.com>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\n".join([*lines, "", text, ""]).encode()


def record_of(raw: bytes, keep_body: int = 20_000, mailbox: str = "INBOX", **origin: Any) -> dict[str, Any]:
    """The raw record of one message that came to the mailbox of shop.example."""
    reader = MailReader(OwnAddresses(frozenset(), frozenset({"shop.example"})), keep_body)
    return reader.record(raw, MailOrigin(mailbox, size=len(raw), **origin))
