"""A small CRM on loopback: what is written stays written, is looked up, is read back, and may go wrong on the way.

    with FakeCrm() as crm:
        crm.lose_answers(1)                     # it does what it is asked, and nobody hears of it
        httpx.post(crm.url + "/v1/contacts", json={"fields": {"email": "ann@example.com"}})
        crm.contacts                            # remote id -> the fields it holds
        crm.written                             # every write it took, in order: the truth to reconcile with

    POST   /v1/{object}                    create; `Idempotency-Key` makes a repetition harmless
    PUT    /v1/{object}/by/hub_id/{id}     create or update by an id of the client's
    PATCH  /v1/{object}/{id}               update; 404 when it is not there (any more)
    DELETE /v1/{object}/{id}
    POST   /v1/{object}/{id}/archive       puts it away: `archived` is true of it from then on
    GET    /v1/{object}/{id}
    POST   /v1/{object}/batch              {rows: [{op, id, hub_id, key, fields}]} -> {results: […]} in another order
    POST   /v1/{object}/search             {field, values} -> {records: […]}
    GET    /v1/{object}?after=N&limit=100  {records: […], last} in the order of their making
    GET    /v1/{object}/changes?after=N    what changed since

Objects are companies, contacts and deals. A record is {id, hub_id, version, updated_at, updated_by, fields}; who changed it
last is api or person, as with CRMs that tell the user only: what an automation does under our user looks like our own write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import orjson

from hub.models import Json
from hub.testing.fake_server import Answer, Asked, FakeServer

#: Kinds of record that the CRM has.
OBJECTS = ("companies", "contacts", "deals")
#: Says what is wrong with the fields of a record: (field, reason), or None.
Check = Callable[[str, Mapping[str, Json]], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Written:
    """One write that happened, whatever its client heard of it."""

    object: str
    op: Literal["create", "update", "delete"]
    remote_id: str
    hub_id: str | None
    fields: Mapping[str, Json]
    #: api, or person: somebody at the CRM's own screen.
    by: str


class Refusal(Exception):  # noqa: N818 - of the fake, and an answer
    """The CRM says no to one record."""

    def __init__(self, status: int, code: str, field: str = "", message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "field": field, "message": message or code}


def plain_check(object_: str, fields: Mapping[str, Json]) -> tuple[str, str] | None:
    """An e-mail address has an @, and no text is longer than 255."""
    email = fields.get("email")
    if email is not None and "@" not in str(email):
        return "email", "is no address"
    long = next((name for name, value in fields.items() if isinstance(value, str) and len(value) > 255), None)
    return (long, "is too long") if long else None


class FakeCrm(FakeServer):
    """The CRM. Its knobs may be turned while it serves."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(clock=clock)
        #: object -> remote id -> record.
        self.objects: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in OBJECTS}
        #: Every write it took, in order.
        self.written: list[Written] = []
        #: Whether one bad row makes a whole batch fail (as HubSpot, Dataverse, Odoo), or only itself.
        self.whole_batches = False
        #: Whether `Idempotency-Key` and `key` of a row mean anything.
        self.keeps_keys = True
        #: What it refuses.
        self.check: Check = plain_check
        #: What it makes of a field's value when it saves it, by field.
        self.rewrites: dict[str, Callable[[Json], Json]] = {}
        #: Requests a second that it takes; more are answered 429.
        self.per_second: int | None = None
        #: Seconds in which it counts them.
        self.window = 1.0
        #: Whether a 429 says how long to wait.
        self.tells_wait = True
        self._keys: dict[str, str] = {}
        self._by_hub_id: dict[tuple[str, str | None], str] = {}
        self._numbers = 0
        self._versions = 0
        self._recent: list[datetime] = []
        self._lost = 0

    # Looking and working at its own screen

    @property
    def contacts(self) -> dict[str, dict[str, Json]]:
        """Remote id -> fields of every contact."""
        return {id_: record["fields"] for id_, record in self.objects["contacts"].items()}

    def edit(self, object_: str, remote_id: str, by: str = "person", **fields: Json) -> None:
        """A person changes a record, or an automation under the user of the API: `by="api"`."""
        with self.lock:
            self._update(object_, self.objects[object_][remote_id], fields, by)

    def add(self, object_: str, hub_id: str | None = None, **fields: Json) -> str:
        """A person adds a record; its id."""
        with self.lock:
            return str(self._create(object_, hub_id, fields, "person")["id"])

    def remove(self, object_: str, remote_id: str) -> None:
        """A person deletes a record."""
        with self.lock:
            self._delete(object_, self.objects[object_][remote_id], "person")

    def writes(self, object_: str = "contacts", by: str = "api") -> list[Written]:
        """The writes of one kind of record that came through the API, or from people."""
        return [one for one in self.written if one.object == object_ and one.by == by]

    # Misbehaving

    def lose_answers(self, times: int = 1) -> None:
        """Do what the next writing requests ask for, and hang up instead of answering."""
        self._lost = times

    def throttle(self, how: Literal["429", "429 without a word", "403", "200"], times: int = 1) -> None:
        """Tell the next clients that they are too fast, in one of the ways that vendors do."""
        match how:
            case "429":
                self.fail(times, status=429, retry_after=0)
            case "429 without a word":
                self.fail(times, status=429)
            case "403":
                self.fail(times, status=403, body={"error": {"reason": "rateLimitExceeded"}})
            case "200":
                self.fail(times, status=200, body={"errors": [{"code": "THROTTLED"}]})

    def handle(self, asked: Asked) -> Answer | None:
        """As FakeServer, with lost answers around it."""
        answer = super().handle(asked)
        writes = asked.method != "GET" and not asked.path.endswith("/search")
        if writes and self._lost > 0:
            self._lost -= 1
            return None
        return answer

    # Answering

    def answer(self, asked: Asked) -> Answer:
        """Route a request, unless it comes too fast."""
        if self.per_second is not None and self._too_fast(self.per_second):
            return Answer.json({"error": "slow down"}, 429, {"Retry-After": "0.2"} if self.tells_wait else {})
        _, version, object_, *rest = [*asked.path.split("/"), "", ""][:7]
        if version != "v1" or object_ not in self.objects:
            return Answer.json({"error": {"code": "NOT_FOUND"}}, 404)
        body = orjson.loads(asked.body) if asked.body else {}
        try:
            return self._route(asked, object_, [part for part in rest if part], body)
        except Refusal as refusal:
            return Answer.json({"error": refusal.body}, refusal.status)

    def _route(self, asked: Asked, object_: str, rest: list[str], body: Json) -> Answer:
        match asked.method, rest:
            case "POST", []:
                key = asked.headers.get("idempotency-key", "")
                return Answer.json(self._keyed(object_, body.get("hub_id"), key, body["fields"]), 201)
            case "GET", []:
                return self._list(object_, int(asked.query.get("after") or 0), asked.query.get("limit"))
            case "POST", [remote_id, "archive"]:
                return Answer.json(self._update(object_, self._get(object_, remote_id), {"archived": True}))
            case "POST", ["batch"]:
                return self._batch(object_, body["rows"])
            case "POST", ["search"]:
                return Answer.json({"records": self._search(object_, body["field"], body["values"])})
            case "PUT", ["by", "hub_id", hub_id]:
                return Answer.json(self._upsert(object_, hub_id, body["fields"]))
            case "PATCH", [remote_id]:
                return Answer.json(self._update(object_, self._get(object_, remote_id), body["fields"]))
            case "GET", ["changes"]:
                return self._changes(object_, int(asked.query.get("after") or 0))
            case "GET", [remote_id]:
                return Answer.json(self._get(object_, remote_id))
            case "DELETE", [remote_id]:
                self._delete(object_, self._get(object_, remote_id), "api")
                return Answer(204)
        return Answer.json({"error": {"code": "NOT_FOUND"}}, 404)

    def _too_fast(self, per_second: int) -> bool:
        now = self.clock()
        self._recent = [at for at in self._recent if (now - at).total_seconds() < self.window]
        if len(self._recent) >= per_second * self.window:
            return True
        self._recent.append(now)
        return False

    def _batch(self, object_: str, rows: list[dict[str, Json]]) -> Answer:
        if self.whole_batches:
            for row in rows:
                self._valid(object_, row.get("fields") or {})
        results = [self._row(object_, row) for row in rows]
        failed = any(result["status"] == "error" for result in results)
        # In another order than they came: results are joined on ids, not on places.
        return Answer.json({"results": results[::-1]}, 207 if failed else 200)

    def _row(self, object_: str, row: dict[str, Json]) -> dict[str, Json]:
        hub_id, fields = row.get("hub_id"), row.get("fields") or {}
        try:
            if row["op"] == "delete":
                record = self._get(object_, row["id"])
                self._delete(object_, record, "api")
            elif row["op"] == "archive":
                record = self._update(object_, self._get(object_, row["id"]), {"archived": True})
            elif row["op"] == "create":
                record = self._keyed(object_, hub_id, row.get("key") or "", fields)
            elif row.get("id"):
                record = self._update(object_, self._get(object_, row["id"]), fields)
            else:
                record = self._upsert(object_, hub_id, fields)
        except Refusal as refusal:
            return {"hub_id": hub_id, "status": "error", "error": {**refusal.body, "status": refusal.status}}
        return {"hub_id": hub_id, "status": "ok", "id": record["id"], "fields": record["fields"]}

    def _search(self, object_: str, field: str, values: list[Json]) -> list[dict[str, Any]]:
        found = self.objects[object_].values()
        if field == "hub_id":
            return [record for record in found if record["hub_id"] in values]
        return [record for record in found if record["fields"].get(field) in values]

    def _list(self, object_: str, after: int, limit: str | None) -> Answer:
        """Records behind a number, oldest first; `last` leads on, and is missing on the last page."""
        size = min(int(limit or 100), 1000)
        numbered = ((int(id_.partition("-")[2]), record) for id_, record in self.objects[object_].items())
        page = list(islice((one for one in numbered if one[0] > after), size + 1))
        last = {"last": page[size - 1][0]} if len(page) > size else {}
        return Answer.json({"records": [record for _, record in page[:size]], **last})

    def _changes(self, object_: str, after: int) -> Answer:
        records = sorted(self.objects[object_].values(), key=lambda record: int(record["version"]))
        waiting = [record for record in records if record["version"] > after][:100]
        return Answer.json({"records": waiting, "last": waiting[-1]["version"] if waiting else after})

    # Writing

    def _get(self, object_: str, remote_id: Json) -> dict[str, Any]:
        if remote_id not in self.objects[object_]:
            raise Refusal(404, "GONE", message="there is no such record")
        return self.objects[object_][remote_id]

    def _valid(self, object_: str, fields: Mapping[str, Json]) -> None:
        fault = self.check(object_, fields)
        if fault:
            raise Refusal(422, "INVALID", *fault)

    def _keyed(
        self, object_: str, hub_id: str | None, key: str, fields: Mapping[str, Json]
    ) -> dict[str, Any]:
        """A create; one with a key that was seen before makes nothing."""
        known = self._keys.get(key) if self.keeps_keys and key else None
        if known is not None:
            return self._get(object_, known)
        record = self._create(object_, hub_id, fields, "api")
        self._keys[key] = record["id"]
        return record

    def _upsert(self, object_: str, hub_id: str | None, fields: Mapping[str, Json]) -> dict[str, Any]:
        known = self.objects[object_].get(self._by_hub_id.get((object_, hub_id), ""))
        if hub_id is not None and known is not None:
            return self._update(object_, known, fields)
        return self._create(object_, hub_id, fields, "api")

    def _create(
        self, object_: str, hub_id: str | None, fields: Mapping[str, Json], by: str
    ) -> dict[str, Any]:
        self._valid(object_, fields)
        self._numbers += 1
        record: dict[str, Any] = {"id": f"{object_[:2]}-{self._numbers}", "hub_id": hub_id, "fields": {}}
        self.objects[object_][record["id"]] = record
        self._by_hub_id[object_, hub_id] = record["id"]
        self._save(record, fields, by)
        self.written.append(Written(object_, "create", record["id"], hub_id, dict(fields), by))
        return record

    def _update(
        self, object_: str, record: dict[str, Any], fields: Mapping[str, Json], by: str = "api"
    ) -> dict[str, Any]:
        self._valid(object_, fields)
        self._save(record, fields, by)
        self.written.append(Written(object_, "update", record["id"], record["hub_id"], dict(fields), by))
        return record

    def _delete(self, object_: str, record: dict[str, Any], by: str) -> None:
        del self.objects[object_][record["id"]]
        self.written.append(Written(object_, "delete", record["id"], record["hub_id"], {}, by))

    def _save(self, record: dict[str, Any], fields: Mapping[str, Json], by: str) -> None:
        for name, value in fields.items():
            record["fields"][name] = self.rewrites.get(name, lambda same: same)(value)
        self._versions += 1
        record["version"], record["updated_by"] = self._versions, by
        record["updated_at"] = self.clock().astimezone(UTC).isoformat(timespec="milliseconds")
