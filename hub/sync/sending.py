"""One planned delivery made ready: what is sent of it, or why nothing is. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from hub.mapping.out import OutRule
from hub.models import Found, Json, Outcome, WriteRow
from hub.store.outbox import Claimed
from hub.sync import wanted

#: Hash of a row that is taken out.
DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Sending:
    """A row on its way."""

    item: Claimed
    row: WriteRow
    #: Names what is tried: the content of the plan, or of an earlier attempt that may have arrived.
    hash: str
    #: An earlier attempt may have arrived.
    in_doubt: bool = False
    #: What the record held that was found to be its own, where it was looked up.
    found: Mapping[str, Json] | None = None
    #: When what the destination keeps for now may be written after all (time text).
    again_at: str | None = None
    #: It is a part of what is planned; the rest waits until `again_at`.
    part: bool = False
    #: What people are to know of it though it is sent.
    note: str = ""

    @property
    def trying(self) -> str:
        """The attempt as JSON, to go on from if nobody hears what became of it."""
        row = self.row
        content: dict[str, Any] = {
            "op": row.op,
            "hash": self.hash,
            "fields": row.fields,
            "changed": row.changed,
        }
        if self.part:
            content["part"] = True
        return orjson.dumps(content).decode()

    def to(self, found: Found, change: dict[str, Json]) -> Sending:
        """The same row, to a record that was found to be its own."""
        row = replace(self.row, remote_id=found.remote_id, changed=change)
        return replace(self, row=row, found=found.fields)


@dataclass(frozen=True, slots=True)
class Early:
    """A planned delivery that is not sent, and why."""

    item: Claimed
    outcome: Outcome
    code: str = ""
    message: str = ""
    #: It may be sent another day, without anything being planned anew.
    waits: bool = False
    #: When (time text); none: tomorrow.
    again_at: str | None = None


def held_back(item: Claimed, purpose: str) -> Early:
    """A delivery to somebody who said no to what it is for."""
    return Early(item, Outcome.SUPPRESSED, "HUB-7018", f"the person said no to {purpose}", waits=True)


def opt_out_alone(
    connection_id: int,
    item: Claimed,
    rule: OutRule | None,
    frozen: Collection[str],
    now: str,
    otherwise: Early,
    again_at: str,
    more: bool = False,
) -> Sending | Early:
    """Of a delivery that may not go as it is, what tells of the person's no, to a record that is there; else `otherwise`.
    more: there is something to say afterwards that the fields do not show yet.

    The rest waits until `again_at`; the row says of it what is there already. What an earlier attempt may have left there
    is no matter: a no may be said twice."""
    if rule is None or not rule.opt_out or item.op != "upsert" or item.state != "sent" or not item.remote_id:
        return otherwise
    whole = made_ready(connection_id, item._replace(trying=None), rule, frozen, now)
    if isinstance(whole, Early):
        return otherwise
    no = wanted.only(whole.row.changed, list(rule.opt_out))
    if not no:
        return otherwise
    if no.keys() == whole.row.changed.keys() and not (whole.again_at or more):
        return whole
    held = wanted.known(wanted.parsed(item.sent_fields), wanted.parsed(item.remote_fields)) or {}
    kept_back = {name: held.get(name) for name in whole.row.changed if name not in no}
    row = replace(
        whole.row,
        fields={**whole.row.fields, **kept_back},
        changed=no,
        idempotency_key=_key_of_part(connection_id, item, item.hash, no),
    )
    return replace(whole, row=row, again_at=again_at, part=True)


def awaiting(item: Claimed, names: Sequence[str]) -> Early:
    """A delivery that names a record which is on its way there."""
    return Early(item, Outcome.PENDING, "HUB-7059", f"the record of {', '.join(names)} is not there yet")


def made_ready(
    connection_id: int,
    item: Claimed,
    rule: OutRule | None,
    frozen: Collection[str] = (),
    now: str = "",
) -> Sending | Early:
    """What to send. rule: of the row's object, None where rows are written whole; frozen: fields to leave out."""
    if item.trying:
        return _again(connection_id, item, rule, now)
    if item.state == "unlinked":
        return Early(item, Outcome.SUPPRESSED, "HUB-7017", "the record was unlinked")
    if item.op != "upsert":
        return _removal(connection_id, item, rule)
    if item.state == "ambiguous":
        return Early(item, Outcome.REJECTED, "HUB-7010", "several records there are this customer's")
    if item.state == "conflict":
        return Early(item, Outcome.REJECTED, "HUB-7011", "its record there belongs to another customer")
    if item.state == "gone" and rule is not None and rule.missing != "create":
        return Early(item, Outcome.REJECTED, "HUB-7012", "somebody deleted the record there")
    return _upsert(connection_id, item, rule, frozen, now)


