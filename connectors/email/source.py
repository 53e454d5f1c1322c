"""The e-mail connector: one stream, `messages`, from a server or from files."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub import (
    MAIL_STREAM,
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    Cursor,
    HttpOptions,
    MailReader,
    OwnAddresses,
    Page,
    Selection,
    Stream,
    StreamSelection,
    until_limit,
)

from .config import EmailConfig
from .files import FileWalk, as_json, eml_folders, maildir_folders
from .folders import chosen, chosen_files
from .imap import session
from .mbox import MboxWalk, mbox_files
from .oauth import access_token
from .read_imap import ImapWalk


class Email(Connector):
    """Reads mail; changes nothing where it is."""

    name = "email"
    title = "E-mail (IMAP, Maildir, mbox, .eml)"
    Config = EmailConfig
    capabilities = Capabilities(source=True, concurrency=1)
    config: EmailConfig

    def http(self) -> HttpOptions:
        """Only for the token endpoint of OAuth."""
        return HttpOptions(base_url=self.config.oauth_token_url, timeout=self.config.timeout)

    def check(self, context: Context) -> CheckResult:
        """Log in, or look into the folder, and count."""
        if self.config.kind == "imap":
            return self._check_server(context)
        root = self._root(context)
        found = {"maildir": maildir_folders, "mbox": mbox_files, "eml": eml_folders}[self.config.kind](root)
        names = chosen_files(found, self.config.folders)
        return CheckResult(
            f"{self.config.kind} with {len(names)} folders to read", {"folders": ", ".join(names)}
        )

    def streams(self) -> Sequence[Stream]:
        return (
            Stream(
                MAIL_STREAM,
                entity="interaction",
                key="id",
                cursor=Cursor("uid", order="ascending", overlap=0),
                append_only=True,
                description="Every message; correspondents become customers, colleagues employees.",
            ),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """All new mail. A run with `since` looks back without moving the cursor."""
        wanted = next((item for item in selection.streams if item.name == MAIL_STREAM), None)
        if wanted is None:
            return
        since = _since(wanted, self.config, context)
        fresh = wanted.full or wanted.since is not None
        cursors = {} if fresh else checkpoint.stream(MAIL_STREAM) or {}
        with closing(self._pages(cursors, since, wanted.limit, context)) as pages:
            yield from until_limit(pages, wanted.limit, keep_cursor=wanted.since is not None)

    def _pages(
        self, cursors: dict[str, Any], since: datetime | None, limit: int | None, context: Context
    ) -> Generator[Page, None, None]:
        config = self.config
        domains = config.us_domains | frozenset(context.own_domains)
        reader = MailReader(OwnAddresses(config.us_addresses, domains), config.keep_body)
        if config.kind == "imap":
            # SINCE knows days only, in the server's time zone
            day = (since - timedelta(days=1)).date() if since else None
            with session(self._trusting(context), access_token(config, context)) as server:
                walk = ImapWalk(server, config, reader, context, day)
                yield from walk.pages(cursors.get("folders") or {}, limit=limit)
        elif config.kind == "mbox":
            yield from MboxWalk(config, reader, context, self._root(context), since).pages(
                cursors.get("files") or {}, limit=limit
            )
        else:
            yield from FileWalk(config, reader, context, self._root(context), since).pages(
                as_json(cursors), limit=limit
            )

    def _check_server(self, context: Context) -> CheckResult:
        with session(self._trusting(context), access_token(self.config, context)) as server:
            known = {info.name: info for info in server.folders()}
            names = chosen(known, self.config.folders, gmail=server.is_gmail)
            count = sum(server.status(name).messages or 0 for name in names)
            details = {"folders": ", ".join(names), "messages": str(count)}
            return CheckResult(f"logged in to {server.server} as {self.config.username}", details)

    def _trusting(self, context: Context) -> EmailConfig:
        """The config with the path of the certificate authority made absolute."""
        if self.config.ca_file is None:
            return self.config
        return self.config.model_copy(update={"ca_file": context.project / self.config.ca_file})

    def _root(self, context: Context) -> Path:
        return context.project / (self.config.path or Path())


def _since(wanted: StreamSelection, config: EmailConfig, context: Context) -> datetime | None:
    """The later of what the run and what the connection ask for, UTC."""
    asked = wanted.since.astimezone(UTC) if wanted.since else None
    lasting = context.now - timedelta(days=config.since_days) if config.since_days else None
    return max((moment for moment in (asked, lasting) if moment), default=None)
