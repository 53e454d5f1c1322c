"""The walk of README.md over a store, batch by batch, against one run over everything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.models import Decision, DecisionKind, SourceKey
from tests.identity.walking import POLICY, Person, World, assert_as_one_run, keys_in

KEYS = keys_in(("desk", "shop"), 7)
PEOPLE = st.builds(
    Person,
    email=st.sampled_from([None, "a@x.example", "b@x.example", "c@x.example", "info@x.example", "d@own.example"]),
    phone=st.sampled_from([None, None, "+12025550101", "+12025550102", "+12025555555"]),
    user_id=st.sampled_from([None, None, None, "u1", "u2", "0000"]),
    tax_id=st.sampled_from([None, None, None, "1234567", "1234568", "7654321"]),
    loyalty=st.sampled_from([None, None, "k1", "k2", "k3"]),
    given_name=st.sampled_from([None, "Ann", "Anna", "Bob", "Cy"]),
    family_name=st.sampled_from([None, "Lee", "Leigh", "Poe"]),
    birth_date=st.sampled_from([None, None, "1980-02-03", "1981-07-09"]),
    job_title=st.sampled_from([None, "clerk"]),
    line1=st.sampled_from([None, None, "1 Main Street"]),
    city=st.sampled_from([None, "Salem"]),
    postal_code=st.sampled_from([None, None, "10115"]),
)  # fmt: skip
BATCHES = st.dictionaries(
    st.sampled_from(KEYS), st.one_of(PEOPLE, PEOPLE, PEOPLE, st.none()), min_size=1, max_size=6
)


class Walk(RuleBasedStateMachine):
    """Any sequence of inserts, updates, deletes and decisions, in any batches."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.world = World(Path(self.folder.name))

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
            self.folder.cleanup()

    @rule(batch=BATCHES, split=st.booleans())
    def sync(self, batch: dict[SourceKey, Person | None], split: bool) -> None:
        known = {key: one for key, one in batch.items() if one is not None or key in self.world.people}
        self.world.change(known, split=split)

    def decide(self, kind: DecisionKind, a: SourceKey, b: SourceKey) -> Decision:
        self.world.decide(Decision(kind, "tester", "because", a, b))
        return self.world.decisions[-1]

    @rule(kind=st.sampled_from([DecisionKind.SAME, DecisionKind.DIFFERENT]), pair=st.permutations(KEYS))
    def say(self, kind: DecisionKind, pair: list[SourceKey]) -> None:
        self.decide(kind, pair[0], pair[1])

    @rule(value=st.sampled_from([("email", "a@x.example"), ("phone", "+12025550101"), ("loyalty", "k1")]))
    def block(self, value: tuple[str, str]) -> None:
        told = Decision(DecisionKind.BLOCK, "tester", "because", field=value[0], value=value[1])
        self.world.decide(told)

    @precondition(lambda self: self.world.store.decisions.active())
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        it = data.draw(st.sampled_from(self.world.store.decisions.active()))
        self.world.decide(reverse=it.id)

    @rule(pair=st.permutations(KEYS))
    def merge_and_undo(self, pair: list[SourceKey]) -> None:
        before = self.world.customers()
        said = self.decide(DecisionKind.SAME, pair[0], pair[1])
        merged = self.world.customers()
        assert_as_one_run(self.world)
        self.world.decide(reverse=said.id)
        undone = self.world.customers()
        assert sorted(map(sorted, undone.values())) == sorted(map(sorted, before.values()))
        # A merge that a cap or a limit answers with splits elsewhere moves records; only then may ids move, too.
        if all(any(members <= others for others in merged.values()) for members in before.values()):
            assert undone == before

    @invariant()
    def equals_one_run_over_everything(self) -> None:
        if hasattr(self, "world"):
            assert_as_one_run(self.world)

    @invariant()
    def no_limit_and_no_word_is_violated(self) -> None:
        if hasattr(self, "world"):
            assert_guarded(self.world)


def assert_guarded(world: World) -> None:
    """No customer holds two that are different, or more of an identifier than it may, but by a person's word."""
    different = {
        frozenset((str(one.a), str(one.b))) for one in last_words(world) if one.kind is DecisionKind.DIFFERENT
    }
    forced = {
        str(key) for one in last_words(world) if one.kind is DecisionKind.SAME for key in (one.a, one.b)
    }
    retired = {(type_, value) for _, type_, value in world.stored()["retired"] if type_}
    blocked = {
        (one.field, one.value) for one in world.store.decisions.active() if one.kind is DecisionKind.BLOCK
    }
    people = {str(key): person for key, person in world.people.items()}
    for members in world.partition():
        assert not any(pair <= members for pair in different)
        if not forced.isdisjoint(members):
            continue
        for type_, most in (("email", 2), ("phone", 2), ("user_id", 1)):
            values = {getattr(people[name], type_) for name in members} - {None}
            values = {
                value
                for value in values
                if not POLICY.blocked(type_, value) and (type_, value) not in blocked
                and not any(value in text for kind, text in retired if kind == type_)
            }  # fmt: skip
            alone = max(len({getattr(people[name], type_)} - {None}) for name in members)
            assert len(values) <= max(most, alone), (type_, members)


def last_words(world: World) -> list[Decision]:
    """What holds of pairs: of each the latest word."""
    last: dict[frozenset[SourceKey | None], Decision] = {}
    for one in world.store.decisions.active():
        if one.kind in (DecisionKind.SAME, DecisionKind.DIFFERENT):
            last[frozenset((one.a, one.b))] = one
    return list(last.values())


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()
