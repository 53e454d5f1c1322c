"""A HubSpot-shaped account on loopback, for tests.

It answers as HubSpot does, where the connector can notice: searches with filters, sorted, no further than 10,000 rows,
lists with associations that are asked for, only the properties that are asked for, refusals with a category. A batch of
contacts, companies or deals with one that does not fit is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_OBJECTS = "/crm/v3/objects/"
_ASSOCIATE = "/crm/v4/associations/"
#: (from, to) -> the id of the association that is meant.
_TYPES = {("contacts", "companies"): 1, ("deals", "contacts"): 3, ("deals", "companies"): 341}
_MOST = 10_000
TABLES = ("contacts", "companies", "deals", "tickets", "owners")


class FakeHubspot(FakeTables):
    """Its tables are records with `id`, `properties` and, where there are any, `associations`."""

    changed: ClassVar[Mapping[str, str]] = {
        "contacts": "properties.lastmodifieddate",
        "companies": "properties.hs_lastmodifieddate",
        "deals": "properties.hs_lastmodifieddate",
        "tickets": "properties.hs_lastmodifieddate",
    }

    def __init__(self, *, token: str = "pat-token-of-the-fake", **tables: Iterable[Any]) -> None:  # noqa: S107
        super().__init__({name: tables.get(name, ()) for name in TABLES}, token=token)

    def refusal(self, status: int, word: str) -> Answer:
        category = {401: "INVALID_AUTHENTICATION", 403: "MISSING_SCOPES"}.get(status, "VALIDATION_ERROR")
        told = {"status": "error", "message": "It was refused.", "correlationId": "c-1", "category": category}
        return Answer.json(told, status)

    def listing(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix(_OBJECTS)
        kind, _, what = name.partition("/")
        if kind in ("contacts", "companies", "deals") and what not in ("", "search"):
            return self._one_or_batch(kind, asked, what)
        if asked.path.startswith(_ASSOCIATE):
            own, other, *_ = asked.path.removeprefix(_ASSOCIATE).split("/")
            return self._associate(own, other, orjson.loads(asked.body)["inputs"])
        if asked.path == "/crm/v3/owners":
            return self._page(
                self.tables["owners"], asked.query.get("after", "0"), asked.query.get("limit", "100")
            )
        if asked.method == "POST" and name.removesuffix("/search") in self.tables:
            return self._search(name.removesuffix("/search"), orjson.loads(asked.body))
        if asked.method == "GET" and name in self.tables:
            wanted = asked.query.get("properties", "").split(",")
            linked = asked.query.get("associations", "").split(",")
            rows = [_shown(row, wanted, linked) for row in self.tables[name]]
            return self._page(rows, asked.query.get("after", "0"), asked.query.get("limit", "10"))
        return Answer(404)

    def _search(self, name: str, body: Any) -> Answer:
        (group,) = body["filterGroups"]
        rows = [row for row in self.tables[name] if all(_fits(row, one) for one in group["filters"])]
        for sort in body.get("sorts", ()):
            rows.sort(key=lambda row: int(row["id"]), reverse=sort["direction"] != "ASCENDING")
        shown = [_shown(row, body["properties"], ()) for row in rows]
        return self._page(shown, body.get("after", "0"), str(body.get("limit", 10)), total=len(rows))

    def _one_or_batch(self, kind: str, asked: Asked, what: str) -> Answer:
        if asked.method == "DELETE":
            self.tables[kind] = [row for row in self.tables[kind] if row["id"] != what]
            return Answer(204)
        body = orjson.loads(asked.body)
        match what:
            case "batch/read":
                return self._read(body)
            case "batch/upsert" | "batch/update":
                return self._batch(kind, body["inputs"])
        return Answer(404)

    def _read(self, body: Any) -> Answer:
        wanted = [str(one["id"]).casefold() for one in body["inputs"]]
        rows = [row for row in self.tables["contacts"] if _addresses(row) & set(wanted)]
        shown = [_shown(row, body["properties"], ()) for row in rows]
        missing = {"numErrors": 1, "errors": [{"status": "error", "category": "OBJECT_NOT_FOUND"}]}
        return Answer.json({"status": "COMPLETE", "results": shown} | ({} if rows else missing), 207)

    def _associate(self, own: str, other: str, inputs: list[Any]) -> Answer:
        """Contacts with their primary companies, deals with contacts and companies; of those not there each is told."""
        results, errors = [], []
        for one in inputs:
            record, named = (
                next((row for row in self.tables[name] if row["id"] == one[end]["id"]), None)
                for name, end in ((own, "from"), (other, "to"))
            )
            assert one["types"][0]["associationTypeId"] == _TYPES[own, other]
            if record is None or named is None:
                context = {"fromObjectId": [one["from"]["id"]], "toObjectId": [one["to"]["id"]]}
                errors.append({"category": "OBJECT_NOT_FOUND", "context": context})
                continue
            if own == "contacts":
                record["properties"]["associatedcompanyid"] = named["id"]
            else:
                linked = record.setdefault("associations", {}).setdefault(other, {"results": []})
                linked["results"].append({"id": named["id"]})
            results.append({"fromObjectId": int(record["id"]), "toObjectId": int(named["id"]), "labels": []})
        told = {"status": "COMPLETE", "results": results}
        return Answer.json(
            {**told, "numErrors": len(errors), "errors": errors} if errors else told, 207 if errors else 201
        )

    def _misfit(self, kind: str, properties: Any, row: Any) -> Answer | None:
        """Why HubSpot does not take a record; row: the one that is there."""
        email = properties.get("email")
        others = [other for other in self.tables[kind] if other is not row]
        if (email and "@" not in email) or (
            kind == "companies" and row is None and not properties.keys() & {"name", "domain"}
        ):
            return self.refusal(400, "invalid")
        if email and any(email.casefold() in _addresses(other) for other in others):
            return self.refusal(409, "conflict")
        return None

    def _batch(self, kind: str, inputs: list[Any]) -> Answer:
        """All of it, or for one that does not fit nothing; records that are not there are told of one by one."""
        found = [self._of(kind, one) for one in inputs]
        for one, row in zip(inputs, found, strict=True):
            if misfit := self._misfit(kind, one["properties"], row):
                return misfit
        results, errors = [], []
        for one, row in zip(inputs, found, strict=True):
            if row is None and "idProperty" not in one:
                errors.append({"category": "OBJECT_NOT_FOUND", "context": {"ids": [one["id"]]}})
                continue
            row = row or self._made(kind)
            changed = self.changed[kind].removeprefix("properties.")
            row["properties"] |= one["properties"] | {changed: self.stamp(self.clock())}
            trace = {name: one[name] for name in ("objectWriteTraceId",) if name in one}
            results.append({"id": row["id"], "properties": one["properties"], **trace})
        told = {"status": "COMPLETE", "results": results}
        return Answer.json({**told, "numErrors": len(errors), "errors": errors} if errors else told)

    def _of(self, kind: str, one: Any) -> Any:
        """The record that an input of a batch is about; None: there is none."""
        by = one.get("idProperty")
        rows = self.tables[kind]
        return next(
            (row for row in rows if (row["properties"].get(by) if by else row["id"]) == one["id"]), None
        )

    def _made(self, kind: str) -> Any:
        number = max((int(row["id"]) for row in self.tables[kind]), default=0) + 1
        self.tables[kind].append({"id": str(number), "archived": False, "properties": {}})
        return self.tables[kind][-1]

    def _page(self, rows: list[Any], after: str, limit: str, **more: Any) -> Answer:
        first, size = int(after), int(limit)
        if size > 200 or first + size > _MOST:
            return self.refusal(400, "invalid")
        end = first + size
        paging = {"paging": {"next": {"after": str(end)}}} if end < len(rows) else {}
        return Answer.json({**more, "results": rows[first:end], **paging})


def _shown(row: Any, properties: Iterable[str], associations: Iterable[str]) -> Any:
    """A record as it is asked for."""
    linked = {name: told for name, told in row.get("associations", {}).items() if name in associations}
    shown = {**row, "properties": {name: row["properties"].get(name) for name in properties}}
    shown.pop("associations", None)
    return {**shown, "associations": linked} if linked else shown


def _fits(row: Any, condition: Mapping[str, Any]) -> bool:
    name = condition["propertyName"]
    if condition["operator"] == "EQ":
        return bool(str(row["properties"].get(name) or "").casefold() == condition["value"].casefold())
    wanted = int(condition["value"])
    told = row["id"] if name == "hs_object_id" else row["properties"][name]
    number = (
        int(told)
        if told.isdecimal()
        else int(datetime.fromisoformat(told).astimezone(UTC).timestamp() * 1000)
    )
    return bool({"GT": number > wanted, "GTE": number >= wanted}[condition["operator"]])


def _addresses(row: Any) -> set[str]:
    """Every address of a contact, in lower case."""
    told = row["properties"]
    more = (told.get("hs_additional_emails") or "").split(";")
    return {address.casefold() for address in (told.get("email"), *more) if address}
