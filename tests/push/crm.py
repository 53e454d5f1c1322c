"""Connectors for the fake CRM, as different as vendors are, and a project that pushes into it.

upsert   an upsert by an id of ours, in batches                 (Salesforce, HubSpot)
keyed    creates made harmless by idempotency keys              (Stripe, Xero)
lookup   neither: looked up by e-mail, then created or updated  (Pipedrive, Insightly)
blind    neither upsert, nor keys, nor a look-up
careless says that it upserts and does not: the negative control
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from hub import (
    BadAnswer,
    Capabilities,
    Checkpoint,
    Connector,
    Context,
    Found,
    HttpOptions,
    Page,
    Refused,
    RowResult,
    RowStatus,
    Selection,
    Stream,
    Unreachable,
    WriteRow,
)
from hub.models import RunKind
from hub.plugins import Plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync.engine import Engine, SyncOptions, SyncResult
from hub.sync.push import PushOptions
from hub.testing.fake_crm import OBJECTS, FakeCrm
from tests.sync.scripted import Script, connectors, one_page


class CrmConfig(BaseModel):
    """Where the CRM is."""

    url: str = Field(description="Its base URL.")
    timeout: float = Field(default=5.0, description="Seconds that it has to answer.")
    batch: bool = Field(default=True, description="Whether rows go in batches.")
    user: str | None = Field(default=None, description="Who we are there.")


class Crm(Connector):
    """An upsert by an id of ours."""

    name: ClassVar[str] = "upsert"
    title: ClassVar[str] = "Fake CRM"
    Config: ClassVar[type[BaseModel]] = CrmConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, upserts=True, write_batch=100, scans=OBJECTS, archives=OBJECTS
    )
    #: How a row is written that has no remote id.
    create: ClassVar[str] = "upsert"

    def http(self) -> HttpOptions:
        return HttpOptions(
            base_url=self.config.url + "/v1", trusted_hosts=("127.0.0.1",), timeout=self.config.timeout
        )

    # Reading

    def streams(self) -> Sequence[Stream]:
        return [Stream("contacts", "customer", "id")]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        after = checkpoint.stream("contacts") or 0
        while True:
            body = context.http.get_json("/contacts/changes", params={"after": after}).body
            if not body["records"]:
                return
            after = body["last"]
            yield Page("contacts", body["records"], after)

    def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
        """Every record, with our id among the fields."""
        after: int | None = 0
        while after is not None:
            body = context.http.get_json(f"/{object_}", params={"after": after, "limit": 500}).body
            yield [
                Found(record["id"], {"hub_id": record["hub_id"], **record["fields"]})
                for record in body["records"]
            ]
            after = body.get("last")

    # Writing

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        if self.config.batch:
            return self._batch(rows, context)
        return [self._one(row, context) for row in rows]

    def _batch(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        sent = [
            {
                "op": row.op if row.op != "upsert" else "update" if row.remote_id else self.create,
                "id": row.remote_id,
                "hub_id": row.customer_id,
                "key": row.idempotency_key,
                "fields": dict(row.changed),
            }
            for row in rows
        ]
        answer = context.http.request(
            "POST", f"/{rows[0].object}/batch", json={"rows": sent}, idempotent=self.capabilities.upserts
        )
        if not isinstance(answer.body, dict) or "results" not in answer.body:
            raise BadAnswer("HUB-4032", "no results in the answer")
        told = {item["hub_id"]: item for item in answer.body["results"]}
        return [self._told(row, told[row.customer_id]) for row in rows if row.customer_id in told]

    def _told(self, row: WriteRow, item: Mapping[str, Any]) -> RowResult:
        if item["status"] == "ok":
            return RowResult(row.delivery_id, RowStatus.OK, item["id"], fields=item["fields"])
        error = item["error"]
        status = RowStatus.GONE if error["status"] == 404 else RowStatus.REJECTED
        return RowResult(
            row.delivery_id, status, code=error["code"], message=f"{error['field']} {error['message']}"
        )

    def _one(self, row: WriteRow, context: Context) -> RowResult:
        path = f"/{row.object}"
        fields = {"fields": dict(row.changed), "hub_id": row.customer_id}
        try:
            if row.op == "delete":
                context.http.request("DELETE", f"{path}/{row.remote_id}")
                return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)
            if row.op == "archive":
                answer = context.http.request("POST", f"{path}/{row.remote_id}/archive", json={})
            elif row.remote_id:
                answer = context.http.request("PATCH", f"{path}/{row.remote_id}", json=fields)
            elif self.create == "upsert":
                answer = context.http.request("PUT", f"{path}/by/hub_id/{row.customer_id}", json=fields)
            else:
                headers = {"Idempotency-Key": row.idempotency_key}
                answer = context.http.request(
                    "POST", path, json=fields, headers=headers, idempotent=self.capabilities.upserts
                )
        except Refused as error:
            status = RowStatus.GONE if error.status == 404 else RowStatus.REJECTED
            return RowResult(row.delivery_id, status, code=error.code, message=error.message)
        except (Unreachable, BadAnswer) as error:
            return RowResult(row.delivery_id, RowStatus.UNKNOWN, code=error.code, message=error.message)
        if not isinstance(answer.body, dict) or "id" not in answer.body:
            return RowResult(row.delivery_id, RowStatus.UNKNOWN, code="HUB-4032", message="no id came")
        return RowResult(
            row.delivery_id, RowStatus.OK, str(answer.body["id"]), fields=answer.body.get("fields")
        )


class KeyedCrm(Crm):
    """Creates, made harmless by idempotency keys."""

    name: ClassVar[str] = "keyed"
    create: ClassVar[str] = "create"


class LookupCrm(Crm):
    """Looks up by an e-mail address before it creates."""

    name: ClassVar[str] = "lookup"
    create: ClassVar[str] = "create"
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, lookup=True, write_batch=20, scans=OBJECTS
    )

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        emails = [row.fields["email"] for row in rows if row.fields.get("email")]
        found: dict[str, list[Found]] = {}
        body = {"field": "email", "values": emails}
        answer = context.http.request("POST", f"/{rows[0].object}/search", json=body, idempotent=True).body
        for record in answer["records"]:
            found.setdefault(record["fields"]["email"], []).append(Found(record["id"], record["fields"]))
        return {row.delivery_id: found.get(row.fields.get("email") or "", []) for row in rows}


class BlindCrm(Crm):
    """Creates, and cannot look up."""

    name: ClassVar[str] = "blind"
    create: ClassVar[str] = "create"
    capabilities: ClassVar[Capabilities] = Capabilities(source=True, destination=True, write_batch=100)


class CarelessCrm(Crm):
    """Says that writing twice does no harm; creates all the same. To be run against a CRM without keys."""

    name: ClassVar[str] = "careless"
    create: ClassVar[str] = "create"


class DealingCrm(Crm):
    """Its deals are read, too."""

    name: ClassVar[str] = "dealing"

    def streams(self) -> Sequence[Stream]:
        return [Stream("contacts", "customer", "id"), Stream("deals", "deal", "id")]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        for one in selection.streams:
            after = checkpoint.stream(one.name) or 0
            body = context.http.get_json(f"/{one.name}/changes", params={"after": after}).body
            if body["records"]:
                yield Page(one.name, body["records"], body["last"])


CRMS: dict[str, type[Connector]] = {
    one.name: one for one in (Crm, KeyedCrm, LookupCrm, BlindCrm, CarelessCrm, DealingCrm)
}

FIELDS = "{hub_id: $.customer_id, email: $.email, name: $.full_name, job: $.job_title, phone: $.phone}"
OUT = f"""\
mapping: crm
connector: crm
streams:
  contacts:
    emit:
      - entity: customer
        key: $.id
        fields:
          full_name: $.fields.name
          email: $.fields.email
          job_title: $.fields.job
          phone: $.fields.phone
          external_updated_at: $.updated_at
