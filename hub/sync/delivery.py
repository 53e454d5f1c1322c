"""A batch of rows through a connector: looked up where that is needed, written, halved where it is refused.

Every row gets exactly one result. What is not known is said to be unknown, and is looked at before it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hub.canonical.time import to_text
from hub.contract import Connector, Context
from hub.errors import BadAnswer, Cancelled, HubError, PluginError, Refused, Unreachable
from hub.mapping.out import OutRule
from hub.models import Found, RowResult, RowStatus
from hub.sync import wanted
from hub.sync.links import as_ids
from hub.sync.sending import Sending

#: Rows that were written, or not, together, and what became of them.
Part = tuple[Sequence[Sending], dict[int, RowResult]]
#: Remote ids of an object -> the customers that they belong to.
Holders = Callable[[str, Sequence[str]], dict[str, str]]
#: Unreachable, and certainly nothing was sent.
_NOT_SENT = ("HUB-4010", "HUB-4012")


class Delivery:
    """Writes rows to one destination."""

    def __init__(self, connector: Connector, context: Context, holders: Holders) -> None:
        self._connector = connector
        self._context = context
        self._can = connector.capabilities
        self._holders = holders

    def deliver(self, batch: Sequence[Sending], rule: OutRule | None) -> Iterator[Part]:
        """The results of a batch, a part at a time, each as soon as it is known.

        Raises what ends the push; rows without a result by then were not sent, or may have been when they were part of
        the call that failed (`NotSent` tells)."""
        known, rest = self._identified(batch, rule)
        if known:
            yield [one for one in batch if one.item.id in known], known
        if rest:
            yield from self._written(rest)

    # --- which record is it ----------------------------------------------------------------------------------------

    def _identified(
        self, batch: Sequence[Sending], rule: OutRule | None
    ) -> tuple[dict[int, RowResult], list[Sending]]:
        """Results of rows that are not to be written, and the others."""
        results: dict[int, RowResult] = {}
        asked = [one for one in batch if self._must_look(one)]
        found = self._look_up(asked) if asked else {}
        remote_ids = [one.remote_id for items in found.values() for one in items]
        holders = self._holders(batch[0].row.object, remote_ids) if remote_ids else {}
        rest: list[Sending] = []
        looked = {one.item.id for one in asked}
        for one in batch:
            if one.item.id in looked:
                met = self._met(one, found.get(one.item.id, ()), holders, rule)
            else:
                met = self._unseen(one)
            if isinstance(met, RowResult):
                results[one.item.id] = met
            else:
                rest.append(met)
                if met.row.remote_id:
                    holders.setdefault(met.row.remote_id, one.item.customer_id)
        return results, rest

    def _must_look(self, one: Sending) -> bool:
        return self._can.lookup and one.row.remote_id is None and (one.in_doubt or not self._can.upserts)

    def _unseen(self, one: Sending) -> Sending | RowResult:
        blind = not (self._can.upserts or self._can.lookup)
        if one.in_doubt and one.row.remote_id is None and blind:
            message = "it may have arrived, and the destination cannot be asked"
            return RowResult(one.item.id, RowStatus.UNKNOWN, code="HUB-7003", message=message)
        return one

    def _look_up(self, asked: Sequence[Sending]) -> dict[int, Sequence[Found]]:
        try:
            return dict(self._connector.lookup([one.row for one in asked], self._now()))
        except HubError:
            raise
        except Exception as error:
            raise broke(error, "looking up") from error

    def _met(
        self, one: Sending, found: Sequence[Found], holders: dict[str, str], rule: OutRule | None
    ) -> Sending | RowResult:
        """What a lookup says: nothing, one record, or more than anybody may choose from."""
        if not found:
            nothing_left = one.row.op != "upsert"
            return RowResult(one.item.id, RowStatus.OK) if nothing_left else one
        if len(found) > 1:
            message = f"{len(found)} records there fit it; nobody can tell which is meant"
            return RowResult(one.item.id, RowStatus.REJECTED, code="HUB-7010", message=message)
        record = as_ids(found[0], rule)
        if holders.get(record.remote_id, one.item.customer_id) != one.item.customer_id:
            return _claimed_twice(one)
        if one.row.op != "upsert":
            return one.to(record, {})
        now = to_text(self._now().now)
        change = wanted.changed(wanted.wanted(one.row.fields, rule), record.fields, rule, now)
        if not change:
            return RowResult(one.item.id, RowStatus.OK, record.remote_id, fields=record.fields)
        return one.to(record, change)

    # --- writing ---------------------------------------------------------------------------------------------------

    def _written(self, batch: Sequence[Sending]) -> Iterator[Part]:
        stack: list[Sequence[Sending]] = [batch]
        while stack:
            part = stack.pop()
            try:
                yield part, self._checked(part, self._write(part))
            except Refused as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    stack += [part[middle:], part[:middle]]
                else:
                    yield part, _all(part, RowStatus.REJECTED, error)
            except (Unreachable, BadAnswer) as error:
                if error.code in _NOT_SENT:
                    raise NotSent(error, [one for some in (part, *stack) for one in some]) from None
                yield part, _all(part, RowStatus.UNKNOWN, error)
            except HubError as error:
                # Of several rows some may have been written before the one that failed.
                alone = len(part) == 1 and not isinstance(error, Cancelled)
                left = [one for some in stack for one in some]
                raise NotSent(error, [*part, *left] if alone else left) from None

    def _write(self, part: Sequence[Sending]) -> Sequence[RowResult]:
        try:
            return self._connector.write([one.row for one in part], self._now())
        except HubError:
            raise
        except Exception as error:
            raise broke(error, "writing") from error

    def _checked(self, part: Sequence[Sending], results: Sequence[RowResult]) -> dict[int, RowResult]:
        """One result for each row, and no record of another customer's among them."""
        by_row = results_by_row([one.item.id for one in part], results)
        remote_ids = [result.remote_id for result in by_row.values() if result.remote_id]
        holders = self._holders(part[0].row.object, remote_ids)
        for one in part:
            result = by_row[one.item.id]
            remote_id = result.remote_id
            if result.status is not RowStatus.OK or remote_id is None:
                continue
            if holders.setdefault(remote_id, one.item.customer_id) != one.item.customer_id:
                by_row[one.item.id] = _claimed_twice(one)
        return by_row

    def _now(self) -> Context:
        return replace(self._context, now=datetime.now(UTC))


