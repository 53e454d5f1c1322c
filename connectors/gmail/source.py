"""Gmail as a source: everything once, then the history of the mailbox.

Checkpoint: {"history": id} behind which changes are asked for; during a first or full reading also
{"scan": {"id", "page"}}, where `history` is the newest entry of when it began.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub import (
    MAIL_STREAM,
    BadAnswer,
    Capabilities,
    Checkpoint,
    Context,
    LandedMail,
    MailOrigin,
    MailReader,
    OwnAddresses,
    Page,
    RestConnector,
    Selection,
    Stream,
    StreamSelection,
    land_mail,
    mail_page,
    refused_mail,
    until_limit,
)

from .mailbox import UNREAD_LABELS, Change, Mailbox

#: More pages of the history than this are taken for one without an end.
_MOST_PAGES = 100_000


class Gmail(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Reads a mailbox; changes nothing there."""

    capabilities = Capabilities(source=True)

    def streams(self) -> Sequence[Stream]:
        """One."""
        what = "Every message; correspondents become customers, colleagues employees."
        return (Stream(MAIL_STREAM, "interaction", "gmail_id", deletes="tombstone", description=what),)

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """New messages, and the keys of those that are gone. A run with `since` looks back and moves no cursor."""
        wanted = next((item for item in selection.streams if item.name == MAIL_STREAM), None)
        if wanted is not None:
            state = checkpoint.stream(MAIL_STREAM) or {}
            pages = self._reading(context).pages(wanted, state)
            yield from until_limit(pages, wanted.limit, keep_cursor=wanted.since is not None)

    def _reading(self, context: Context) -> Reading:
        settings = self.settings
        mailbox = Mailbox(self.session(context), context.connection)
        address, newest = mailbox.profile()
        domains = (*str(settings["own_domains"]).split(","), *context.own_domains)
        own = OwnAddresses.of(address, str(settings["own_addresses"]), domains)
        label, size = str(settings["label"]), int(settings["page_size"])
        reader = MailReader(own, int(settings["keep_body"]))
        return Reading(mailbox, reader, context, newest, label, _day(settings["start_date"]), size)


@dataclass(frozen=True, slots=True)
class Reading:
    """One run over one mailbox."""

    mailbox: Mailbox
    reader: MailReader
    context: Context
    #: The newest entry of the history as the run began.
    newest: str
    label: str
    start: datetime | None
    size: int

    def pages(self, wanted: StreamSelection, state: Mapping[str, Any]) -> Iterator[Page]:
        """Pages from a state on."""
        if wanted.since is not None:
            yield from self._all(
                None, {"id": None, "page": None}, max(self.start or wanted.since, wanted.since)
            )
            return
        if wanted.full or not state:
            state = {"history": self.newest, "scan": {"id": uuid4().hex, "page": None}}
        if scan := state.get("scan"):
            yield from self._all(state["history"], scan, self.start)
            if self.context.stopping():
                return
        yield from self._changes(str(state["history"]))

    def _all(self, history: str | None, scan: Mapping[str, Any], since: datetime | None) -> Iterator[Page]:
        """Every message, page by page; the last page ends a scan that saw everything."""
        query = f"after:{int(since.timestamp())}" if since else ""
        token, seen = scan["page"], {scan["page"]}
        while True:
            listed = self.mailbox.page(self.size, self.label, query, token)
            token = listed.next
            if token in seen and token is not None:
                raise self._circle()
            seen.add(token)
            landed, _ = self._landed(listed.ids)
            state = {"history": history, "scan": {**scan, "page": token}} if token else {"history": history}
            yield self._page(landed, (), state, scan["id"], complete=token is None)
            if token is None or self.context.stopping():
                return

    def _changes(self, history: str) -> Iterator[Page]:
        token: str | None = None
        since = history
        for _ in range(_MOST_PAGES):
            changed = self.mailbox.history(since, token)
            if changed.next is not None and changed.next == token:
                raise self._circle()
            token = changed.next
            gone = [one.id for one in changed.changes if one.is_deleted]
            ids = dict.fromkeys(one.id for one in changed.changes if self._concerns(one))
            for at in range(0, len(ids), self.size):
                landed, lost = self._landed([*ids][at : at + self.size], behind=frozenset(gone))
                yield self._page(landed, lost, None, None)
            if gone or changed.history != history:
                yield self._page((), gone, {"history": changed.history}, None)
                history = changed.history
            if token is None or self.context.stopping():
                return
        raise self._circle()

    def _concerns(self, change: Change) -> bool:
        """Whether a message came, or moved over the border of what is read."""
        if change.is_deleted:
            return False
        return change.labels is None or bool(change.labels & (UNREAD_LABELS | {self.label}))

    def _landed(
        self, ids: Sequence[str], behind: frozenset[str] = frozenset()
    ) -> tuple[Sequence[LandedMail], Sequence[str]]:
        """Messages fetched and read, and the ids of those that are not to be read, or gone."""
        landed: list[LandedMail] = []
        gone: list[str] = []
        asked = [id_ for id_ in ids if id_ not in behind]
        for id_, after in zip(asked, [*asked[1:], None], strict=True):
            message = self.mailbox.message(id_)
            if after is not None:
                self.mailbox.begin(after)
            if message is None or not self._is_wanted(message):
                gone.append(id_)
            else:
                landed.append(self._land(id_, message))
        return landed, gone

    def _is_wanted(self, message: Mapping[str, Any]) -> bool:
        labels = frozenset(message.get("labelIds") or ())
        arrived = _arrival(message)
        early = self.start is not None and arrived is not None and arrived < self.start
        return not (labels & UNREAD_LABELS or early) and (not self.label or self.label in labels)

    def _land(self, id_: str, message: Mapping[str, Any]) -> LandedMail:
        labels = tuple(str(label) for label in message.get("labelIds") or ())
        try:
            raw = urlsafe_b64decode(f"{message['raw']}==")
        except (KeyError, TypeError, ValueError):
            return refused_mail("HUB-4661", "Gmail lists this message but does not hand it over", id_)
        mailbox = next((name for name in ("SENT", "INBOX") if name in labels), "ARCHIVE")
        place: dict[str, str | int] = {"gmail_id": id_, "gmail_thread_id": str(message.get("threadId") or "")}
        arrived, size = _arrival(message), int(message.get("sizeEstimate") or len(raw))
        origin = MailOrigin(mailbox, "SENT" in labels, arrived, size, flags=labels, place=place)
        return land_mail(self.reader, raw, origin, id_)

    def _page(
        self,
        landed: Sequence[LandedMail],
        gone: Sequence[str],
        state: Mapping[str, Any] | None,
        scan: str | None,
        *,
        complete: bool = False,
    ) -> Page:
        page = mail_page(landed, None if state is None else dict(state))
        return Page(
            page.stream, page.records, page.checkpoint, deleted=tuple(gone), scan=scan,
            scan_complete=complete and scan is not None, broken=page.broken,
        )  # fmt: skip

    def _circle(self) -> BadAnswer:
        hint = "It goes on with the next run."
        where = self.context.connection
        return BadAnswer("HUB-4660", "the way to the next page leads back", where=where, hint=hint)


def _arrival(message: Mapping[str, Any]) -> datetime | None:
    told = str(message.get("internalDate") or "")
    return datetime.fromtimestamp(int(told) / 1000, UTC) if told.isdecimal() else None


def _day(told: Any) -> datetime | None:
    day = date.fromisoformat(told) if isinstance(told, str) else told
    return datetime.combine(day, time(), UTC) if day else None
