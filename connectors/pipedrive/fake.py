"""A Pipedrive-shaped account on loopback, for tests: persons of API v2, an exact search, refusals with a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_PERSONS = "/api/v2/persons"


class FakePipedrive(FakeTables):
    """Its table is `persons`."""

    def __init__(self, *, token: str = "token-of-the-fake", persons: Iterable[Any] = ()) -> None:  # noqa: S107
        super().__init__({"persons": persons}, token=token)

    def knows(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-token") == self.token

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"success": False, "error": "It was refused.", "code": word}, status)

    def listing(self, asked: Asked) -> Answer:
        rows, what = self.tables["persons"], asked.path.removeprefix(_PERSONS).strip("/")
        match asked.method, what:
            case "GET", "":
                first, size = int(asked.query.get("cursor") or 0), int(asked.query["limit"])
                after = str(first + size) if first + size < len(rows) else None
                return _good(rows[first : first + size], additional_data={"next_cursor": after})
            case "GET", "search":
                return self._search(asked.query)
            case "POST", "":
                return self._saved(
                    {"id": len(rows) + 1, "emails": [], "phones": [], "custom_fields": {}}, asked
                )
        row = next((row for row in rows if str(row["id"]) == what), None)
        if row is None:
            return self.refusal(404, "ERR_NOT_FOUND")
        if asked.method == "DELETE":
            rows.remove(row)
            return _good({"id": row["id"]})
        return self._saved(row, asked) if asked.method == "PATCH" else self.refusal(405, "ERR_METHOD")

    def _saved(self, row: Any, asked: Asked) -> Answer:
        told = orjson.loads(asked.body)
        is_new = row not in self.tables["persons"]
        if (not told.get("name") and is_new) or any(
            "@" not in one["value"] for one in told.get("emails", ())
        ):
            return self.refusal(400, "ERR_SCHEMA_VALIDATION_FAILED")
        row |= told | {"custom_fields": row["custom_fields"] | told.get("custom_fields", {})}
        if is_new:
            self.tables["persons"].append(row)
        return _good(row, 201 if is_new else 200)

    def _search(self, query: Any) -> Answer:
        items = [_found(row) for row in self.tables["persons"]]
        fits = [
            item
            for item in items
            if query["term"].casefold() in map(str.casefold, item[_IN[query["fields"]]])
        ]
        assert query["exact_match"] == "true", "else it finds whatever begins so"
        return _good({"items": [{"result_score": 1.2, "item": item} for item in fits]})


#: What is searched in -> where it stands in what is found.
_IN = {"email": "emails", "custom_fields": "custom_fields"}


def _found(row: Any) -> Any:
    """A person as a search shows it: lists of plain texts."""
    texts = {name: [one["value"] for one in row[name]] for name in ("emails", "phones")}
    return {
        "id": row["id"],
        "type": "person",
        "name": row["name"],
        **texts,
        "custom_fields": [*row["custom_fields"].values()],
    }


def _good(data: Any, status: int = 200, **more: Any) -> Answer:
    return Answer.json({"success": True, "data": data, **more}, status)
