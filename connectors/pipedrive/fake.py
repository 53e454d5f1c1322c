"""A Pipedrive-shaped account on loopback, for tests: organizations, persons and deals of API v2, an exact search, refusals with a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_ROOT = "/api/v2/"
#: Table -> what a new record has.
_NEW = {
    "organizations": {"custom_fields": {}},
    "persons": {"emails": [], "phones": [], "org_id": None, "custom_fields": {}},
    "deals": {
        "value": 0,
        "currency": "EUR",
        "status": "open",
        "person_id": None,
        "org_id": None,
        "custom_fields": {},
    },
}


class FakePipedrive(FakeTables):
    """Its tables are `organizations`, `persons` and `deals`."""

    def __init__(self, *, token: str = "token-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name in _NEW}, token=token)

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-token") == self.token

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"success": False, "error": "It was refused.", "code": word}, status)

    def listing(self, asked: Asked) -> Answer:
        kind, _, what = asked.path.removeprefix(_ROOT).partition("/")
        rows = self.tables[kind]
        match asked.method, what:
            case "GET", "":
                first, size = int(asked.query.get("cursor") or 0), int(asked.query["limit"])
                after = str(first + size) if first + size < len(rows) else None
                return _good(rows[first : first + size], additional_data={"next_cursor": after})
            case "GET", "search":
                return self._search(kind, asked.query)
            case "POST", "":
                return self._saved(
                    kind, {"id": len(rows) + 1, **orjson.loads(orjson.dumps(_NEW[kind]))}, asked
                )
        row = next((row for row in rows if str(row["id"]) == what), None)
        if row is None:
            return self.refusal(404, "ERR_NOT_FOUND")
        if asked.method == "DELETE":
            rows.remove(row)
            return _good({"id": row["id"]})
        return self._saved(kind, row, asked) if asked.method == "PATCH" else self.refusal(405, "ERR_METHOD")

    def _saved(self, kind: str, row: Any, asked: Asked) -> Answer:
        told = orjson.loads(asked.body)
        is_new = row not in self.tables[kind]
        ids = {name: [one["id"] for one in rows] for name, rows in self.tables.items()}
        if (
            (not told.get("title" if kind == "deals" else "name") and is_new)
            or any("@" not in one["value"] for one in told.get("emails", ()))
            or told.get("org_id") not in (None, *ids["organizations"])
            or told.get("person_id") not in (None, *ids["persons"])
            or isinstance(told.get("value"), str)
        ):
            return self.refusal(400, "ERR_SCHEMA_VALIDATION_FAILED")
        row |= told | {"custom_fields": row["custom_fields"] | told.get("custom_fields", {})}
        if is_new:
            self.tables[kind].append(row)
        return _good(row, 201 if is_new else 200)

    def _search(self, kind: str, query: Any) -> Answer:
        items = [_found(kind, row) for row in self.tables[kind]]
        words = query["term"].casefold()
        fits = [item for item in items if words in map(str.casefold, _searched(item, query["fields"]))]
        assert query["exact_match"] == "true", "else it finds whatever begins so"
        return _good({"items": [{"result_score": 1.2, "item": item} for item in fits]})


def _searched(item: Any, fields: str) -> list[str]:
    """The texts of what is found that are searched in."""
    told = item[{"email": "emails"}.get(fields, fields)]
    return told if isinstance(told, list) else [told]


def _found(kind: str, row: Any) -> Any:
    """A record as a search shows it: lists of plain texts."""
    told = {"id": row["id"], "custom_fields": [*row["custom_fields"].values()]}
    if kind == "deals":
        plain = {name: row[name] for name in ("title", "value", "currency", "status")}
        named = {name: row[f"{key}_id"] for name, key in (("person", "person"), ("organization", "org"))}
        shown = {name: {"id": id_, "name": "Somebody"} if id_ else None for name, id_ in named.items()}
        return {**told, **plain, **shown, "type": "deal"}
    told["name"] = row["name"]
    if kind == "organizations":
        return {**told, "type": "organization"}
    texts = {name: [one["value"] for one in row[name]] for name in ("emails", "phones")}
    firm = row.get("org_id")
    return {**told, **texts, "type": "person", "organization": {"id": firm, "name": "Firm"} if firm else None}


def _good(data: Any, status: int = 200, **more: Any) -> Answer:
    return Answer.json({"success": True, "data": data, **more}, status)
