"""A Twenty-shaped workspace on loopback, for tests: batches that are upserted by unique fields, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_ONE = {"people": "Person", "companies": "Company"}


class FakeTwenty(FakeTables):
    """Its tables are `people` and `companies`."""

    def __init__(
        self,
        *,
        token: str = "key-of-the-fake",  # noqa: S107 - worth nothing
        people: Iterable[Any] = (),
        companies: Iterable[Any] = (),
    ) -> None:
        super().__init__({"people": people, "companies": companies}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        told = {"statusCode": status, "error": "BadRequestException", "messages": [word]}
        return Answer.json(told, status)

    def listing(self, asked: Asked) -> Answer:
        match asked.method, asked.path.removeprefix("/rest/").split("/"):
            case "GET", [table]:
                return self._page(table, asked.query)
            case "POST", ["batch", table]:
                return self._upserted(table, asked)
            case "PATCH", [table, id_]:
                return self._changed(table, id_, orjson.loads(asked.body))
            case "DELETE", [table, id_]:
                self.tables[table] = [row for row in self.tables[table] if row["id"] != id_]
                return Answer.json({"data": {f"delete{_ONE[table]}": {"id": id_}}})
        return self.refusal(404, "not found")

    def _page(self, table: str, query: Any) -> Answer:
        rows, size = self.tables[table], int(query["limit"])
        ids = [row["id"] for row in rows]
        at = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        some = rows[at : at + size]
        told = {"hasNextPage": at + size < len(rows), "endCursor": some[-1]["id"] if some else None}
        return Answer.json({"data": {table: some}, "totalCount": len(rows), "pageInfo": told})

    def _upserted(self, table: str, asked: Asked) -> Answer:
        told = orjson.loads(asked.body)
        assert len(told) <= 60
        assert asked.query["upsert"] == "true", "else each is created anew"
        if any("@" not in (_mail(one) or "@") for one in told):
            return self.refusal(400, "Invalid email")
        made = [self._upsert(self.tables[table], one) for one in told]
        return Answer.json({"data": {f"create{table.title()}": made}}, 201)

    def _upsert(self, rows: list[Any], told: Any) -> Any:
        for row in rows:
            same_id = told.get("hubId") is not None and row.get("hubId") == told["hubId"]
            if same_id or (_mail(told) is not None and _mail(row) == _mail(told)):
                return _merged(row, told)
        rows.append({"id": str(uuid4()), **told})
        return rows[-1]

    def _changed(self, table: str, id_: str, told: Any) -> Answer:
        row = next((row for row in self.tables[table] if row["id"] == id_), None)
        if row is None:
            return self.refusal(404, "Record not found")
        return Answer.json({"data": {f"update{_ONE[table]}": _merged(row, told)}})


def _mail(row: Any) -> str | None:
    return (row.get("emails") or {}).get("primaryEmail")


def _merged(row: Any, told: Any) -> Any:
    for name, value in told.items():
        row[name] = {**row[name], **value} if isinstance(row.get(name), dict) else value
    return row
