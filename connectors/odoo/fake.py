"""An Odoo-shaped system on loopback, for tests: JSON-2 calls on partners, empty values as false, errors with their class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables


class FakeOdoo(FakeTables):
    """Its table is `partners`."""

    def __init__(self, *, token: str = "key-of-the-fake", partners: Iterable[Any] = ()) -> None:  # noqa: S107
        super().__init__({"partners": partners}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        told = {
            "name": word,
            "message": "It was refused.",
            "arguments": [],
            "context": {},
            "debug": "Traceback",
        }
        return Answer.json(told, status)

    def listing(self, asked: Asked) -> Answer:
        body = orjson.loads(asked.body)
        match asked.path.removeprefix("/json/2/").split("/"):
            case ["res.users", "context_get"]:
                return Answer.json({"lang": "en_US", "tz": "UTC", "uid": 7})
            case ["res.partner", "search_read"]:
                return self._found(body)
            case ["res.partner", "create"]:
                return self._created(body["vals_list"], body["context"])
            case ["res.partner", "write"]:
                return self._written(body["ids"], body["vals"], body["context"])
        return self.refusal(404, "werkzeug.exceptions.NotFound")

    def _found(self, body: Any) -> Answer:
        every = body.get("context", {}).get("active_test") is False
        rows = [row for row in self.tables["partners"] if every or row["active"]]
        for field, operator, wanted in body["domain"]:
            assert operator == "="
            rows = [row for row in rows if _value(row, field) == wanted]
        chosen = ("id", *body["fields"])
        return Answer.json([{name: _value(row, name) for name in chosen} for row in rows[: body["limit"]]])

    def _created(self, vals_list: list[Any], context: Any) -> Answer:
        assert context["tracking_disable"] is True
        if not all(_fits(vals) and vals.get("name") for vals in vals_list):
            return self.refusal(422, "odoo.exceptions.ValidationError")
        ids = [len(self.tables["partners"]) + place for place, _ in enumerate(vals_list, 101)]
        made = [{"id": id_, "active": True, **vals} for id_, vals in zip(ids, vals_list, strict=True)]
        self.tables["partners"] += made
        return Answer.json(ids)

    def _written(self, ids: list[Any], vals: Any, context: Any) -> Answer:
        assert all(type(id_) is int for id_ in ids), "a text is no id"
        assert context["tracking_disable"] is True
        rows = [row for row in self.tables["partners"] if row["id"] in ids]
        if len(rows) != len(ids):
            return self.refusal(404, "odoo.exceptions.MissingError")
        if not _fits(vals):
            return self.refusal(422, "odoo.exceptions.ValidationError")
        for row in rows:
            row |= vals
        return Answer.json(True)


def _fits(vals: Any) -> bool:
    return "@" in (vals.get("email") or "@")


def _value(row: Any, field: str) -> Any:
    """A field as Odoo shows it: false where it is empty."""
    if field == "email_normalized":
        return (row.get("email") or "").lower() or False
    return row.get(field) or False
