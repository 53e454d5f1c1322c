"""An IMAP server, asked as little as possible: nothing is ever changed there (EXAMINE, BODY.PEEK).

The one border where the errors of sockets, imaplib and imap_tools become the hub's. Server texts are not
repeated in messages: they carry addresses.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from imap_tools import BaseMailBox, FolderInfo, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError
from imap_tools.utils import encode_folder

from hub import AuthRefused, BadAnswer, ConfigError, HubError, Unreachable, mail_date

from .config import EmailConfig

#: Bytes read of a message that is over the limit: its headers and, mostly, its text.
HEAD_BYTES = 262_144
#: Bytes asked for in one command.
FETCH_BYTES = 8_000_000

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_FLAGS = re.compile(rb"\bFLAGS \(([^()]*)\)")
_NEW_ITEM = re.compile(rb"\d+ \(")
_QUOTED_BODY = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? (?:"((?:[^"\\]|\\.)*)"|NIL)')
_STATUS_PAIR = re.compile(rb"\b(UIDVALIDITY|UIDNEXT|MESSAGES|HIGHESTMODSEQ) (\d+)")
_BUSY = re.compile(
    rb"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|too many|try again|temporar|overloaded|throttl",
    re.IGNORECASE,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """STATUS of a folder; what the server does not tell is None."""

    uidvalidity: int | None
    uidnext: int | None = None
    messages: int | None = None
    modseq: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message before it is fetched."""

    uid: int
    size: int
    arrived: datetime | None
    flags: tuple[str, ...]


