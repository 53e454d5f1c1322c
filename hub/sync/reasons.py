"""Why a destination holds what it holds of a customer: one sentence for each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from hub.canonical.time import now_text
from hub.mapping.out import OutRule
from hub.models import Json
from hub.store.api import Store
from hub.sync import wanted
from hub.sync.consent_gate import add_opt_outs
from hub.sync.matching import rendered
from hub.sync.outbox import Destination
from hub.sync.wanted import Fate, There


class Reason(NamedTuple):
    """A field of a record there."""

    field: str
    #: What it holds, as far as we know.
    value: Json
    sentence: str


def reasons(
    store: Store, to: Destination, object_: str, customer_id: str, told_by: Mapping[str, str]
) -> list[Reason]:
    """Of each field of the record that a customer has there; none where it has none, or is a copy of ours.

    told_by: golden column -> who says what we say of it, and by which rule won, in words."""
    rule = to.rule(object_)
    state = store.outbox.states(to.connection_id, object_, [customer_id]).get(customer_id)
    ours = rendered(store, to, object_, [customer_id]).get(customer_id)
    if rule is None or state is None or state.state != "sent" or ours is None:
        return []
    add_opt_outs(store, to, object_, {customer_id: ours}, {customer_id: state})
    there = There.of(state.sent_fields, state.remote_fields, state.edits)
    fates = wanted.fates(wanted.wanted(ours, rule), there, rule, now_text())
    sent_at = _sent_at(store, to, object_, customer_id)
    linked = _linked(store, to, object_, customer_id)
    held = there.known or {}
    return [
        Reason(name, held.get(name), _sentence(name, fates.get(name), there, rule, told_by, sent_at, linked))
        for name in ours
        if name in held or name in fates
    ]


def _sentence(
    name: str,
    fate: Fate | None,
    there: There,
    rule: OutRule,
    told_by: Mapping[str, str],
    sent_at: Mapping[str, str],
    linked: str,
) -> str:
    said = told_by.get(rule.column(name) or "", "the mapping says so")
    if name in rule.opt_out:
        said = f"the person said no to {' or '.join(rule.opt_out[name].purposes)}"
    if fate is not None:
        return (
            f"theirs stays: {_stays(name, fate, there, rule)}"
            if fate.word != "goes"
            else (f"ours goes with the next push: {said}; {_GOES[fate.win.word]}")
        )
    if name in sent_at:
        return f"ours, sent {sent_at[name]}: {said}"
    return f"both say the same{linked}: {said}"


def _stays(name: str, fate: Fate, there: There, rule: OutRule) -> str:
    edit = there.edits.get(name) or (None, None)
    if not rule.sends(name):
        return "it is only read from there"
    if fate.word == "asked":
        return "both sides changed it, and `hub push settle` says whose holds"
    match fate.win.word:
        case "theirs":
            return "the destination's word counts once the record is there"
        case "human":
            return f"somebody edited it there {edit[0]}, which holds for {fate.win.days} days, until {fate.until}"
        case "latest" if edit[1]:
            return f"it was changed there {edit[0]}, later than our word of {edit[1]}"
        case "fill":
            return "it has a value there, and ours only fills"
        case "append":
            return "the destination never told what its list holds"
    return "it was changed there since both agreed, and ours was not"


_GOES = {
    "merge": "ours changed since both agreed",
    "ours": "our word counts there",
    "theirs": "it is written when the record is made",
    "human": "no edit there holds any more",
    "latest": "ours is the later word",
    "fill": "it is empty there",
    "append": "the list there lacks something of ours",
    "review": "ours changed since both agreed, theirs did not",
}


def _sent_at(store: Store, to: Destination, object_: str, customer_id: str) -> dict[str, str]:
    """Field -> when it was sent last."""
    rows = store.driver.query(
        "SELECT changed, at FROM deliveries WHERE customer_id = ? AND connection_id = ? AND object = ? "
        "AND status = 'sent' AND changed IS NOT NULL ORDER BY id",
        (customer_id, to.connection_id, object_),
    )
    return {name: at for changed, at in rows for name in orjson.loads(changed)}


def _linked(store: Store, to: Destination, object_: str, customer_id: str) -> str:
    for link in store.push_links.of(customer_id):
        if (link.connection_id, link.object) == (to.connection_id, object_):
            by = "by hand" if link.rule == "person" else f"by {link.rule}"
            return f" (linked {by}, {link.actor}, {link.at})"
    return ""
