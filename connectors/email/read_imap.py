"""Walk the folders of an IMAP account from where the last run stopped.

Cursor per folder: `{uidvalidity, last_uid, modseq}`. UIDs only grow and are never used again while UIDVALIDITY
stays, so "above last_uid" is all that is new, in the middle of a folder too. Another UIDVALIDITY means that the
server numbers anew: the folder is read again, and what is known already is recognised by its key.

Mail is history: flags do not matter here and a message deleted there is still a message we had, so CONDSTORE
serves one purpose only: telling that nothing changed where a server does not tell UIDNEXT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub import (
    Context,
    LandedMail,
    MailBatch,
    MailOrigin,
    MailReader,
    Page,
    Unreachable,
    is_draft,
    land_mail,
    mail_page,
    refused_mail,
)

from .config import EmailConfig
from .folders import chosen, is_sent
from .imap import FETCH_BYTES, Envelope, FolderStatus, Session

Cursor = dict[str, Any]
#: Messages whose sizes are asked for at once.
ENVELOPES = 500


@dataclass(frozen=True, slots=True)
class ImapWalk:
    """One run over an account."""

    session: Session
    config: EmailConfig
    reader: MailReader
    context: Context
    #: Only mail that arrived from that day on.
    since: date | None

    def pages(self, cursors: dict[str, Cursor], *, limit: int | None = None) -> Iterator[Page]:
        """Pages of all folders; the checkpoint of each holds the cursors of all."""
        known = {info.name: info for info in self.session.folders()}
        done = dict(cursors)
        for name in chosen(known, self.config.folders, gmail=self.session.is_gmail):
            for landed, cursor in self._folder(name, is_sent(known[name]), done.get(name), limit):
                done = {**done, name: cursor}
                yield mail_page(landed, {"folders": done})
                if self.context.stopping():
                    return

    def _folder(
        self, name: str, sent: bool, cursor: Cursor | None, limit: int | None
    ) -> Iterator[tuple[Sequence[LandedMail], Cursor]]:
        status = self.session.status(name)
        if cursor and _unchanged(status, cursor):
            return
        validity = self.session.open(name) or status.uidvalidity
        if cursor and cursor["uidvalidity"] != validity:
            self.context.log.info(
                "folder was numbered anew, reading it again", extra={"action": "uidvalidity_changed"}
            )
            cursor = None
        last = cursor["last_uid"] if cursor else 0
        uids = self.session.uids(last, self.since)
        for landed, last in self._messages(name, sent, validity, uids, limit):
            yield landed, {"uidvalidity": validity, "last_uid": last, "modseq": None}
        # every UID below the UIDNEXT that was told before the search has been seen by it
        if status.uidvalidity == validity and status.uidnext:
            last = max(last, status.uidnext - 1)
        end = {"uidvalidity": validity, "last_uid": last, "modseq": status.modseq}
        if end != cursor:
            yield (), end

    def _messages(
        self, name: str, sent: bool, validity: int | None, uids: Sequence[int], limit: int | None
    ) -> Iterator[tuple[Sequence[LandedMail], int]]:
        """(messages, the last UID among them), a page at a time."""
        size = min(self.config.page_size, limit or self.config.page_size)
        batch = MailBatch(size)
        for start in range(0, len(uids), ENVELOPES):
            asked = uids[start : start + ENVELOPES]
            for group in _groups(self._envelopes(asked), size):
                for envelope, landed in self._land(name, sent, validity, group):
                    batch.add(landed)
                    if batch.full:
                        yield batch.landed, envelope.uid
                        batch = MailBatch(size)
        if batch.landed:
            yield batch.landed, uids[-1]

    def _envelopes(self, asked: Sequence[int]) -> list[Envelope]:
        """What is known of each message that was found; drafts and those gone since then are left out."""
        found = {item.uid: item for item in self.session.envelopes(asked)}
        silent = [uid for uid in asked if uid not in found]
        found |= {uid: Envelope(uid, 0, None, ()) for uid in (self.session.present(silent) if silent else ())}
        return [found[uid] for uid in asked if uid in found and not is_draft(found[uid].flags)]

    def _land(
        self, name: str, sent: bool, validity: int | None, group: Sequence[Envelope]
    ) -> Iterator[tuple[Envelope, LandedMail]]:
        """Fetch a group whole, messages over the limit by their beginning."""
        bodies = self._bodies(group)
        for item in group:
            key = f"{name}/{validity}/{item.uid}"
            if item.uid in bodies:
                place: dict[str, str | int] = {"uidvalidity": validity or 0, "uid": item.uid}
                origin = MailOrigin(name, sent, item.arrived, item.size, self._large(item), item.flags, place)
                yield item, land_mail(self.reader, bodies[item.uid], origin, key)
            elif self.session.present([item.uid]):
                yield (
                    item,
                    refused_mail("HUB-4132", "the server lists this message but does not hand it over", key),
                )

    def _bodies(self, group: Sequence[Envelope]) -> dict[int, bytes]:
        bodies = self.session.bodies([item.uid for item in group if not self._large(item)])
        bodies |= self.session.bodies([item.uid for item in group if self._large(item)], head_only=True)
        for item in group:  # one bad message can make a server refuse all of a command
            if item.uid not in bodies:
                bodies |= self.session.bodies([item.uid], head_only=self._large(item))
        if not bodies and len(group) > 1 and self.session.present([item.uid for item in group]):
            raise Unreachable(
                "HUB-4103", "the mail server hands over no message at all", where=self.session.server
            )
        return bodies

    def _large(self, item: Envelope) -> bool:
        return item.size > self.config.max_size


def _unchanged(status: FolderStatus, cursor: Cursor) -> bool:
    if status.uidvalidity != cursor["uidvalidity"]:
        return False
    if status.uidnext is not None:
        return bool(status.uidnext <= cursor["last_uid"] + 1)
    return status.modseq is not None and status.modseq == cursor["modseq"]


def _groups(envelopes: Sequence[Envelope], size: int) -> Iterator[list[Envelope]]:
    """So many messages as fit into one command's bytes."""
    group: list[Envelope] = []
    weight = 0
    for item in envelopes:
        if group and (weight + item.size > FETCH_BYTES or len(group) >= size):
            yield group
            group, weight = [], 0
        group.append(item)
        weight += item.size
    if group:
        yield group