@contextmanager
def border(where: str) -> Iterator[None]:
    """Foreign errors in, the hub's errors out. `where`: server or folder, never a person."""
    try:
        yield
    except HubError:
        raise
    except OSError as error:
        raise _no_connection(error, where) from error
    except (imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        # not "from error": what the server said may hold a part of a message
        if isinstance(error, imaplib.IMAP4.abort) and not str(error).startswith("unexpected"):
            raise _unreachable("the connection broke", where) from None
        said = "the mail server gave an answer that IMAP does not allow here"
        raise BadAnswer("HUB-4105", said, where=where) from None


def _no_connection(error: OSError, where: str) -> HubError:
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "Set ca_file if the server uses your own certificate authority; check host and port otherwise."
        return ConfigError("HUB-4106", "the server's certificate is not trusted", where=where, hint=hint)
    broken = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
    if isinstance(error, ssl.SSLError) and not broken:
        hint = "Check that port and tls fit together: 993 with ssl, 143 with starttls."
        return ConfigError("HUB-4106", "no encrypted connection could be agreed on", where=where, hint=hint)
    return _unreachable(type(error).__name__, where)


def _unreachable(what: str, where: str) -> Unreachable:
    hint = "Check host, port and network; the next run goes on where this one stopped."
    return Unreachable("HUB-4102", f"no answer from the mail server ({what})", where=where, hint=hint)


class Session:
    """One logged-in connection."""

    def __init__(self, box: BaseMailBox, server: str) -> None:
        self._box = box
        self.server = server
        self.capabilities = _capabilities(box)

    @property
    def has_modseq(self) -> bool:
        """CONDSTORE (RFC 7162): folders count their changes."""
        return "CONDSTORE" in self.capabilities or "QRESYNC" in self.capabilities

    @property
    def is_gmail(self) -> bool:
        return "X-GM-EXT-1" in self.capabilities

    def folders(self) -> list[FolderInfo]:
        """All folders that can be opened."""
        with border(self.server):
            return [
                info for info in self._box.folder.list() if not _has_flag(info, r"\noselect", r"\nonexistent")
            ]

    def status(self, folder: str) -> FolderStatus:
        """One cheap question: is there anything new?"""
        wanted = (
            "(UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ)"
            if self.has_modseq
            else "(UIDVALIDITY UIDNEXT MESSAGES)"
        )
        with border(f"{self.server} {folder}"):
            answer, data = self._box.client._simple_command("STATUS", encode_folder(folder), wanted)
            if answer != "OK":
                raise BadAnswer(
                    "HUB-4105", "the server does not tell the status of this folder", where=folder
                )
            _, data = self._box.client._untagged_response(answer, data, "STATUS")
        told = {
            name.decode(): int(value) for name, value in _STATUS_PAIR.findall(_flat(data).rpartition(b"(")[2])
        }
        return FolderStatus(
            told.get("UIDVALIDITY"), told.get("UIDNEXT"), told.get("MESSAGES"), told.get("HIGHESTMODSEQ")
        )

    def open(self, folder: str) -> int | None:
        """EXAMINE a folder; its UIDVALIDITY."""
        with border(f"{self.server} {folder}"):
            try:
                self._box.folder.set(folder, readonly=True)
            except MailboxFolderSelectError as error:
                raise BadAnswer("HUB-4105", "the server does not open this folder", where=folder) from error
            _, data = self._box.client.response("UIDVALIDITY")
            told = _flat(data)
        return int(told) if told.isdigit() else None

    def uids(self, after: int, since: date | None) -> list[int]:
        """UIDs above `after`, ascending. `n:*` always names the last message, even below n: that one is dropped."""
        criteria = f"UID {after + 1}:*"
        if since is not None:
            criteria += f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        with border(self.server):
            found = (int(uid) for uid in self._box.uids(criteria, charset=None))
            return sorted({uid for uid in found if uid > after})

    def envelopes(self, uids: Sequence[int]) -> list[Envelope]:
        """Size, arrival and flags; a message that is gone meanwhile is missing."""
        found: dict[int, Envelope] = {}
        for told, _ in self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE FLAGS)", must=True):
            uid = _number(_UID, told)
            if uid:
                found[uid] = Envelope(uid, _number(_SIZE, told) or 0, _arrived(told), _flags(told))
        return [found[uid] for uid in uids if uid in found]

    def bodies(self, uids: Sequence[int], *, head_only: bool = False) -> dict[int, bytes]:
        """Raw messages, or the beginning of them. Nothing is marked as read."""
        section = f"BODY.PEEK[]<0.{HEAD_BYTES}>" if head_only else "BODY.PEEK[]"
        found: dict[int, bytes] = {}
        for told, body in self._fetch(uids, f"(UID {section})"):
            uid = _number(_UID, told)
            if uid and body is not None:
                found[uid] = body
        return found

    def present(self, uids: Sequence[int]) -> set[int]:
        """Which of these messages are still there."""
        with border(self.server):
            return {int(uid) for uid in self._box.uids(f"UID {_uid_set(uids)}", charset=None)}.intersection(
                uids
            )

    def close(self) -> None:
        """Log out; a connection that is already lost is no error."""
        try:
            self._box.logout()
        except (OSError, imaplib.IMAP4.error, ImapToolsError):
            self._box.client.shutdown()

    def _fetch(
        self, uids: Sequence[int], what: str, *, must: bool = False
    ) -> list[tuple[bytes, bytes | None]]:
        """(attributes, literal) of each message of the answer. A refusal is an error if it `must` not be."""
        if not uids:
            return []
        with border(self.server):
            answer, data = self._box.client.uid("FETCH", _uid_set(uids), what)
            if answer != "OK" and (must or _BUSY.search(_flat(data))):
                raise Unreachable(
                    "HUB-4103", "the mail server refuses to hand over messages", where=self.server
                )
            return list(_items(data)) if answer == "OK" else []


@contextmanager
def session(config: EmailConfig, token: str | None) -> Iterator[Session]:
    """Connect and log in. `token`: an OAuth access token, used instead of the password.

    Raises AuthRefused (HUB-4101), Unreachable (HUB-4102), ConfigError (HUB-4106, the certificate).
    """
    server = f"{config.host}:{config.server_port}"
    with border(server):
        box = _connect(config)
    try:
        with border(server):
            _log_in(box, config, token, server)
            current = Session(box, server)
    except BaseException:
        box.client.shutdown()
        raise
    try:
        yield current
    finally:
        current.close()


