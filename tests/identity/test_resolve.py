"""Evidence and clusters of single batches; the walk over many is in test_walk.py."""

import json
from itertools import combinations

import pytest

from hub.identity import Decided, Edge, IdentityPolicy, Resolution, Sources, identifier_rows, linking, resolve
from hub.identity.cluster import Component, cluster, components

ROW = dict[str, str | None]


def resolved(
    records: dict[str, ROW],
    policy: IdentityPolicy | None = None,
    *,
    same: tuple[tuple[str, str], ...] = (),
    different: tuple[tuple[str, str], ...] = (),
    scored: tuple[Edge, ...] = (),
) -> Resolution:
    """The records under their stable keys; ids are 1, 2, ... in the order they come."""
    policy = policy or IdentityPolicy()
    ids, columns = (
        list(range(1, len(records) + 1)),
        {
            name: [record.get(name) for record in records.values()]
            for name in ("email", "phone", "identifiers", "given_name", "family_name", "full_name")
        },
    )
    decided = Decided(same, frozenset(different))
    holders = linking(identifier_rows(ids, columns), policy)
    return resolve(Sources(ids, list(records), columns), holders, policy, decided=decided, scored=scored)


def user(value: str) -> str:
    return json.dumps([{"type": "user_id", "issuer": "shop", "value": value}])


MAIL: ROW = {"email": "a@x.example"}
PHONE = {"phone": "+12025550101"}


def test_one_mail_address_is_one_customer_and_says_by_what() -> None:
    found = resolved({"a": MAIL, "b": MAIL, "c": {"email": "c@x.example"}})
    assert found.clusters == [[1, 2], [3]]
    assert found.rules == {1: "email", 2: "email", 3: "single"}
    assert found.edges == [Edge(1, 2, "email", 14.0, '{"email":"equal"}')]
    assert found.refusals == found.retired == []


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"given_name": "Ann", "family_name": "Lee"}, {"given_name": "Ann", "family_name": "Lee"}, True),
        ({"given_name": "Ann", "family_name": "Lee"}, {"full_name": "Ann Lee"}, True),
        ({"given_name": "Ann", "family_name": "Lee"}, {"given_name": "Bob", "family_name": "Lee"}, False),
        ({"given_name": "Ann", "family_name": "Lee"}, {"family_name": "Lee"}, False),
        ({"given_name": "Ann", "family_name": "Lee"}, {}, False),
        ({}, {}, False),
    ],
)
def test_a_shared_phone_joins_only_whom_names_hold_together(one: ROW, other: ROW, together: bool) -> None:
    found = resolved({"a": PHONE | one, "b": PHONE | other})
    assert found.clusters == ([[1, 2]] if together else [[1], [2]])


def test_names_may_be_ignored_or_only_not_contradict() -> None:
    household = {"a": PHONE | {"given_name": "Ann"}, "b": PHONE | {"given_name": "Bob"}, "c": PHONE}
    ignoring = IdentityPolicy.parse("identifiers: {phone: {names: ignored}}")
    assert resolved(household, ignoring).clusters == [[1, 2, 3]]
    lenient = IdentityPolicy.parse("identifiers: {email: {names: not_contradicting}}")
    mails = {key: MAIL | {"given_name": record.get("given_name")} for key, record in household.items()}
    assert len(resolved({"a": mails["a"], "b": mails["b"]}, lenient).clusters) == 2
    assert len(resolved({"a": mails["a"], "c": mails["c"]}, lenient).clusters) == 1


def test_blocked_values_join_nobody() -> None:
    role = {"email": "info@x.example"}
    assert resolved({"a": role, "b": role}).clusters == [[1], [2]]


