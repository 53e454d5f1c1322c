"""Golden records: what wins, against a plain oracle; and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.schema import GOLDEN_FIELDS
from hub.identity import Decided, IdentityPolicy, Members, Pin, explain, survive

COLUMNS = [column for item in GOLDEN_FIELDS for column, _ in item.columns()]
FIELDS = {item.name: item for item in GOLDEN_FIELDS}
POLICY = IdentityPolicy.parse(
    """
survivorship:
  source_priority: [shop]
  fields:
    email: oldest
    job_title: longest
    timezone: most_frequent
    country: {strategy: source_priority, sources: [desk, shop]}
    organization_name: most_complete
"""
)

TIMES = st.sampled_from(
    [None, "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]
)
VALUES = {
    "kind": ["person", "unknown"],
    "email": ["a@x.example", "b@x.example", "info@x.example"],
    "birth_date": ["1990-05-05", "1991-06-06", "1900-01-01"],
    "tags": ['["a","b"]', '["b","c"]', '["b"]', '"loose"'],
}
ROWS = st.fixed_dictionaries(
    {column: st.sampled_from([None, *VALUES.get(column, ["x", "yy", "z"])]) for column in COLUMNS}
    | {
        "external_updated_at": TIMES,
        "external_created_at": TIMES,
        "connection": st.sampled_from(["shop", "desk"]),
    }
)
Rows = list[dict[str, Any]]


def members(*customers: Rows, pins: dict[str, dict[str, Pin]] | None = None) -> Members:
    rows = [row for customer in customers for row in customer]
    names = {name for row in rows for name in row} - {"connection"}
    return Members(
        cluster=[number for number, customer in enumerate(customers) for _ in customer],
        count=len(customers),
        ids=list(range(len(rows))),
        keys=[f"key{number}.{n}" for number, customer in enumerate(customers) for n in range(len(customer))],
        connections=[row.get("connection", "shop") for row in rows],
        columns={name: [row.get(name) for row in rows] for name in names},
        pins=pins or {},
    )


def golden(*rows: dict[str, Any], policy: IdentityPolicy = POLICY) -> dict[str, Any]:
    return {column: values[0] for column, values in survive(members(list(rows)), policy).items()}


@given(ROWS)
def test_the_only_member_is_copied(row: dict[str, Any]) -> None:
    assert golden(row) == {column: row[column] for column in COLUMNS}
    assert golden(row, policy=IdentityPolicy()) == {column: row[column] for column in COLUMNS}


@given(st.lists(st.lists(ROWS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_many_customers_at_once_are_each_alone(customers: list[Rows]) -> None:
    together = survive(members(*customers), POLICY)
    for number, customer in enumerate(customers):
        alone = members(*([[]] * number), customer)
        assert {c: v[number] for c, v in together.items()} == {
            c: v[number] for c, v in survive(alone, POLICY).items()
        }


@given(st.lists(ROWS, min_size=2, max_size=5), st.randoms())
def test_the_order_of_members_does_not_matter(rows: Rows, random: Any) -> None:
    ordered = members(rows)
    places = list(range(len(rows)))
    random.shuffle(places)
    shuffled = Members(
        [0] * len(rows),
        1,
        places,
        [ordered.keys[n] for n in places],
        [ordered.connections[n] for n in places],
        {name: [values[n] for n in places] for name, values in ordered.columns.items()},
    )
    assert survive(shuffled, POLICY) == survive(ordered, POLICY)


def oracle(rows: Rows, name: str) -> Any:
    """The winner's value of a field that follows nobody, by the words of identity.yaml."""
    rule = POLICY.document.survivorship.fields.get(name)
    strategy = (rule.strategy if rule else None) or "most_recent"
    columns = [column for column, _ in FIELDS[name].columns()]
    doubtful = set(POLICY.document.survivorship.placeholders.get(name, ()))

    def present(row: dict[str, Any]) -> Any:
        return next((row[column] for column in columns if row[column] is not None), None)

    def rank(n: int) -> tuple[Any, ...]:
        row, value = rows[n], present(rows[n])
        time = row["external_updated_at"] or row["external_created_at"] or ""
        filled = sum(any(row[c] is not None for c, _ in item.columns()) for item in GOLDEN_FIELDS)
        first = {
            "most_recent": time,
            "oldest": tuple(-ord(letter) for letter in time) if time else (-10_000,),
            "source_priority": row["connection"] == "desk",
            "most_frequent": sum(present(other) == value for other in rows),
            "longest": len(value),
            "greatest": value,
            "least": [-ord(letter) for letter in value],
            "most_complete": filled,
        }[strategy]
        real = value not in doubtful and not (name == "email" and value.startswith("info@"))
        return real, first, time, row["connection"] == "shop", -n

    candidates = [n for n in range(len(rows)) if present(rows[n]) is not None]
    return present(rows[max(candidates, key=rank)]) if candidates else None


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_winners_are_those_of_the_plain_rule(rows: Rows) -> None:
    found = golden(*rows)
    rules = POLICY.document.survivorship.fields
    for name, item in FIELDS.items():
        if (rules.get(name) and rules[name].follow) or name in ("tags", "full_name"):
            continue
        columns = [column for column, _ in item.columns()]
        value = next((found[column] for column in columns if found[column] is not None), None)
        assert value == oracle(rows, name), name


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_the_parts_of_a_name_come_from_one_record(rows: Rows) -> None:
    found = golden(*rows)
    parts = ("full_name", "given_name", "family_name", "name_order", "phonetic_name")
    told = [tuple(row[part] for part in parts) for row in rows]
    assert tuple(found[part] for part in parts) in [*told, (None,) * 5]
    assert (found["full_name"] is None) == all(row["full_name"] is None for row in rows)


