"""What a message is: a letter of a person, a bounce, an automatic reply, a list's, a receipt, a complaint."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from hub.mail.headers import addresses, message_ids, one_line
from hub.mail.mime import Parsed, Part, read_headers
from hub.mail.people import is_machine

Kind = Literal["message", "bounce", "auto_reply", "list", "delivered", "opened", "complaint"]

_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|incomplete|error)|failure notice|returned mail|mail delivery"
    r"|delivery notification|could not be delivered|unzustellbar|nicht zugestellt|non remis|退信|系统退信|配信不能",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^\s*(?:re:\s*)?(?:automatic reply|auto[- ]?reply|auto:|autoreply|out of (?:the )?office|automatische antwort"
    r"|abwesenheits|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|自动回复|自動返信|自動応答)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<!\d)([45]\d\d)[ -]")
_ADDRESS = re.compile(r"<?([A-Za-z0-9._%+'=-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24})>?")


@dataclass(frozen=True, slots=True)
class Nature:
    """What was found out about a message as a whole."""

    kind: Kind
    #: A program wrote it: its sender is nobody's correspondent.
    automated: bool = False
    #: The addresses that its own headers name as a list's.
    lists: frozenset[str] = frozenset()
    #: recipient, status (5.1.1), permanent; for a bounce.
    bounce: dict[str, str | bool | None] = field(default_factory=dict)
    #: Message-ID of the message it reports on.
    about: str = ""


def nature(message: Parsed, subject: str, sender: str, text: str) -> Nature:
    """Decide from the standard headers first, from words last. `sender` is the address in From."""
    headers = message.headers
    report = _report(message)
    if report:
        return report
    failed = headers.text("x-failed-recipients")
    returned = headers.raw("return-path").strip() == b"<>" or is_machine(sender)
    if failed or (returned and _BOUNCE_SUBJECT.search(subject[:300])):
        return _worded_bounce(message, failed, text)
    if _is_auto_reply(message, subject):
        return Nature("auto_reply")
    lists = frozenset(item.address for item in addresses(headers.text("list-post").replace("mailto:", "")))
    bulk = headers.text("precedence").strip().lower() in ("bulk", "list", "junk")
    if lists or "list-id" in headers or "list-unsubscribe" in headers or bulk:
        return Nature("list", automated=True, lists=lists)
    submitted = headers.text("auto-submitted").strip().lower()
    return Nature("message", automated=submitted not in ("", "no"))


def _is_auto_reply(message: Parsed, subject: str) -> bool:
    headers = message.headers
    if headers.text("auto-submitted").strip().lower().startswith("auto-replied"):
        return True
    named = any(name in headers for name in ("x-autoreply", "x-autorespond", "x-autoresponder"))
    replied = headers.text("precedence").strip().lower() in ("auto_reply", "auto-reply")
    return named or replied or bool(_AUTO_SUBJECT.match(subject[:200]))


def _report(message: Parsed) -> Nature | None:
    """RFC 3464 (delivery), RFC 8098 (read) and RFC 5965 (spam complaint) reports."""
    by_type = {part.type: part for part in reversed(message.parts)}
    about = _original_id(by_type)
    if status := by_type.get("message/delivery-status"):
        return _delivery(status, about)
    if "message/disposition-notification" in by_type:
        return Nature("opened", automated=True, about=about)
    if "message/feedback-report" in by_type:
        return Nature("complaint", automated=True, about=about)
    return None


def _delivery(part: Part, about: str) -> Nature:
    """The first recipient of a delivery status, the failed one if there is one."""
    groups = [
        read_headers(block) for block in re.split(rb"\r?\n\r?\n", part.content()[:65_536], maxsplit=100)
    ]
    told = [group for group in groups if "action" in group or "status" in group]
    first = next(
        (group for group in told if group.text("action").strip().lower() == "failed"),
        told[0] if told else None,
    )
    if first is None:
        return Nature("bounce", automated=True, about=about, bounce=_bounce("", "", None))
    action = first.text("action").strip().lower()
    if action in ("delivered", "relayed", "expanded"):
        return Nature("delivered", automated=True, about=about)
    recipient = first.text("final-recipient") or first.text("original-recipient")
    status = _STATUS.search(first.text("status")[:100])
    permanent = action == "failed" and not (status and status.group(1).startswith("4"))
    found = _bounce(recipient.partition(";")[2] or recipient, status.group(1) if status else "", permanent)
    return Nature("bounce", automated=True, about=about, bounce=found)


def _worded_bounce(message: Parsed, failed: str, text: str) -> Nature:
    """A bounce of a server that does not know RFC 3464: what its words give."""
    head = text[:5_000]
    address = _ADDRESS.search(failed[:1_000]) or _ADDRESS.search(head)
    status = _STATUS.search(head)
    code = status.group(1) if status else ""
    reply = _REPLY_CODE.search(head)
    digit = code[:1] or (reply.group(1)[0] if reply else "")
    about = _original_id({part.type: part for part in reversed(message.parts)})
    bounce = _bounce(address.group(1) if address else "", code, digit == "5" if digit else None)
    return Nature("bounce", automated=True, bounce=bounce, about=about)


def _bounce(recipient: str, status: str, permanent: bool | None) -> dict[str, str | bool | None]:
    """permanent: None when nobody said."""
    return {
        "recipient": one_line(recipient, 320).strip("<> ").lower() or None,
        "status": status or None,
        "permanent": permanent,
    }


def _original_id(by_type: dict[str, Part]) -> str:
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        if kind in by_type:
            ids = message_ids(read_headers(by_type[kind].content()[:65_536].lstrip()).text("message-id"))
            if ids:
                return ids[-1]
    return ""