def test_exclusive_identifiers_that_differ_keep_apart_and_the_refusal_is_told_once() -> None:
    records = {f"{n}": MAIL | {"identifiers": user("u1" if n < 3 else "u2")} for n in range(5)}
    found = resolved(records)
    assert found.clusters == [[1, 2, 3], [4, 5]]
    (refusal,) = found.refusals
    assert (refusal.a, refusal.b, refusal.guard, refusal.code) == (1, 4, "exclusive", "HUB-8012")
    assert json.loads(refusal.detail) == {
        "rule": "email",
        "type": "user_id",
        "issuer": "shop",
        "limit": 1,
        "would_be": 2,
    }


def test_user_ids_of_two_shops_do_not_compete() -> None:
    other = json.dumps([{"type": "user_id", "issuer": "other", "value": "u2"}])
    assert resolved(
        {"a": MAIL | {"identifiers": user("u1")}, "b": MAIL | {"identifiers": other}}
    ).clusters == [[1, 2]]


def test_where_a_limit_is_reached_the_least_trusted_evidence_is_turned_away() -> None:
    policy = IdentityPolicy.parse("identifiers: {email: {limit: 2}}")
    name = {"given_name": "Ann", "family_name": "Lee"}
    records = {
        "a": {"email": "a@x.example", "identifiers": user("u1")} | name,
        "b": {"email": "b@x.example"} | PHONE | name,  # first by key, but held by a phone only
        "c": {"email": "c@x.example", "identifiers": user("u1")} | PHONE | name,
    }
    found = resolved(records, policy)
    assert found.clusters == [[1, 3], [2]]
    assert [(one.guard, json.loads(one.detail)["rule"]) for one in found.refusals] == [("limit", "phone")]


def test_of_equally_trusted_evidence_the_pair_with_more_of_it_comes_first() -> None:
    name = {"given_name": "Ann", "family_name": "Lee"}
    records: dict[str, ROW] = {
        "a": MAIL | name | {"identifiers": user("u1")},
        "b": MAIL | name | PHONE,
        "c": MAIL | name | PHONE | {"identifiers": user("u2")},
    }
    assert resolved(records).clusters == [[1], [2, 3]]
    assert resolved(
        records | {"a": records["a"] | PHONE, "c": MAIL | {"identifiers": user("u2")}}
    ).clusters == [
        [1, 2],
        [3],
    ]


def test_same_goes_beyond_limits_and_later_evidence_may_add_nothing_new() -> None:
    records = {
        "a": {"identifiers": user("u1")},
        "b": {"identifiers": user("u2")},
        "c": {"identifiers": user("u2"), "email": "c@x.example"},
        "d": {"identifiers": user("u3"), "email": "c@x.example"},
    }
    found = resolved(records, same=(("a", "b"),))
    assert found.clusters == [[1, 2, 3], [4]]
    assert found.rules[1] == "same"
    assert [one.guard for one in found.refusals] == ["exclusive"]


def test_different_holds_through_any_chain() -> None:
    records: dict[str, ROW] = {
        "a": {"email": "a@x.example"},
        "b": {"email": "a@x.example", "identifiers": user("u1")},
        "c": {"identifiers": user("u1")},
    }
    found = resolved(records, different=(("a", "c"),))
    assert found.clusters == [[1], [2, 3]]
    assert [(one.guard, one.code) for one in found.refusals] == [("different", "HUB-8021")]


def test_same_against_different_through_a_third_is_refused_and_coded() -> None:
    records: dict[str, ROW] = {"a": {}, "b": {}, "c": {}}
    found = resolved(records, same=(("b", "c"), ("a", "b")), different=(("a", "c"),))
    assert found.clusters == [[1], [2, 3]]  # the later word, which comes first, is followed
    assert [(one.guard, one.code) for one in found.refusals] == [("contradiction", "HUB-8022")]


def test_ten_thousand_records_with_one_phone_are_ten_thousand_customers() -> None:
    records: dict[str, ROW] = {f"{n:05}": PHONE | {"given_name": "Ann"} for n in range(10_000)}
    found = resolved(records)
    assert len(found.clusters) == 10_000
    assert found.edges == []
    (retired,) = found.retired
    assert (retired.key, retired.records, retired.names, retired.code) == (
        ("phone", "", "+12025550101"), 10_000, 1, "HUB-8011",
    )  # fmt: skip