def _connect(config: EmailConfig) -> BaseMailBox:
    host, port, timeout = config.host.strip("[]"), config.server_port, config.timeout
    if config.tls == "none":
        return MailBoxUnencrypted(host, port, timeout=timeout)
    if config.ca_file and not config.ca_file.is_file():
        raise ConfigError("HUB-4110", "ca_file does not exist", where=str(config.ca_file))
    trust = ssl.create_default_context(cafile=config.ca_file)
    if config.tls == "ssl":
        return MailBox(host, port, timeout=timeout, ssl_context=trust)
    return MailBoxStartTls(host, port, timeout=timeout, ssl_context=trust)


def _log_in(box: BaseMailBox, config: EmailConfig, token: str | None, server: str) -> None:
    client = box.client
    try:
        if token is not None:
            # an empty second answer ends the exchange when the server explains its refusal
            first = iter([f"user={config.username}\x01auth=Bearer {token}\x01\x01".encode()])
            client.authenticate("XOAUTH2", lambda _: next(first, b""))
            return
        password = config.password.get_secret_value() if config.password else ""
        if "AUTH=PLAIN" in _capabilities(box):
            secret = f"\0{config.username}\0{password}".encode()
            client.authenticate("PLAIN", lambda _: secret)
        else:
            client.login(config.username, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _refused(error, server) from None  # the cause repeats what the server says of the user


def _refused(error: imaplib.IMAP4.error, server: str) -> HubError:
    said = error.args[0] if error.args else b""
    said = said if isinstance(said, bytes) else str(said).encode()
    if _BUSY.search(said):
        return Unreachable("HUB-4103", "the mail server does not let us in for the moment", where=server)
    return AuthRefused(
        "HUB-4101", "the mail server refuses the log-in", where=server,
        hint="Check username and password. Most providers want an app password or OAuth, see the connector's README.",
    )  # fmt: skip


def _capabilities(box: BaseMailBox) -> frozenset[str]:
    """As the server tells them now: many tell more after the log-in."""
    answer, data = box.client.capability()
    return (
        frozenset(_flat(data).decode("ascii", "replace").upper().split()) if answer == "OK" else frozenset()
    )


def _has_flag(info: FolderInfo, *flags: str) -> bool:
    return bool({flag.lower() for flag in info.flags}.intersection(flags))


def _items(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes | None]]:
    """imaplib's answer, a literal at a time: tuples hold a literal, plain bytes begin or end an item."""
    told, body = b"", None
    for entry in data:
        if isinstance(entry, tuple):
            if _NEW_ITEM.match(entry[0]):
                if told:
                    yield told, _quoted(told, body)
                told, body = b"", None
            told, body = told + b" " + entry[0], entry[1]
        elif isinstance(entry, bytes):
            if _NEW_ITEM.match(entry) and told:
                yield told, _quoted(told, body)
                told, body = b"", None
            told += b" " + entry
    if told:
        yield told, _quoted(told, body)


def _quoted(told: bytes, body: bytes | None) -> bytes | None:
    """A body that came as a quoted text instead of a literal."""
    if body is not None:
        return body
    found = _QUOTED_BODY.search(told)
    return re.sub(rb"\\(.)", rb"\1", found.group(1) or b"") if found else None


def _flat(data: Sequence[Any]) -> bytes:
    pieces = [piece for entry in data or () for piece in (entry if isinstance(entry, tuple) else (entry,))]
    return b" ".join(piece for piece in pieces if isinstance(piece, bytes))


def _number(pattern: re.Pattern[bytes], told: bytes) -> int | None:
    found = pattern.search(told)
    return int(found.group(1)) if found else None


def _arrived(told: bytes) -> datetime | None:
    found = _ARRIVED.search(told)
    return mail_date(found.group(1).decode("ascii", "replace").strip()) if found else None


def _flags(told: bytes) -> tuple[str, ...]:
    found = _FLAGS.search(told)
    return tuple(found.group(1).decode("ascii", "replace").split()) if found else ()


def _uid_set(uids: Iterable[int]) -> str:
    """`1:3,7`: neighbours as ranges, so that the command stays short."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)
