"""Mail of Microsoft 365 as a source: every folder once, then what changed in each.

Checkpoint: {"folders": {id: link}}, the address at which each folder goes on; during a first or full reading also
{"scan": {"id", "left", "gaps"}}, where `left` are the folders that are not read to their end yet.
"""

from __future__ import annotations

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
    CheckResult,
    ConfigError,
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

from .mailbox import Delta, Folder, Mailbox

State = Mapping[str, Any]


class _Application(RestConnector, manifest=Path(__file__).with_name("application.yaml")):
    """How an app asks for itself."""


class Microsoft365(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Reads a mailbox; changes nothing there."""

    capabilities = Capabilities(source=True)

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        if getattr(config, "access", "consent") == "application":
            self.document = _Application.document  # type: ignore[misc]  # the same but for who asks

    def streams(self) -> Sequence[Stream]:
        """One."""
        what = "Every message; correspondents become customers, colleagues employees."
        return (Stream(MAIL_STREAM, "interaction", "graph_id", deletes="tombstone", description=what),)

    def check(self, context: Context) -> CheckResult:
        """Asks who the mailbox belongs to, and for its folders."""
        mailbox = self._mailbox(context)
        address, folders = mailbox.address(), mailbox.folders(self._names())
        names = ", ".join(folder.name for folder in folders)
        return CheckResult(
            f"{self.title} lets us read {len(folders)} folders of {address}", {"folders": names}
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """New messages, and the keys of those that are gone. A run with `since` looks back and moves no cursor."""
        wanted = next((item for item in selection.streams if item.name == MAIL_STREAM), None)
        if wanted is None:
            return
        settings, mailbox = self.settings, self._mailbox(context)
        domains = (*str(settings["own_domains"]).split(","), *context.own_domains)
        own = OwnAddresses.of(mailbox.address(), str(settings["own_addresses"]), domains)
        reader = MailReader(own, int(settings["keep_body"]))
        start, size = _day(settings["start_date"]), int(settings["page_size"])
        reading = Reading(mailbox, reader, context, mailbox.folders(self._names()), start, size)
        pages = reading.pages(wanted, checkpoint.stream(MAIL_STREAM) or {})
        yield from until_limit(pages, wanted.limit, keep_cursor=wanted.since is not None)

    def _names(self) -> frozenset[str]:
        told = str(self.settings["folders"]).split(",")
        return frozenset(name.strip().lower() for name in told if name.strip())

    def _mailbox(self, context: Context) -> Mailbox:
        owner, name = "me", str(self.settings["mailbox"])
        if self.settings["access"] == "application":
            if not name:
                hint = "Set `mailbox` to the user's object id or address."
                raise ConfigError(
                    "HUB-4667",
                    "an application has no mailbox of its own",
                    where=context.connection,
                    hint=hint,
                )
            owner = f"users/{name}"
        return Mailbox(self.session(context), owner, context.connection)


@dataclass(frozen=True, slots=True)
class Reading:
    """One run over one mailbox."""

    mailbox: Mailbox
    reader: MailReader
    context: Context
    folders: Sequence[Folder]
    start: datetime | None
    size: int

    def pages(self, wanted: StreamSelection, state: State) -> Iterator[Page]:
        """Pages from a state on."""
        if wanted.since is not None:
            start = max(self.start or wanted.since, wanted.since).astimezone(UTC)
            for folder in self.folders:
                for delta in self._deltas(folder, None, start):
                    yield self._page(folder, delta, None)
            return
        known = state.get("folders") or {}
        scan = state.get("scan")
        there = {folder.id for folder in self.folders}
        # Of a folder that is gone nobody tells what was in it: only reading everything does.
        if wanted.full or not known or not there.issuperset(known):
            known, scan = {}, {"id": uuid4().hex, "left": sorted(there), "gaps": False}
        yield from self._rounds(dict(known), scan)

    def _rounds(self, known: dict[str, str], scan: State | None) -> Iterator[Page]:
        for folder in self.folders:
            for delta in self._deltas(folder, known.get(folder.id), self.start):
                known = {**known, folder.id: delta.link}
                if scan is not None:
                    scan = _behind(scan, folder, delta)
                yield self._page(folder, delta, {"folders": known, **({"scan": scan} if scan else {})}, scan)
                if scan is not None and not scan["left"]:
                    scan = None
                if self.context.stopping():
                    return

    def _deltas(self, folder: Folder, link: str | None, start: datetime | None) -> Iterator[Delta]:
        seen = {link}
        while True:
            delta = self.mailbox.delta(folder, link, self.size, start)
            if not delta.done and delta.link in seen:
                hint = "It goes on with the next run."
                where = self.context.connection
                raise BadAnswer("HUB-4665", "the way to the next page leads back", where=where, hint=hint)
            seen.add(delta.link)
            if delta.rows or delta.removed or not delta.done or delta.link != link:
                yield delta
            if delta.done:
                return
            link = delta.link

    def _page(self, folder: Folder, delta: Delta, state: State | None, scan: State | None = None) -> Page:
        rows = [row for row in delta.rows if not row.get("isDraft")]
        bodies = self.mailbox.whole(rows)
        landed = [self._land(folder, row, bodies[row["id"]]) for row in rows if row["id"] in bodies]
        is_last = scan is not None and not scan["left"]
        if is_last and state is not None:
            state = {"folders": state["folders"]}
        page = mail_page(landed, None if state is None else dict(state))
        return Page(
            page.stream, page.records, page.checkpoint, deleted=self._gone(delta.removed), broken=page.broken,
            scan=scan["id"] if scan else None, scan_complete=is_last and scan is not None and not scan["gaps"],
        )  # fmt: skip

    def _gone(self, removed: Sequence[str]) -> tuple[str, ...]:
        """Those that are in no folder that is read: a message that was moved is gone from one folder only."""
        read = {folder.id for folder in self.folders}
        places = self.mailbox.places(removed) if removed else {}
        return tuple(id_ for id_ in removed if places.get(id_) not in read)

    def _land(self, folder: Folder, row: Mapping[str, Any], raw: bytes | None) -> LandedMail:
        id_ = str(row["id"])
        if raw is None:
            return refused_mail("HUB-4666", "Graph lists this message but does not hand it over", id_)
        place: dict[str, str | int] = {"graph_id": id_}
        origin = MailOrigin(
            folder.name, folder.sent, _moment(row.get("receivedDateTime")), len(raw), place=place
        )
        return land_mail(self.reader, raw, origin, id_)


def _behind(scan: State, folder: Folder, delta: Delta) -> State:
    """The scan behind a page. A page without anything that is no end may have lost its messages."""
    left = [id_ for id_ in scan["left"] if not (delta.done and id_ == folder.id)]
    gaps = scan["gaps"] or not (delta.done or delta.rows or delta.removed)
    return {**scan, "left": left, "gaps": gaps}


def _moment(told: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC)
    except ValueError:
        return None


def _day(told: Any) -> datetime | None:
    day = date.fromisoformat(told) if isinstance(told, str) else told
    return datetime.combine(day, time(), UTC) if day else None
