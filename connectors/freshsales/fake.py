"""A Freshsales-shaped account on loopback, for tests: contacts with several addresses, and accounts, by upsert and by id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_API = "/crm/sales/api/"


class FakeFreshsales(FakeTables):
    """Its tables are `contacts` and `sales_accounts`."""

    def __init__(self, *, token: str = "key-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name in ("contacts", "sales_accounts")}, token=token)

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Token token={self.token}"

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"errors": {"code": status, "message": [word]}}, status)

    def listing(self, asked: Asked) -> Answer:
        table, _, what = asked.path.removeprefix(_API).partition("/")
        rows = self.tables[table]
        if (asked.method, what) == ("GET", "filters"):
            return Answer.json({"filters": [{"id": 1, "name": "All Contacts"}]})
        if (asked.method, what) == ("POST", "upsert"):
            body = orjson.loads(asked.body)
            return self._upsert(body) if table == "contacts" else self._upsert_account(body)
        row = next((row for row in rows if str(row["id"]) == what), None)
        if row is None:
            return self.refusal(404, "Not found")
        if asked.method == "DELETE":
            rows.remove(row)
            return Answer.json(True)
        return self._saved(table, row, orjson.loads(asked.body)[table.removesuffix("s")], 200)

    def _upsert(self, body: Any) -> Answer:
        ((field, wanted),) = body["unique_identifier"].items()
        assert field == "emails", "the only one that was tried"
        if "@" not in wanted:
            return self.refusal(400, "Email is invalid")
        rows = self.tables["contacts"]
        row = next((row for row in rows if wanted.casefold() in _addresses(row)), None)
        if row is not None:
            return self._saved("contacts", row, body["contact"], 200)
        rows.append({"id": 70_000_000 + len(rows), "emails": [], "custom_field": {}})
        return self._saved("contacts", rows[-1], body["contact"], 201)

    def _upsert_account(self, body: Any) -> Answer:
        wanted, rows = body["unique_identifier"]["name"], self.tables["sales_accounts"]
        row = next((row for row in rows if row["name"].casefold() == wanted.casefold()), None)
        if row is not None:
            return self._saved("sales_accounts", row, body["sales_account"], 200)
        rows.append({"id": 80_000_000 + len(rows), "custom_field": {}})
        return self._saved("sales_accounts", rows[-1], body["sales_account"], 201)

    def _saved(self, table: str, row: Any, told: Any, status: int) -> Answer:
        custom = row["custom_field"] | told.pop("custom_field", {})
        if (email := told.pop("emails", None)) and email.casefold() not in _addresses(row):
            row["emails"].append({"value": email, "is_primary": not row["emails"]})
        row |= told | {"custom_field": custom}
        return Answer.json({table.removesuffix("s"): row}, status)


def _addresses(row: Any) -> set[str]:
    return {one["value"].casefold() for one in row["emails"]}
