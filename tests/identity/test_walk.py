"""The walk of README.md over a store in memory, against a plain oracle that looks at everything at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.identity import (
    Alias,
    Assignment,
    Decided,
    Edge,
    Holder,
    IdentityPolicy,
    Membership,
    Resolution,
    Row,
    Sources,
    assign,
    effective,
    identifier_rows,
    keys_of,
    linking,
    resolve,
    touch,
)
from hub.identity.cluster import Refusal
from hub.models import Decision, DecisionKind, SourceKey

POLICY = IdentityPolicy.parse(
    """
identifiers: {email: {limit: 2}, phone: {limit: 2}, loyalty: {limit: 2}}
retire: {records: 5, names: 3}
component_cap: 6
own_domains: [own.example]
"""
)


@dataclass(frozen=True)
class Person:
    """A source customer as the tests need it."""

    email: str | None = None
    phone: str | None = None
    user_id: str | None = None
    loyalty: str | None = None
    given_name: str | None = None
    family_name: str | None = None

    def identifiers(self) -> str | None:
        listed = [
            f'{{"type": "{type_}", "issuer": "shop", "value": "{value}"}}'
            for type_, value in (("user_id", self.user_id), ("loyalty", self.loyalty))
            if value
        ]
        return f"[{', '.join(listed)}]" if listed else None


def columns_of(people: Iterable[Person]) -> dict[str, list[str | None]]:
    people = list(people)
    names = ("email", "phone", "given_name", "family_name")
    return {name: [getattr(one, name) for one in people] for name in names} | {
        "identifiers": [one.identifiers() for one in people]
    }


@dataclass
class World:
    """The store, and the caller's side of the walk."""

    policy: IdentityPolicy = POLICY
    people: dict[int, Person] = field(default_factory=dict)
    keys: dict[int, SourceKey] = field(default_factory=dict)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)
    refusals: set[Refusal] = field(default_factory=set)
    memberships: dict[int, Membership] = field(default_factory=dict)
    merged: dict[str, Alias] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    clock: int = 0
    numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    resolved: int = 0

    def change(self, people: dict[SourceKey, Person | None], decisions: Iterable[Decision] = ()) -> None:
        """One batch: records that are new or changed, or gone (None); and decisions taken."""
        self.clock += 1
        by_key = {key: source for source, key in self.keys.items()}
        self.decisions += decisions
        decided = effective(self.decisions)
        said = [key for one in decisions for key in self._about(one)]
        changed = {by_key.get(key) or next(self.numbers): (key, person) for key, person in people.items()}
        before = linking([row for source in changed for row in self.rows.get(source, ())], self.policy)
        gone = {source for source, (_, person) in changed.items() if person is None}
        for source, (key, person) in changed.items():
            if person is not None:
                self.people[source], self.keys[source] = person, key
        living = [source for source in changed if source not in gone]
        fresh = identifier_rows(living, columns_of(self.people[source] for source in living))
        now = linking(fresh, self.policy)
        held = self.holders(keys_of(now) | keys_of(before), set(changed))
        concerned = touch(now, before, held, self.policy)
        for source in changed:
            self.rows[source] = [row for row in fresh if row[0] == source]
        look = concerned.changed | {
            s for s in changed if s in self.keys and str(self.keys[s]) in decided.named
        }
        partners = decided.partners(str(self.keys[s]) for s in changed if s in self.keys)
        names = {str(key): source for source, key in self.keys.items()}
        seeds = look | concerned.neighbours | {names[key] for key in (*partners, *said) if key in names}
        alone = [source for source in living if source not in seeds]
        nodes = self.reach(seeds | gone) - gone
        assert not any(self.touches(source) for source in alone), "who is alone has no edges"
        for source in gone:
            for table in (self.people, self.keys, self.rows):
                table.pop(source, None)
        self.settle(nodes, gone, alone, decided)

    @staticmethod
    def _about(decision: Decision) -> list[str]:
        return [str(key) for key in (decision.a, decision.b) if key]

    def touches(self, source: int) -> bool:
        return any(source in edge[:2] for edge in self.edges)

    def holders(self, keys: set, without: set[int]) -> list[Holder]:
        """Not more than `holders_limit` of each key."""
        found: list[Holder] = []
        for key in keys:
            having = [
                row[:4]
                for source, rows in self.rows.items()
                if source not in without
                for row in rows
                if row[1:4] == key
            ]
            found += having[: self.policy.holders_limit]
        return found

    def reach(self, seeds: Iterable[int]) -> set[int]:
        reached, waiting = set(), set(seeds)
        while waiting:
            reached |= waiting
            waiting = {
                other
                for edge in self.edges
                for one, other in (edge[:2], edge[1::-1])
                if one in waiting and other not in reached
            }
        return reached

    def settle(self, nodes: set[int], gone: set[int], alone: list[int], decided: Decided) -> None:
        holders = linking([row for node in nodes for row in self.rows[node]], self.policy)
        others = self.holders(keys_of(holders), nodes)
        context = {holder[0] for holder in others}
        ids = [*nodes, *context]
        people = columns_of(self.people[source] for source in ids)
        sources = Sources(ids, [str(self.keys[source]) for source in ids], people)
        result = resolve(sources, holders + others, self.policy, decided=decided, context=context)
        self.resolved += len(nodes)
        self.edges = {edge for edge in self.edges if not {edge.a, edge.b} & (nodes | gone)} | set(
            result.edges
        )
        self.refusals = {one for one in self.refusals if not {one.a, one.b} & (nodes | gone)}
        self.refusals |= set(result.refusals)
        self.settle_ids(result, nodes | gone, alone)

    def settle_ids(self, result: Resolution, touched: set[int], alone: list[int]) -> None:
        previous = {source: self.memberships[source] for source in touched if source in self.memberships}
        customers = {one.customer_id for one in previous.values()}
        aliases = []
        while more := [one for one in self.merged.values() if one.into in customers and one not in aliases]:
            aliases += more
            customers |= {one.id for one in more}
        new = [source for source in alone if source not in self.memberships]
        made = assign([*result.clusters, *([s] for s in new)], previous, aliases=aliases)
        self.apply(made, touched)

    def apply(self, made: Assignment, touched: set[int]) -> None:
        now = f"{self.clock:06}"
        for source in touched - self.keys.keys():
            self.memberships.pop(source, None)
        for source, id_ in made.moved.items():
            self.memberships[source] = Membership(id_, now)
        for id_ in made.revived:
            del self.merged[id_]
        for event in made.events:
            if event.kind == "merged":
                alias = Alias(event.customer_id, event.other_id, now, frozenset(event.data["members"]))
                self.merged[event.customer_id] = alias

    def partition(self) -> set[frozenset[str]]:
        return {frozenset(members) for members in self.customers().values()}

    def customers(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for source, membership in self.memberships.items():
            found.setdefault(membership.customer_id, set()).add(str(self.keys[source]))
        return found

    def everything(self) -> Resolution:
        """One run over all at once."""
        ids = list(self.people)
        holders = linking([row for rows in self.rows.values() for row in rows], self.policy)
        people = columns_of(self.people.values())
        sources = Sources(ids, [str(self.keys[source]) for source in ids], people)
        return resolve(sources, holders, self.policy, decided=effective(self.decisions))


# --- the oracle: quadratic, global, and without cleverness ---------------------------------------------------------


@dataclass(frozen=True)
class Tie:
    rank: int
    type: str
    pair: tuple[str, str]
    bits: float


def oracle(
    people: dict[str, Person], decisions: list[Decision], policy: IdentityPolicy
) -> set[frozenset[str]]:
    usable = usable_keys(people, policy)
    same, different = last_words(decisions, people)
    ties = ties_of(people, usable, policy)
    groups = [{key} for key in people]

    def parts(ties: Iterable[Tie]) -> list[set[str]]:
        merged = [{key} for key in people]
        for tie in [*(one.pair for one in ties), *same]:
            one, other = (next(part for part in merged if key in part) for key in tie)
            if one is not other:
                merged.remove(other)
                one |= other
        return merged

    kept = []
    for part in parts(ties):
        inside = [tie for tie in ties if tie.pair[0] in part]
        if len(part) > policy.component_cap:
            inside = trimmed(part, inside, policy.component_cap)
        kept += inside
    total = {tie.pair: sum(other.bits for other in ties if other.pair == tie.pair) for tie in ties}
    kept_total = {tie.pair: sum(o.bits for o in kept if o.pair == tie.pair) for tie in kept} or total
    kept.sort(key=lambda tie: (tie.rank, -kept_total[tie.pair], tie.type, tie.pair))
    for pair, forced in [*((pair, True) for pair in same), *((tie.pair, False) for tie in kept)]:
        one, other = (next(group for group in groups if key in group) for key in pair)
        if one is not other and allowed(one, other, forced, different, usable, policy):
            groups.remove(other)
            one |= other
    return {frozenset(group) for group in groups}


def usable_keys(people: dict[str, Person], policy: IdentityPolicy) -> dict[str, set[tuple[str, str]]]:
    held = {
        key: {
            (type_, value)
            for type_ in ("email", "phone", "user_id", "loyalty")
            if (value := getattr(person, type_)) and not policy.blocked(type_, value)
        }
        for key, person in people.items()
    }
    retire = policy.document.retire
    crowded = set()
    for one in set().union(*held.values()):
        using = [people[key] for key in held if one in held[key]]
        names = {(p.given_name, p.family_name) for p in using if p.given_name or p.family_name}
        if len(using) > retire.records or len(names) > retire.names:
            crowded.add(one)
    return {key: keys - crowded for key, keys in held.items()}


def ties_of(
    people: dict[str, Person], usable: dict[str, set[tuple[str, str]]], policy: IdentityPolicy
) -> list[Tie]:
    ties = set()
    for a, b in itertools.combinations(sorted(people), 2):
        for type_, _ in usable[a] & usable[b]:
            one, other = people[a], people[b]
            if type_ == "phone" and not (
                one.given_name == other.given_name is not None
                and (not one.family_name or not other.family_name or one.family_name == other.family_name)
            ):
                continue
            ties.add(Tie(policy.rank(type_), type_, (a, b), policy.rule(type_).bits))
    return list(ties)


def trimmed(part: set[str], ties: list[Tie], cap: int) -> list[Tie]:
    while ties:
        reached = {key: {key} for key in part}
        for tie in ties:
            one, other = reached[tie.pair[0]], reached[tie.pair[1]]
            if one is not other:
                one |= other
                for key in other:
                    reached[key] = one
        if max(len(group) for group in reached.values()) <= cap:
            return ties
        worst = max((tie.rank, tie.type) for tie in ties)
        ties = [tie for tie in ties if (tie.rank, tie.type) != worst]
    return ties


def last_words(
    decisions: list[Decision], people: dict[str, Person]
) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    def stands(one: Decision) -> bool:
        return not any(other.reverses == one.id and stands(other) for other in decisions)

    last: dict[tuple[str, str], Decision] = {}
    for one in decisions:
        if one.reverses is None and stands(one):
            last[tuple(sorted((str(one.a), str(one.b))))] = one
    same = [(one.id, pair) for pair, one in last.items() if one.kind is DecisionKind.SAME]
    different = {pair for pair, one in last.items() if one.kind is DecisionKind.DIFFERENT}
    here = [pair for _, pair in sorted(same, reverse=True) if set(pair) <= people.keys()]
    return here, {pair for pair in different if set(pair) <= people.keys()}


def allowed(
    one: set[str],
    other: set[str],
    forced: bool,
    different: set[tuple[str, str]],
    usable: dict[str, set[tuple[str, str]]],
    policy: IdentityPolicy,
) -> bool:
    if any(tuple(sorted((a, b))) in different for a in one for b in other):
        return False
    if forced:
        return True
    for type_ in ("email", "phone", "user_id", "loyalty"):
        mine = {value for key in one for kind, value in usable[key] if kind == type_}
        theirs = {value for key in other for kind, value in usable[key] if kind == type_}
        # What only one side has cannot break a limit that this merge is to blame for.
        if mine and theirs and policy.rule(type_).limit < len(mine | theirs) > max(len(mine), len(theirs)):
            return False
    return True


# --- properties ----------------------------------------------------------------------------------------------------

KEYS = [SourceKey(connection, "customer", str(n)) for connection in ("desk", "shop") for n in range(7)]
PEOPLE = st.builds(
    Person,
    email=st.sampled_from([None, "a@x.example", "b@x.example", "c@x.example", "info@x.example", "d@own.example"]),
    phone=st.sampled_from([None, None, "+12025550101", "+12025550102", "+12025555555"]),
    user_id=st.sampled_from([None, None, None, "u1", "u2", "0000"]),
    loyalty=st.sampled_from([None, None, "k1", "k2", "k3"]),
    given_name=st.sampled_from([None, "Ann", "Bob", "Cy"]),
    family_name=st.sampled_from([None, "Lee", "Poe"]),
)  # fmt: skip
BATCHES = st.dictionaries(
    st.sampled_from(KEYS), st.one_of(PEOPLE, PEOPLE, PEOPLE, st.none()), min_size=1, max_size=5
)


def as_found(world: World) -> dict[str, Person]:
    return {str(world.keys[source]): person for source, person in world.people.items()}


class Walk(RuleBasedStateMachine):
    """Any sequence of inserts, updates, deletes and decisions, in any batches."""

    @initialize(start=st.integers(1, 3), step=st.sampled_from([1, -1]))
    def begin(self, start: int, step: int) -> None:
        self.world = World(numbers=itertools.count(10_000 * start, step))
        self.last: dict[frozenset[str], str] = {}

    @rule(batch=BATCHES)
    def sync(self, batch: dict[SourceKey, Person | None]) -> None:
        known = set(self.world.keys.values())
        self.world.change({key: one for key, one in batch.items() if one is not None or key in known})

    def decide(self, kind: DecisionKind, a: SourceKey, b: SourceKey, reverses: int | None = None) -> Decision:
        number = len(self.world.decisions) + 1
        decision = Decision(kind, "tester", "because", a, b, id=number, reverses=reverses)
        self.world.change({}, [decision])
        return decision

    @rule(kind=st.sampled_from([DecisionKind.SAME, DecisionKind.DIFFERENT]), pair=st.permutations(KEYS))
    def say(self, kind: DecisionKind, pair: list[SourceKey]) -> None:
        self.decide(kind, pair[0], pair[1])

    @precondition(lambda self: self.world.decisions)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        it = data.draw(st.sampled_from(self.world.decisions))
        assert it.a is not None and it.b is not None
        self.decide(it.kind, it.a, it.b, reverses=it.id)

    @rule(pair=st.permutations(KEYS))
    def merge_and_undo(self, pair: list[SourceKey]) -> None:
        before, aliases = self.world.customers(), set(self.world.merged)
        said = self.decide(DecisionKind.SAME, pair[0], pair[1])
        merged = self.world.customers()
        self.same_members_same_id()  # the merge is a step of its own, and so is its undoing
        self.decide(DecisionKind.SAME, pair[0], pair[1], reverses=said.id)
        undone = self.world.customers()
        assert sorted(map(sorted, undone.values())) == sorted(map(sorted, before.values()))
        # A merge that a cap or a limit answers with splits elsewhere moves records; only then may ids move, too.
        if all(any(members <= others for others in merged.values()) for members in before.values()):
            assert undone == before
            assert set(self.world.merged) == aliases

    @invariant()
    def equals_the_oracle(self) -> None:
        world = self.world
        assert world.partition() == oracle(as_found(world), world.decisions, world.policy)

    @invariant()
    def equals_one_run_over_everything(self) -> None:
        world, full = self.world, self.world.everything()
        assert {
            frozenset(str(world.keys[s]) for s in members) for members in full.clusters
        } == world.partition()
        assert {edge[:3] for edge in full.edges} == {edge[:3] for edge in world.edges}
        assert set(full.refusals) == world.refusals

    @invariant()
    def same_members_same_id(self) -> None:
        now = {frozenset(members): id_ for id_, members in self.world.customers().items()}
        for members, id_ in self.last.items():
            assert now.get(members, id_) == id_
        self.last = now

    @invariant()
    def aliases_lead_to_customers(self) -> None:
        living = set(self.world.customers())
        assert not living & set(self.world.merged)


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=150, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=150, deadline=None)
@given(
    people=st.dictionaries(st.sampled_from(KEYS), PEOPLE, min_size=2),
    data=st.data(),
)
def test_any_order_and_batching_gives_the_same_customers(
    people: dict[SourceKey, Person], data: st.DataObject
) -> None:
    found = []
    for _ in range(2):
        world = World()
        waiting = data.draw(st.permutations(list(people)))
        while waiting:
            size = data.draw(st.integers(1, len(waiting)))
            world.change({key: people[key] for key in waiting[:size]})
            waiting = waiting[size:]
        found.append(world.partition())
    assert found[0] == found[1]


