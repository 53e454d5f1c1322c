"""Invented values: nobody's, the same for the same, in the shape of what they replace."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.testing.invented import Inventor

HOST = "https://acme.example.net"


def inventor(*bodies: Any) -> Inventor:
    made = Inventor(["the-secret-of-acme"], HOST, "{base}")
    for body in bodies:
        made.learn(body)
    return made


@pytest.mark.parametrize(
    ("name", "real", "invented"),
    [
        ("email", "Joan@Corp.test", "person1@example.com"),
        ("anything", "joan@corp.test", "person1@example.com"),
        ("phone", "06 1234", "+1 202 555 0100"),
        ("note", "+31 6 1234 5678", "+1 202 555 0100"),
        ("first_name", "Joan", "Ben1"),
        ("name", "Joan Smith", "Ben Example1"),
        ("subject", "Where is it?", "invented text 1"),
        ("slug", "joan-smith", "invented-1"),
        ("api_key", "12", "invented-1"),
        ("status", "the-secret-of-acme", "invented-1"),
        ("url", f"{HOST}/api/users/joan.json?page=2&token=abc", "{base}/api/users/joan.json?page=2"),
        ("avatar", "https://cdn.corp.test/joan?v=3", "https://www.example.com/joan?v=3"),
        ("id", "9f0c1d2e-1111-4222-8333-444455556666", "00000000-0000-4000-8000-000000000001"),
        ("birth_date", "1984-05-06", "1980-01-01"),
        ("latitude", 47.1234567, 1001),
        ("balance", 12_345_678, 1001),
    ],
)
def test_what_may_be_somebodys_is_replaced(name: str, real: Any, invented: Any) -> None:
    assert inventor().value(name, real) == invented


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "open"), ("currency", "EUR"), ("updated_at", "2026-07-30T12:00:00Z"), ("day", "2026-07-30"),
        ("total", "12.50"), ("quantity", 3), ("generated_timestamp", 1_785_000_000), ("active", True), ("note", None),
        ("flag", "true"), ("text", ""),
    ],
)  # fmt: skip
def test_what_is_nobodys_stays(name: str, value: Any) -> None:
    assert inventor().value(name, value) == value


def test_ids_keep_their_order_and_lead_to_each_other() -> None:
    body = {"users": [{"id": 88}, {"id": 99_000}], "tickets": [{"id": "7", "requester_id": 99_000}]}
    made = inventor(body)
    assert made.value("", body) == {
        "users": [{"id": 1002}, {"id": 1003}],
        "tickets": [{"id": "1001", "requester_id": 1003}],
    }
    assert made.path("/api/v2/users/99000.json") == "/api/v2/users/1003.json"
    assert made.query({"page": "2", "user_id": "88", "cursor": "b3BhcXVl", "api_key": "k"}) == {
        "page": "2",
        "user_id": "1002",
        "cursor": "invented-1",
    }
    assert made.value("after_cursor", "b3BhcXVl") == "invented-1", "the same cursor, wherever it stands"
    assert made.link(f'<{HOST}/users?page=2&since_id=88>; rel="next"') == (
        '<{base}/users?page=2&since_id=1002>; rel="next"'
    )


def test_a_small_number_that_is_also_an_id_stays_a_number() -> None:
    made = inventor({"id": 10, "quantity": 10}, {"id": 990_000})
    assert made.value("", {"id": 10, "quantity": 10, "seen_by": 990_000}) == {
        "id": 1001, "quantity": 10, "seen_by": 1002,
    }  # fmt: skip
    assert made.query({"limit": "10", "since_id": "10"}) == {"limit": "10", "since_id": "1001"}


def test_people_who_are_keys_are_replaced_too() -> None:
    assert inventor().value("", {"joan@corp.test": 1, "plain_key": 2}) == {"key1": 1, "plain_key": 2}


CANARY = "zq7canary"
VALUES = st.recursive(
    st.sampled_from([None, True, 3, 1.5, f"{CANARY}@corp.test", f"Dear {CANARY}", f"https://x.test/{CANARY}9", f"9{CANARY}"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "name", "email", "note", "url", "status_text", "after"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_no_text_of_a_person_survives_and_the_shape_does(value: Any) -> None:
    made = inventor(value)
    told = made.value("", value)
    assert CANARY not in repr(told)
    assert shape(told) == shape(value)
    assert made.value("", value) == told


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__
