"""The write side: one result a row, and no doubles, also when answers are lost on their way.

Rows go through the engine's own delivery, which looks up where that is needed, and halves what is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.errors import Unreachable
from hub.models import RowResult, RowStatus, WriteRow
from hub.store.outbox import Claimed
from hub.sync.delivery import Delivery
from hub.sync.scanning import scanned
from hub.sync.sending import Sending
from hub.testing.fake_server import Answer, Asked, FakeServer

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

#: Requests of one delivery that are disturbed, one after the other.
_MOST = 30


def writes(case: Conformance) -> None:
    """Good rows are taken, a bad one is refused alone, and all of it once more changes nothing."""
    rows = list(case.rows())
    assert len(rows) >= 3, "give at least two good rows and one that is refused"
    with case.open() as bench:
        first = _deliver(bench, rows)
        _as_told(rows, first, "the first time")
        _as_told(rows, _deliver(bench, rows, in_doubt=True), "after a lost answer")
        known = [replace(row, remote_id=first[row.delivery_id].remote_id) for row in rows]
        _as_told(rows, _deliver(bench, known), "with its id there")
        _no_doubles(case, bench, rows)
        _listed(bench, rows, first)
        asked = len(bench.vendor.requests) if isinstance(bench.vendor, FakeServer) else 0
    for number in range(min(asked, _MOST)):
        _disturbed(case, rows, number)


def _listed(bench: Bench, rows: Sequence[WriteRow], results: Mapping[int, RowResult]) -> None:
    """Where the connector lists what is there: what was written is there, and holds what it was told."""
    connector, object_ = bench.session.connector, rows[0].object
    if object_ not in connector.capabilities.scans:
        return
    batches = scanned(connector, object_, bench.session.context)
    found = {one.remote_id: one.fields for batch in batches for one in batch}
    for row in rows[:-1]:
        remote_id = results[row.delivery_id].remote_id or ""
        assert remote_id in found, "a record that was written is not among those that are listed"
        held = {name: value for name, value in found[remote_id].items() if value is not None}
        told = {name: row.fields[name] for name in held if row.fields.get(name) is not None}
        wrong = [name for name, value in told.items() if str(held[name]).casefold() != str(value).casefold()]
        assert not wrong, f"the list says otherwise than was written of {', '.join(wrong)}"
        assert told, "the list tells of no field that was written"


def _disturbed(case: Conformance, rows: Sequence[WriteRow], number: int) -> None:
    """The answer to one request is lost, another request comes too fast: each row is there once in the end."""
    with case.open() as bench:
        bench.server.spoil(_lost, after=number)
        bench.server.fail(1, status=429, after=number, retry_after="1")
        try:
            results = _deliver(bench, rows)
        except Unreachable:  # the push ended; the next one finds out what became of the rows
            results = _deliver(bench, rows, in_doubt=True)
        doubtful = [row for row in rows if results[row.delivery_id].status is RowStatus.UNKNOWN]
        if doubtful:
            results |= _deliver(bench, doubtful, in_doubt=True)
        _as_told(rows, results, f"when the answer to request {number + 1} was lost")
        _no_doubles(case, bench, rows)


def _lost(asked: Asked, answer: Answer) -> None:
    """What was asked for is done, and nobody hears of it."""


def _deliver(bench: Bench, rows: Sequence[WriteRow], *, in_doubt: bool = False) -> dict[int, RowResult]:
    """What became of the rows, in batches as large as the connector takes."""
    size, found = bench.session.connector.capabilities.write_batch, dict[int, RowResult]()
    delivery = Delivery(bench.session.connector, bench.session.context, lambda object_, remote_ids: {})
    for at in range(0, len(rows), size):
        batch = [Sending(_claimed(row), row, row.idempotency_key, in_doubt) for row in rows[at : at + size]]
        for _, results in delivery.deliver(batch, None):
            assert not found.keys() & results.keys(), "a row has two results"
            found |= results
    assert found.keys() == {row.delivery_id for row in rows}, f"{len(found)} results for {len(rows)} rows"
    return found


def _claimed(row: WriteRow) -> Claimed:
    return Claimed(
        row.delivery_id, row.object, row.customer_id, row.op, "{}", row.idempotency_key,
        None, "pending", 0, row.remote_id, None, None, None, None,
    )  # fmt: skip


def _as_told(rows: Sequence[WriteRow], results: Mapping[int, RowResult], when: str) -> None:
    for row in rows[:-1]:
        result = results[row.delivery_id]
        assert result.status is RowStatus.OK, f"{when} a good row is {result.status.value}: {result.code}"
    status = results[rows[-1].delivery_id].status
    assert status in (RowStatus.INVALID, RowStatus.REJECTED), f"{when} a bad row is {status.value}"


def _no_doubles(case: Conformance, bench: Bench, rows: Sequence[WriteRow]) -> None:
    held = Counter(case.written(bench.vendor))
    doubles = [key for key, count in held.items() if count > 1]
    assert not doubles, f"written twice, {len(doubles)} records are there twice"
    assert len(held) >= len(rows) - 1, f"{len(held)} records are there for {len(rows) - 1} good rows"
