"""Large batches, by Bulk API 2.0: one job for rows that are written alike, its results joined on our key.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm

A job is made, gets one table, and is closed; only then it is worked on. Each step can be asked about afterwards: an answer
that was lost is looked up at the job, and nothing is uploaded twice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import orjson

from hub import BadAnswer, Refused, RowResult, RowStatus, Unreachable, Verdict, WriteRow

#: Rows of one job; Salesforce works on as many in one piece.
MOST = 10_000
#: States in which a job is still to be waited for; `Open` is before its table is complete.
_RUNNING = ("UploadComplete", "InProgress")
#: How often a job is waited for. Each time the HTTP client asks several times, with growing distance.
_ROUNDS = 30
#: What empties a field; an empty cell leaves it as it is.
_EMPTY = "#N/A"

Judge = Callable[[WriteRow], RowResult]


class Words(Protocol):
    """What words of Salesforce's mean for a row: `results` of the manifest."""

    @property
    def retryable(self) -> Any: ...
    @property
    def invalid(self) -> Any: ...
    @property
    def gone(self) -> Any: ...


class Session(Protocol):
    """Requests with the connection's credentials: what `RestConnector.session` gives."""

    @property
    def send(self) -> Callable[..., Any]: ...
    @property
    def read(self) -> Callable[..., Any]: ...


class Bulk:
    """Writes rows of one object by jobs."""

    def __init__(
        self, session: Session, jobs: str, name: str, columns: Mapping[str, str], words: Words
    ) -> None:
        """jobs: address of the jobs. name: of the object there. columns: of row fields that are called otherwise there;
        `hub_id` among them."""
        self._session, self._jobs, self._name = session, jobs, name
        self._columns, self._words = columns, words

    def write(self, rows: Sequence[WriteRow], operation: str) -> list[RowResult]:
        """One result for each row. operation: upsert, update or delete. Raises what the HTTP client raises before a job has rows."""
        return [
            result
            for at in range(0, len(rows), MOST)
            for result in self._written(rows[at : at + MOST], operation)
        ]

    def _written(self, rows: Sequence[WriteRow], operation: str) -> list[RowResult]:
        key = self._columns["hub_id"] if operation == "upsert" else "Id"
        cells = {self._key(row, operation): (row, self._cells(row, key, operation)) for row in rows}
        job = self._made(operation, key)
        try:
            ended = self._worked(job, table([told for _, told in cells.values()], key))
            found = self._results(job, key, ended) if ended else {}
        except (Unreachable, BadAnswer) as error:
            return [_unknown(row, f"job {job}: {error.message}") for row in rows]
        otherwise = _untold(ended, job)
        return [found.get(one, otherwise)(row) for one, (row, _) in cells.items()]

    def _key(self, row: WriteRow, operation: str) -> str:
        return str(row.fields["hub_id"] if operation == "upsert" else row.remote_id)

    def _cells(self, row: WriteRow, key: str, operation: str) -> dict[str, str]:
        told = {} if operation == "delete" else row.changed
        cells = {self._columns.get(name, name): cell(value) for name, value in told.items()}
        return {**cells, key: self._key(row, operation)}

    # --- the job ---------------------------------------------------------------------------------------------------

    def _made(self, operation: str, key: str) -> str:
        """The id of a new job. One whose answer was lost stays empty, and is not worked on."""
        told = {"object": self._name, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        if operation == "upsert":
            told["externalIdFieldName"] = key
        answer = self._session.send("POST", self._jobs, body=told, idempotent=True)
        if not isinstance(answer.body, dict) or not answer.body.get("id"):
            raise BadAnswer("HUB-4640", "Salesforce made a job and does not tell its id")
        return str(answer.body["id"])

    def _worked(self, job: str, rows: bytes) -> dict[str, Any]:
        """Gives a job its rows, and what is told of it when it is over; nothing when that takes longer than anybody
        waits. Where an answer was lost, the job's state tells how it went. Raises Refused when it takes no such rows."""
        kind, is_lost = {"Content-Type": "text/csv; charset=UTF-8"}, False
        try:
            self._session.send(
                "PUT", f"{self._jobs}/{job}/batches", body=rows, headers=kind, idempotent=False
            )
        except Unreachable:
            is_lost = True  # a job that got nothing cannot be closed, or works on no row
        closed = {"state": "UploadComplete"}
        try:
            self._session.send("PATCH", f"{self._jobs}/{job}", body=closed, idempotent=True)
        except Refused:
            if self._state(job) == "Open":
                self._abort(job)
                if is_lost:
                    return {"state": "Aborted", "numberRecordsProcessed": 0}
                raise
        return self._ended(job)

    def _abort(self, job: str) -> None:
        with suppress(Refused, Unreachable):
            self._session.send("PATCH", f"{self._jobs}/{job}", body={"state": "Aborted"}, idempotent=True)

    def _state(self, job: str) -> str:
        body = self._session.read("GET", f"{self._jobs}/{job}").body
        return str(body.get("state", "")) if isinstance(body, dict) else ""

    def _ended(self, job: str) -> dict[str, Any]:
        """What is told of a job that is over; nothing when it takes longer than anybody waits."""
        for _ in range(_ROUNDS):
            with suppress(Unreachable):
                body = self._session.read("GET", f"{self._jobs}/{job}", classify=_still_running).body
                return dict(body) if isinstance(body, dict) else {}
        return {}

    def _results(self, job: str, key: str, ended: Mapping[str, Any]) -> dict[str, Judge]:
        """What became of rows, by key."""
        if ended.get("state") == "Aborted":
            return {}
        kinds: dict[str, Callable[[Mapping[str, str]], Judge]] = {
            "unprocessedrecords": lambda told: _unprocessed(ended),
            "failedResults": self._failed,
            "successfulResults": _taken,
        }
        found: dict[str, Judge] = {}
        for name, judge in kinds.items():
            body = self._session.read("GET", f"{self._jobs}/{job}/{name}").body
            for told in csv.DictReader(io.StringIO(str(body), newline="")):
                found[told.get(key) or told.get("sf__Id") or ""] = judge(told)
        return found

    def _failed(self, told: Mapping[str, str]) -> Judge:
        word = _word(told.get("sf__Error"))
        return lambda row: refused(row, word, self._words)


def table(rows: Sequence[Mapping[str, str]], key: str) -> bytes:
    """Rows as CSV with line feeds; a field that a row does not have is an empty cell."""
    names = [key, *sorted({name for row in rows for name in row} - {key})]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """A value as a cell: several words of a list are a multi-select picklist."""
    if value in (None, "", [], {}):
        return _EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _still_running(status: int, headers: Mapping[str, str], data: bytes) -> Verdict | None:
    """A job that is not over is asked for again."""
    try:
        state = orjson.loads(data).get("state")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return Verdict("transient") if status == 200 and state in _RUNNING else None


def refused(row: WriteRow, word: str, words: Words) -> RowResult:
    """The result of a row that Salesforce refused with this word of its own."""
    if word in words.retryable:
        return RowResult(row.delivery_id, RowStatus.RETRYABLE, row.remote_id, "HUB-4642", word)
    if word in words.gone and row.op != "upsert":
        return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)
    if word in words.gone and row.remote_id is not None:
        return RowResult(row.delivery_id, RowStatus.GONE, None, "HUB-4645", word)
    status = RowStatus.INVALID if word in words.invalid else RowStatus.REJECTED
    return RowResult(row.delivery_id, status, row.remote_id, "HUB-4643", word)


