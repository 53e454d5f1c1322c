"""Planning deliveries: golden changes into destination-shaped rows, only where the destination holds something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.canonical.time import now_text
from hub.mapping.mapping import Mapping as CompiledMapping
from hub.mapping.out import OutRule
from hub.store.api import Store
from hub.store.deals import Deal
from hub.store.outbox import CONSENT, NORMAL, Planned, PushState
from hub.sync import links, wanted
from hub.sync.connected import Connected
from hub.sync.consent_gate import add_opt_outs
from hub.sync.deal_rows import Touched, deal_documents, left_out
from hub.sync.document import golden_document
from hub.sync.linking import ANSWERED, Own, own_records, said_at

#: The object that a mapping's `out:` block needs where it names none.
CUSTOMERS = "customers"
#: Customers, or deals, that a catch-up plans in one transaction.
_CATCH_UP = 5000
_NO_DEALS = Touched()


@dataclass(frozen=True, slots=True)
class Destination:
    """A connection that customers are pushed to."""

    connection_id: int
    name: str
    mapping: CompiledMapping
    #: Rows are written whole, and taken out with their customers (`Capabilities.snapshot`).
    snapshot: bool = False
    #: It is read, too: its own records are known.
    read: bool = False
    #: Object -> what the `marker` of its records says where we changed them last.
    ours: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, item: Connected, connection_id: int) -> Destination:
        """A connection as a destination. Raises MappingError, ConfigError where its mapping cannot be used."""
        snapshot = item.connector.capabilities.snapshot
        read = item.is_source and not snapshot
        return cls(connection_id, item.name, item.mapping, snapshot, read, item.ours if read else {})

    @property
    def objects(self) -> tuple[str, ...]:
        """What it is sent, in the order of sending."""
        return self.mapping.objects or (CUSTOMERS,)

    @property
    def customer_objects(self) -> tuple[str, ...]:
        """Those whose rows are customers."""
        deals = self.deal_objects
        return tuple(name for name in self.objects if name not in deals)

    @property
    def deal_objects(self) -> tuple[str, ...]:
        """Those whose rows are deals."""
        return tuple(name for name, rule in self.mapping.document.out.items() if not rule.of_customers)

    @property
    def links(self) -> bool:
        """Whether some of its records name others."""
        return not self.snapshot and any(self.mapping.out_rule(name).links for name in self.mapping.objects)

    def linking(self, objects: Collection[str]) -> list[str]:
        """Objects whose records name such of these objects."""
        rules = {name: self.rule(name) for name in self.objects}
        return [
            name
            for name, rule in rules.items()
            if rule is not None and any(link.object in objects for link in rule.links)
        ]

    def rule(self, object_: str) -> OutRule | None:
        """What may be done to rows of an object; None: all of it, because the whole is a copy of ours."""
        return None if self.snapshot else self.mapping.out_rule(object_)


@dataclass(slots=True)
class Plan:
    """What changes in the outbox for one object of one destination."""

    destination: Destination
    object: str
    rows: list[Planned] = field(default_factory=list)
    #: Waiting deliveries to take back.
    cancelled: list[str] = field(default_factory=list)
    #: Customers that are no more, whose rows stay there.
    left: list[str] = field(default_factory=list)
    #: What the destination itself told of records that are customers': to be kept with what it holds.
    seen: dict[str, PushState] = field(default_factory=dict)
    #: (loser, winner) of merges where the winner has no row yet: it gets the loser's.
    adopted: list[tuple[str, str]] = field(default_factory=list)


def plan(
    store: Store,
    destination: Destination,
    golden: Mapping[str, Mapping[str, Any]],
    retired: Sequence[str],
) -> list[Plan]:
    """What to deliver. golden: changed customers as `golden_document` makes them; retired: customers no longer there."""
    return [_plan(store, destination, object_, golden, retired) for object_ in destination.customer_objects]


def _plan(
    store: Store,
    destination: Destination,
    object_: str,
    golden: Mapping[str, Mapping[str, Any]],
    retired: Sequence[str],
) -> Plan:
    documents = list(golden.values())
    rendered = destination.mapping.render(object_, documents) if documents else []
    fits = destination.mapping.is_for(object_, documents) if documents else []
    winners = {} if destination.snapshot else _winners(store, retired)
    ids = [*golden, *retired, *winners.values()]
    look = _Look(
        store.outbox.states(destination.connection_id, object_, ids),
        store.outbox.waiting(destination.connection_id, object_, ids),
    )
    made = Plan(destination, object_)
    _adopt(made, look, winners)
    if destination.read:
        _link(store, made, look, list(golden))
    add_opt_outs(store, destination, object_, dict(zip(golden, rendered, strict=True)), look.states)
    rule, now = destination.rule(object_), now_text()
    rendered = _with_links(store, destination, rule, look, list(golden), rendered)
    if destination.read and rule is not None:
        look.said_at = _said_at(store, made, look, dict(zip(golden, rendered, strict=True)), rule)
    for customer_id, fields, is_for in zip(golden, rendered, fits, strict=True):
        if is_for:
            _plan_upsert(made, look, customer_id, fields, rule, now)
        else:
            _plan_removal(made, look, customer_id, rule)
    for customer_id in retired:
        _plan_removal(made, look, customer_id, rule)
    return made


def _plan_deals(
    store: Store, destination: Destination, object_: str, deals: Sequence[Deal], gone: Sequence[str]
) -> Plan:
    """The same for deals, inside the caller's `write()`. gone: keys of those that are no more."""
    out = left_out(store, destination, object_, deals)
    kept = [one for one in deals if one.key not in out]
    store.deals.know(kept)
    documents = deal_documents(kept)
    rendered = destination.mapping.render(object_, list(documents.values())) if kept else []
    keys = [*documents, *out, *gone]
    look = _Look(
        store.outbox.states(destination.connection_id, object_, keys),
        store.outbox.waiting(destination.connection_id, object_, keys),
    )
    made, rule, now = Plan(destination, object_), destination.rule(object_), now_text()
    rows = _with_links(store, destination, rule, look, list(documents), rendered)
    for key, fields in zip(documents, rows, strict=True):
        _plan_upsert(made, look, key, fields, rule, now)
    for key in (*out, *gone):
        _plan_removal(made, look, key, rule)
    return made


