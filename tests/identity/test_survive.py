"""Golden records: what wins, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.schema import GOLDEN_FIELDS
from hub.identity import Decided, IdentityPolicy, Members, Pin, explain, survive

COLUMNS = [column for item in GOLDEN_FIELDS for column, _ in item.columns()]
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
    assert explain(members(), "email", POLICY).losers == ()


def stage(*told: str, policy: IdentityPolicy = POLICY) -> Any:
    """The stage of a customer of whom records, each later than the one before, tell these."""
    rows = [{"lifecycle_stage": one, "external_updated_at": f"2026-01-0{n}"} for n, one in enumerate(told, 1)]
    return golden(*rows, policy=policy)["lifecycle_stage"]


def test_nobody_goes_back_from_customer_to_lead() -> None:
    assert stage("customer", "lead") == stage("lead", "customer") == "customer"
    assert stage("evangelist", "customer", "subscriber") == "evangelist"
    assert stage("opportunity", "other") == "opportunity"
    assert stage("other", "anonymous") == stage("anonymous", "other") == "anonymous"


def test_of_customer_and_former_customer_the_later_word_holds() -> None:
    assert stage("customer", "former") == "former"
    assert stage("former", "customer") == "customer"
    assert stage("former", "lead") == "former"


def test_another_order_may_be_given_and_words_outside_are_behind_it() -> None:
    policy = IdentityPolicy.parse("survivorship: {orders: {lifecycle_stage: [lead, former, customer]}}")
    assert stage("customer", "former", "evangelist", policy=policy) == "customer"
    assert stage("lead", "evangelist", policy=policy) == "lead"
    assert stage("evangelist", "opportunity", policy=policy) == "opportunity"


HANZI = {"full_name": "王小明", "external_updated_at": "2024-01-01"}
PINYIN = {
    "full_name": "Xiaoming Wang",
    "given_name": "Xiaoming",
    "family_name": "Wang",
    "external_updated_at": "2026-01-01",
}


@pytest.mark.parametrize("rule", ["most_complete", "most_recent", "longest", "most_frequent", "least"])
def test_a_name_in_hanzi_does_not_lose_to_its_pinyin(rule: str) -> None:
    policy = IdentityPolicy.parse(f"survivorship: {{fields: {{full_name: {rule}}}}}")
    rows = [HANZI, PINYIN, PINYIN | {"full_name": "Wang Xiaoming"}]
    assert golden(*rows, policy=policy)["full_name"] == "王小明"
    told = explain(members(rows), "full_name", policy)
    assert (told.value, told.rule) == ("王小明", f"{rule} among names in their own script")
    several = survive(members(rows, [PINYIN], rows[::-1]), policy)["full_name"]
    assert several == ["王小明", "Xiaoming Wang", "王小明"]


def test_another_name_in_latin_letters_is_no_spelling() -> None:
    other = PINYIN | {"full_name": "Jack Wang"}
    assert golden(HANZI, other)["full_name"] == "Jack Wang"
    assert explain(members([HANZI, other]), "full_name", POLICY).rule == "most_complete"


def test_a_reading_tells_what_a_name_is_spelled_like() -> None:
    kanji = {"full_name": "田中太郎", "phonetic_name": "タナカ タロウ", "external_updated_at": "2024-01-01"}
    latin = {
        "full_name": "Taro Tanaka",
        "given_name": "Taro",
        "family_name": "Tanaka",
        "name_order": "given_first",
    }
    assert golden(kanji, latin)["full_name"] == "田中太郎"
    assert golden(kanji | {"phonetic_name": None}, latin)["full_name"] == "Taro Tanaka"


def test_a_placeholder_is_no_original() -> None:
    policy = IdentityPolicy.parse("survivorship: {placeholders: {full_name: [王小明]}}")
    assert golden(HANZI, PINYIN, policy=policy)["full_name"] == "Xiaoming Wang"


def test_an_explanation_says_what_the_strategy_alone_would_not() -> None:
    early = {"email": "jane@x.example", "external_updated_at": "2026-01-01"}
    late = {"email": "info@x.example", "external_updated_at": "2026-02-01"}
    told = explain(members([early, late]), "email", IdentityPolicy())
    assert (told.value, told.rule) == ("jane@x.example", "most_recent among real values")
    later = explain(
        members([early, early | {"external_updated_at": "2026-03-01"}]), "email", IdentityPolicy()
    )
    assert later.rule == "most_recent"


def test_blocked_values_are_found_behind_one_another() -> None:
    blocked = ["info@x.example", "sales@x.example", "test@x.example"]
    rows = [{"email": one, "external_updated_at": f"2026-01-0{9 - n}"} for n, one in enumerate(blocked)]
    late: Rows = [{"email": "jane@x.example", "external_updated_at": "2020-01-01"}]
    assert survive(members(rows, rows + late, late), IdentityPolicy())["email"] == [
        "info@x.example",
        "jane@x.example",
        "jane@x.example",
    ]


@pytest.mark.parametrize("default", ["union", "furthest"])
def test_a_default_that_a_field_cannot_have_leaves_it_to_the_later_record(default: str) -> None:
    policy = IdentityPolicy.parse(f"survivorship: {{default: {default}}}")
    rows = [
        {"notes": "old", "external_updated_at": "2025-01-01"},
        {"notes": "new", "external_updated_at": "2026-01-01"},
    ]
    assert golden(*rows, policy=policy)["notes"] == "new"
    assert golden({"tags": '["a"]', "notes": "x"}, {"tags": '["b"]'}, policy=policy)["notes"] == "x"
