"""The consent gate: asked at the moment of sending, because people change their minds while rows wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.canonical.schema import ENTITIES
from hub.identity import Statement, current_consents
from hub.mapping.out import OptOut
from hub.store.api import Store
from hub.store.consents import Said
from hub.store.outbox import PushState

if TYPE_CHECKING:
    from hub.sync.derive import Delta
    from hub.sync.outbox import Destination

#: Words that are a no. Who was never asked has not said no: leave such customers out with the mapping's `when`.
_NO = ("denied", "revoked")


def refusing(store: Store, purpose: str, customer_ids: Sequence[str]) -> set[str]:
    """Which of these customers said no to the purpose, by any channel or for any of their addresses.

    Of one source the latest word counts, between sources the more restrictive."""
    if not purpose or not customer_ids:
        return set()
    said = _said(store, [purpose], customer_ids)
    return {customer_id for customer_id, statements in said.items() if _is_no(statements)}


def add_opt_outs(
    store: Store,
    to: Destination,
    object_: str,
    rows: Mapping[str, dict[str, Any]],
    states: Mapping[str, PushState],
) -> None:
    """Adds to rows of customers, as rendered, the fields that tell what they said no to. Not what the record there says
    itself: that is where it came from.

    A row that is written whole has the fields of everybody, empty where nobody said no."""
    opt_outs = to.mapping.out_rule(object_).opt_out if rows else {}
    if not opt_outs:
        return
    if to.snapshot:
        for row in rows.values():
            row.update(dict.fromkeys(opt_outs))
    purposes = sorted({purpose for one in opt_outs.values() for purpose in one.purposes})
    for customer_id, said in _said(store, purposes, list(rows)).items():
        state = states.get(customer_id)
        place = (to.connection_id, state.remote_id if state else None)
        own = [one for one in said if (one.connection_id, one.external_id) == place]
        for name, one in opt_outs.items():
            if _is_no(_about(one, said)) and not _is_no(_about(one, own)):
                rows[customer_id][name] = one.value


def concerned(
    store: Store, destinations: Sequence[Destination], connection_id: int, delta: Delta | None
) -> list[str]:
    """Customers whose consents changed, where a destination can be told so. delta: changes of a connection's consents,
    applied."""
    rules = [rule for to in destinations for rule in to.mapping.document.out.values()]
    if delta is None or not any(rule.opt_out for rule in rules):
        return []
    columns = ENTITIES["consent"].columns
    type_at, key_at = columns.index("customer_type"), columns.index("customer_key")
    whose = {
        pair
        for one in delta.inserts
        for pair in zip(
            one.columns.get("customer_type", ()), one.columns.get("customer_key", ()), strict=True
        )
    }
    rows = [row for one in delta.updates if one.fields is not None for row in (one.before, one.fields)]
    whose |= {(row[type_at], row[key_at]) for row in (*rows, *delta.removed.values())}
    by_type: dict[str, list[str]] = {}
    for type_, key in sorted(pair for pair in whose if None not in pair):
        by_type.setdefault(type_, []).append(key)
    found = [store.consents.speakers(connection_id, type_, keys) for type_, keys in by_type.items()]
    return sorted({customer_id for some in found for customer_id in some})


def _said(store: Store, purposes: Sequence[str], customer_ids: Sequence[str]) -> dict[str, list[Said]]:
    said: dict[str, list[Said]] = {}
    for row in store.consents.about(purposes, customer_ids):
        said.setdefault(row.customer_id, []).append(row)
    return said


def _about(opt_out: OptOut, said: Sequence[Said]) -> list[Said]:
    return [one for one in said if opt_out.covers(one.purpose, one.channel)]


def _is_no(said: Sequence[Said]) -> bool:
    statements = [
        Statement(one.source_id, one.identifier, one.purpose, one.channel, one.status, one.at, one.id)
        for one in said
    ]
    return any(one.status in _NO for one in current_consents(statements).values())
