"""What an attempt's result means: for the row in the outbox, for what the destination holds, for the run. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hub.canonical.time import from_text, to_text
from hub.mapping.out import OutRule
from hub.models import Json, Outcome, RowResult, RowStatus
from hub.store.outbox import Claimed, Settled
from hub.sync import wanted
from hub.sync.sending import DELETED, Early, Sending

#: Waits before a row is tried again that could not be taken now, or of which nobody knows.
LATER = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(days=3),
)
#: The same for one that was refused: it may be taken when something else there has changed.
REFUSED = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=3))

#: (remote id, hash, sent fields, remote fields, state, edits) of a record there.
Record = tuple[str | None, str | None, str | None, str | None, str, str | None]

_EARLY = {
    Outcome.UNCHANGED: "unchanged",
    Outcome.SUPPRESSED: "suppressed",
    Outcome.INVALID: "invalid",
    Outcome.REJECTED: "rejected",
    Outcome.PENDING: "retry",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row's outcome, everywhere that it counts."""

    item: Claimed
    outcome: Outcome
    settled: Settled
    op: str
    changed: dict[str, Json]
    code: str = ""
    message: str = ""
    remote_id: str | None = None
    #: The record as the destination holds it from now on; None: as before.
    held: Record | None = None
    #: What the destination says it holds, where it says so.
    told: dict[str, Json] | None = None


def early(ready: Early, now: str) -> Verdict:
    """Of a row that is not sent."""
    item, status = ready.item, _EARLY[ready.outcome]
    settled = Settled(item.id, item.hash, status, None, None)
    if ready.outcome is Outcome.PENDING and not ready.waits:
        # As if planned anew: that it waits for another row is no attempt.
        settled = Settled(item.id, "", status, None, item.trying)
    if ready.waits:
        again_at = ready.again_at or to_text(from_text(now) + timedelta(days=1))
        settled = Settled(item.id, item.hash, "retry", again_at, item.trying)
    return Verdict(item, ready.outcome, settled, item.op, {}, ready.code, ready.message, item.remote_id)


def verdict(sending: Sending, result: RowResult, rule: OutRule | None, now: str) -> Verdict:
    """Of a row that was sent, or looked up."""
    row = sending.row
    gone = result.status is RowStatus.GONE
    if result.status is RowStatus.OK or (gone and row.op != "upsert"):
        return _taken(sending, result, rule, now)
    if gone:
        return _missing(sending, result, rule)
    outcome, status, next_at = _not_taken(sending.item, result, now)
    trying = sending.trying if result.status is RowStatus.UNKNOWN else None
    return _made(sending, result, outcome, status, next_at, trying=trying)


def _taken(sending: Sending, result: RowResult, rule: OutRule | None, now: str) -> Verdict:
    item, row = sending.item, sending.row
    remote_id = result.remote_id or row.remote_id or item.remote_id
    if row.op == "delete" or result.status is RowStatus.GONE:
        held: Record = (remote_id, DELETED, "{}", None, "deleted", None)
        return _made(sending, result, Outcome.SENT, "sent", None, held=held)
    if row.op == "archive":
        held = (remote_id, item.sent_hash, item.sent_fields, item.remote_fields, "left", item.edits)
        return _made(sending, result, Outcome.SENT, "sent", None, held=held)
    known = item.state in ("sent", "left")
    before = (wanted.parsed(item.sent_fields) or {}) if known else {}
    sent = dict(row.fields) if rule is None else {**before, **row.changed}
    state = "sent" if item.op == "upsert" else "left"
    there, edits = _there(sending, result, rule, now)
    told = wanted.text(there) if there else None
    # Of a row that went in part not everything was told.
    digest = item.sent_hash if sending.part else sending.hash
    held = (remote_id, digest, wanted.text(sent), told, state, edits)
    status = "retry" if sending.again_at else "sent"
    return _made(sending, result, Outcome.SENT, status, sending.again_at, held=held)


