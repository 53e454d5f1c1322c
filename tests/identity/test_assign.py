"""Ids through merges, splits and undoing; whole histories are in test_walk.py."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from hub.identity import Alias, Membership, assign
from hub.identity.claims import Claim, settle

EARLY, LATE = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"


def was(**members: list[int]) -> dict[int, Membership]:
    return {source: Membership(id_, EARLY) for id_, sources in members.items() for source in sources}


def counting() -> Callable[[int], list[str]]:
    given_out = [0]

    def fresh(count: int) -> list[str]:
        start, given_out[0] = given_out[0], given_out[0] + count
        return [f"new{n}" for n in range(start, start + count)]

    return fresh


def test_new_records_are_new_customers_without_an_event() -> None:
    made = assign([[1], [2, 3]], {}, fresh=counting())
    assert made.ids == ["new0", "new1"]
    assert made.moved == {1: "new0", 2: "new1", 3: "new1"}
    assert made.new == {"new0", "new1"}
    assert made.events == []


def test_nothing_changed_is_nothing_to_do() -> None:
    made = assign([[1, 2], [3]], was(a=[1, 2], b=[3]))
    assert (made.ids, made.moved, made.events, made.emptied) == (["a", "b"], {}, [], [])


def test_a_newcomer_takes_the_id_that_is_there() -> None:
    made = assign([[1, 9]], was(a=[1]))
    assert (made.ids, made.moved, made.events) == (["a"], {9: "a"}, [])


def test_a_merge_keeps_the_id_of_the_more_then_the_older() -> None:
    made = assign([[1, 2, 3]], was(b=[2, 3], a=[1]))
    assert made.ids == ["b"]
    assert made.merged == {"a": "b"}
    assert made.moved == {1: "b"}
    assert made.events == [("merged", "a", "b", {"members": [1]})]
    assert assign([[1, 2]], was(b=[2], a=[1])).ids == ["a"]


def test_a_pin_decides_before_the_number() -> None:
    assert assign([[1, 2, 3]], was(b=[2, 3], a=[1]), pinned={1}).ids == ["a"]
    split = assign([[1], [2, 3]], was(a=[1, 2, 3]), pinned={1}, fresh=counting())
    assert split.ids == ["a", "new0"]


def test_a_split_keeps_the_id_with_the_greater_part_and_tells_both_sides() -> None:
    made = assign([[1], [2, 3]], was(a=[1, 2, 3]), fresh=counting())
    assert made.ids == ["new0", "a"]
    assert made.events == [
        ("split", "a", "new0", {"members": [1]}),
        ("created", "new0", "a", {"members": [1]}),
    ]


def test_an_undone_merge_gives_the_id_back() -> None:
    before = was(a=[1]) | {2: Membership("a", LATE)}
    aliases = [Alias("b", "a", LATE, frozenset({2}))]
    made = assign([[1], [2]], before, aliases=aliases)
    assert made.ids == ["a", "b"]
    assert made.revived == {"b"}
    assert made.events == [("split", "a", "b", {"members": [2]}), ("revived", "b", "a", {"members": [2]})]
    assert assign([[2], [1]], before, aliases=aliases).ids == ["b", "a"]


def test_merges_undone_together_revive_through_the_chain() -> None:
    # c was merged into b, then b into a.
    before = was(a=[1]) | {source: Membership("a", LATE) for source in (2, 3, 4)}
    aliases = [
        Alias("b", "a", LATE, frozenset({2, 3, 4})),
        Alias("c", "b", EARLY, frozenset({4})),
    ]
    assert assign([[1], [2, 3, 4]], before, aliases=aliases).ids == ["a", "b"]
    assert assign([[1], [2, 3], [4]], before, aliases=aliases).ids == ["a", "b", "c"]


def test_a_founder_that_leaves_alone_leaves_the_id_to_all_the_others() -> None:
    before = was(a=[1]) | {source: Membership("a", LATE) for source in (2, 3, 4, 5)}
    aliases = [Alias("b", "a", LATE, frozenset({2, 3})), Alias("c", "a", LATE, frozenset({4, 5}))]
    assert assign([[1], [2, 3, 4, 5]], before, aliases=aliases, fresh=counting()).ids == ["new0", "a"]
    assert assign([[1], [2, 3], [4, 5]], before, aliases=aliases).ids == ["a", "b", "c"]


def test_a_side_that_is_only_a_small_part_of_an_alias_does_not_get_its_id() -> None:
    before = {source: Membership("a", LATE) for source in (1, 2, 3, 4)} | was(a=[5, 6, 7, 8, 9])
    aliases = [Alias("b", "a", LATE, frozenset({1, 2, 3, 4}))]
    made = assign([[1], [2, 3, 4, 5, 6, 7, 8, 9]], before, aliases=aliases, fresh=counting())
    assert made.ids == ["new0", "a"]


def test_records_that_are_gone_empty_their_customer() -> None:
    made = assign([[1]], was(a=[1], b=[2]))
    assert made.emptied == ["b"]
    assert made.merged == {}


def test_a_record_that_changes_sides_moved() -> None:
    made = assign([[1, 2], [3, 4, 5]], was(a=[1, 2, 3], b=[4, 5]))
    assert made.ids == ["a", "b"]
    assert made.moved == {3: "b"}
    assert made.events == [("record_moved", "b", "a", {"members": [3]})]


CLUSTERS = st.lists(st.integers(0, 4), min_size=1, max_size=10)
IDS = st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=10, max_size=10)


@given(numbers=CLUSTERS, ids=IDS, gone=st.sets(st.integers(0, 9)), random=st.randoms())
def test_every_cluster_gets_one_id_and_no_id_two(
    numbers: list[int], ids: list[str | None], gone: set[int], random: object
) -> None:
    groups: dict[int, list[int]] = {}
    for source, number in enumerate(numbers):
        if source not in gone:
            groups.setdefault(number, []).append(source)
    clusters = list(groups.values())
    previous = {source: Membership(id_, EARLY) for source, id_ in enumerate(ids) if id_}
    made = assign(clusters, previous)
    assert len(set(made.ids)) == len(made.ids) == len(clusters)
    known = {one.customer_id for one in previous.values()}
    assert known == (set(made.ids) & known) | made.merged.keys() | set(made.emptied)
    for loser, survivor in made.merged.items():
        assert loser not in made.ids
        assert survivor in made.ids
    for cluster, id_ in zip(clusters, made.ids, strict=True):
        for source in cluster:
            before = previous.get(source)
            assert made.moved.get(source, before.customer_id if before else None) == id_


@given(
    wishes=st.dictionaries(
        st.tuples(st.integers(0, 5), st.sampled_from("abcd")),
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
    ),
    random=st.randoms(),
)
def test_claims_settle_stably_in_any_order(
    wishes: dict[tuple[int, str], tuple[int, int]], random: object
) -> None:
    claims = [Claim(n, id_, (0, wish, id_), ("", 0, merit, n)) for (n, id_), (wish, merit) in wishes.items()]
    settled = settle(claims)
    random.shuffle(claims)  # type: ignore[attr-defined]
    assert settle(claims) == settled
    assert len(set(settled.values())) == len(settled)
    holds = {(claim.cluster, claim.id): claim for claim in claims}
    holder = {id_: number for number, id_ in settled.items()}
    for claim in claims:
        mine = settled.get(claim.cluster)
        rather = mine is None or claim.wish < holds[claim.cluster, mine].wish
        theirs = holder.get(claim.id)
        welcome = theirs is None or claim.merit < holds[theirs, claim.id].merit
        assert not (rather and welcome), "both would rather have each other"
