"""The Zendesk connector: what it can do, how it speaks, which streams it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid4

from connectors.zendesk import details, webhooks
from connectors.zendesk.config import ZendeskConfig
from connectors.zendesk.export import DELAY, Place, Portion, by_cursor, by_time
from hub import (
    SCHEMES,
    AuthRefused,
    BadAnswer,
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    Cursor,
    HttpOptions,
    MissingScope,
    Page,
    Received,
    Refused,
    Request,
    Selection,
    Stream,
    StreamSelection,
    is_signed,
)

#: Per stream: the field that says a record is gone, and what it says then.
_GONE: dict[str, Any] = {
    "users": lambda row: row.get("active") is False,
    "organizations": lambda row: bool(row.get("deleted_at")),
    "tickets": lambda row: row.get("status") == "deleted",
}
#: Records of a page when each costs a request more: a stop must not wait for long.
_SMALL_PAGE = 25


class Zendesk(Connector):
    """Users (customers and agents), their organizations, and tickets."""

    name = "zendesk"
    title = "Zendesk Support"
    Config = ZendeskConfig
    capabilities = Capabilities(source=True, receiver=True, requests_per_second=200 / 60, concurrency=4)

    config: ZendeskConfig

    def http(self) -> HttpOptions:
        config = self.config
        basic = None
        if config.api_token is not None:
            basic = (f"{config.email}/token", config.api_token.get_secret_value())
        return HttpOptions(
            base_url=config.url,
            basic=basic,
            bearer=config.oauth_token.get_secret_value() if config.oauth_token else None,
            trusted_hosts=(config.host,) if config.trusted_host else (),
            account=f"zendesk:{config.host}",
            requests_per_second=config.requests_per_minute / 60,
        )

    def check(self, context: Context) -> CheckResult:
        """Asks who we are, and for one exported user.

        Raises AuthRefused for wrong credentials, MissingScope when they are not an administrator's or lack the scope
        read, Unreachable when nobody answers, Refused HUB-4004 when there is no such account.
        """
        body = context.http.get_json("/api/v2/users/me.json").body
        user = body.get("user") if isinstance(body, dict) else None
        if not isinstance(user, dict) or not user.get("id"):
            # Without valid credentials Zendesk answers 200 and calls us the anonymous user.
            raise AuthRefused(
                "HUB-4001", "Zendesk takes us for the anonymous user", hint="Renew e-mail and API token."
            )
        if user.get("role") != "admin":
            raise MissingScope(
                "HUB-4003", "the credentials are not an administrator's", hint="Incremental exports need one."
            )
        next(by_cursor(context, "users", {"start": self._start(context.now, context.now)}, 1))
        return CheckResult(f"the account at {self.config.host} lets us read", {"role": "admin"})

    def streams(self) -> Sequence[Stream]:
        return (
            Stream(
                "users",
                entity="customer",
                key="id",
                cursor=Cursor("updated_at", order="ascending", overlap=0),
                deletes="tombstone",
                description="End users become customers, agents and administrators employees.",
            ),
            Stream(
                "organizations",
                entity="organization",
                key="id",
                cursor=Cursor("updated_at", order="ascending", overlap=DELAY),
                deletes="tombstone",
            ),
            Stream(
                "tickets",
                entity="ticket",
                key="id",
                cursor=Cursor("generated_timestamp", order="ascending", overlap=0),
                deletes="tombstone",
                description="Tickets with their first message; with `comments` the whole conversation.",
            ),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        for chosen in selection.streams:
            yield from self._stream(chosen, checkpoint.stream(chosen.name), context)

    def receive(self, request: Request, context: Context) -> Received:
        """A webhook of the account: 401 HUB-4505 if it is not signed; else the record it is about lands."""
        secrets = (self.config.webhook_secret, self.config.previous_webhook_secret)
        if not is_signed(SCHEMES["zendesk"], request, secrets):
            return webhooks.refusal(401, "HUB-4505", "the signature of the webhook does not fit, or is old")
        about = webhooks.subject(request.body)
        if about is None:
            return Received(None, status=200)
        stream, number = about
        record = self._record(stream, number, context)
        if record is None:
            return Received(Page(stream, deleted=(number,)), status=200)
        return Received(self._page(stream, [record], context), status=200)

    def _stream(self, chosen: StreamSelection, place: Place | None, context: Context) -> Iterator[Page]:
        place, scan = self._beginning(chosen, place, context)
        count = 0
        for portion in self._portions(chosen, place, context):
            if self._has_details(chosen.name) and context.stopping():
                return
            is_whole = scan is not None and portion.done
            page = self._page(
                chosen.name,
                portion.rows,
                context,
                checkpoint=None if chosen.since else _checkpoint(portion, scan),
                scan=scan,
                scan_complete=is_whole,
            )
            yield page
            count += len(portion.rows)
            if chosen.limit is not None and count >= chosen.limit:
                return

    def _beginning(
        self, chosen: StreamSelection, place: Place | None, context: Context
    ) -> tuple[Place, str | None]:
        """Where to start, and the name of the full scan this is part of."""
        if chosen.since is not None:
            # A look back on request moves no cursor, so it can leave nothing out.
            return {"start": self._start(chosen.since, context.now)}, None
        if chosen.full or not place:
            # With a start date not everything is read: what is absent may only be older.
            scan = uuid4().hex if chosen.full and self.config.start_date is None else None
            return {"start": self._start(None, context.now)}, scan
        scan = place.get("scan")
        return {name: value for name, value in place.items() if name != "scan"}, scan

    def _start(self, since: datetime | None, now: datetime) -> int:
        """Epoch seconds to start at, never nearer to now than Zendesk allows."""
        if since is None and self.config.start_date is not None:
            since = datetime.combine(self.config.start_date, time(), UTC)
        return min(int(since.timestamp()), int(now.timestamp()) - DELAY) if since else 0

    def _portions(self, chosen: StreamSelection, place: Place, context: Context) -> Iterator[Portion]:
        size = min(self.config.page_size, chosen.limit or 1000)
        if self._has_details(chosen.name):
            size = min(size, _SMALL_PAGE)
        export = by_time if chosen.name == "organizations" else by_cursor
        return export(context, chosen.name, place, size)

    def _page(self, stream: str, rows: Sequence[Any], context: Context, **more: Any) -> Page:
        """Live records with their details, and the keys of those that are gone."""
        gone = _GONE[stream]
        records: list[Any] = []
        deleted: list[str] = []
        for row in rows:
            has_key = isinstance(row, dict) and row.get("id") not in (None, "")
            if has_key and gone(row):
                deleted.append(str(row["id"]))
                continue
            if has_key:
                self._add_details(stream, row, context)
            records.append(row)
        return Page(stream, records, deleted=tuple(deleted), **more)

    def _has_details(self, stream: str) -> bool:
        return (stream == "users" and self.config.identities) or (
            stream == "tickets" and self.config.comments
        )

    def _add_details(self, stream: str, row: dict[str, Any], context: Context) -> None:
        if stream == "users" and self.config.identities:
            details.add_identities(context, row)
        elif stream == "tickets" and self.config.comments:
            details.add_comments(context, row)

    def _record(self, stream: str, number: str, context: Context) -> dict[str, Any] | None:
        """The record as the account has it now; None when it is gone."""
        try:
            body = context.http.get_json(f"/api/v2/{stream}/{number}.json").body
        except Refused as error:
            if error.status == 404:
                return None
            raise
        record = body.get(stream.removesuffix("s")) if isinstance(body, dict) else None
        if not isinstance(record, dict):
            raise BadAnswer(
                "HUB-4501", f"the account answered without one of the {stream}", hint="Try again."
            )
        return record


def _checkpoint(portion: Portion, scan: str | None) -> Place:
    """The place behind the portion; a full scan that is not through keeps its name."""
    return portion.place if scan is None or portion.done else {**portion.place, "scan": scan}
