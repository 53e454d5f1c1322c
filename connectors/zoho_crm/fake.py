"""A Zoho-shaped account on loopback, for tests: tokens that are renewed, upserts by several fields, one result for each row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

#: Module -> its table, and the field that a new record needs.
_MODULES = {"Contacts": ("contacts", "Last_Name"), "Accounts": ("accounts", "Account_Name")}


class FakeZoho(FakeTables):
    """Its tables are `contacts` and `accounts`; its token is the refresh token, `access` what came of it last."""

    def __init__(self, *, token: str = "1000.refresh.of.the.fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name, _ in _MODULES.values()}, token=token)
        self.access = ""
        self._renewed = 0

    def knows(self, asked: Asked) -> bool:
        told = asked.headers.get("authorization")
        return asked.path == "/oauth/v2/token" or (
            bool(self.access) and told == f"Zoho-oauthtoken {self.access}"
        )

    def refusal(self, status: int, word: str) -> Answer:
        code = {401: "INVALID_TOKEN", 403: "NO_PERMISSION"}.get(status, word)
        return Answer.json({"code": code, "details": {}, "message": "refused", "status": "error"}, status)

    def listing(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/v2/token":
            return self._token(parse_qs(asked.body.decode()))
        module, _, what = asked.path.removeprefix("/crm/v8/").partition("/")
        if (asked.method, module, what) == ("GET", "settings", "fields"):
            return Answer.json({"fields": [{"api_name": "Email"}, {"api_name": "Hub_ID"}]})
        table, needed = _MODULES[module]
        match asked.method, what:
            case "POST", "upsert":
                body = orjson.loads(asked.body)
                return self._each(
                    body,
                    [
                        self._upsert(table, needed, row, body["duplicate_check_fields"])
                        for row in body["data"]
                    ],
                )
            case "PUT", "":
                body = orjson.loads(asked.body)
                return self._each(body, [self._update(table, row) for row in body["data"]])
            case "DELETE", _:
                self.tables[table] = [row for row in self.tables[table] if row["id"] != what]
                return Answer.json({"data": [{"code": "SUCCESS", "status": "success"}]})
        return self.refusal(404, "INVALID_URL_PATTERN")

    def _token(self, form: Any) -> Answer:
        if form.get("refresh_token") != [self.token]:
            return Answer.json({"error": "invalid_code"})
        self._renewed += 1
        self.access = f"1000.access.{self._renewed}"
        return Answer.json({"access_token": self.access, "expires_in": 3600, "token_type": "Bearer"})

    def _each(self, body: Any, results: list[Any]) -> Answer:
        assert body["trigger"] == [], "else workflows run"
        assert len(results) <= 100
        good = [result["status"] == "success" for result in results]
        return Answer.json({"data": results}, 200 if all(good) else 207)

    def _upsert(self, table: str, needed: str, told: Any, fields: list[str]) -> Any:
        rows = self.tables[table]
        found = (row for field in fields for row in rows if told.get(field) and row.get(field) == told[field])
        row = next(found, None)
        if "@" not in told.get("Email", "@"):
            return _fault("INVALID_DATA", "Email")
        if row is None and not told.get(needed):
            return _fault("MANDATORY_NOT_FOUND", needed)
        if row is None:
            rows.append({"id": str(7_244_000_000_000_000_001 + len(rows)), **told})
            return _good(rows[-1]["id"], "insert")
        row |= told
        return _good(row["id"], "update")

    def _update(self, table: str, told: Any) -> Any:
        row = next((row for row in self.tables[table] if row["id"] == told["id"]), None)
        if row is None:
            return _fault("INVALID_DATA", "id")
        row |= told
        return _good(row["id"], "update")


def _good(id_: str, action: str) -> Any:
    told = {"code": "SUCCESS", "status": "success", "action": action, "message": f"record {action}d"}
    return {**told, "details": {"id": id_, "Modified_Time": "2026-07-14T10:54:15+05:30"}}


def _fault(code: str, field: str) -> Any:
    return {"code": code, "status": "error", "message": "invalid data", "details": {"api_name": field}}
