"""A connector that keeps every promise of the kit, against the hostile server; and one that breaks each of them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import urlopen
from uuid import uuid4

import orjson
from pydantic import BaseModel, Field, SecretStr

from hub import (
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
    Retry,
    RowResult,
    RowStatus,
    Selection,
    Stream,
    StreamSelection,
    Unreachable,
    WriteRow,
)
from hub.testing import NOON, Conformance, HostileServer

#: Records of each stream, and of a page.
COUNT, PAGE = 23, 5
_FIELDS = {
    "id", "name", "email", "phone", "updated_at", "created_at", "tags", "address", "deleted", "customer_id", "status",
    "total", "currency",
}  # fmt: skip
MAPPING = """\
mapping: bookshop
connector: bookshop
defaults: {region: US, currency: EUR}
streams:
  customers:
    emit:
      - {entity: customer, key: $.id, fields: {full_name: $.name, email: $.email, phone: $.phone}}
  orders:
    emit:
      - {entity: order, key: $.id, fields: {customer: {type: customer, key: $.customer_id}, total_amount: $.total}}
"""


class BookshopConfig(BaseModel):
    """A shop and a token."""

    url: str = Field(description="Address of the shop.")
    token: SecretStr = Field(description="Token that may read customers and orders.")
    webhook_secret: SecretStr = Field(description="Secret of its webhooks.")


class Bookshop(Connector):
    """Customers and orders by time of change, cursor by cursor; webhooks; upserts of customers."""

    name: ClassVar[str] = "bookshop"
    title: ClassVar[str] = "Bookshop"
    Config: ClassVar[type[BaseModel]] = BookshopConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, receiver=True, upserts=True
    )
    where: ClassVar[str] = "/batch/customers"

    def http(self) -> HttpOptions:
        token = self.config.token.get_secret_value()
        return HttpOptions(
            base_url=self.config.url, bearer=token, trusted_hosts=("127.0.0.1",), requests_per_second=4
        )

    def check(self, context: Context) -> CheckResult:
        told = context.http.get_json("/me").body
        if set(told["may_read"]) != {"customers", "orders"}:
            raise MissingScope("HUB-4003", "the token may not read everything")
        return CheckResult("the shop lets us read")

    def streams(self) -> Sequence[Stream]:
        changed = Cursor("updated_at", order="ascending")
        return (
            Stream("customers", "customer", "id", cursor=changed, deletes="tombstone"),
            Stream("orders", "order", "id", cursor=changed, deletes="full_scan"),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        for chosen in selection.streams:
            cursor = self.start(chosen, checkpoint.stream(chosen.name), context)
            yield from self.pages(chosen, cursor, selection.until, context)

    def start(self, chosen: StreamSelection, cursor: Any, context: Context) -> dict[str, Any]:
        """Where reading begins: everything, or what changed, or in the middle of either."""
        return {"scan": uuid4().hex} if chosen.full or not cursor else dict(cursor)

    def pages(
        self, chosen: StreamSelection, cursor: dict[str, Any], until: datetime, context: Context
    ) -> Iterator[Page]:
        scan, name = cursor.get("scan"), chosen.name
        while True:
            params = {"limit": PAGE, "since": cursor.get("since"), "after": cursor.get("after")}
            rows, after = self.listing(name, params, context)
            self.look(rows)
            # The vendor's own times: its clock may be wrong.
            times = [row["updated_at"] for row in rows if isinstance(row, dict) and "updated_at" in row]
            cursor = {**cursor, "after": after, "newest": max([cursor.get("newest", ""), *times])}
            done = self.done(cursor, until)
            gone = [str(row["id"]) for row in rows if self.is_gone(row)]
            yield Page(
                name,
                [row for row in rows if not self.is_gone(row)],
                self.checkpoint(cursor, done, after),
                deleted=gone,
                scan=scan,
                scan_complete=self.is_whole(scan, after),
            )
            if after is None:
                return

    def done(self, cursor: dict[str, Any], until: datetime) -> dict[str, Any]:
        """Where the next reading begins."""
        return {"since": cursor["newest"] or cursor.get("since")}

    def checkpoint(self, cursor: dict[str, Any], done: dict[str, Any], after: str | None) -> Any:
        return cursor if after else done

    def is_whole(self, scan: str | None, after: str | None) -> bool:
        return scan is not None and after is None

    def is_gone(self, row: Any) -> bool:
        return isinstance(row, dict) and row.get("deleted") is True

    def look(self, rows: list[Any]) -> None:
        """For those who look too closely."""

    def listing(self, name: str, params: Mapping[str, Any], context: Context) -> tuple[list[Any], str | None]:
        """Rows, and the cursor behind them."""
        body = self.ask(f"/cursor/{name}", params, context)
        if not isinstance(body, dict) or "data" not in body or "meta" not in body:
            raise BadAnswer("HUB-4030", "the listing came without its list")
        after = body["meta"]["after"]
        if after is not None and (not body["data"] or after == params["after"]):
            raise BadAnswer("HUB-4030", "the listing does not move")
        return body["data"], after

    def ask(self, url: str, params: Mapping[str, Any], context: Context) -> Any:
        return context.http.get_json(url, params=params).body

    def receive(self, request: Request, context: Context) -> Received:
        if not self.is_signed(request):
            return Received(None, 401)
        return Received(Page("customers", [orjson.loads(request.body)]))

    def is_signed(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("x-signature", ""), sign(self.config, request.body))

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        records = [dict(row.fields) for row in rows]
        told = context.http.request("POST", self.where, json={"records": records}, idempotent=True).body
        return [self.result(row, one) for row, one in zip(rows, told["results"], strict=True)]

    def result(self, row: WriteRow, told: Mapping[str, Any]) -> RowResult:
        if told["status"] == "invalid":
            return RowResult(row.delivery_id, RowStatus.INVALID, code=told["error"])
        return RowResult(row.delivery_id, RowStatus.OK, remote_id=str(told["id"]))


def sign(config: Any, body: bytes) -> str:
    secret = config.webhook_secret.get_secret_value()
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


class BookshopCase(Conformance):
    """The kit on the good one; `connector` is replaced for the bad ones."""

    connector = Bookshop
    mapping = Path("set by the test")
    wrong: ClassVar[Mapping[str, Any]] = {"token": "not-the-token-at-all"}
    listing = "/cursor/"
    live = Path(__file__)

    def vendor(self, folder: Path) -> HostileServer:
        return HostileServer(COUNT, same_second=7)

    def config(self, vendor: HostileServer) -> Mapping[str, Any]:
        return {"url": vendor.url, "token": vendor.token, "webhook_secret": "secret-of-webhooks"}

    def truth(self, vendor: HostileServer) -> Mapping[str, set[str]]:
        return {name: set(table.keys()) for name, table in vendor.tables.items()}

    def change(self, vendor: HostileServer, now: datetime) -> Mapping[str, str]:
        for table in vendor.tables.values():
            table.change(3, now, name="Renamed", status="returned")
        return {"customers": "3", "orders": "3"}

    def remove(self, vendor: HostileServer, now: datetime) -> Mapping[str, str]:
        vendor.tables["customers"].bury(4, now)
        vendor.tables["orders"].remove(5)
        return {"customers": "4", "orders": "5"}

    def forbid(self, vendor: HostileServer) -> None:
        vendor.may_read = {"customers"}

    def arrivals(self, vendor: HostileServer) -> Sequence[Request]:
        note = "a long note, so that the middle of this body lies within a text and not in between " * 3
        body = orjson.dumps({"id": 900, "email": "new@example.com", "note": note, "name": "New"})
        headers = {"x-signature": sign(BookshopConfig(**self.config(vendor)), body)}
        return [Request("POST", "/in/case", {}, headers, body, NOON)]

    def rows(self) -> Sequence[WriteRow]:
        mails = ("person3@example.com", "fresh@example.org", "not an address")
        return [
            WriteRow(number, "upsert", f"c{number}", None, {"email": mail, "name": "A"}, f"k{number}")
            for number, mail in enumerate(mails, 1)
        ]

    def written(self, vendor: HostileServer) -> Sequence[str]:
        return [row["email"] for row in vendor.tables["customers"]]


# --- those that break a promise, by the item that must find it out -----------------------------------------------------


class OpenConfig(BaseModel):
    url: str = Field(description="Address of the shop.")
    token: str = Field(description="Token that may read customers and orders.")
    webhook_secret: SecretStr = Field(description="Secret of its webhooks.")


class KeepsItsTokenOpen(Bookshop):
    Config = OpenConfig

    def http(self) -> HttpOptions:
        return HttpOptions(base_url=self.config.url, bearer=self.config.token, trusted_hosts=("127.0.0.1",))


class NamesNoEntity(Bookshop):
    def streams(self) -> Sequence[Stream]:
        first, second = super().streams()
        return first, Stream("orders", "purchase", "id", cursor=second.cursor, deletes="full_scan")


class RefusesGoodCredentials(Bookshop):
    def check(self, context: Context) -> CheckResult:
        super().check(context)
        raise Refused("HUB-4009", "no reason", status=409)


class StopsEarly(Bookshop):
    def listing(self, name: str, params: Mapping[str, Any], context: Context) -> tuple[list[Any], str | None]:
        rows, after = super().listing(name, params, context)
        return rows, None if params["after"] else after


class StartsOver(Bookshop):
    """No cursor in the middle of a reading."""

    def checkpoint(self, cursor: dict[str, Any], done: dict[str, Any], after: str | None) -> Any:
        return None if after else done


class KeepsItsOwnCursor(Bookshop):
    """In a file, which is not committed with the page."""

    def pages(
        self, chosen: StreamSelection, cursor: dict[str, Any], until: datetime, context: Context
    ) -> Iterator[Page]:
        file = context.project / f"{chosen.name}.cursor"
        if not chosen.full and file.exists() and (kept := orjson.loads(file.read_bytes())):
            cursor = kept
        for page in super().pages(chosen, cursor, until, context):
            file.write_bytes(orjson.dumps(page.checkpoint))
            yield page


class DropsArrivals(Bookshop):
    def receive(self, request: Request, context: Context) -> Received:
        received = super().receive(request, context)
        return Received(None, received.status)


class ReadsOnce(Bookshop):
    """What changed later is never seen."""

    def start(self, chosen: StreamSelection, cursor: Any, context: Context) -> dict[str, Any]:
        found = super().start(chosen, cursor, context)
        return {**found, "since": "2099-01-01T00:00:00Z"} if "since" in found else found


class TrustsItsOwnClock(Bookshop):
    def done(self, cursor: dict[str, Any], until: datetime) -> dict[str, Any]:
        return {"since": f"{until - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"}


class ReadsAllAlways(Bookshop):
    def start(self, chosen: StreamSelection, cursor: Any, context: Context) -> dict[str, Any]:
        found = super().start(chosen, cursor, context)
        return {name: value for name, value in found.items() if name != "since"}


class LooksTooClosely(Bookshop):
    def look(self, rows: list[Any]) -> None:
        for row in rows:
            if not isinstance(row, dict) or "id" not in row or row.get("spoiled"):
                raise BadAnswer("HUB-4030", "a strange record")


class KnowsAllFields(Bookshop):
    def look(self, rows: list[Any]) -> None:
        if any(isinstance(row, dict) and set(row) - _FIELDS - {"spoiled", "note"} for row in rows):
            raise BadAnswer("HUB-4030", "an unknown field")


class Translates(Bookshop):
    """Makes one error of another."""

    wrong: ClassVar[type[Exception]] = AuthRefused

    def ask(self, url: str, params: Mapping[str, Any], context: Context) -> Any:
        try:
            return super().ask(url, params, context)
        except self.wrong:
            raise BadAnswer("HUB-4030", "it did not work") from None


class NeverWrongCredentials(Translates):
    wrong = AuthRefused


class NeverUnreachable(Translates):
    wrong = Unreachable


class SkipsWhatItMayNotRead(Bookshop):
    def check(self, context: Context) -> CheckResult:
        context.http.get_json("/me")
        return CheckResult("fine")


class DoesNotPark(Bookshop):
    """Ends in peace when it is asked to wait for long."""

    def listing(self, name: str, params: Mapping[str, Any], context: Context) -> tuple[list[Any], str | None]:
        try:
            return super().listing(name, params, context)
        except Retry:
            return [], None


class AsksByPost(Bookshop):
    """What may not be sent twice is not tried again."""

    def ask(self, url: str, params: Mapping[str, Any], context: Context) -> Any:
        return context.http.request("POST", url, params=params).body


class TakesAnythingForAnEnd(Bookshop):
    def listing(self, name: str, params: Mapping[str, Any], context: Context) -> tuple[list[Any], str | None]:
        body = self.ask(f"/cursor/{name}", params, context)
        if "data" not in body:
            return [], None
        after = body["meta"]["after"]
        if after is not None and (not body["data"] or after == params["after"]):
            raise BadAnswer("HUB-4030", "the listing does not move")
        return body["data"], after


class DoesNotCount(Bookshop):
    """An empty page in the middle is passed over."""

    def listing(self, name: str, params: Mapping[str, Any], context: Context) -> tuple[list[Any], str | None]:
        body = self.ask(f"/cursor/{name}", params, context)
        if not isinstance(body, dict) or "data" not in body:
            raise BadAnswer("HUB-4030", "the listing came without its list")
        after = body["meta"]["after"]
        if after is not None and after == params["after"]:
            raise BadAnswer("HUB-4030", "the listing does not move")
        return body["data"], after


class GoesItsOwnWay(Bookshop):
    """Asks a question more for each page, past the engine."""

    def ask(self, url: str, params: Mapping[str, Any], context: Context) -> Any:
        with suppress(OSError):
            urlopen(self.config.url + "/me", timeout=5).close()
        return super().ask(url, params, context)


class TalksTooMuch(Bookshop):
    def ask(self, url: str, params: Mapping[str, Any], context: Context) -> Any:
        context.log.debug("asking with %s", self.config.token.get_secret_value())
        return super().ask(url, params, context)


class TrustsStrangers(Bookshop):
    def is_signed(self, request: Request) -> bool:
        return "x-signature" not in request.headers or super().is_signed(request)


class SignatureIsEnough(Bookshop):
    def is_signed(self, request: Request) -> bool:
        return "x-signature" in request.headers


class NeverForgets(Bookshop):
    def is_gone(self, row: Any) -> bool:
        return False

    def is_whole(self, scan: str | None, after: str | None) -> bool:
        return False


class TakesErrorsForDeletions(Bookshop):
    def pages(
        self, chosen: StreamSelection, cursor: dict[str, Any], until: datetime, context: Context
    ) -> Iterator[Page]:
        try:
            yield from super().pages(chosen, cursor, until, context)
        except Unreachable:
            yield Page(chosen.name, deleted=["11", "12"])
            raise


class ForgetsARow(Bookshop):
    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        return super().write(rows, context)[:-1]


class AddsAlways(Bookshop):
    """No upsert: what is written twice is there twice."""

    where = "/batch/customers?mode=create"


#: (item that must find it, who breaks it), and everything else they keep.
BAD: list[tuple[str, type[Bookshop]]] = [
    ("config", KeepsItsTokenOpen),
    ("streams", NamesNoEntity),
    ("reads_all", RefusesGoodCredentials),
    ("resumes", StartsOver),
    ("survives_kill", KeepsItsOwnCursor),
    ("arrivals", DropsArrivals),
    ("changes", ReadsOnce),
    ("incremental", ReadsAllAlways),
    ("wrong_clock", TrustsItsOwnClock),
    ("bad_record", LooksTooClosely),
    ("drift", KnowsAllFields),
    ("wrong_credentials", NeverWrongCredentials),
    ("unreachable", NeverUnreachable),
    ("missing_scope", SkipsWhatItMayNotRead),
    ("throttled", DoesNotPark),
    ("trouble", AsksByPost),
    ("strange_answers", TakesAnythingForAnEnd),
    ("missing_page", DoesNotCount),
    ("limits", GoesItsOwnWay),
    ("secrets", TalksTooMuch),
    ("strangers", TrustsStrangers),
    ("tampering", SignatureIsEnough),
    ("deletes", NeverForgets),
    ("whole_scans", TakesErrorsForDeletions),
    ("writes", ForgetsARow),
    ("writes", AddsAlways),
]
