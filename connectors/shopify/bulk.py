"""Bulk operations: Shopify writes everything that a query finds into one file, and tells when it is done.

https://shopify.dev/docs/api/usage/bulk-operations/queries

What a reading has reached stands in the stream's state under `bulk`, before the next step is taken:

    {"asked": T, "scan": name, "id": operation, "done": n, "failed": n}

asked   Shopify's clock before the query was asked: what changes later is read as a change
scan    name of the complete scan that this is, where a missing record is evidence
id      the operation; without it, one of ours that began since `asked` is looked for
done    records of its file that are handed over
failed  how often it came to nothing; then page by page is safer
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import orjson

from hub import BadAnswer, Context, MissingScope, Page, Refused, Retry, Session, Unreachable, Verdict

from .query import same_query
from .spool import Incomplete, Spool

Operation = Mapping[str, Any]
State = dict[str, Any]

#: Records of a page.
_PAGE = 500
#: After so many failures the stream is read page by page.
MOST_FAILURES = 3
#: Shopify keeps a file for seven days; what is known of an operation or a failure is believed a little shorter.
_KEPT = timedelta(days=6)
#: While others' operations run, and at least while ours does.
_PAUSE, _LONGEST_PAUSE = timedelta(minutes=2), timedelta(minutes=15)
#: Times that an operation is asked for in one run, where Shopify does not answer.
_TRIES = 3
#: Seconds that Shopify's clock may be ahead without anybody's noticing.
_NOTICED = 60
#: From this version on an app may have several operations at a time, and list them.
_LISTED = "2026-01"

_FIELDS = "id status errorCode query createdAt objectCount rootObjectCount fileSize url"
_RUN = f"""mutation BulkRun($query: String!) {{
  bulkOperationRunQuery(query: $query) {{ bulkOperation {{ {_FIELDS} }} userErrors {{ code message }} }}
}}"""
_ONE = f"query BulkOne($id: ID!) {{ node(id: $id) {{ ... on BulkOperation {{ {_FIELDS} }} }} }}"
_LIST = f'query BulkList {{ bulkOperations(first: 20, query: "operation_type:query") {{ nodes {{ {_FIELDS} }} }} }}'
_CURRENT = f"query BulkCurrent {{ currentBulkOperation(type: QUERY) {{ {_FIELDS} }} }}"
_COUNT = "query %sCount($limit: Int) { %sCount(limit: $limit) { count } }"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read."""

    stream: str
    #: The query that Shopify runs.
    query: str
    #: The connection of a record whose rows are lines of their own; empty for none.
    children: str
    #: Absence from the file is evidence.
    scans: bool
    #: Complete readings are noted, because they are due from time to time.
    notes_scan: bool


