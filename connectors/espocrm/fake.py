"""An EspoCRM-shaped system on loopback, for tests: contacts with several addresses, `where` in the query, a check for doubles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

#: Kind of record -> its table, and the field that a new one needs.
_KINDS = {"Contact": ("contacts", "lastName"), "Account": ("accounts", "name")}


class FakeEspo(FakeTables):
    """Its tables are `contacts` and `accounts`; `more` of one are further addresses."""

    def __init__(self, *, token: str = "key-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name, _ in _KINDS.values()}, token=token)

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-key") == self.token

    def refusal(self, status: int, word: str) -> Answer:
        return Answer(status, b"", {"X-Status-Reason": word})

    def listing(self, asked: Asked) -> Answer:
        kind, _, what = asked.path.removeprefix("/api/v1/").partition("/")
        if (asked.method, kind, what) == ("GET", "App", "user"):
            return Answer.json({"user": {"id": "u1", "userName": "hub"}, "acl": {}})
        rows = self.tables[_KINDS[kind][0]]
        match asked.method, what:
            case "GET", "":
                return _found(rows, asked.query)
            case "POST", "":
                return self._created(kind, rows, asked)
        row = next((row for row in rows if row["id"] == what), None)
        if row is None:
            return self.refusal(404, "Not Found")
        if asked.method == "DELETE":
            rows.remove(row)
            return Answer.json(True)
        return self._saved(rows, row, orjson.loads(asked.body))

    def _created(self, kind: str, rows: list[Any], asked: Asked) -> Answer:
        told, needed = orjson.loads(asked.body), _KINDS[kind][1]
        names = (told.get("firstName"), told.get(needed))
        same = [row for row in rows if (row.get("firstName"), row[needed]) == names]
        if same and asked.headers.get("x-skip-duplicate-check") != "true":
            return Answer.json(same, 409, {"X-Status-Reason": "duplicate"})
        if not told.get(needed):
            return self.refusal(
                400, f"Field validation failure; entityType: {kind}, field: {needed}, type: required."
            )
        return self._saved(rows, {"id": f"{len(rows) + 1:017x}"}, told)

    def _saved(self, rows: list[Any], row: Any, told: Any) -> Answer:
        if "@" not in (told.get("emailAddress") or "@"):
            return self.refusal(
                400, "Field validation failure; entityType: Contact, field: emailAddress, type: emailAddress."
            )
        row |= told
        if row not in rows:
            rows.append(row)
        return Answer.json(row)


def _found(rows: list[Any], query: Any) -> Answer:
    first = int(query.get("offset", 0))
    if "where[0][type]" in query:
        assert query["where[0][type]"] == "equals"
        field, wanted = query["where[0][attribute]"], query["where[0][value]"].casefold()
        rows = [row for row in rows if wanted in _values(row, field)]
    if query.get("where[1][type]") == "isNull":
        rows = [row for row in rows if not _values(row, query["where[1][attribute]"])]
    chosen = ("id", *query["select"].split(","))
    page = rows[first : first + int(query["maxSize"])]
    shown = [{name: row.get(name) for name in chosen} for row in page]
    return Answer.json({"total": len(rows), "list": shown})


def _values(row: Any, field: str) -> list[str]:
    """What a search compares with: of the address all that there are."""
    told = [row.get(field), *(row.get("more", ()) if field == "emailAddress" else ())]
    return [str(value).casefold() for value in told if value]