def _taken(told: Mapping[str, str]) -> Judge:
    return lambda row: RowResult(row.delivery_id, RowStatus.OK, told["sf__Id"])


def _unprocessed(ended: Mapping[str, Any]) -> Judge:
    """For rows that the job did not come to: by fault of their table, or because it ended early."""
    word = _word(ended.get("errorMessage"))
    is_fault = word == "InvalidBatch"
    status, code = (RowStatus.REJECTED, "HUB-4822") if is_fault else (RowStatus.RETRYABLE, "HUB-4820")
    why = f"the job ended before it came to this row ({word})"
    return lambda row: RowResult(row.delivery_id, status, row.remote_id, code, why)


def _untold(ended: Mapping[str, Any], job: str) -> Judge:
    """For rows that no list of results has: nothing was done when the job is over and worked on nothing at all."""
    if ended and not ended.get("numberRecordsProcessed"):
        return _unprocessed(ended)
    why = f"job {job} does not tell of it" if ended else f"job {job} has not ended yet"
    return lambda row: _unknown(row, why)


def _unknown(row: WriteRow, why: str) -> RowResult:
    return RowResult(row.delivery_id, RowStatus.UNKNOWN, row.remote_id, "HUB-4821", why)


def _word(text: Any) -> str:
    """The first word of a message: what follows may repeat values of the row."""
    word = str(text or "").partition(":")[0].strip()
    return word if word.replace("_", "").isalnum() and len(word) <= 64 else "no reason is given"
