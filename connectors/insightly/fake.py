"""An Insightly-shaped account on loopback, for tests: contacts and organisations with custom fields, a search by one field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

#: Path -> its table, the field with the id, and the field that a new one needs.
_KINDS = {
    "Contacts": ("contacts", "CONTACT_ID", "FIRST_NAME"),
    "Organisations": ("organisations", "ORGANISATION_ID", "ORGANISATION_NAME"),
}


class FakeInsightly(FakeTables):
    """Its tables are `contacts` and `organisations`."""

    def __init__(self, *, token: str = "key-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name, *_ in _KINDS.values()}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        return Answer.json({"Message": "It was refused."}, status)

    def listing(self, asked: Asked) -> Answer:
        kind, _, what = asked.path.removeprefix("/v3.1/").partition("/")
        table, id_, _ = _KINDS[kind]
        rows = self.tables[table]
        match asked.method, what:
            case "GET", "":
                return Answer.json(rows[: int(asked.query["top"])])
            case "GET", "Search":
                found = [
                    row for row in rows if _has(row, asked.query["field_name"], asked.query["field_value"])
                ]
                return Answer.json(found[: int(asked.query["top"])])
            case "POST", "":
                return self._saved(
                    kind, {id_: 9001 + len(rows), "CUSTOMFIELDS": []}, orjson.loads(asked.body)
                )
            case "PUT", "":
                told = orjson.loads(asked.body)
                row = next((row for row in rows if row[id_] == told[id_]), None)
                return self.refusal(404, "gone") if row is None else self._saved(kind, row, told)
            case "DELETE", _:
                self.tables[table] = [row for row in rows if str(row[id_]) != what]
                return Answer(202)
        return self.refusal(404, "unknown")

    def _saved(self, kind: str, row: Any, told: Any) -> Answer:
        table, _, needed = _KINDS[kind]
        is_new = row not in self.tables[table]
        if "@" not in (told.get("EMAIL_ADDRESS") or "@") or (is_new and not told.get(needed)):
            return self.refusal(400, "invalid")
        own = {one["FIELD_NAME"]: one for one in (*row["CUSTOMFIELDS"], *told.get("CUSTOMFIELDS", ()))}
        row |= told | {"CUSTOMFIELDS": [*own.values()]}
        if is_new:
            self.tables[table].append(row)
        return Answer.json(row, 201 if is_new else 200)


def _has(row: Any, field: str, wanted: str) -> bool:
    """The search of a standard field begins like the text, so that it finds more than was meant."""
    if field.endswith("__c"):
        return any((one["FIELD_NAME"], one["FIELD_VALUE"]) == (field, wanted) for one in row["CUSTOMFIELDS"])
    return str(row.get(field) or "").casefold().startswith(wanted.casefold())