def plan_known(
    store: Store,
    destination: Destination,
    object_: str,
    states: Mapping[str, PushState],
    rendered: Mapping[str, Mapping[str, Any]],
    orphans: Sequence[PushState] = (),
) -> Plan:
    """What follows where something was learned of records, whatever was told before. states: by customer, as they stand
    from now on; rendered: what is to stand there of those customers that the object is for; orphans: records of customers
    that are no more."""
    waiting = store.outbox.waiting(
        destination.connection_id, object_, [*states, *(one.customer_id for one in orphans)]
    )
    left = {one.customer_id: one._replace(state="sent") for one in orphans if one.customer_id not in waiting}
    made = Plan(destination, object_, seen=dict(states))
    look = _Look({**states, **left}, waiting)
    rule, now = destination.rule(object_), now_text()
    told = [dict(row) for row in rendered.values()]
    rows = dict(zip(rendered, _with_links(store, destination, rule, look, list(rendered), told), strict=True))
    for customer_id in states:
        if customer_id in rows:
            _plan_upsert(made, look, customer_id, rows[customer_id], rule, now)
        else:
            _plan_removal(made, look, customer_id, rule)
    for customer_id in left:
        _plan_removal(made, look, customer_id, rule)
    return made


@dataclass(slots=True)
class _Look:
    """What destination and outbox have of the customers in question."""

    states: dict[str, PushState]
    #: Customer -> whether something of its open delivery may have arrived.
    waiting: dict[str, bool]
    #: Customer -> field -> when a source said last what we say, where that counts.
    said_at: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Customer -> its row with ids of the destination in the place of ours, where it names other records.
    linked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def _with_links(
    store: Store,
    destination: Destination,
    rule: OutRule | None,
    look: _Look,
    customer_ids: Sequence[str],
    rendered: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Rows with whom they name, by our ids."""
    named = links.named(store, rule, customer_ids)
    if not named:
        return list(rendered)
    rows = [{**row, **named[id_]} for id_, row in zip(customer_ids, rendered, strict=True)]
    found = links.resolved(store, destination.connection_id, rule, rows)
    look.linked = {id_: one.fields for id_, one in zip(customer_ids, found, strict=True)}
    return rows


def _said_at(
    store: Store, made: Plan, look: _Look, rendered: Mapping[str, Mapping[str, Any]], rule: OutRule
) -> Mapping[str, Mapping[str, str]]:
    latest = {name for name, win in rule.wins.items() if win.word == "latest"}
    edited = {
        customer_id: {name: rendered[customer_id].get(name) for name in latest & edits.keys()}
        for customer_id in rendered
        if latest and (state := look.states.get(customer_id)) and (edits := wanted.parsed(state.edits))
    }
    asked = {customer_id: fields for customer_id, fields in edited.items() if fields}
    return said_at(store, made.destination, made.object, asked) if asked else {}


def _winners(store: Store, retired: Sequence[str]) -> dict[str, str]:
    """Retired customer -> the one that it was merged into."""
    rows = store.identity.customers(retired)
    return {id_: row.merged_into_id for id_, row in rows.items() if row.merged_into_id}


def _adopt(made: Plan, look: _Look, winners: Mapping[str, str]) -> None:
    """A row there goes on as the winner's, so that a merge makes no second one."""
    for loser, winner in winners.items():
        state = look.states.get(loser)
        if state and state.state == "sent" and state.remote_id and winner not in look.states:
            made.adopted.append((loser, winner))
            look.states[winner] = look.states.pop(loser)._replace(customer_id=winner)


def _link(store: Store, made: Plan, look: _Look, customer_ids: Sequence[str]) -> None:
    """A customer that the destination told us of has its record there already."""
    own = own_records(store, made.destination, made.object, customer_ids)
    rule, now = made.destination.mapping.out_rule(made.object), now_text()
    remote_ids = [record.remote_id for records in own.values() for record in records]
    holders = store.outbox.holders(made.destination.connection_id, made.object, remote_ids)
    for customer_id, records in own.items():
        state = _linked(customer_id, look.states.get(customer_id), records, holders, rule, now)
        if state is not None and state != look.states.get(customer_id):
            made.seen[customer_id] = look.states[customer_id] = state


def _linked(
    customer_id: str,
    state: PushState | None,
    records: Sequence[Own],
    holders: Mapping[str, str],
    rule: OutRule,
    now: str,
) -> PushState | None:
    """How the destination's record of a customer stands, by what it told of it; None: as before."""
    if state is not None and state.state == "unlinked":
        return None
    known = next((one for one in records if state and one.remote_id == state.remote_id), None)
    if known is None and state is not None and state.remote_id:
        return None
    if known is None and len(records) > 1:
        return PushState(customer_id, None, None, None, None, "ambiguous")
    record = known or records[0]
    if holders.get(record.remote_id, customer_id) != customer_id:
        return PushState(customer_id, None, None, None, None, "conflict")
    new = state is None or state.state in ("ambiguous", "conflict", "deleted")
    was = PushState(customer_id, record.remote_id, None, None, None, "sent") if new or not state else state
    before = wanted.There.of(was.sent_fields, was.remote_fields, was.edits)
    edits = wanted.edits_seen(before, record.fields, rule, record.changed_at or now)
    return was._replace(
        remote_id=record.remote_id,
        remote_fields=wanted.text(record.fields),
        state="sent",
        edits=wanted.text(edits) if edits else None,
    )


def _plan_upsert(
    made: Plan, look: _Look, customer_id: str, fields: Mapping[str, Any], rule: OutRule | None, now: str
) -> None:
    state, in_doubt = look.states.get(customer_id), look.waiting.get(customer_id, False)
    if state and state.state == "unlinked":
        return
    target = wanted.wanted(look.linked.get(customer_id, fields), rule)
    digest = wanted.digest(wanted.wanted(fields, rule))
    if made.destination.read and state and state.remote_fields:
        now_agreed = agreed(state, target, look.said_at.get(customer_id, {}), rule)
        if now_agreed != state:
            made.seen[customer_id] = state = now_agreed
    next_at = None
    if not in_doubt and state and state.state == "sent":
        goes, next_at = _left_to_say(state, target, digest, rule, now)
        if not goes and next_at is None:
            if customer_id in look.waiting:
                made.cancelled.append(customer_id)
            return
        next_at = None if goes else next_at
    # Kept in the mapping's order: a file's columns come as they were written there.
    text = orjson.dumps(fields).decode()
    priority = _priority(state, target, rule, now)
    made.rows.append(Planned(customer_id, "upsert", text, digest, next_at, priority))


def _priority(state: PushState | None, target: Mapping[str, Any], rule: OutRule | None, now: str) -> int:
    """A person's no goes first, where there is a record that does not say it yet."""
    no = wanted.only(target, list(rule.opt_out)) if rule else {}
    if not no or state is None or state.state != "sent" or not state.remote_id:
        return NORMAL
    there = wanted.There.of(state.sent_fields, state.remote_fields, state.edits)
    return CONSENT if wanted.fates(no, there, rule, now) else NORMAL


def agreed(
    state: PushState, target: Mapping[str, Any], said_at: Mapping[str, str], rule: OutRule | None
) -> PushState:
    """Where both sides say the same by now, that is what later changes are changes of; an edit there is held against
    when we were told otherwise, and a person's edit holds for its days although we took it over."""
    there = wanted.There.of(state.sent_fields, state.remote_fields, state.edits)
    sent, remote = dict(there.sent or {}), there.remote or {}
    same = {
        name: value for name, value in target.items() if name in remote and wanted.same(value, remote[name])
    }
    if not all(name in sent and wanted.same(sent[name], value) for name, value in same.items()):
        state = state._replace(sent_fields=wanted.text({**sent, **same}))
    edits = {
        name: [edit[0], said_at.get(name, edit[1])]
        for name, edit in there.edits.items()
        if name not in same or (rule is not None and rule.winner(name).word == "human")
    }
    return state._replace(edits=wanted.text(edits) if edits else None)


def _left_to_say(
    state: PushState, target: Mapping[str, Any], digest: str, rule: OutRule | None, now: str
) -> tuple[bool, str | None]:
    """Whether there is something to tell the destination now, and when there will be."""
    if rule is None:
        return state.sent_hash != digest, None
    found = answers(state, target, digest, rule, now)
    goes = any(fate.word in ("goes", "asked") for fate in found.values())
    return goes, min((fate.until for fate in found.values() if fate.until), default=None)


def answers(
    state: PushState, target: Mapping[str, Any], digest: str, rule: OutRule, now: str
) -> dict[str, wanted.Fate]:
    """What becomes of the fields that a record says otherwise than we do. digest: of the target."""
    there = wanted.There.of(state.sent_fields, state.remote_fields, state.edits)
    found = wanted.fates(target, there, rule, now)
    if state.sent_hash != digest:
        return found
    # All was told; what counts again is what they say otherwise where our word holds against theirs, and whose record there
    # is another than it was.
    linked = {link.field for link in rule.links}
    return {
        name: fate
        for name, fate in found.items()
        if name in linked or (name in (there.remote or {}) and fate.win.word in ANSWERED)
    }


def _plan_removal(made: Plan, look: _Look, customer_id: str, rule: OutRule | None) -> None:
    state, waits = look.states.get(customer_id), customer_id in look.waiting
    gone = "delete" if rule is None else rule.gone
    op, fields = ("", "{}") if gone == "keep" else (gone, wanted.text(rule.tag) if rule else "{}")
    if op and state and state.state == "sent":
        digest = "deleted" if op == "delete" else f"{op} {fields}"
        made.rows.append(Planned(customer_id, op, fields, digest))
        return
    if state and state.state == "sent":
        made.left.append(customer_id)
    if waits and look.waiting[customer_id] and op == "delete":
        # It may have arrived: what there is of it has to be found out, and taken out.
        made.rows.append(Planned(customer_id, "delete", "{}", "deleted"))
    elif waits:
        made.cancelled.append(customer_id)


def plan_changes(
    store: Store,
    destinations: Sequence[Destination],
    changed: Sequence[str],
    retired: Sequence[str],
    now: str,
    deals: Touched = _NO_DEALS,
) -> None:
    """Plans what changed customers and deals mean for every destination, inside the caller's `write()`."""
    if not destinations or not (changed or retired or deals):
        return
    golden = _documents(store, changed)
    companies = [id_ for id_, document in golden.items() if document["kind"] == "organization"]
    linking = [destination for destination in destinations if destination.links]
    people = store.companies.people_of(companies) if linking and companies else []
    more = _documents(store, [id_ for id_ in people if id_ not in golden]) if people else {}
    for destination in destinations:
        _plan_and_save(store, destination, golden | more if destination in linking else golden, retired, now)
    _plan_touched(store, destinations, [*golden, *more], deals, now)


def _plan_touched(
    store: Store,
    destinations: Sequence[Destination],
    customer_ids: Sequence[str],
    touched: Touched,
    now: str,
) -> None:
    """Deals that changed, and those of customers who changed: another record may be theirs by now."""
    told = [destination for destination in destinations if destination.deal_objects]
    ids = {*touched.ids, *(store.deals.of_customers(customer_ids) if told else ())}
    deals = store.deals.by_id(sorted(ids)) if told else []
    for destination in told:
        for object_ in destination.deal_objects:
            save(store, [_plan_deals(store, destination, object_, deals, touched.gone)], now)


def _documents(store: Store, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {id_: golden_document(id_, fields) for id_, fields in store.identity.golden(customer_ids).items()}


def _plan_and_save(
    store: Store,
    destination: Destination,
    golden: Mapping[str, Mapping[str, Any]],
    retired: Sequence[str],
    now: str,
) -> None:
    plans = plan(store, destination, golden, retired)
    save(store, plans, now)
    if destination.links and destination.read:
        plan_linked(store, destination, {item.object: list(item.seen) for item in plans if item.seen}, now)


def plan_linked(
    store: Store, destination: Destination, made: Mapping[str, Sequence[str]], now: str
) -> set[tuple[str, str]]:
    """Plans the rows that name records which have become known now, inside the caller's `write()`: (object, customer).

    made: object -> customers whose record there is new. What is planned anyway names them when it is sent."""
    planned: set[tuple[str, str]] = set()
    objects = destination.linking(made)
    ids = [id_ for customer_ids in made.values() for id_ in customer_ids] if objects else []
    people = store.companies.people_of(ids) if ids else []
    deals = destination.deal_objects
    for object_ in objects if people else ():
        if object_ in deals:
            continue
        waiting = store.outbox.waiting(destination.connection_id, object_, people)
        held = store.outbox.states(destination.connection_id, object_, people)
        golden = _documents(store, [id_ for id_ in people if id_ in held and id_ not in waiting])
        item = _plan(store, destination, object_, golden, [])
        save(store, [item], now)
        planned |= {(object_, row.customer_id) for row in item.rows}
    for object_ in objects:
        if object_ in deals:
            planned |= _plan_linked_deals(store, destination, object_, [*ids, *people], now)
    return planned


def _plan_linked_deals(
    store: Store, destination: Destination, object_: str, customer_ids: Sequence[str], now: str
) -> set[tuple[str, str]]:
    deals = store.deals.by_id(store.deals.of_customers(customer_ids))
    keys = [one.key for one in deals]
    waiting = store.outbox.waiting(destination.connection_id, object_, keys)
    held = store.outbox.states(destination.connection_id, object_, keys)
    again = [one for one in deals if one.key in held and one.key not in waiting]
    item = _plan_deals(store, destination, object_, again, [])
    save(store, [item], now)
    return {(object_, row.customer_id) for row in item.rows}


def catch_up(store: Store, destination: Destination, now: str) -> int:
    """Plans every customer for a destination that is new, whose mapping has changed, or that missed changes while it
    could not be used. How many customers were looked at; what it holds already is not planned."""
    if store.outbox.planned_with(destination.connection_id) == destination.mapping.out_hash:
        return 0
    after, seen = "", 0
    while ids := store.identity.active_ids(after, _CATCH_UP):
        with store.write():
            _plan_and_save(store, destination, _documents(store, ids), [], now)
        after, seen = ids[-1], seen + len(ids)
    _catch_up_deals(store, destination, now)
    store.outbox.set_planned_with(destination.connection_id, destination.mapping.out_hash)
    return seen


def _catch_up_deals(store: Store, destination: Destination, now: str) -> None:
    after = 0
    while destination.deal_objects and (ids := store.deals.after(after, _CATCH_UP)):
        with store.write():
            _plan_touched(store, [destination], [], Touched(ids), now)
        after = ids[-1]


def save(store: Store, plans: Sequence[Plan], now: str) -> None:
    """Writes plans, inside the caller's `write()`."""
    for item in plans:
        place = (item.destination.connection_id, item.object)
        if item.adopted:
            store.outbox.adopt(*place, item.adopted, now)
            store.push_links.adopt(*place, item.adopted)
        if item.seen:
            store.outbox.holds((*place, *state, now) for state in item.seen.values())
        if item.cancelled:
            store.outbox.cancel(*place, item.cancelled, now)
        if item.left:
            store.outbox.set_state(*place, item.left, "left", now)
        if item.rows:
            store.outbox.plan(*place, item.rows, now)