def test_the_edges_of_a_crowd_do_not_depend_on_who_came_first() -> None:
    people = {
        SourceKey("log", "row", f"{n:03}"): Person(email="busy@x.example", given_name=("Ann", "Bob")[n % 2])
        for n in range(60)
    }
    found = []
    for keys in (list(people), list(people)[::-1], sorted(people, key=lambda key: key.external_id[::-1])):
        world = World(policy=IdentityPolicy())
        for start in range(0, 60, 7):
            world.change({key: people[key] for key in keys[start : start + 7]})
        found.append(
            {(*sorted(str(world.keys[source]) for source in edge[:2]), edge.rule) for edge in world.edges}
        )
    assert found[0] == found[1] == found[2]


def test_a_change_touches_only_its_component() -> None:
    world = World()
    for number in range(50):
        person = Person(email=f"p{number}@x.example")
        world.change(
            {
                SourceKey("shop", "customer", str(number)): person,
                SourceKey("desk", "user", str(number)): person,
            }
        )
    before = world.resolved
    world.change({SourceKey("form", "submission", "1"): Person(email="p7@x.example")})
    assert world.resolved - before == 3
    before = world.resolved
    world.change({SourceKey("form", "submission", "2"): Person(email="new@x.example")})
    assert world.resolved == before


