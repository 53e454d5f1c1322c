"""The jobs of Bulk API 2.0 in a Salesforce-shaped org, for tests: one table for each job, results as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked

#: Writes one record as the composite calls do: operation, object, record -> {"id": …, "success": …, "errors": […]}.
Write = Callable[[str, str, dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
class Job:
    """One job, and what became of its rows."""

    told: dict[str, Any]
    state: str = "Open"
    table: bytes | None = None
    #: How often it is asked for before it is over.
    left: int = 0
    error: str = ""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class FakeJobs:
    """All jobs of an org."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.jobs: dict[str, Job] = {}
        #: How often a job is asked for before it is over.
        self.slow = 0
        #: Rows that a job gets done before it fails.
        self.stops_after: int | None = None
        #: Columns that there are not.
        self.unknown: set[str] = set()

    def answer(self, asked: Asked, steps: list[str]) -> Answer:
        """steps: of the address, behind `jobs/ingest`."""
        if not steps:
            id_ = f"750Ws{len(self.jobs) + 1:013}"
            self.jobs[id_] = Job(orjson.loads(asked.body), left=self.slow)
            return self._shown(id_)
        id_, *rest = steps
        job = self.jobs[id_]
        match asked.method, rest:
            case "PUT", ["batches"]:
                if job.table is not None or job.state != "Open":
                    return _refusal("INVALIDBATCH")
                assert asked.headers["content-type"].startswith("text/csv")
                job.table = asked.body
                return Answer(201)
            case "PATCH", []:
                return self._moved(id_, job, orjson.loads(asked.body)["state"])
            case "GET", []:
                self._goes_on(job)
                return self._shown(id_)
        return _table(job.tables.get(rest[0], []))

    def _moved(self, id_: str, job: Job, state: str) -> Answer:
        if job.state != "Open" or (state == "UploadComplete" and job.table is None):
            return _refusal("INVALIDJOBSTATE")
        job.state = state
        return self._shown(id_)

    def _goes_on(self, job: Job) -> None:
        if job.state not in ("UploadComplete", "InProgress"):
            return
        job.state = "InProgress"
        job.left -= 1
        if job.left < 0:
            self._work(job)

    def _work(self, job: Job) -> None:
        text = (job.table or b"").decode()
        assert "\r" not in text and job.told["lineEnding"] == "LF"
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows = list(reader)
        lost = self.unknown & set(reader.fieldnames or ())
        done = 0 if lost else len(rows) if self.stops_after is None else self.stops_after
        job.state = "JobComplete" if done >= len(rows) else "Failed"
        job.error = "" if done >= len(rows) else "TooManyErrors : it took too long"
        job.error = f"InvalidBatch : Field name not found : {min(lost)}" if lost else job.error
        good, bad = [], []
        for row in rows[:done]:
            result = self._write(job.told["operation"], job.told["object"], _record(row))
            if result["success"]:
                good.append({"sf__Id": result["id"], "sf__Created": "true", **row})
            else:
                word = result["errors"][0]["statusCode"]
                bad.append({"sf__Id": "", "sf__Error": f"{word}:It was refused.:--", **row})
        tables = (reversed(good), reversed(bad), rows[done:])  # in no order that means anything
        names = ("successfulResults", "failedResults", "unprocessedrecords")
        job.tables = {name: list(told) for name, told in zip(names, tables, strict=True)}

    def _shown(self, id_: str) -> Answer:
        job = self.jobs[id_]
        done = sum(len(job.tables.get(name, ())) for name in ("successfulResults", "failedResults"))
        told = {"id": id_, "state": job.state, "numberRecordsProcessed": done, **job.told}
        return Answer.json(told | ({"errorMessage": job.error} if job.error else {}))


def _record(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a record: an empty cell says nothing, #N/A empties; a dotted column is about another record."""
    told: dict[str, Any] = {}
    for name, value in row.items():
        if value:
            told["id" if name == "Id" else name] = None if value == "#N/A" else value
    return told


def _table(rows: Iterable[Mapping[str, Any]]) -> Answer:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["sf__Id"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Answer(200, text.getvalue().encode(), {"Content-Type": "text/csv; charset=UTF-8"})


def _refusal(word: str) -> Answer:
    return Answer.json([{"errorCode": word, "message": "It was refused."}], 400)
