"""An Oracle-shaped system on loopback, for tests: upserts by source system and reference, a query by one address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_BASE = "/crmRestApi/resources/11.13.18.05/"
_NEEDED = {"contacts": "LastName", "accounts": "OrganizationName"}
_REFERENCE = ("SourceSystem", "SourceSystemReferenceValue")


class FakeOracle(FakeTables):
    """Its tables are `contacts` and `accounts`; its token is the password."""

    def __init__(
        self,
        *,
        token: str = "password-of-the-fake",  # noqa: S107 - worth nothing
        contacts: Iterable[Any] = (),
        accounts: Iterable[Any] = (),
    ) -> None:
        super().__init__({"contacts": contacts, "accounts": accounts}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        told = {
            "title": "Bad Request",
            "status": str(status),
            "o:errorDetails": [{"detail": word, "o:errorCode": "ORA_X"}],
        }
        return Answer.json(told, status)

    def listing(self, asked: Asked) -> Answer:
        assert asked.headers["rest-framework-version"] == "4", "else errors are texts"
        match asked.method, asked.path.removeprefix(_BASE).split("/"):
            case "GET", [table]:
                return self._page(self.tables[table], asked.query)
            case "POST", [table]:
                return self._upserted(table, asked)
            case "PATCH", [table, number]:
                row = self._row(table, number)
                return self.refusal(404, "Not Found") if row is None else self._saved(table, row, asked)
            case "DELETE", [table, number]:
                self.tables[table] = [row for row in self.tables[table] if row["PartyNumber"] != number]
                return Answer(204)
        return self.refusal(404, "Not Found")

    def _row(self, table: str, number: str) -> Any:
        return next((row for row in self.tables[table] if row["PartyNumber"] == number), None)

    def _page(self, rows: list[Any], query: Any) -> Answer:
        if told := query.get("q"):
            name, _, quoted = told.partition("=")
            assert quoted[:1] == quoted[-1:] == "'"
            word = quoted[1:-1].replace("''", "'")
            rows = [row for row in rows if (row.get(name) or "").lower() == word.lower()]
        at, size = int(query.get("offset", 0)), int(query["limit"])
        some = rows[at : at + size]
        more = at + size < len(rows)
        return Answer.json({"items": some, "count": len(some), "hasMore": more, "limit": size, "offset": at})

    def _upserted(self, table: str, asked: Asked) -> Answer:
        assert asked.headers["upsert-mode"] == "true", "else each is created anew"
        told = orjson.loads(asked.body)
        reference = [told[name] for name in _REFERENCE]
        rows = self.tables[table]
        row = next((row for row in rows if [row.get(name) for name in _REFERENCE] == reference), None)
        return self._saved(table, row, asked)

    def _saved(self, table: str, row: Any, asked: Asked) -> Answer:
        if asked.headers["content-type"] != "application/vnd.oracle.adf.resourceitem+json":
            return self.refusal(415, "Unsupported Media Type")
        told = orjson.loads(asked.body)
        needed = _NEEDED[table]
        if "@" not in (told.get("EmailAddress") or "@") or (row is None and not told.get(needed)):
            return self.refusal(400, "The value of an attribute is not valid.")
        is_new = row is None
        if row is None:
            row = {"PartyNumber": f"CDRM_{len(self.tables[table]) + 1}"}
            self.tables[table].append(row)
        row |= told
        return Answer.json(row, 201 if is_new else 200)