def test_a_deleted_bridge_parts_what_it_joined_and_both_ids_come_back() -> None:
    world = World()
    one, two, bridge = (SourceKey("shop", "customer", key) for key in "123")
    world.change({one: Person(email="a@x.example")})
    world.change({two: Person(loyalty="k1")})
    before = world.customers()
    world.change({bridge: Person(email="a@x.example", loyalty="k1")})
    assert len(world.customers()) == 1
    assert len(world.merged) == 1
    world.change({bridge: None})
    assert world.customers() == before
    assert not world.merged


def test_records_that_came_after_a_merge_stay_with_their_side_when_it_is_undone() -> None:
    world = World()
    one, two, late, later = (SourceKey("shop", "customer", key) for key in "1234")
    world.change({one: Person(email="a@x.example")})
    world.change({two: Person(email="b@x.example")})
    ids = {members.pop(): id_ for id_, members in world.customers().items()}
    world.change({}, [Decision(DecisionKind.SAME, "tester", "", one, two, id=1)])
    world.change({late: Person(email="b@x.example"), later: Person(email="b@x.example")})
    assert len(world.customers()) == 1
    world.change({}, [Decision(DecisionKind.SAME, "tester", "", one, two, id=2, reverses=1)])
    assert world.customers() == {ids[str(one)]: {str(one)}, ids[str(two)]: {str(two), str(late), str(later)}}


@pytest.mark.parametrize("count", [24, 25, 60, 200])
def test_a_crowd_with_one_value_and_one_name_is_one_customer_with_few_edges(count: int) -> None:
    policy = IdentityPolicy.parse("component_cap: 1000")
    world = World(policy=policy)
    person = Person(email="busy@x.example", phone="+12025550101", given_name="Ann", family_name="Lee")
    world.change({SourceKey("log", "row", f"{n:03}"): person for n in range(count)})
    assert len(world.customers()) == 1
    assert len(world.edges) <= 2 * count * 24
    other = replace(person, given_name="Bob", email=None)
    world.change({SourceKey("log", "row", "bob"): other})
    assert len(world.customers()) == 2