def _there(
    sending: Sending, result: RowResult, rule: OutRule | None, now: str
) -> tuple[dict[str, Json], str | None]:
    """What a record holds from now on as far as it was told, and when somebody edited what we leave as it is."""
    item, row = sending.item, sending.row
    known = item.state in ("sent", "left")
    before = (wanted.parsed(item.remote_fields) or {}) if known else {}
    before |= wanted.only(sending.found or {}, list(row.fields))
    told = wanted.only(result.fields or {}, list(row.fields))
    # What it told us of before, and what it was told now, unless it says otherwise.
    there = {**before, **{name: value for name, value in row.changed.items() if name in before}, **told}
    edits = (wanted.parsed(item.edits) or {}) if known else {}
    marks = wanted.edits_left(edits, there, row.fields, row.changed, rule, now)
    return there, wanted.text(marks) if marks else None


def _missing(sending: Sending, result: RowResult, rule: OutRule | None) -> Verdict:
    """Somebody deleted the record there. Nothing is made again unless the mapping says so."""
    policy = rule.missing if rule is not None else "create"
    item = sending.item
    held: Record
    if policy == "create":
        held = (None, None, None, None, "deleted", None)
        return _made(sending, result, Outcome.PENDING, "pending", None, held=held)
    if policy == "unlink":
        held = (None, item.sent_hash, item.sent_fields, None, "unlinked", None)
        return _made(sending, result, Outcome.SUPPRESSED, "suppressed", None, held=held, code="HUB-7017")
    held = (item.remote_id, item.sent_hash, item.sent_fields, item.remote_fields, "gone", item.edits)
    return _made(sending, result, Outcome.REJECTED, "rejected", None, held=held, code="HUB-7012")


def _not_taken(item: Claimed, result: RowResult, now: str) -> tuple[Outcome, str, str | None]:
    """Outcome, status and when to try again; None: not by itself."""
    asked = to_text(result.retry_at) if result.retry_at else None
    match result.status:
        case RowStatus.INVALID:
            return Outcome.INVALID, "invalid", None
        case RowStatus.REJECTED:
            return Outcome.REJECTED, "rejected", asked or _after(REFUSED, item.attempt, now)
        case RowStatus.RETRYABLE:
            next_at = asked or _after(LATER, item.attempt, now)
            return (Outcome.PENDING, "retry", next_at) if next_at else (Outcome.REJECTED, "rejected", None)
        case _:
            next_at = asked or _after(LATER, item.attempt, now)
            return Outcome.UNKNOWN, "unknown" if next_at else "rejected", next_at


def _after(waits: tuple[timedelta, ...], attempt: int, now: str) -> str | None:
    return to_text(from_text(now) + waits[attempt]) if attempt < len(waits) else None


def _made(
    sending: Sending,
    result: RowResult,
    outcome: Outcome,
    status: str,
    next_at: str | None,
    *,
    trying: str | None = None,
    held: Record | None = None,
    code: str = "",
) -> Verdict:
    given_up = status == "rejected" and outcome is not Outcome.REJECTED
    message = result.message or (
        "nothing of it but the person's no was sent" if held and sending.part else ""
    )
    if result.status is RowStatus.RETRYABLE and status == "rejected":
        code, message = code or "HUB-7013", f"tried too often: {result.message}"
    elif given_up:
        message = f"tried too often: {result.message}"
    return Verdict(
        item=sending.item,
        outcome=outcome,
        settled=Settled(
            sending.item.id, sending.hash, status, next_at, trying, sending.part and held is not None
        ),
        op=sending.row.op,
        changed=dict(sending.row.changed),
        code=code or result.code,
        message=message or sending.note,
        remote_id=held[0] if held else result.remote_id or sending.item.remote_id,
        held=held,
        told=dict(result.fields) if result.fields is not None else None,
    )
