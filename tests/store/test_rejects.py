"""Rejects: one row per record and stage, whatever happens in whatever order."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub.errors import HubError
from hub.models import RunKind
from hub.store.api import Store, open_store
from hub.store.rejects import Refusal, RejectState, Stage

Ids = tuple[int, int]


@pytest.fixture
def run(store: Store, shop: Ids) -> str:
    return store.runs.start(shop[0], RunKind.PULL)


def test_a_reject_tells_place_and_reason(store: Store, shop: Ids, run: str) -> None:
    refusal = Refusal("42", "HUB-3101", "no key", "$.id", "mappings/shop.yaml:7", raw_id=9, mapping_version=3)
    (number,) = store.rejects.record(run, *shop, Stage.MAP, [refusal])
    found = store.rejects.get(number)
    assert (found.connection, found.stream, found.stage, found.key) == ("shop", "customers", "map", "42")
    assert (found.code, found.message, found.path, found.where) == (
        "HUB-3101",
        "no key",
        "$.id",
        "mappings/shop.yaml:7",
    )
    assert (found.raw_id, found.run_id, found.state, found.times) == (9, run, "open", 1)


def test_ids_come_back_in_the_order_given(store: Store, shop: Ids, run: str) -> None:
    first = store.rejects.record(run, *shop, Stage.LAND, [Refusal(key, "HUB-3001", "x") for key in "abc"])
    again = store.rejects.record(run, *shop, Stage.LAND, [Refusal(key, "HUB-3002", "y") for key in "cadca"])
    a, b, c = first
    assert [again[0], again[1], again[3], again[4]] == [c, a, c, a]
    assert b not in again
    assert store.rejects.record(run, *shop, Stage.LAND, []) == []


def test_refused_again_is_the_same_reject_counted_up_and_open(store: Store, shop: Ids, run: str) -> None:
    (number,) = store.rejects.record(run, *shop, Stage.MAP, [Refusal("1", "HUB-3101", "old")])
    created = store.rejects.get(number).created_at
    assert store.rejects.resolve(shop[1], Stage.MAP, ["1"]) == 1
    later = store.runs.start(shop[0], RunKind.CONSOLIDATE)
    assert store.rejects.record(later, *shop, Stage.MAP, [Refusal("1", "HUB-3102", "new")]) == [number]
    found = store.rejects.get(number)
    assert (found.code, found.message, found.times, found.state, found.run_id) == (
        "HUB-3102",
        "new",
        2,
        "open",
        later,
    )
    assert found.created_at == created


def test_stages_do_not_resolve_each_other(store: Store, shop: Ids, run: str) -> None:
    store.rejects.record(run, *shop, Stage.LAND, [Refusal("1", "HUB-3001", "x")])
    assert store.rejects.resolve(shop[1], Stage.MAP, ["1"]) == 0
    assert store.rejects.resolve(shop[1], Stage.LAND, ["1", "2"]) == 1
    assert store.rejects.count() == 0
    assert store.rejects.count(state=RejectState.RESOLVED) == 1


def test_resolving_by_raw_id(store: Store, shop: Ids, run: str) -> None:
    store.rejects.record(
        run, *shop, Stage.MAP, [Refusal(str(n), "HUB-3101", "x", raw_id=n) for n in range(1, 6)]
    )
    assert store.rejects.resolve_raw(Stage.MAP, [2, 4, 99]) == 2
    assert [reject.key for reject in store.rejects.find()] == ["1", "3", "5"]


def test_dropping_is_for_open_ones(store: Store, shop: Ids, run: str) -> None:
    ids = store.rejects.record(run, *shop, Stage.MAP, [Refusal(key, "HUB-3101", "x") for key in "abc"])
    store.rejects.resolve(shop[1], Stage.MAP, ["a"])
    assert store.rejects.drop(ids) == 2
    assert [reject.key for reject in store.rejects.find(state=RejectState.DROPPED)] == ["b", "c"]
    assert [reject.key for reject in store.rejects.find(state=None)] == ["a", "b", "c"]


def test_they_are_found_by_what_is_asked(store: Store, shop: Ids, run: str) -> None:
    connection, stream = shop
    mail = store.connections.connection_id("mail", "email")
    inbox = store.connections.stream_id(mail, "messages")
    store.rejects.record(
        run, connection, stream, Stage.MAP, [Refusal(key, "HUB-3101", "no key") for key in "ab"]
    )
    store.rejects.record(run, connection, stream, Stage.LAND, [Refusal("c", "HUB-3001", "not an object")])
    store.rejects.record("other", mail, inbox, Stage.MAP, [Refusal("d", "HUB-3101", "no key")])

    def keys(**filters: object) -> str:
        return "".join(reject.key for reject in store.rejects.find(**filters))  # type: ignore[arg-type]

    assert keys() == "abcd"
    assert keys(limit=2) == "ab"
    assert keys(after=2) == "cd"
    assert keys(connection_id=mail) == "d"
    assert keys(stream_id=stream) == "abc"
    assert keys(stage=Stage.LAND) == "c"
    assert keys(code="HUB-3101", connection_id=connection) == "ab"
    assert keys(run_id="other") == "d"
    assert keys(key="b") == "b"
    assert keys(ids=[1, 4]) == "ad"
    grouped = [
        (group.code, group.stage, group.connection, group.stream, group.count)
        for group in store.rejects.by_code()
    ]
    assert grouped == [
        ("HUB-3101", "map", "shop", "customers", 2),
        ("HUB-3001", "land", "shop", "customers", 1),
        ("HUB-3101", "map", "mail", "messages", 1),
    ]
    assert [group.count for group in store.rejects.by_code(connection_id=mail)] == [1]


def test_what_no_raw_record_holds_is_kept_here(store: Store, shop: Ids, run: str) -> None:
    ids = store.rejects.record(
        run,
        *shop,
        Stage.LAND,
        [Refusal("a", "HUB-3001", "x", payload=b"[1, NaN"), Refusal("b", "HUB-3001", "x")],
    )
    assert [store.rejects.payload(number) for number in (*ids, 99)] == [b"[1, NaN", None, None]


def test_what_can_be_replayed(store: Store, shop: Ids, run: str) -> None:
    other = store.connections.stream_id(shop[0], "orders")
    ids = store.rejects.record(
        run,
        *shop,
        Stage.MAP,
        [Refusal(str(n), "HUB-3101", "x", raw_id=n) for n in (3, 1)] + [Refusal("x", "HUB-1", "x")],
    )
    ids += store.rejects.record(run, shop[0], other, Stage.MAP, [Refusal("7", "HUB-3101", "x", raw_id=7)])
    assert store.rejects.replayable(ids) == {shop[1]: [1, 3], other: [7]}
    assert store.rejects.replayable([]) == {}


def test_a_reject_that_is_not_there(store: Store) -> None:
    with pytest.raises(HubError) as caught:
        store.rejects.get(5)
    assert caught.value.code == "HUB-6006"


class AsAModel(RuleBasedStateMachine):
    """Any order of refusing, passing and dropping leaves what a plain dictionary would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"{self.folder.name}/hub.db")
        connection = self.store.connections.connection_id("shop", "x")
        self.place = (connection, self.store.connections.stream_id(connection, "customers"))
        self.run_id = self.store.runs.start(connection, RunKind.PULL)
        #: (stage, key) -> (state, times)
        self.model: dict[tuple[Stage, str], tuple[str, int]] = {}

    keys = st.lists(st.sampled_from("abcdef"), max_size=6)

    @rule(stage=st.sampled_from(Stage), keys=keys)
    def refuse(self, stage: Stage, keys: list[str]) -> None:
        refusals = [Refusal(key, "HUB-3101", "x") for key in keys]
        ids = self.store.rejects.record(self.run_id, *self.place, stage, refusals)
        assert len(ids) == len(keys)
        for key in keys:
            self.model[stage, key] = ("open", self.model.get((stage, key), ("", 0))[1] + 1)

    @rule(stage=st.sampled_from(Stage), keys=keys)
    def pass_(self, stage: Stage, keys: list[str]) -> None:
        self.settle(
            "resolved", {(stage, key) for key in keys}, self.store.rejects.resolve(self.place[1], stage, keys)
        )

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        rejects = self.store.rejects.find(state=None)
        if rejects:
            chosen = data.draw(st.lists(st.sampled_from(rejects), max_size=4))
            touched = self.store.rejects.drop([reject.id for reject in chosen])
            self.settle("dropped", {(Stage(reject.stage), reject.key) for reject in chosen}, touched)

    def settle(self, state: str, places: set[tuple[Stage, str]], touched: int) -> None:
        hit = [place for place in places if self.model.get(place, ("",))[0] == "open"]
        assert touched == len(hit)
        for place in hit:
            self.model[place] = (state, self.model[place][1])

    @invariant()
    def the_same(self) -> None:
        found = {(Stage(r.stage), r.key): (r.state, r.times) for r in self.store.rejects.find(state=None)}
        assert found == self.model
        assert self.store.rejects.count() == sum(state == "open" for state, _ in self.model.values())

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestAsAModel = AsAModel.TestCase
TestAsAModel.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
