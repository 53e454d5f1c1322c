"""The demo's mailbox: messages as they would lie in the Maildir of support@tea.example.com."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

#: The demo shop's own mail domain: its people are employees, not customers.
OWN_DOMAIN = "tea.example.com"
SUPPORT = f"support@{OWN_DOMAIN}"


def letter(
    number: int,
    sender: tuple[str, str],
    to: tuple[str, str],
    subject: str,
    body: str,
    sent: datetime,
    *,
    answers: EmailMessage | None = None,
    cc: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> EmailMessage:
    """A plain message. `sender`, `to` and `cc` are (name, address); `answers` is the message replied to."""
    message = EmailMessage()
    message["From"] = formataddr(sender)
    message["To"] = formataddr(to)
    if cc is not None:
        message["Cc"] = formataddr(cc)
    message["Subject"] = subject
    message["Date"] = format_datetime(sent)
    message["Message-ID"] = f"<letter-{number:05d}@{sender[1].partition('@')[2] or 'example.com'}>"
    if answers is not None:
        message["In-Reply-To"] = answers["Message-ID"]
        message["References"] = answers["Message-ID"]
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body)
    return message


def signed(body: str, name: str, phone: str, company: str) -> str:
    """The body with a signature below."""
    lines = [name, company, f"Tel. {phone}" if phone else ""]
    return f"{body}\n\n-- \n" + "\n".join(line for line in lines if line) + "\n"


def machine_mail(number: int, sent: datetime) -> list[EmailMessage]:
    """Mail that no customer wrote: an absence notice, a bounce, a newsletter, a note between colleagues."""
    us = ("Tea support", SUPPORT)
    return [
        letter(
            number,
            ("Eleanor Winslow", "eleanor.winslow.away@example.org"),
            us,
            "Automatic reply: your order",
            "I am travelling and will read your message in two weeks.",
            sent,
            headers={"Auto-Submitted": "auto-replied"},
        ),
        letter(
            number + 1,
            ("Mail Delivery System", "MAILER-DAEMON@example.net"),
            us,
            "Undelivered Mail Returned to Sender",
            "The mail could not be delivered to <nobody.there@example.net>: user unknown.",
            sent,
            headers={"Auto-Submitted": "auto-replied", "X-Failed-Recipients": "nobody.there@example.net"},
        ),
        letter(
            number + 2,
            ("Parcel News", "no-reply@news.example.org"),
            us,
            "Ten ways to pack a teapot",
            "This month: bubble wrap.",
            sent,
            headers={"List-Unsubscribe": "<https://news.example.org/leave>", "Precedence": "bulk"},
        ),
        letter(
            number + 3,
            ("Nora Fields", f"nora@{OWN_DOMAIN}"),
            ("Sam Abbott", f"sam@{OWN_DOMAIN}"),
            "Stock",
            "We are out of clay teapots again.",
            sent,
        ),
    ]
