"""Bulk operations of the shop for tests: queries that take their time, and files with rows in any order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked

_ROOT = re.compile(r"\{ (customers|orders) \{ edges \{ node \{ id ")
_RUNNING = ("CREATED", "RUNNING")


class FakeBulk:
    """The operations of one shop. What a query finds is fixed when it is asked."""

    def __init__(self, tables: Mapping[str, Sequence[Any]], clock: Callable[[], datetime]) -> None:
        self._tables, self._clock = tables, clock
        #: All that were asked for, newest last, as the API tells of them.
        self.operations: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        #: How often an operation is asked about before it is over.
        self.polls = 2
        #: How the next operations end, instead of well: an error code, or a status.
        self.endings: list[str] = []
        #: Operations of somebody else's that run: no other is taken then.
        self.is_busy = False
        #: Whether files have a version, and can be had in part.
        self.has_ranges = True
        #: A link is good for so long only.
        self.expired: set[str] = set()
        #: Bytes of files that were sent.
        self.sent = 0
        self._asked: dict[str, int] = {}

    def knows(self, operation: str | None) -> bool:
        return bool(operation) and str(operation).startswith("Bulk")

    def answer(self, operation: str, variables: Mapping[str, Any], url: str) -> Answer:
        """To a question about operations, or a wish for one. url: of the server."""
        match operation:
            case "BulkRun":
                return Answer.json({"data": {"bulkOperationRunQuery": self._run(variables["query"], url)}})
            case "BulkOne":
                return Answer.json({"data": {"node": self._poll(variables["id"])}})
            case "BulkCurrent":
                current = self.operations[-1] if self.operations else None
                return Answer.json({"data": {"currentBulkOperation": current}})
            case _:
                return Answer.json({"data": {"bulkOperations": {"nodes": self.operations[::-1]}}})

    def _run(self, query: str, url: str) -> dict[str, Any]:
        if self.is_busy:
            message = "A bulk query operation for this app and shop is already in progress"
            return {
                "bulkOperation": None,
                "userErrors": [{"code": "OPERATION_IN_PROGRESS", "message": message}],
            }
        found = _ROOT.match(query)
        assert found is not None, "the query is another one"
        number = len(self.operations) + 1
        name = f"{number}.jsonl"
        lines = list(_lines(self._tables[found[1]]))
        self.files[name] = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        self.operations.append(
            {
                "id": f"gid://shopify/BulkOperation/{number}", "status": "CREATED", "errorCode": None, "query": query,
                "createdAt": self._clock().strftime("%Y-%m-%dT%H:%M:%SZ"), "url": None, "fileSize": None,
                "objectCount": str(len(lines)), "rootObjectCount": str(len(self._tables[found[1]])),
                "file": f"{url}/storage/{name}?signature=of-the-fake",
            }
        )  # fmt: skip
        return {"bulkOperation": self.operations[-1], "userErrors": []}

    def _poll(self, key: str) -> dict[str, Any] | None:
        one = next((one for one in self.operations if one["id"] == key), None)
        if one is None or one["status"] not in _RUNNING:
            return one
        self._asked[key] = self._asked.get(key, 0) + 1
        one["status"] = "RUNNING"
        if self._asked[key] > self.polls:
            self._end(one)
        return one

    def _end(self, one: dict[str, Any]) -> None:
        ending = self.endings.pop(0) if self.endings else "COMPLETED"
        if ending != "COMPLETED":
            is_status = ending in ("CANCELED", "EXPIRED")
            one |= {"status": ending if is_status else "FAILED", "errorCode": None if is_status else ending}
            return
        one["status"] = "COMPLETED"
        if int(one["objectCount"]):
            size = len(self.files[one["file"].rpartition("/")[2].partition("?")[0]])
            one |= {"url": one["file"], "fileSize": str(size)}

    def download(self, asked: Asked) -> Answer:
        """A file, or the rest of it. Whoever brings credentials here gave them away."""
        given = {"authorization", "x-shopify-access-token"} & set(asked.headers)
        assert not given, "credentials were sent to the storage"
        name = asked.path.rpartition("/")[2]
        if name in self.expired or asked.query.get("signature") != "of-the-fake":
            return Answer(400, b"<Error><Code>ExpiredToken</Code></Error>")
        file = self.files[name]
        tag = f'"{hashlib.sha256(file).hexdigest()[:16]}"'
        headers = {"ETag": tag} if self.has_ranges else {}
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
        if wanted and self.has_ranges and asked.headers.get("if-range") == tag:
            start = int(wanted[1])
            if start >= len(file):
                return Answer(416, b"", {"Content-Range": f"bytes */{len(file)}", **headers})
            headers["Content-Range"] = f"bytes {start}-{len(file) - 1}/{len(file)}"
            self.sent += len(file) - start
            return Answer(206, file[start:], headers)
        self.sent += len(file)
        return Answer(200, file, headers)


def _lines(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Records, and far behind them the rows of their connections: the first of each record, then the second of each."""
    later: list[tuple[int, dict[str, Any]]] = []
    for row in rows:
        kind = "Order" if "lineItems" in row else "Customer"
        key = f"gid://shopify/{kind}/{row['legacyResourceId']}"
        yield {"id": key} | {name: value for name, value in row.items() if name != "lineItems"}
        lines = row.get("lineItems", {}).get("nodes", ())
        later += [(at, {**line, "__parentId": key}) for at, line in enumerate(lines)]
    yield from (line for _, line in sorted(later, key=lambda one: one[0]))
