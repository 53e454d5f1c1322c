"""An SAP-shaped system on loopback, for tests: OData 2, one filter, records by their ObjectID."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_BASE = "/sap/c4c/odata/v1/c4codataapi/"
_TABLES = {"IndividualCustomerCollection": "customers", "CorporateAccountCollection": "accounts"}
_NEEDED = {"customers": "LastName", "accounts": "Name"}
_ENTITY = re.compile(r"(\w+)(?:\('([^']*)'\))?")


class FakeSap(FakeTables):
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
        return Answer.json(
            {"error": {"code": word, "message": {"lang": "en", "value": "It was refused."}}}, status
        )

    def listing(self, asked: Asked) -> Answer:
        named = _ENTITY.fullmatch(asked.path.removeprefix(_BASE))
        if named is None or named[1] not in _TABLES:
            return self.refusal(404, "005056A509B11EE1B9A8FEC11C21D78E")
        table, id_ = _TABLES[named[1]], named[2]
        if asked.method == "GET":
            return self._page(self.tables[table], asked.query)
        if asked.method == "POST":
            return self._created(table, orjson.loads(asked.body))
        row = next((row for row in self.tables[table] if row["ObjectID"] == id_), None)
        if row is None:
            return self.refusal(404, "NOT_FOUND")
        if asked.method == "DELETE":
            self.tables[table].remove(row)
            return Answer(204)
        told = orjson.loads(asked.body)
        if _is_bad(told):
            return self.refusal(400, "INVALID_MAIL")
        row |= told
        return Answer(204)

    def _page(self, rows: list[Any], query: Any) -> Answer:
        if told := query.get("$filter"):
            name, quoted = told.split(" eq ", 1)
            assert quoted[:1] == quoted[-1:] == "'"
            rows = [row for row in rows if (row.get(name) or "") == quoted[1:-1].replace("''", "'")]
        at, size = int(query.get("$skip", 0)), int(query["$top"])
        return Answer.json({"d": {"results": rows[at : at + size]}})

    def _created(self, table: str, told: Any) -> Answer:
        if _is_bad(told) or not told.get(_NEEDED[table]):
            return self.refusal(400, "INVALID_VALUE")
        self.tables[table].append({"ObjectID": f"00163E{len(self.tables[table]) + 1:026X}", **told})
        return Answer.json({"d": {"results": self.tables[table][-1]}}, 201)


def _is_bad(told: Any) -> bool:
    return "@" not in (told.get("Email") or "@")
