"""What became of each row, read from the answer to a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.contract import JsonAnswer
from hub.errors import BadAnswer
from hub.models import Json, RowResult, RowStatus, WriteRow
from hub.rest.finding import listed
from hub.rest.paths import field_reader
from hub.rest.rows import Rows
from hub.rest.template import fill
from hub.rest.write_spec import Results, RowErrors


def judged(
    spec: Results, rows: Sequence[WriteRow], answer: JsonAnswer, made: Rows, where: str
) -> list[RowResult]:
    """One result for each row. A row that the answer does not tell of is unknown.

    Raises BadAnswer HUB-4640 when the answer has no list of results, or one of another length."""
    told = listed(spec.at, answer, where)
    if spec.match == "position":
        if len(told) != len(rows):
            problem = f"the answer to a write tells of {len(told)} rows, not of {len(rows)}"
            raise BadAnswer("HUB-4640", problem, where=where)
        return [_result(spec, row, item) for row, item in zip(rows, told, strict=True)]
    assert spec.key is not None, "the manifest was checked"
    result_key = field_reader(spec.key)
    by_key = {str(result_key(item)): item for item in told if result_key(item) is not None}
    keys = [str(fill(spec.equals, made.scope(row))) for row in rows]
    refused = _refusals(spec.errors, keys, answer.body) if spec.errors else {}
    return [
        _refused(spec, row, refused[key], None)
        if key in refused
        else _result(spec, row, by_key[key])
        if key in by_key
        else untold(row, "the answer does not tell of it")
        for row, key in zip(rows, keys, strict=True)
    ]


def _refusals(spec: RowErrors, keys: Sequence[str], body: Json) -> Mapping[str, Json]:
    """Keys of refused rows, and the vendor's code. An error that names no row is that of the only one."""
    readers = [field_reader(name) for name in ([spec.key] if isinstance(spec.key, str) else spec.key)]
    code_of = field_reader(spec.code)
    refused: dict[str, Json] = {}
    for error in spec.at.all(body):
        named = [str(key) for read in readers for key in _each(read(error))]
        for key in named or (keys if len(keys) == 1 else ()):
            refused[key] = code_of(error)
    return refused


def _each(value: Json) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _result(spec: Results, row: WriteRow, item: Json) -> RowResult:
    code = field_reader(spec.code)(item) if spec.code else None
    status = field_reader(spec.status)(item) if spec.status else None
    remote = field_reader(spec.id)(item) if spec.id else None
    remote_id = row.remote_id if remote in (None, "") else str(remote)
    is_ok = status in spec.ok if spec.status else code in (None, "")
    if is_ok:
        return RowResult(row.delivery_id, RowStatus.OK, remote_id)
    return _refused(spec, row, code, status)


def _refused(spec: Results, row: WriteRow, code: Json, status: Json) -> RowResult:
    """A refusal; the id that comes with one may be another record's, with which the row collides."""
    said = _word(code) or _word(status) or "refused"
    if code in spec.retryable:
        return RowResult(row.delivery_id, RowStatus.RETRYABLE, row.remote_id, "HUB-4642", said)
    if code in spec.gone and row.remote_id is not None:
        return gone(row, said)
    kind = RowStatus.INVALID if code in spec.invalid else RowStatus.REJECTED
    return RowResult(row.delivery_id, kind, row.remote_id, "HUB-4643", said)


def untold(row: WriteRow, why: str) -> RowResult:
    """The result of a row that may have been taken, or not."""
    return RowResult(row.delivery_id, RowStatus.UNKNOWN, row.remote_id, "HUB-4641", why)


def gone(row: WriteRow, said: str) -> RowResult:
    """The result of a row whose record is not there any more."""
    return RowResult(row.delivery_id, RowStatus.GONE, None, "HUB-4645", said)


def _word(value: Json) -> str:
    """A vendor's machine word, never a sentence: sentences repeat values of the row."""
    text = "" if value is None or isinstance(value, dict | list) else str(value)
    is_word = text.replace("_", "").replace("-", "").replace(".", "").isalnum() and len(text) <= 64
    return text if is_word else ""
