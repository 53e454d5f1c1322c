"""A system shaped as SAP Sales Cloud V2 on loopback, for tests: one filter, `value` around everything, changes with If-Match."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_BASE = "/sap/c4c/api/v1/"
_TABLES = {
    "individual-customer-service/individualCustomers": "customers",
    "account-service/accounts": "accounts",
}
_NEEDED = {"customers": "familyName", "accounts": "formattedName"}


class FakeSapV2(FakeTables):
    """Its tables are `customers` and `accounts`; its token is the password."""

    def __init__(
        self,
        *,
        token: str = "password-of-the-fake",  # noqa: S107 - worth nothing
        customers: Iterable[Any] = (),
        accounts: Iterable[Any] = (),
    ) -> None:
        super().__init__({"customers": customers, "accounts": accounts}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"error": {"code": word, "message": "It was refused.", "details": []}}, status)

    def listing(self, asked: Asked) -> Answer:
        service, _, rest = asked.path.removeprefix(_BASE).partition("/")
        name, _, id_ = rest.partition("/")
        table = _TABLES.get(f"{service}/{name}")
        if table is None:
            return self.refusal(404, "NOT_FOUND")
        if asked.method == "GET":
            return self._page(self.tables[table], asked.query)
        if asked.method == "POST":
            return self._created(table, orjson.loads(asked.body))
        row = next((row for row in self.tables[table] if row["id"] == id_), None)
        if row is None:
            return self.refusal(404, "NOT_FOUND")
        if asked.method == "DELETE":
            self.tables[table].remove(row)
            return Answer(204)
        return self._changed(row, asked)

    def _page(self, rows: list[Any], query: Any) -> Answer:
        if told := query.get("$filter"):
            path, quoted = told.split(" eq ", 1)
            assert quoted[:1] == quoted[-1:] == "'"
            word = quoted[1:-1].replace("''", "'")
            rows = [row for row in rows if _at(row, path) == word]
        at, size = int(query.get("$skip", 0)), int(query["$top"])
        assert size <= 999
        return Answer.json({"value": rows[at : at + size]})

    def _created(self, table: str, told: Any) -> Answer:
        if _is_bad(told) or not told.get(_NEEDED[table]):
            return self.refusal(400, "DATA_INVALID")
        assert (told["lifeCycleStatus"], told["customerRole"]) == ("ACTIVE", "CRM000")
        self.tables[table].append({"id": str(UUID(int=len(self.tables[table]) + 1)), **told})
        return Answer.json({"value": self.tables[table][-1]}, 201)

    def _changed(self, row: Any, asked: Asked) -> Answer:
        if asked.headers["content-type"] != "application/merge-patch+json":
            return self.refusal(415, "UNSUPPORTED_MEDIA_TYPE")
        if "if-match" not in asked.headers:
            return self.refusal(428, "PRECONDITION_REQUIRED")
        told = orjson.loads(asked.body)
        if _is_bad(told):
            return self.refusal(400, "DATA_INVALID")
        _merge(row, told)
        return Answer.json({"value": row})


def _at(row: Any, path: str) -> Any:
    for step in path.split("/"):
        row = row.get(step) if isinstance(row, dict) else None
    return row


def _merge(row: Any, told: Any) -> None:
    """As RFC 7396 says: null takes a field out, an object is merged into."""
    for name, value in told.items():
        if value is None:
            row.pop(name, None)
        elif isinstance(value, dict):
            _merge(row.setdefault(name, {}), value)
        else:
            row[name] = value


def _is_bad(told: Any) -> bool:
    return "@" not in (_at(told, "defaultCommunication/eMail") or "@")