@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from([c.name for c in GOLDEN_FIELDS]))
def test_an_explanation_agrees_with_the_golden_record(rows: Rows, name: str) -> None:
    told = explain(members(rows), name, POLICY)
    assert told.value == golden(*rows)[name]
    if told.winner is not None:
        assert rows[told.winner.source_id][name] == told.value
        assert told.winner not in told.losers
    assert {one.source_id for one in told.losers} <= set(range(len(rows)))


def test_lists_are_united_sorted_and_without_doubles() -> None:
    found = golden({"tags": '["vip","eu"]'}, {"tags": '["eu", {"a":1}]'}, {"tags": None})
    assert json.loads(found["tags"]) == ["eu", "vip", {"a": 1}]
    assert golden({"tags": '["z","a"]'}, {})["tags"] == '["z","a"]'


def test_a_fuller_name_beats_a_later_scrap() -> None:
    full = {
        "full_name": "Jane Doe",
        "given_name": "Jane",
        "family_name": "Doe",
        "external_updated_at": "2026-01-01",
    }
    scrap = {"full_name": "jane", "external_updated_at": "2026-02-01"}
    found = golden(full, scrap)
    assert (found["full_name"], found["given_name"], found["family_name"]) == ("Jane Doe", "Jane", "Doe")


def test_without_a_full_name_the_parts_still_come_from_one_record() -> None:
    found = golden({"given_name": "Ann"}, {"family_name": "Lee"})
    assert (found["given_name"], found["family_name"]) == ("Ann", None)


def test_an_enum_keeps_its_native_word_with_it() -> None:
    late = {"gender": None, "gender_native": "keine Angabe", "external_updated_at": "2026-02-01"}
    found = golden({"gender": "female", "gender_native": "f"}, late)
    assert (found["gender"], found["gender_native"]) == (None, "keine Angabe")


def test_a_pin_beats_everything_and_the_latest_pin_counts() -> None:
    rows: Rows = [
        {"email": "a@x.example", "gender": "female", "gender_native": "f"},
        {"email": "b@x.example"},
    ]
    pins = {
        "key0.0": {"email": Pin("pinned@x.example", 3), "gender": Pin("other", 4), "no_field": Pin("x", 9)},
        "key0.1": {"email": Pin("older@x.example", 2)},
    }
    found = survive(members(rows, pins=pins), POLICY)
    assert found["email"] == ["pinned@x.example"]
    assert (found["gender"], found["gender_native"]) == (["other"], [None])
    told = explain(members(rows, pins=pins), "email", POLICY)
    assert (told.value, told.rule, told.winner) == ("pinned@x.example", "pin", None)
    assert [one.value for one in told.losers] == ["a@x.example", "b@x.example"]


def test_pins_come_from_decisions() -> None:
    assert Decided().pins == {}
    assert survive(members([{"email": "a@x.example"}], pins=dict(Decided().pins)), POLICY)["email"] == [
        "a@x.example"
    ]


def test_explanations_name_the_rule() -> None:
    rows: Rows = [
        {"full_name": "Jane Doe", "given_name": "Jane", "tags": '["a"]', "phone": "+12025550101"},
        {"tags": '["b"]'},
    ]
    assert explain(members(rows), "given_name", POLICY).rule == "most_complete of full_name"
    assert explain(members(rows), "phone", POLICY).rule == "only value"
    assert explain(members(rows), "tags", POLICY).rule == "union"
    nothing = explain(members(rows), "email", POLICY)
    assert (nothing.value, nothing.winner, nothing.losers) == (None, None, ())
    with pytest.raises(KeyError):
        explain(members(rows), "shoe_size", POLICY)


def test_no_members_are_no_customers() -> None:
    assert all(values == [] for values in survive(members(), POLICY).values())
