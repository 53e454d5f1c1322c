"""Writing rows: one request for a batch, one result for each row, whatever shape the vendor answers in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from hub.errors import BadAnswer, CursorGone, Refused, Unreachable
from hub.models import Found, Json, RowResult, RowStatus, WriteRow
from hub.rest.answers import ErrorRule, Rules, failure_in
from hub.rest.finding import found
from hub.rest.outcomes import gone, judged, untold
from hub.rest.rows import Rows, is_empty
from hub.rest.session import Session
from hub.rest.template import Unfilled, fill
from hub.rest.write_spec import LinkSpec, RowRequest, UpdateSpec, WriteSpec

#: Sends rows that travel together, and tells what became of each.
Send = Callable[[Sequence[WriteRow]], list[RowResult]]


class Writing:
    """Writes rows of one object as a manifest says."""

    def __init__(
        self,
        spec: WriteSpec,
        config: Mapping[str, Json],
        session: Session,
        where: str,
        errors: Sequence[ErrorRule] = (),
    ) -> None:
        """errors: the connection's rules; those that leave something out are about reading."""
        self._rules = Rules([rule for rule in errors if rule.action in ("fail", "retry")])
        self._spec = spec
        self._rows = Rows(spec, config)
        self._session = session
        self._where = where

    def write(self, rows: Sequence[WriteRow]) -> list[RowResult]:
        """Exactly one result for each row.

        Raises Refused when the vendor refuses the whole batch, BadAnswer HUB-4640 when its answer does not say what
        became of the rows, and what the HTTP client raises."""
        deleted = [self._removed(row) for row in rows if row.op != "upsert"]
        upserts = [row for row in rows if row.op == "upsert"]
        named = [row for row in upserts if self._rows.key(row) is not None]
        invalid = [_no_key(row, self._spec.key) for row in upserts if self._rows.key(row) is None]
        parts = [*self._parts([row for row in named if not self._only_links(row)])]
        bare = [
            RowResult(row.delivery_id, RowStatus.OK, row.remote_id) for row in named if self._only_links(row)
        ]
        if len(parts) == 1 and not bare:
            send, part = parts[0]
            told = send(part)
        else:
            told = bare + [result for send, part in parts for result in _halving(send, part)]
        for name, link in self._spec.links.items():
            told = self._linked(name, link, named, told)
        return deleted + invalid + told

    def lookup(self, rows: Sequence[WriteRow]) -> Mapping[int, Sequence[Found]]:
        """What the vendor has for each row. Raises BadAnswer HUB-4640 when its answer has no list of records."""
        told = {row.delivery_id: self._found(row) for row in rows}
        return {delivery_id: records for delivery_id, records in told.items() if records}

    def _found(self, row: WriteRow) -> list[Found]:
        classify = self._rules.classify
        return found(self._spec.lookup, self._rows.scope(row), self._session, self._where, classify)

    # --- upserts ---------------------------------------------------------------------------------------------------

    def _parts(self, rows: Sequence[WriteRow]) -> list[tuple[Send, Sequence[WriteRow]]]:
        """Rows that travel together: no more than a batch, and new ones apart from known ones."""
        update, size = self._spec.update, self._spec.batch
        known_size = self._rows.batch(update) if update is not None else size
        known = [row for row in rows if update is not None and row.remote_id is not None]
        new = [row for row in rows if update is None or row.remote_id is None]
        cut = [(self._created, new[at : at + size]) for at in range(0, len(new), size)]
        return [
            *cut,
            *((self._updated, known[at : at + known_size]) for at in range(0, len(known), known_size)),
        ]

    def _created(self, rows: Sequence[WriteRow]) -> list[RowResult]:
        spec = self._spec
        headers = {spec.idempotency_header: _batch_key(rows)} if spec.idempotency_header else {}
        return self._sent(spec, rows, idempotent=spec.idempotent, headers=headers)

    def _updated(self, rows: Sequence[WriteRow]) -> list[RowResult]:
        update = self._spec.update
        assert isinstance(update, UpdateSpec), "only then are rows apart"
        try:
            return self._sent(update, rows, idempotent=True, headers={})
        except (CursorGone, Refused) as error:
            is_gone = isinstance(error, CursorGone) or error.status == 404
            if self._rows.batch(update) > 1 or not is_gone:
                raise
            return [gone(row, "there is no record of that id any more") for row in rows]

    def _sent(
        self, request: RowRequest, rows: Sequence[WriteRow], *, idempotent: bool, headers: Mapping[str, str]
    ) -> list[RowResult]:
        shared = self._rows.shared(request, rows)
        try:
            url = str(fill(request.path, shared, in_path=True))
        except Unfilled as missing:
            return [_invalid(row, f"the row has no {missing.place}, which the address needs") for row in rows]
        answer = self._session.send(
            request.method,
            url,
            params=fill(request.params, shared),
            body=self._rows.body(request, rows),
            headers={**fill(request.headers, shared), **headers},
            idempotent=idempotent,
            classify=self._rules.classify,
        )
        if request.results is not None:
            return judged(request.results, rows, answer, self._rows, self._where)
        if word := failure_in(answer.body):
            said = f"the vendor answered {answer.status} and says that it failed: {word}"
            raise Refused("HUB-4612", said, status=answer.status, where=self._where)
        remote = request.id.of(answer) if request.id else None
        return [_taken(row, request, remote) for row in rows]

    # --- links -----------------------------------------------------------------------------------------------------

    def _only_links(self, row: WriteRow) -> bool:
        """Whether nothing of a known row is left for the row itself."""
        return (
            row.remote_id is not None and bool(row.changed) and row.changed.keys() <= self._spec.links.keys()
        )

    def _linked(
        self, name: str, link: LinkSpec, rows: Sequence[WriteRow], told: Sequence[RowResult]
    ) -> list[RowResult]:
        """The results once the other records that rows name are told, too; a row that was taken and could not be
        linked is not done. A link that is emptied stays: the vendor is told of no other."""
        there = {one.delivery_id: one.remote_id for one in told if one.status is RowStatus.OK}
        due = [
            replace(row, remote_id=there[row.delivery_id])
            for row in rows
            if there.get(row.delivery_id) and not is_empty(row.changed.get(name))
        ]
        send = partial(self._sent, link, idempotent=True, headers={})
        parts = [due[at : at + link.batch] for at in range(0, len(due), link.batch)]
        failed = {
            one.delivery_id: one
            for part in parts
            for one in _halving(send, part)
            if one.status is not RowStatus.OK
        }
        return [failed.get(one.delivery_id, one) for one in told]

    # --- deletions -------------------------------------------------------------------------------------------------

    def _removed(self, row: WriteRow) -> RowResult:
        """The result of a row that is deleted, or put away."""
        spec = self._spec.archive if row.op == "archive" else self._spec.delete
        if spec is None:
            return _invalid(row, f"the manifest does not say how to {row.op}")
        scope = self._rows.scope(row)
        try:
            url = str(fill(spec.path, scope, in_path=True))
        except Unfilled as missing:
            return _invalid(row, f"the row has no {missing.place}, which the address needs")
        try:
            self._session.send(spec.method, url, body=fill(spec.body, scope), idempotent=True)
        except CursorGone:
            pass  # 410: gone already, which is what was wanted
        except Refused as refused:
            if refused.status != 404:
                return _rejected(row, refused)
        return RowResult(row.delivery_id, RowStatus.OK, row.remote_id)