def test_a_value_of_too_many_names_is_retired() -> None:
    names = ("Ann", "Bob", "Cy", "Dora", "Eve", "Finn", "Gus", "Hal", "Ida", "Jo", "Kim")
    records = {name: MAIL | {"given_name": name} for name in names}
    assert [one.names for one in resolved(records).retired] == [11]
    del records["Kim"]
    assert resolved(records).clusters == [list(range(1, 11))]


def test_a_chain_beyond_the_cap_falls_back_to_the_more_trusted_and_is_flagged() -> None:
    policy = IdentityPolicy.parse("component_cap: 4\nidentifiers: {email: {limit: 99}, phone: {limit: 99}}")
    records: dict[str, ROW] = {}
    for n in range(6):
        records[f"{n}a"] = {"email": f"{n}@x.example", "phone": f"+120255501{n:02}", "given_name": "Ann"}
        records[f"{n}b"] = {"email": f"{n}@x.example", "phone": f"+120255501{n + 1:02}", "given_name": "Ann"}
    found = resolved(records, policy)
    assert found.clusters == [[n, n + 1] for n in range(1, 13, 2)]
    assert [(one.guard, one.code) for one in found.refusals] == [("component_cap", "HUB-8014")]
    assert len(resolved(records).clusters) > 1  # six addresses are more than one customer has


def test_scored_edges_come_after_all_identifiers() -> None:
    records = {"a": MAIL | {"identifiers": user("u1")}, "b": MAIL, "c": {"identifiers": user("u2")}, "d": {}}
    scored = (Edge(2, 3, "model", 50.0, "{}"), Edge(3, 4, "model", 9.0, "{}"))
    found = resolved(records, scored=scored)
    assert found.clusters == [[1, 2], [3, 4]]
    assert found.rules[4] == "model"


def test_records_without_anything_are_customers_of_their_own() -> None:
    assert resolved({"a": {}, "b": {"full_name": ""}, "c": {"full_name": "🙂\u202e"}}).clusters == [
        [1],
        [2],
        [3],
    ]
    assert resolved({}).clusters == []


def test_the_order_of_records_and_their_ids_do_not_matter() -> None:
    policy = IdentityPolicy.parse("identifiers: {email: {limit: 2}}")
    name = {"given_name": "Ann", "family_name": "Lee"}
    records = {key: {"email": f"{key}@x.example"} | PHONE | name for key in "abcde"}

    def told(keys: list[str]) -> list[list[str]]:
        return [
            [keys[n - 1] for n in one]
            for one in resolved({key: records[key] for key in keys}, policy).clusters
        ]

    assert (
        told(list("abcde")) == told(list("edcba")) == told(list("cbead")) == [["a", "b"], ["c", "d"], ["e"]]
    )


def test_clusters_of_a_component_alone_are_those_of_the_batch() -> None:
    edges = [Edge(1, 2, "email", 14.0, ""), Edge(2, 3, "phone", 11.0, "")]
    assert components([1, 2, 3, 4], edges) == [[1, 2, 3], [4]]
    held = {1: [("user_id", "", "u1")], 3: [("user_id", "", "u2")]}
    partition = cluster(Component([1, 2, 3], {1: "a", 2: "b", 3: "c"}, edges, held), IdentityPolicy())
    assert partition.clusters == [[1, 2], [3]]


def test_a_crowd_is_held_together_by_few_edges_and_a_few_by_all() -> None:
    few = resolved({f"{n}": MAIL for n in range(10)})
    assert {edge[:2] for edge in few.edges} == set(combinations(range(1, 11), 2))
    crowd = resolved({f"{n:03}": MAIL for n in range(300)})
    assert crowd.clusters == [list(range(1, 301))]
    assert len(crowd.edges) < 300 * 25
