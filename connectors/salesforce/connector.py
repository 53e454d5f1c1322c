"""What the manifest cannot say: who is there already is asked for many rows at once, and large batches are jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub import (
    BadAnswer,
    CheckResult,
    Context,
    Found,
    MissingScope,
    Refused,
    RestConnector,
    RowResult,
    RowStatus,
    WriteRow,
)

from .bulk import MOST, Bulk, Session, Words, refused
from .finding import Finding

#: Objects of the mapping's `out:` block: what Salesforce calls them, and what else is asked of who has an address.
OBJECTS: Mapping[str, tuple[str, str]] = {
    "accounts": ("Account", ""),
    "contacts": ("Contact", "Email IN ({words})"),
    "leads": ("Lead", "(IsConverted = false AND Email IN ({words}))"),
}
#: Records that one call deletes.
_DELETED = 200


class Salesforce(RestConnector, manifest=Path(__file__).with_name("manifest.yaml")):
    """Salesforce, as `manifest.yaml` describes it."""

    def check(self, context: Context) -> CheckResult:
        """What may be read, and why an object cannot be written."""
        told, session = super().check(context), self.session(context)
        lacks = {f"writing {name}": self._lack(session, kind) for name, (kind, _) in OBJECTS.items()}
        return replace(told, details={**told.details, **{name: why for name, why in lacks.items() if why}})

    def _lack(self, session: Session, kind: str) -> str:
        """What an object needs before it can be written; empty when nothing."""
        try:
            body = session.read("GET", self._path(f"sobjects/{kind}/describe")).body
        except (MissingScope, Refused):
            return f"is not possible: the user may not see {kind}"
        field = next((one for one in body["fields"] if one["name"] == self._hub_field), None)
        if not (body["createable"] and body["updateable"]):
            return f"is not possible: the user may not create and edit {kind}"
        if field is None:
            return (
                f"needs a field {self._hub_field} of {kind}: text, External ID, Unique; the user may edit it"
            )
        if not (field["externalId"] and field["unique"]):
            return f"needs {self._hub_field} of {kind} to be an External ID, and Unique"
        if not (field["createable"] and field["updateable"]):
            return f"needs the user's right to edit {self._hub_field} of {kind}"
        return ""

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        """Records with our id, else with exactly the e-mail address. Raises what the HTTP client raises."""
        if not rows or rows[0].object not in OBJECTS:
            return {}
        kind, by_mail = OBJECTS[rows[0].object]
        return Finding(self.session(context), self._path("query"), kind, by_mail, self._columns).found(rows)

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """One result for each row. Raises what the HTTP client raises, for the engine to judge."""
        if not rows or rows[0].object not in OBJECTS:
            return super().write(rows, context)
        parts = _parts(rows)
        results = [RowResult(row.delivery_id, RowStatus.OK) for row in parts.pop("nowhere", ())]
        if sum(map(len, parts.values())) < self.config.bulk_from:
            results += self._deleted(parts.pop("delete", ()), self.session(context))
            told = [row for some in parts.values() for row in some]
            return results + (super().write(told, context) if told else [])
        results += super().write(unnamed, context) if (unnamed := parts.pop("unnamed", ())) else []
        bulk = self._bulk(rows[0].object, context)
        return results + [result for how, some in parts.items() for result in bulk.write(some, how)]

    def _bulk(self, object_: str, context: Context) -> Bulk:
        kind, _ = OBJECTS[object_]
        jobs, words = self._path("jobs/ingest"), self._words(object_)
        return Bulk(self.session(context), jobs, kind, self._columns, words)

    def _words(self, object_: str) -> Words:
        words = self.document.manifest.write[object_].results
        assert words is not None, "the manifest has them"
        return words

    def _deleted(self, rows: Sequence[WriteRow], session: Session) -> list[RowResult]:
        """Results of rows that go into the recycle bin; those that are there already are well."""
        results: list[RowResult] = []
        for at in range(0, len(rows), _DELETED):
            some = rows[at : at + _DELETED]
            params = {"ids": ",".join(str(row.remote_id) for row in some), "allOrNone": "false"}
            body = session.send(
                "DELETE", self._path("composite/sobjects"), params=params, idempotent=True
            ).body
            if not isinstance(body, list) or len(body) != len(some):
                raise BadAnswer("HUB-4640", f"the answer to {len(some)} deletions does not tell of each")
            results += [self._judged(row, told) for row, told in zip(some, body, strict=True)]
        return results

    def _judged(self, row: WriteRow, told: Mapping[str, Any]) -> RowResult:
        if told.get("success"):
            return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)
        word = str((told.get("errors") or [{}])[0].get("statusCode") or "refused")
        return refused(row, word, self._words(row.object))

    @property
    def _hub_field(self) -> str:
        return str(self.config.hub_field)

    @property
    def _columns(self) -> Mapping[str, str]:
        """Fields of a row that Salesforce calls otherwise."""
        return {"hub_id": self._hub_field, "account_hub_id": f"Account.{self._hub_field}"}

    def _path(self, rest: str) -> str:
        return f"/services/data/v{self.config.api_version}/{rest}"


Salesforce.capabilities = replace(Salesforce.capabilities, write_batch=MOST, lookup=True, upserts=False)


def _parts(rows: Sequence[WriteRow]) -> dict[str, list[WriteRow]]:
    """Rows by how they are written; `nowhere`: to be deleted, and nothing of it is there; `unnamed`: without our id."""
    parts: dict[str, list[WriteRow]] = {}
    for row in rows:
        if row.op == "upsert":
            how = "unnamed" if not row.fields.get("hub_id") else "update" if row.remote_id else "upsert"
        else:
            how = "delete" if row.remote_id else "nowhere"
        parts.setdefault(how, []).append(row)
    return parts
