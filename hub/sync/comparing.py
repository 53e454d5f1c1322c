"""One record that a destination lists, held against what we know of it, and what becomes of what differs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from hub.mapping.out import OutRule
from hub.models import Found, Json, Outcome
from hub.store.outbox import PushState
from hub.store.reconcile import Finding, Standing
from hub.sync import wanted
from hub.sync.alike import Spelling
from hub.sync.outbox import agreed, answers

#: States of records that are ours, or were.
_OURS = ("sent", "gone", "left", "deleted")
#: Ours is sent again; theirs is taken for what stands there; a person is asked; both say the same by now; it is not sent
#: any more, because it went back and forth.
End = Literal["ours", "theirs", "asked", "agreed", "frozen"]


def finding(
    found: Found, standings: Sequence[Standing], rule: OutRule, spelling: Spelling, began: str
) -> Finding:
    """What a listed record is. standings: what we know of it, the living customer's link first; began: when the list
    did (time text): what was learned since then says more than the list."""
    if any(one.updated_at > began for one in standings):
        return Finding(Outcome.SAME, found.remote_id, standings[0].customer_id)
    standing = standings[0] if standings else None
    if standing is None or standing.state not in _OURS:
        return Finding(Outcome.UNLINKED, found.remote_id)
    if not standing.linked:
        return Finding(Outcome.ORPHANED, found.remote_id, standing.customer_id, _why(standing))
    names = tuple(_differing(found.fields, standing, rule, spelling))
    returned = standing.state == "gone"
    outcome = Outcome.DRIFTED if names or returned else Outcome.SAME
    return Finding(outcome, found.remote_id, standing.customer_id, "returned" if returned else "", names)


def _why(standing: Standing) -> str:
    """Why a record that is there has no customer: merged, gone, left out by the mapping, or deleted by us before."""
    if standing.status != "active":
        return "merged" if standing.status == "merged" else "gone"
    return "deleted" if standing.state == "deleted" else "left out"


def _differing(told: wanted.Fields, standing: Standing, rule: OutRule, spelling: Spelling) -> list[str]:
    """Fields that say something else than was last sent and than was last told. A list that an `append` adds to is held
    against what was last told alone, so that what somebody took out of it does not come back."""
    sent = wanted.parsed(standing.sent_fields) or {}
    known = wanted.known(sent, wanted.parsed(standing.remote_fields)) or {}
    tried = wanted.parsed(standing.trying) or {}
    in_doubt = tried.get("changed") or {}
    names = []
    for name in _mapped(told, rule):
        if name not in known:
            continue
        meant = [known[name]] + [one[name] for one in (in_doubt,) if name in one]
        if name in sent and rule.winner(name).word != "append":
            meant.append(sent[name])
        if not any(spelling.alike(name, told[name], one) for one in meant):
            names.append(name)
    return names


def _mapped(told: wanted.Fields, rule: OutRule) -> list[str]:
    return [name for name, _ in rule.fields if name in told and rule.sends(name)]


class Difference(NamedTuple):
    """One field of a record that says something else than we know."""

    before: Json
    there: Json
    becomes: End


@dataclass(frozen=True, slots=True)
class Drift:
    """A linked record that differs from what we know of it."""

    customer_id: str
    remote_id: str
    #: `returned`: it had been deleted there, and is back.
    why: str
    #: When what we know was learned (time text).
    known_at: str
    #: What is learned of it: fields that differ, and those of which nothing was known.
    told: Mapping[str, Json]
    fields: Mapping[str, Difference]


def drift(
    one: Finding,
    found: Found,
    standing: Standing,
    ours: Mapping[str, Any] | None,
    rule: OutRule,
    frozen: Collection[str],
    now: str,
) -> Drift:
    """A drifted record, with what becomes of each field. ours: what is to stand there, None where nothing is; frozen: fields
    that are not sent."""
    known = wanted.known(wanted.parsed(standing.sent_fields), wanted.parsed(standing.remote_fields)) or {}
    told = {
        name: found.fields[name]
        for name in _mapped(found.fields, rule)
        if name in one.fields or (name not in known and not wanted.is_empty(found.fields[name]))
    }
    ends = _ends(one.fields, taken(standing, told, ours, rule, now), told, ours, rule, frozen, now)
    fields = {name: Difference(known[name], told[name], ends[name]) for name in one.fields}
    return Drift(standing.customer_id, one.remote_id, one.why, standing.updated_at, told, fields)


def taken(
    standing: Standing, told: wanted.Fields, ours: Mapping[str, Any] | None, rule: OutRule, now: str
) -> PushState:
    """How a record stands once what it says is taken for what it says. What both sides had agreed on until then is kept, so
    that only they changed it."""
    state = standing.push_state
    if ours is not None and state.remote_fields:
        state = agreed(state, wanted.wanted(ours, rule), {}, rule)
    there = wanted.There.of(state.sent_fields, state.remote_fields, state.edits)
    remote = {**(there.remote or {}), **told}
    edits = wanted.edits_seen(there, remote, rule, now)
    return state._replace(
        remote_fields=wanted.text(remote) if remote else None,
        state="sent",
        edits=wanted.text(edits) if edits else None,
    )


def _ends(
    names: Sequence[str],
    state: PushState,
    told: wanted.Fields,
    ours: Mapping[str, Any] | None,
    rule: OutRule,
    frozen: Collection[str],
    now: str,
) -> dict[str, End]:
    target = wanted.wanted(ours, rule) if ours is not None else {}
    fates = answers(state, target, wanted.digest(target), rule, now)
    ends: dict[str, End] = {}
    for name in names:
        fate = fates.get(name)
        if name in frozen:
            ends[name] = "frozen"
        elif fate is not None and fate.word != "stays":
            ends[name] = "ours" if fate.word == "goes" else "asked"
        else:
            ends[name] = "agreed" if name in target and wanted.same(target[name], told[name]) else "theirs"
    return ends
