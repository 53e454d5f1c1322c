"""survive() on columns gives what the plain rule gives, whatever the policy; explain() agrees with it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity import IdentityPolicy, Members, Pin, explain, survive
from hub.identity.defaults import DEFAULTS
from hub.identity.document import PolicyDocument
from tests.identity.survive_oracle import COLUMNS, TYPES, Oracle

SOURCES = ["shop", "desk", "form"]
TIMES = [None, "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-02-02"]
VALUES: dict[str, list[Any]] = {
    "kind": ["person", "organization", "unknown"],
    "full_name": ["王小明", "Wang Xiaoming", "xiaoming wang", "Ming Li", "王明", "Unknown"],
    "given_name": ["小明", "Xiaoming", "Li"],
    "email": ["a@x.example", "bb@x.example", "info@x.example", "own@hub.example"],
    "phone": ["+12025550101", "+12025550102", "+12025555555"],
    "birth_date": ["1990-05-05", "1991-06-06", "1900-01-01"],
    "lifecycle_stage": ["subscriber", "lead", "customer", "former", "evangelist", "other", "vip"],
    "tags": ['["a","b"]', '["b","c"]', '["b"]', '"loose"'],
}
STRATEGIES = [
    "most_recent", "oldest", "source_priority", "most_frequent", "most_complete", "longest", "least", "greatest",
]  # fmt: skip


# One number makes the whole case: quick to draw, and printed when it fails.
SEEDS = st.integers(0, 2**32)


def policy_of(seed: int) -> IdentityPolicy:
    """Any rule on any field; some fields follow one of two others."""
    random = Random(seed)
    leaders = random.choice([("full_name", "country"), ("full_name", "email"), ("given_name", "tags")])
    fields: dict[str, Any] = {}
    for name in COLUMNS:
        rules: list[Any] = [*STRATEGIES, {"strategy": "source_priority", "sources": ["form", "shop"]}]
        if TYPES[name] == "json":
            rules += ["union"] * 5
        if name == "lifecycle_stage":
            rules += ["furthest"] * 5
        if name not in leaders:
            rules += [{"follow": leaders[0]}, {"strategy": "follow_field", "field": leaders[1]}]
            rules += [{}, {}, {}]
        fields[name] = random.choice(rules)
    survivorship = {
        "default": random.choice([*STRATEGIES, "union"]),
        "source_priority": random.sample(SOURCES, random.randrange(4)),
        "fields": fields,
        "placeholders": DEFAULTS["survivorship"]["placeholders"] | {"full_name": ["Unknown", "王明"]},
    }
    document = DEFAULTS | {
        "survivorship": DEFAULTS["survivorship"] | survivorship,
        "own_domains": ["hub.example"],
    }
    return IdentityPolicy(PolicyDocument.model_validate(document))


def crowd_of(seed: int) -> tuple[list[dict[str, Any]], int]:
    """Members of some customers in any order, and how many customers there are."""
    random = Random(seed)
    count, fill = random.randint(1, 4), random.choice([0.3, 0.6, 0.9])
    columns = [column for parts in COLUMNS.values() for column in parts]
    empty = random.sample(columns, random.randrange(9))
    rows = []
    for number in range(random.randrange(12)):
        row: dict[str, Any] = {
            column: random.choice(VALUES.get(column, ["x", "yy", "z"]))
            if column not in empty and random.random() < fill
            else None
            for column in columns
        }
        row |= {column: random.choice(TIMES) for column in ("external_updated_at", "external_created_at")}
        row |= {"cluster": random.randrange(count), "connection": random.choice([*SOURCES, "mail"])}
        rows.append(row | {"key": f"{row['connection']}/customer/{random.randrange(1000)}.{number}"})
    return rows, count


def members_of(
    rows: list[dict[str, Any]], count: int, pins: dict[str, dict[str, Pin]] | None = None
) -> Members:
    names = {name for row in rows for name in row} - {"cluster", "connection", "key"}
    return Members(
        cluster=[row["cluster"] for row in rows],
        count=count,
        ids=list(range(len(rows))),
        keys=[row["key"] for row in rows],
        connections=[row["connection"] for row in rows],
        columns={name: values for name in names if any(values := [row[name] for row in rows])},
        pins=pins or {},
    )


def pins_of(rows: list[dict[str, Any]], seed: int) -> dict[str, dict[str, Pin]]:
    random = Random(seed)
    keys = [row["key"] for row in rows if random.random() < 0.2]
    return {
        key: {random.choice(list(COLUMNS)): Pin(random.choice([None, "p"]), n)} for n, key in enumerate(keys)
    }


def expected(
    rows: list[dict[str, Any]], count: int, policy: IdentityPolicy, pins: Any
) -> dict[str, list[Any]]:
    records = [
        Oracle([row for row in rows if row["cluster"] == number], policy, pins).golden()
        for number in range(count)
    ]
    return {column: [record[column] for record in records] for parts in COLUMNS.values() for column in parts}


@settings(max_examples=400)
@given(SEEDS)
def test_golden_records_are_those_of_the_plain_rule(seed: int) -> None:
    policy, (rows, count) = policy_of(seed), crowd_of(seed)
    pins = pins_of(rows, seed)
    found, wanted = survive(members_of(rows, count, pins), policy), expected(rows, count, policy, pins)
    assert list(found) == list(wanted)
    for column in wanted:
        assert found[column] == wanted[column], column


@given(SEEDS, st.integers(1, 4))
def test_members_fall_into_parts_of_whole_customers(seed: int, size: int) -> None:
    rows, count = crowd_of(seed)
    whole = members_of(rows, count, pins_of(rows, seed))
    parts = list(whole.parts(size))
    golden = [survive(part, IdentityPolicy()) for part in parts]
    together = {column: [value for part in golden for value in part[column]] for column in golden[0]}
    assert together == survive(whole, IdentityPolicy())
    assert sum(part.count for part in parts) == count
    assert sorted(id_ for part in parts for id_ in part.ids) == whole.ids
    largest = max(whole.cluster.count(number) for number in range(count))
    assert all(len(part.ids) <= max(size, largest) for part in parts)


@settings(max_examples=300)
@given(SEEDS, st.sampled_from(sorted(COLUMNS)))
def test_an_explanation_ranks_as_the_plain_rule_does(seed: int, name: str) -> None:
    policy, rows = policy_of(seed), [row | {"cluster": 0} for row in crowd_of(seed)[0]]
    told = explain(members_of(rows, 1), name, policy)
    oracle = Oracle(rows, policy, {})
    winner = oracle.winner(name)
    ranked = [rows.index(row) for row in oracle.ranked(oracle.rule(name).follow or name, name)]
    assert told.value == oracle.golden()[name]
    if told.rule == "union":
        assert [one.source_id for one in told.losers] == ranked
    else:
        assert (told.winner.source_id if told.winner else None) == (rows.index(winner) if winner else None)
        assert [one.source_id for one in told.losers] == [n for n in ranked if rows[n] is not winner]


@pytest.mark.parametrize(
    "strategy", ["least", "greatest", "oldest", "most_recent", "most_frequent", "longest"]
)
@pytest.mark.parametrize(
    "shapes", [("2026-{:02}-{:02}T00:00:00.000Z",), ("2026-{:02}-{:02}", "x{}é{}", "{}{}")]
)
def test_many_members_are_ranked_like_few(strategy: str, shapes: tuple[str, ...]) -> None:
    rows = []
    for n in range(1500):
        time = shapes[n % len(shapes)].format(n * 7 % 12 + 1, n * 5 % 28 + 1) if n % 11 else None
        row: dict[str, Any] = dict.fromkeys(column for parts in COLUMNS.values() for column in parts)
        row |= {"known_since": time, "external_updated_at": time, "external_created_at": None}
        rows.append(row | {"cluster": n // 4, "connection": "shop", "key": f"shop/customer/{n * 37 % 1500}"})
    policy = IdentityPolicy.parse(f"survivorship: {{fields: {{known_since: {strategy}}}}}")
    winners = [Oracle(rows[n : n + 4], policy, {}).winner("known_since") for n in range(0, 1500, 4)]
    assert survive(members_of(rows, 375), policy)["known_since"] == [
        winner["known_since"] if winner else None for winner in winners
    ]
