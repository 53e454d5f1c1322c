"""A SuiteCRM-shaped system on loopback, for tests: JSON:API of version 8, ids that the client chooses, soft deletes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_MODULES = {"Contacts": "contacts", "Accounts": "accounts"}
_NEEDED = {"Contacts": "last_name", "Accounts": "name"}


class FakeSuite(FakeTables):
    """Its tables are `contacts` and `accounts`; its token is the client's secret."""

    def __init__(
        self,
        *,
        token: str = "secret-of-the-fake",  # noqa: S107 - worth nothing
        contacts: Iterable[Any] = (),
        accounts: Iterable[Any] = (),
    ) -> None:
        super().__init__({"contacts": contacts, "accounts": accounts}, token=token)

    def knows(self, asked: Asked) -> bool:
        return asked.path == "/Api/access_token" or asked.headers.get("authorization") == "Bearer access"

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"errors": {"status": status, "title": None, "detail": word}}, status)

    def listing(self, asked: Asked) -> Answer:
        if asked.path == "/Api/access_token":
            good = parse_qs(asked.body.decode()).get("client_secret") == [self.token]
            told = {"token_type": "Bearer", "expires_in": 3600, "access_token": "access"}
            return Answer.json(told) if good else Answer.json({"error": "invalid_client"}, 401)
        match asked.method, asked.path.removeprefix("/Api/V8/").split("/"):
            case "GET", ["current-user"]:
                return Answer.json({"data": {"type": "User", "id": "1", "attributes": {"user_name": "hub"}}})
            case "GET", ["module", name]:
                return self._list(name, asked.query)
            case "POST" | "PATCH", ["module"]:
                if asked.headers["content-type"] != "application/vnd.api+json":
                    return self.refusal(415, "Unsupported Media Type")
                return self._saved(orjson.loads(asked.body)["data"], new=asked.method == "POST")
            case "POST", ["module", name, id_, "relationships"]:
                return self._related(name, id_, orjson.loads(asked.body)["data"])
            case "DELETE", ["module", name, id_]:
                rows = self.tables[_MODULES[name]]
                rows[:] = [row for row in rows if row["id"] != id_]
                return Answer.json({"meta": {"message": f"Record with id {id_} is deleted"}})
        return self.refusal(404, "Not found")

    def _related(self, name: str, id_: str, told: Any) -> Answer:
        places = ((name, id_), (told["type"], told["id"]))
        if not all(any(row["id"] == one for row in self.tables[_MODULES[kind]]) for kind, one in places):
            return self.refusal(404, "Not found")
        row = self.find(_MODULES[name], id_)
        row.setdefault("relationships", {})[told["type"]] = {"data": told}
        return Answer.json({"meta": {"message": "Relationship has been created"}}, 201)

    def _list(self, name: str, query: Any) -> Answer:
        rows = self.tables[_MODULES[name]]
        if "filter[id][eq]" in query:
            rows = [row for row in rows if row["id"] == query["filter[id][eq]"]]
        size, number = int(query["page[size]"]), int(query["page[number]"])
        pages = max(1, -(-len(rows) // size))
        some = rows[(number - 1) * size : number * size]
        return Answer.json({"meta": {"total-pages": pages, "records-on-this-page": len(some)}, "data": some})

    def _saved(self, told: Any, *, new: bool) -> Answer:
        rows, fields = self.tables[_MODULES[told["type"]]], told["attributes"]
        row = next((row for row in rows if row["id"] == told.get("id")), None)
        if new and row is not None:
            return self.refusal(400, f"Bean {told['type']} with id {row['id']} is already exist")
        if not new and row is None:
            return self.refusal(404, f"{told['type']} with id {told.get('id')} is not found")
        if "@" not in (fields.get("email1") or "@") or (new and not fields.get(_NEEDED[told["type"]])):
            return self.refusal(400, "A field is not what it should be")
        if row is None:
            row = {
                "type": told["type"].removesuffix("s"),
                "id": told.get("id") or str(uuid4()),
                "attributes": {},
            }
            rows.append(row)
        row["attributes"] |= fields
        return Answer.json({"data": row}, 201 if new else 200)