out:
  contacts:
    fields: {FIELDS}
"""
SOURCE = """\
mapping: scripted
connector: scripted
streams:
  people:
    emit:
      - entity: customer
        key: $.id
        fields:
          full_name: $.name
          email: $.email
          job_title: $.job
          phone: $.phone
          kind: $.kind
          external_updated_at: $.updated
"""


def person(number: int, **more: Any) -> dict[str, Any]:
    """An invented customer, unlike all others."""
    return {"id": number, "name": f"{_WORDS[number % 20]} {_WORDS[number // 20 % 20]}son {number}",
            "email": f"p{number}@example.com", "kind": "person", **more}  # fmt: skip


_WORDS = ["Ada", "Bea", "Cleo", "Dora", "Edda", "Fay", "Gwen", "Hana", "Ida", "Jo"]
_WORDS += ["Kim", "Lea", "Mia", "Noor", "Olga", "Pia", "Ruth", "Sue", "Tess", "Una"]


@dataclass
class PushProject:
    """A project with a scripted source and the fake CRM as its destination."""

    folder: Path
    crm: FakeCrm
    script: Script
    kind: str
    engine: Engine

    @classmethod
    def make(
        cls, folder: Path, crm: FakeCrm, kind: str = "upsert", *, both_ways: bool = False, **config: Any
    ) -> PushProject:
        """A project folder. both_ways: the CRM is read, too, by every sync that also pushes to it. config: may say by what
        `url` the CRM is reached."""
        (folder / "mappings").mkdir(parents=True)
        (folder / "mappings" / "scripted.yaml").write_text(SOURCE)
        (folder / "mappings" / f"{kind}.yaml").write_text(OUT)
        url = config.pop("url", crm.url)
        told = "".join(f", {name}: {str(value).lower()}" for name, value in config.items())
        (folder / "hub.yaml").write_text(
            "connections:\n  shop: {connector: scripted}\n"
            f"  crm: {{connector: {kind}, after_sync: true, config: {{url: '{url}'{told}}}}}\n"
        )
        script = Script(notes=folder / "notes")
        return cls(folder, crm, script, kind, open_engine(folder, script))

    # Doing

    def read(self, *records: Any, **page: Any) -> SyncResult:
        """The shop tells of these records; they are consolidated and planned, and nothing is pushed."""
        self.script.pages = one_page("people", list(records), **page)
        steps = frozenset({RunKind.PULL, RunKind.CONSOLIDATE})
        return self.engine.sync(["shop"], SyncOptions(steps=steps))

    def push(self, **options: Any) -> SyncResult:
        """`hub push crm`, by a person who has seen what it will do."""
        if options.pop("seen", True):
            self.preview()
        options.setdefault("by_person", True)
        return self.engine.sync(
            ["crm"], SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(**options))
        )

    def preview(self) -> Any:
        """`hub push crm --dry-run`."""
        return self.engine.preview("crm", seen=True)

    def later(self) -> None:
        """Time passes: everything that waits is due."""
        self.engine.store.driver.execute(
            "UPDATE outbox SET next_at = '2000-01-01T00:00:00.000Z' WHERE next_at > ''"
        )
        self.engine.store.driver.execute(
            "UPDATE push_destinations SET closed_until = '2000-01-01T00:00:00.000Z' WHERE closed_until > ''"
        )

    def map_out(self, old: str, new: str) -> None:
        """Edits the mapping of the CRM."""
        path = self.folder / "mappings" / f"{self.kind}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.reopen()

    def reopen(self) -> None:
        """Another process comes by."""
        self.engine.close()
        self.engine = open_engine(self.folder, self.script)

    # Looking

    def counts(self, result: SyncResult) -> dict[str, int]:
        """What became of the rows of the push, without the empty buckets; they add up."""
        (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
        counts = {name: count for name, count in run.counts.items() if count}
        assert counts.get("read", 0) == sum(count for name, count in counts.items() if name != "read")
        return counts

    def status(self, result: SyncResult) -> str:
        """How the push ended."""
        (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
        return run.status.value

    def code(self, result: SyncResult) -> str | None:
        """The code of the error that ended the push."""
        (run,) = [run for run in result.runs if run.kind is RunKind.PUSH]
        return (run.error or {}).get("code")

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of the store."""
        return self.engine.store.driver.query(sql, params)

    def open_rows(self) -> dict[str, int]:
        """How many rows of the outbox are not over, by status."""
        return dict(
            self.query(
                "SELECT status, count(*) FROM outbox WHERE status IN ('pending', 'retry', 'unknown', 'rejected', "
                "'invalid') GROUP BY status"
            )
        )

    def codes(self) -> list[str]:
        """Codes of open rows' last attempts."""
        return [
            row.code or ""
            for row in self.engine.store.outbox.find(statuses=("rejected", "invalid", "unknown", "retry"))
        ]


def open_engine(folder: Path, script: Script) -> Engine:
    """The engine of a project that pushes into the CRM."""
    settings = load(folder)
    plugins = Plugins(connectors={"scripted": connectors(script)["scripted"], **CRMS})
    return Engine(settings, plugins, open_store(settings.store_path))
