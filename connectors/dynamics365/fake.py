"""A Dataverse-shaped environment on loopback, for tests: upserts by an alternate key, changes only of what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_BASE = "/api/data/v9.2/"
_IDS = {"contacts": "contactid", "accounts": "accountid"}
_ENTITY = re.compile(r"(contacts|accounts)(?:\((?:(\w+)='([^']*)'|([^)]*))\))?")


class FakeDataverse(FakeTables):
    """Its tables are `contacts` and `accounts`; its token is the client's secret."""

    def __init__(
        self,
        *,
        token: str = "secret-of-the-fake",  # noqa: S107 - worth nothing
        contacts: Iterable[Any] = (),
        accounts: Iterable[Any] = (),
    ) -> None:
        super().__init__({"contacts": contacts, "accounts": accounts}, token=token)
        #: Column and state of the alternate key of a table.
        self.keys = {"contact": ("new_hubid", "Active"), "account": ("new_hubid", "Active")}

    def knows(self, asked: Asked) -> bool:
        return asked.path.endswith("/token") or asked.headers.get("authorization") == "Bearer access"

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"error": {"code": word, "message": "It was refused."}}, status)

    def listing(self, asked: Asked) -> Answer:
        if asked.path.endswith("/oauth2/v2.0/token"):
            good = parse_qs(asked.body.decode()).get("client_secret") == [self.token]
            told = {"token_type": "Bearer", "expires_in": 3599, "access_token": "access"}
            return Answer.json(told) if good else Answer.json({"error": "invalid_client"}, 401)
        what = asked.path.removeprefix(_BASE)
        if what == "WhoAmI":
            return Answer.json({"UserId": "00000000-0000-0000-0000-000000000001"})
        if keys := re.fullmatch(r"EntityDefinitions\(LogicalName='(\w+)'\)/Keys", what):
            column, state = self.keys[keys[1]]
            return Answer.json({"value": [{"KeyAttributes": [column], "EntityKeyIndexStatus": state}]})
        named = _ENTITY.fullmatch(what)
        if named is None:
            return self.refusal(404, "0x8006088a")
        table, column, key, id_ = named.groups()
        if column is None and id_ is None:
            return self._page(table, asked.query)
        name, value = (column, key) if column else (_IDS[table], id_)
        row = next((row for row in self.tables[table] if row.get(name) == value), None)
        if asked.method == "DELETE":
            if row in self.tables[table]:
                self.tables[table].remove(row)
            return Answer(204)
        return self._written(table, row, {column: key} if column else None, asked)

    def _page(self, table: str, query: Any) -> Answer:
        rows = self.tables[table]
        if told := query.get("$filter"):
            name, quoted = told.split(" eq ", 1)
            assert quoted[:1] == quoted[-1:] == "'"
            word = quoted[1:-1].replace("''", "'").lower()
            rows = [row for row in rows if (row.get(name) or "").lower() == word]
        at, size = int(query.get("$skiptoken", 0)), int(query.get("$top", 500))
        body: dict[str, Any] = {"value": rows[at : at + size]}
        if at + size < len(rows) and "$top" not in query:
            body["@odata.nextLink"] = f"{self.url}{_BASE}{table}?$skiptoken={at + size}"
        return Answer.json(body)

    def _written(self, table: str, row: Any, key: Any, asked: Asked) -> Answer:
        told = orjson.loads(asked.body)
        assert asked.query["tag"] == "customer-hub", "else plug-ins do not tell ours"
        if asked.headers.get("if-match") == "*" and row is None:
            return self.refusal(404, "0x80040217")
        assert not told.keys() & (key or {}).keys(), "the address has the key"
        if "@" not in (told.get("emailaddress1") or "@"):
            return self.refusal(400, "0x80048408")
        is_new = row is None
        if row is None:
            row = {_IDS[table]: str(uuid4()), **(key or {})}
            self.tables[table].append(row)
        row |= told
        return Answer.json({"@odata.etag": 'W/"1"', **row}, 201 if is_new else 200)