def _upsert(
    connection_id: int, item: Claimed, rule: OutRule | None, frozen: Collection[str], now: str
) -> Sending | Early:
    fields: dict[str, Any] = orjson.loads(item.fields)
    held = item.state in ("sent", "left")
    there = wanted.There.of(item.sent_fields, item.remote_fields, item.edits) if held else wanted.There()
    found = wanted.fates(wanted.wanted(fields, rule), there, rule, now)
    change = {name: fate.value for name, fate in found.items() if fate.word == "goes" and name not in frozen}
    again_at = min((fate.until for fate in found.values() if fate.until), default=None)
    if not change:
        return _nothing(item, held, found, again_at)
    if any(fate.word == "asked" for fate in found.values()):
        again_at = now  # the next push has nothing else left of it, and asks
    row = WriteRow(
        delivery_id=item.id,
        op="upsert",
        customer_id=item.customer_id,
        remote_id=item.remote_id if held else None,
        fields=fields,
        idempotency_key=key(connection_id, item, "upsert", _content(item.hash, fields, rule)),
        changed=change,
        object=item.object,
    )
    return Sending(item, row, item.hash, again_at=again_at)


def _nothing(item: Claimed, held: bool, found: Mapping[str, wanted.Fate], again_at: str | None) -> Early:
    """Why nothing is sent of a row whose every field stays."""
    asked = [name for name, fate in found.items() if fate.word == "asked"]
    if not held:
        return Early(item, Outcome.INVALID, "HUB-7016", "no field of it has a value")
    if asked:
        message = f"both sides changed {', '.join(asked)}: a person is to say which holds"
        return Early(item, Outcome.REJECTED, "HUB-7050", message)
    if again_at:
        message = f"what somebody edited there stays until {again_at}"
        return Early(item, Outcome.SUPPRESSED, "HUB-7051", message, waits=True, again_at=again_at)
    return Early(item, Outcome.UNCHANGED)


def _removal(connection_id: int, item: Claimed, rule: OutRule | None) -> Sending | Early:
    """Of a customer that is no more: its record there is taken out, put away, or marked."""
    if item.state not in ("sent", "left"):
        return Early(item, Outcome.UNCHANGED)
    fields: dict[str, Any] = orjson.loads(item.fields) if item.op == "tag" else {}
    there = wanted.There.of(item.sent_fields, item.remote_fields)
    change = wanted.marked(fields, there, rule)
    if item.op == "tag" and not change:
        return Early(item, Outcome.UNCHANGED)
    op: Literal["upsert", "archive", "delete"] = "upsert"
    if item.op != "tag":
        op = "archive" if item.op == "archive" else "delete"
    row = WriteRow(
        delivery_id=item.id,
        op=op,
        customer_id=item.customer_id,
        remote_id=item.remote_id,
        fields=fields,
        idempotency_key=key(connection_id, item, item.op, item.hash),
        changed=change,
        object=item.object,
    )
    return Sending(item, row, item.hash)


def _again(connection_id: int, item: Claimed, rule: OutRule | None, now: str) -> Sending:
    """The earlier attempt as it was, under its own key."""
    tried = orjson.loads(item.trying or "{}")
    part = bool(tried.get("part"))
    own_key = key(connection_id, item, tried["op"], _content(tried["hash"], tried["fields"], rule))
    if part:
        own_key = _key_of_part(connection_id, item, tried["hash"], tried["changed"])
    row = WriteRow(
        delivery_id=item.id,
        op=tried["op"],
        customer_id=item.customer_id,
        remote_id=item.remote_id if item.state in ("sent", "left") else None,
        fields=tried["fields"],
        idempotency_key=own_key,
        changed=tried["changed"],
        object=item.object,
    )
    return Sending(item, row, tried["hash"], in_doubt=True, again_at=now if part else None, part=part)


def _key_of_part(connection_id: int, item: Claimed, digest: str, changed: Mapping[str, Json]) -> str:
    return key(connection_id, item, "part", f"{digest}|{wanted.digest(changed)}")


def _content(digest: str, fields: Mapping[str, Json], rule: OutRule | None) -> str:
    """Names what is sent: what was planned, and which records it names by now."""
    ids = [str(fields[link.field]) for link in rule.links if link.field in fields] if rule else []
    return "|".join((digest, *ids))


def key(connection_id: int, item: Claimed, op: str, digest: str) -> str:
    """The same for every attempt of one content; another when the same content is wanted again later, since a
    destination that remembers keys would take that for done."""
    text = f"{connection_id}|{item.object}|{item.customer_id}|{op}|{digest}|{item.id}"
    return hashlib.sha256(text.encode()).hexdigest()