class Bulk:
    """Reads one stream by a bulk operation."""

    def __init__(
        self,
        wanted: Wanted,
        session: Session,
        context: Context,
        folder: Path | None,
        version: str,
        classify: Callable[[int, Mapping[str, str], bytes], Verdict | None],
    ) -> None:
        """folder: the connection's own. version: of the API. classify: what Shopify's answers mean."""
        self._wanted, self._session, self._context = wanted, session, context
        self._version, self._classify = version, classify
        self.spool = Spool(folder, wanted.stream, wanted.children)
        #: Shopify's clock at its last answer, and the last that it told of an operation that was waited for.
        self._clock: datetime | None = None
        self._seen: Operation = {}

    def takes(self, state: State, least: int) -> bool:
        """Whether everything is to be read so: not for fewer records, and not where it came to nothing several times."""
        at = self._known(state)
        if at.get("asked"):
            return True
        if at.get("failed", 0) >= MOST_FAILURES:
            self._context.log.warning(
                "Bulk operations failed; reading page by page",
                extra={"action": "bulk_given_up", "stream": self._wanted.stream},
            )
            return False
        return self._size(least) >= least

    def pages(self, state: State) -> Iterator[Page]:
        """Everything, and at the end the state from which changes are read.

        Raises Retry HUB-4675 and HUB-4676 while an operation runs, BadAnswer HUB-4677 and HUB-4678, MissingScope, and what
        the HTTP client raises."""
        at = self._known(state)
        operation = self._found(at) if at.get("asked") else None
        if operation is None:
            if not at.get("asked") or "id" in at:
                at = self._begun(at)
                # Stands before anything is asked: what lands from here on is newer than the file.
                yield self._page(state, at)
            operation = self._asked(at)
        if at.get("id") != operation["id"]:
            at = {**at, "id": operation["id"], "done": 0}
            yield self._page(state, at)
        operation = self._ended(operation, at)
        try:
            yield from self._read(state, at, operation)
        except Incomplete as lacking:
            yield self._failed(state, at)
            raise BadAnswer(
                "HUB-4678",
                f"{self._wanted.stream}: the file of a bulk operation is not whole: {lacking}",
                where=self._context.connection,
                hint="It is asked for again with the next run.",
            ) from None

    # --- state -----------------------------------------------------------------------------------------------------

    def _known(self, state: State) -> State:
        """What an earlier run reached, while Shopify still knows it too."""
        at: State = dict(state.get("bulk") or {})
        since = at.get("asked") or at.get("failed_at")
        if since is None or self._context.now - datetime.fromisoformat(since) > _KEPT:
            return {}
        return at

    def _begun(self, at: State) -> State:
        """What stands before a query is asked."""
        kept: State = {name: at[name] for name in ("failed", "failed_at") if name in at}
        scan = uuid4().hex if self._wanted.scans else None
        return {**kept, "asked": self._now().isoformat(), "scan": scan}

    def _page(self, state: State, at: State, rows: Any = ()) -> Page:
        kept = {name: value for name, value in state.items() if name not in ("at", "bulk")}
        return Page(self._wanted.stream, rows, checkpoint={**kept, "bulk": at}, scan=at.get("scan"))

    def _failed(self, state: State, at: State) -> Page:
        """Forgets an operation, and remembers that it came to nothing."""
        self.spool.remove()
        failed = {"failed": at.get("failed", 0) + 1, "failed_at": self._context.now.isoformat()}
        return self._page(state, failed)

    def _last(self, state: State, at: State, told: int) -> Page:
        """The scan ends here; changes since it was asked for come next."""
        asked = datetime.fromisoformat(at["asked"])
        kept = {name: value for name, value in state.items() if name not in ("at", "bulk", "ahead", "kept")}
        kept |= {"since": _text(asked), "rows": told}
        if self._wanted.notes_scan:
            kept["scanned"] = _text(asked)
        ahead = int((self._now() - self._context.now).total_seconds())
        if ahead > _NOTICED:
            kept["ahead"] = ahead
        scan = at.get("scan")
        return Page(self._wanted.stream, (), checkpoint=kept, scan=scan, scan_complete=scan is not None)

    # --- the operation ---------------------------------------------------------------------------------------------

    def _size(self, limit: int) -> int:
        """How many records there are; beyond the limit Shopify does not count."""
        stream = self._wanted.stream
        told = self._told(_COUNT % (stream.capitalize(), stream), f"{stream.capitalize()}Count", limit=limit)
        count = (told.get(f"{stream}Count") or {}).get("count")
        if not isinstance(count, int):
            raise self._strange("it does not count its records")
        return count

    def _found(self, at: State) -> Operation | None:
        """The operation that was asked for, or one that an interrupted run may have asked for."""
        if "id" in at:
            found = self._told(_ONE, "BulkOne", id=at["id"]).get("node")
            # A file that is no longer there is asked for anew.
            return None if not found or found.get("status") == "EXPIRED" else found
        if self._version >= _LISTED:
            several = (self._told(_LIST, "BulkList").get("bulkOperations") or {}).get("nodes") or []
        else:
            several = [self._told(_CURRENT, "BulkCurrent").get("currentBulkOperation")]
        asked = datetime.fromisoformat(at["asked"])
        return next((one for one in several if one and self._is_ours(one, asked)), None)

    def _is_ours(self, one: Operation, asked: datetime) -> bool:
        lives = one.get("status") in ("CREATED", "RUNNING", "COMPLETED")
        return lives and same_query(one["query"], self._wanted.query) and _moment(one["createdAt"]) >= asked

    def _asked(self, at: State) -> Operation:
        """A new operation. Where an answer was lost, it is looked for before it is asked for again."""
        for _ in range(_TRIES):
            try:
                return self._ask()
            except Unreachable as error:
                lost = error
            found = self._found({"asked": at["asked"]})
            if found is not None:
                return found
        raise lost

    def _ask(self) -> Operation:
        self.spool.remove()
        told = (
            self._told(_RUN, "BulkRun", again=False, query=self._wanted.query).get("bulkOperationRunQuery")
            or {}
        )
        for error in told.get("userErrors") or []:
            is_busy = "in progress" in str(error.get("message", ""))
            if is_busy or error.get("code") in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED"):
                raise Retry(
                    "HUB-4676",
                    f"{self._wanted.stream}: another bulk operation runs in this shop",
                    until=self._context.now + _PAUSE,
                    where=self._context.connection,
                    alone=True,
                )
            raise self._strange(
                f"it does not take the query of a bulk operation ({error.get('code') or 'no code'})"
            )
        if not (told.get("bulkOperation") or {}).get("id"):
            raise self._strange("it tells of no bulk operation")
        made: Operation = told["bulkOperation"]
        return made

    def _ended(self, operation: Operation, at: State) -> Operation:
        """The operation when it is over; a short one is waited for, a long one ends the run."""
        if operation["status"] not in _RUNNING:
            return operation
        self._seen = operation
        try:
            told = self._told(_ONE, "BulkOne", classify=self._still_running, id=operation["id"])
        except Unreachable:
            if self._seen["status"] not in _RUNNING:
                raise
            lasts = self._context.now - datetime.fromisoformat(at["asked"])
            pause = min(max(lasts, _PAUSE), _LONGEST_PAUSE)
            count = self._seen.get("objectCount")
            raise Retry(
                "HUB-4675",
                f"{self._wanted.stream}: Shopify still collects ({count} objects so far)",
                until=self._context.now + pause,
                where=self._context.connection,
                alone=True,
            ) from None
        if not told.get("node"):
            raise self._strange("it no longer knows its bulk operation")
        ended: Operation = told["node"]
        return ended

    def _still_running(self, status: int, headers: Mapping[str, str], data: bytes) -> Verdict | None:
        """One that is not over is asked for again."""
        meant = self._classify(status, headers, data)
        if meant is not None or status != 200:
            self._seen = {"status": ""}
            return meant
        try:
            self._seen = orjson.loads(data)["data"]["node"] or {"status": ""}
            return Verdict("transient") if self._seen["status"] in _RUNNING else None
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None

    def _told(
        self, query: str, name: str, /, *, again: bool = True, classify: Any = None, **variables: Any
    ) -> Mapping[str, Any]:
        """The `data` of an answer."""
        answer = self._session.send(
            "POST",
            f"/api/{self._version}/graphql.json",
            body={"operationName": name, "query": query, "variables": variables},
            idempotent=again,
            classify=classify or self._classify,
        )
        try:
            self._clock = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError, IndexError):
            self._clock = None
        body = answer.body if isinstance(answer.body, dict) else {}
        if body.get("errors") or not isinstance(body.get("data"), dict):
            raise self._strange("it answered that all is well, and brings an error")
        data: Mapping[str, Any] = body["data"]
        return data

    def _now(self) -> datetime:
        """Shopify's clock, by which `createdAt` and `updatedAt` are told."""
        return self._clock or self._context.now

    def _strange(self, what: str) -> BadAnswer:
        return BadAnswer("HUB-4612", f"{self._wanted.stream}: {what}", where=self._context.connection)

    # --- the file --------------------------------------------------------------------------------------------------

    def _read(self, state: State, at: State, operation: Operation) -> Iterator[Page]:
        if operation["status"] != "COMPLETED":
            yield self._failed(state, at)
            self._refuse(operation)
        told = at.get("done", 0)
        if operation.get("url") is None and int(operation["objectCount"]):
            raise Incomplete(f"it has {operation['objectCount']} objects and no file")
        if operation.get("url") is not None:
            yield from self._filled(state, at, operation)
            records = islice(self.spool.records(), told, None)
            while rows := list(islice(records, _PAGE)):
                told += len(rows)
                yield self._page(state, {**at, "done": told}, rows)
        yield self._last(state, at, told)
        self.spool.remove()

    def _filled(self, state: State, at: State, operation: Operation) -> Iterator[Page]:
        """Brings the file here; pages without records, between which the run may end."""
        try:
            for _ in self.spool.fill(self._context.http, operation):
                yield self._page(state, at)
        except Refused as gone:
            yield self._failed(state, at)
            hint = "Another file is asked for with the next run."
            raise BadAnswer(gone.code, gone.message, where=self._context.connection, hint=hint) from None
        except BadAnswer as bad:
            if bad.code == "HUB-4034":  # another file: nothing of this one can be used
                self.spool.remove()
            raise

    def _refuse(self, operation: Operation) -> NoReturn:
        word = operation.get("errorCode") or operation["status"]
        where, stream = self._context.connection, self._wanted.stream
        if word == "ACCESS_DENIED":
            hint = "The app needs read_customers and read_orders, and access to protected customer data."
            raise MissingScope(
                "HUB-4003", f"{stream}: a bulk operation was denied access", where=where, hint=hint
            )
        raise BadAnswer(
            "HUB-4677",
            f"{stream}: a bulk operation came to nothing ({word})",
            where=where,
            hint="Another is asked for with the next run; after the third, the stream is read page by page.",
        )


_RUNNING = ("CREATED", "RUNNING", "CANCELING")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    """As the states of streams have it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
