"""A Salesforce-shaped org on loopback, for tests.

It answers as the REST API does, where the connector can notice: access tokens for a refresh token, the one question of SOQL
that the connector asks, a snapshot behind nextRecordsUrl, deleted rows only through queryAll, errors as a list; upserts by an
external id, one result for each row; jobs of the Bulk API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

from .fake_bulk import FakeJobs

_SOQL = re.compile(
    r"SELECT (?P<fields>[\w, ]+) FROM (?P<name>\w+) WHERE SystemModstamp >= (?P<since>\S+)"
    r" AND SystemModstamp <= (?P<until>\S+) ORDER BY SystemModstamp, Id"
)
_DATA = "/services/data/v67.0"
_OBJECTS = {"Contact": "contacts", "Lead": "leads", "Account": "accounts"}
_PREFIX = {"contacts": "003", "leads": "00Q", "accounts": "001"}
_NEEDED = {"contacts": ("LastName",), "leads": ("LastName", "Company"), "accounts": ("Name",)}
#: What a look-up asks: our ids, and addresses of those that are not converted.
_LOOKUP = re.compile(
    r"SELECT (?P<fields>[\w, .]+) FROM (?P<name>\w+) WHERE (?P<hub>\w+) IN \((?P<ids>[^()]*)\)"
    r"(?: OR \(?(?P<only>IsConverted = false AND )?Email IN \((?P<mails>[^()]*)\)\)?)?"
)
_WORD = re.compile(r"'((?:[^'\\]|\\.)*)'")


class FakeSalesforce(FakeTables):
    """Its tables are `contacts`, `leads` and `accounts`, shaped as records of a query."""

    changed: ClassVar[Mapping[str, str]] = dict.fromkeys(_OBJECTS.values(), "SystemModstamp")

    def __init__(self, *, size: int = 2000, **tables: Iterable[Any]) -> None:
        super().__init__({name: tables.get(name, ()) for name in self.changed}, token="access-0")  # noqa: S106
        self.client = ("key-of-the-app", "secret-of-the-app")
        self.refresh = "refresh-of-the-fake"
        #: Records of a page.
        self.size = size
        #: Access tokens given so far; only the last is good.
        self.tokens = 0
        #: Objects without the field for our id.
        self.lacking: set[str] = set()
        self.bulk = FakeJobs(self._one)
        self._snapshots: list[list[Any]] = []

    def stamp(self, moment: datetime) -> str:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def bin(self, table: str, key: str) -> None:
        """Move a record to the recycle bin."""
        self.change(table, key, "Id", IsDeleted=True)

    def refusal(self, status: int, word: str) -> Answer:
        code = "INVALID_SESSION_ID" if status == 401 else word
        return Answer.json([{"message": "It was refused.", "errorCode": code}], status)

    def answer(self, asked: Asked) -> Answer:
        return self._token(asked) if asked.path == "/services/oauth2/token" else super().answer(asked)

    def listing(self, asked: Asked) -> Answer:
        if asked.path == f"{_DATA}/limits":
            return Answer.json({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}})
        steps = asked.path.removeprefix(f"{_DATA}/").split("/")
        if steps[:2] == ["jobs", "ingest"]:
            return self.bulk.answer(asked, steps[2:])
        if asked.method != "GET":
            return self._written(asked)
        if steps[-1] == "describe":
            return self._described(steps[1])
        if steps == ["query"]:
            return self._looked_up(asked.query["q"])
        page = re.fullmatch(rf"{_DATA}/queryAll/01g(\d+)-(\d+)", asked.path)
        if page is not None:
            if int(page[1]) >= len(self._snapshots):
                return self.refusal(400, "INVALID_QUERY_LOCATOR")
            return self._page(int(page[1]), int(page[2]))
        question = _SOQL.fullmatch(asked.query.get("q", ""))
        if asked.path != f"{_DATA}/queryAll" or question is None:
            return self.refusal(400, "MALFORMED_QUERY")
        if question["name"] in self.forbidden:
            return self.refusal(400, "INVALID_TYPE")
        self._snapshots.append(self._found(question))
        return self._page(len(self._snapshots) - 1, 0)

    def _written(self, asked: Asked) -> Answer:
        assert asked.headers["sforce-call-options"] == "client=CustomerHub", (
            "else change events do not tell ours"
        )
        match asked.method, asked.path.removeprefix(f"{_DATA}/").split("/"):
            case "PATCH", ["composite", "sobjects", name, _] if name in self.lacking:
                return self.refusal(404, "NOT_FOUND")
            case "PATCH", ["composite", "sobjects", name, field]:
                return self._each(asked, lambda told: self._upsert(_OBJECTS[name], field, told))
            case "PATCH", ["composite", "sobjects"]:
                return self._each(asked, self._update)
            case "DELETE", ["composite", "sobjects"]:
                ids = asked.query["ids"].split(",")
                assert len(ids) <= 200 and asked.query["allOrNone"] == "false"
                return Answer.json([self._binned(id_) for id_ in ids])
        return self.refusal(404, "NOT_FOUND")

    def _described(self, name: str) -> Answer:
        may = {"createable": True, "updateable": True}
        own = (
            [] if name in self.lacking else [{"name": "Hub_Id__c", "externalId": True, "unique": True, **may}]
        )
        plain = [
            {"name": "Id", "externalId": False, "unique": False, "createable": False, "updateable": False}
        ]
        return Answer.json({"name": name, **may, "fields": plain + own})

    def _looked_up(self, soql: str) -> Answer:
        asked = _LOOKUP.fullmatch(soql)
        if asked is None:
            return self.refusal(400, "MALFORMED_QUERY")
        ids, mails = _words(asked["ids"]), [word.lower() for word in _words(asked["mails"] or "")]
        rows = [
            row
            for row in self.tables[_OBJECTS[asked["name"]]]
            if row.get(asked["hub"]) in ids or (row.get("Email") or "").lower() in mails
            if not row.get("IsDeleted") and not (asked["only"] and row.get("IsConverted"))
        ]
        told = [{name: row.get(name) for name in asked["fields"].split(", ")} for row in rows]
        return Answer.json({"totalSize": len(told), "done": True, "records": told})

    def _one(self, operation: str, name: str, told: dict[str, Any]) -> dict[str, Any]:
        """One record of a job, as a composite call writes it."""
        if operation == "delete":
            return self._binned(told["id"])
        told["attributes"] = {"type": name}
        done = (
            self._update(told) if operation == "update" else self._upsert(_OBJECTS[name], "Hub_Id__c", told)
        )
        return dict(done)

    def _binned(self, id_: str) -> dict[str, Any]:
        for name, rows in self.tables.items():
            if any(row["Id"] == id_ and not row.get("IsDeleted") for row in rows):
                self.bin(name, id_)
                return {"id": id_, "success": True, "errors": []}
        return dict(_refused("ENTITY_IS_DELETED"))

    def _each(self, asked: Asked, write: Callable[[Any], Any]) -> Answer:
        body = orjson.loads(asked.body)
        assert body["allOrNone"] is False
        assert len(body["records"]) <= 200
        return Answer.json([write(told) for told in body["records"]])

    def _upsert(self, table: str, field: str, told: Any) -> Any:
        rows = [
            one for one in self.tables[table] if one.get(field) == told[field] and not one.get("IsDeleted")
        ]
        if word := _fault(table, told, is_new=not rows):
            return _refused(word)
        if not rows:
            kind = next(name for name, of in _OBJECTS.items() if of == table)
            id_ = f"{_PREFIX[table]}Ws{len(self.tables[table]) + 1:013}"
            rows = [
                {
                    "attributes": {"type": kind},
                    "Id": id_,
                    "IsDeleted": False,
                    "CreatedDate": self.stamp(self.clock()),
                }
            ]
            self.tables[table] += rows
        return self._taken(rows[0], told)

    def _update(self, told: Any) -> Any:
        table = _OBJECTS[told["attributes"]["type"]]
        row = next((one for one in self.tables[table] if one["Id"] == told["id"]), None)
        if row is None or row.get("IsDeleted"):
            return _refused("ENTITY_IS_DELETED")
        if word := _fault(table, told, is_new=False):
            return _refused(word)
        return self._taken(row, told)

    def _taken(self, row: Any, told: Any) -> Any:
        row |= {name: value for name, value in told.items() if name not in ("attributes", "id")}
        row["SystemModstamp"] = self.stamp(self.clock())
        return {"id": row["Id"], "success": True, "errors": []}

    def _found(self, question: re.Match[str]) -> list[Any]:
        since, until = (datetime.fromisoformat(question[name]) for name in ("since", "until"))
        fields = ("attributes", *question["fields"].split(", "))
        rows = self.tables[_OBJECTS[question["name"]]]
        rows = [row for row in rows if since <= datetime.fromisoformat(row["SystemModstamp"]) <= until]
        rows = sorted(rows, key=lambda row: (row["SystemModstamp"], row["Id"]))
        return [{name: row.get(name) for name in fields} for row in rows]

    def _page(self, number: int, first: int) -> Answer:
        rows = self._snapshots[number]
        end = first + self.size
        told = {"totalSize": len(rows), "done": end >= len(rows), "records": rows[first:end]}
        more = {} if told["done"] else {"nextRecordsUrl": f"{_DATA}/queryAll/01g{number}-{end}"}
        return Answer.json(told | more)

    def _token(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        given = (form.get("client_id"), form.get("client_secret"), form.get("refresh_token"))
        if (form.get("grant_type"), *given) != ("refresh_token", *self.client, self.refresh):
            return Answer.json({"error": "invalid_grant", "error_description": "expired token"}, 400)
        self.tokens += 1
        self.token = f"access-{self.tokens}"
        return Answer.json({"access_token": self.token, "instance_url": self.url, "token_type": "Bearer"})


def _fault(table: str, told: Any, *, is_new: bool) -> str:
    if "@" not in (told.get("Email") or "@"):
        return "INVALID_EMAIL_ADDRESS"
    lacks = is_new and not all(told.get(name) for name in _NEEDED[table])
    return "REQUIRED_FIELD_MISSING" if lacks else ""


def _words(told: str) -> list[str]:
    """The texts of a list in SOQL."""
    return [re.sub(r"\\(.)", r"\1", word) for word in _WORD.findall(told)]


def _refused(word: str) -> Any:
    error = {"statusCode": word, "message": "It was refused.", "fields": []}
    return {"success": False, "errors": [error]}