class NotSent(Exception):  # noqa: N818 - carries an error, and is none of its own
    """What ends a push, and the rows of the batch that were certainly not sent."""

    def __init__(self, error: HubError, rows: Sequence[Sending]) -> None:
        super().__init__(error.code)
        self.error = error
        self.rows = rows


def results_by_row(ids: Sequence[int], results: Sequence[RowResult]) -> dict[int, RowResult]:
    """One result for each row. A row without one is unknown; a result for a row never sent, or two for one, is a
    broken connector: PluginError HUB-7001, and nothing of the batch is believed."""
    wanted_ids = set(ids)
    by_row: dict[int, RowResult] = {}
    for result in results:
        if result.delivery_id not in wanted_ids or result.delivery_id in by_row:
            raise PluginError("HUB-7001", "the connector gave results that do not fit the rows it was sent")
        by_row[result.delivery_id] = result
    for id_ in wanted_ids - by_row.keys():
        by_row[id_] = RowResult(id_, RowStatus.UNKNOWN, code="HUB-7002", message="no result was given")
    return by_row


def _all(part: Sequence[Sending], status: RowStatus, error: HubError) -> dict[int, RowResult]:
    return {
        one.item.id: RowResult(one.item.id, status, code=error.code, message=error.message) for one in part
    }


def _claimed_twice(one: Sending) -> RowResult:
    message = "the record there belongs to another customer"
    return RowResult(one.item.id, RowStatus.REJECTED, code="HUB-7011", message=message)


def broke(error: Exception, doing: str) -> PluginError:
    """A connector's own fault, told by its place and not by its words, which may hold values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return PluginError("HUB-7004", f"the connector broke while {doing}: {type(error).__name__}{place}")