def _halving(send: Send, rows: Sequence[WriteRow]) -> list[RowResult]:
    """As the engine does with a batch that is refused, where other rows were written before it in the same call."""
    try:
        return send(rows)
    except Refused as refused:
        if len(rows) == 1:
            return [_rejected(rows[0], refused)]
    except (Unreachable, BadAnswer) as error:
        return [
            RowResult(row.delivery_id, RowStatus.UNKNOWN, row.remote_id, error.code, error.message)
            for row in rows
        ]
    middle = len(rows) // 2
    return _halving(send, rows[:middle]) + _halving(send, rows[middle:])


def _taken(row: WriteRow, request: RowRequest, remote: Json) -> RowResult:
    """The result of a row that a good answer took; one that has no id where it should is not believed."""
    remote_id = row.remote_id if remote in (None, "") else str(remote)
    if request.id is not None and remote_id is None:
        return untold(row, "the answer does not tell the id of its record")
    return RowResult(row.delivery_id, RowStatus.OK, remote_id)


def _rejected(row: WriteRow, refused: Refused) -> RowResult:
    return RowResult(row.delivery_id, RowStatus.REJECTED, row.remote_id, refused.code, refused.message)


def _batch_key(rows: Sequence[WriteRow]) -> str:
    return hashlib.sha256("|".join(row.idempotency_key for row in rows).encode()).hexdigest()


def _invalid(row: WriteRow, why: str) -> RowResult:
    return RowResult(row.delivery_id, RowStatus.INVALID, row.remote_id, "HUB-4644", why)


def _no_key(row: WriteRow, key: str) -> RowResult:
    return _invalid(row, f"the row has no {key}, by which the vendor knows a record")


def refused_object(row: WriteRow, connector: str) -> RowResult:
    """The result of a row whose object the manifest does not write."""
    return _invalid(row, f"{connector} does not say how to write {row.object!r}")
