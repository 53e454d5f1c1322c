"""When an observed field tells two people apart."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.testing.crowd_mail import FAMILY, OWN
from hub.testing.crowd_names import given_pool
from hub.testing.crowd_negatives import NO_DATE, Seen, clearly_different, separated
from hub.testing.crowd_people import KINDS

NAMES = st.sampled_from(sorted({*given_pool().text.tolist(), *given_pool().short.ravel().tolist()} - {""}))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("John", "Mary"),
        ("Madison", "Austin"),
        ("Zofia", "Tomasz"),
        ("建国", "秀英"),
        ("Bill", "Anthony"),
        ("Jean-Claude", "Marie-Anne"),
    ],
)
def test_different_names(a, b):
    assert clearly_different(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("John", "john"),
        ("José", "Jose"),
        ("William", "Bill"),
        ("Bill", "Will"),
        ("Margaret", "Peggy"),
        ("Katarzyna", "Kasia"),
        ("Mohamed", "Muhammad"),
        ("Christopher", "Christohper"),
        ("John", "Jonh"),
        ("Maria", "Marie"),
        ("Ann", "Anna"),
        ("J", "John"),
        ("J.", "Mary"),
        ("伟", "Wei"),
        ("Xiao Ming", "Xiaoming"),
        ("Jean-Claude", "Claude"),
        ("María José", "María Carmen"),
        ("!", "Mary"),
    ],
)
def test_names_that_may_be_one_persons(a, b):
    assert not clearly_different(a, b)


@given(NAMES, NAMES)
def test_the_order_does_not_matter(a, b):
    assert clearly_different(a, b) == clearly_different(b, a)


@given(NAMES)
def test_no_name_differs_from_itself_or_its_capitals(name):
    assert not clearly_different(name, name.upper())


def two(**fields: list[object]) -> Seen:
    """Two rows of different people who show nothing but these."""
    none = np.array([-1, -1])
    columns: dict[str, np.ndarray] = {
        "person": np.array([0, 1]),
        "box": none,
        "box_kind": np.array([OWN, OWN]),
        "phone": none,
        "junk_email": none,
        "junk_phone": none,
        "junk_birth": none,
        "alike": np.array([0, 0]),
        "given": np.array([None, None], object),
        "suffix": np.array([0, 0]),
        "birth": np.array([NO_DATE, NO_DATE]),
    }
    for name, values in fields.items():
        columns[name] = np.array(values, object if name == "given" else np.int64)
    return Seen(**columns)


def told_apart(kind: str = "twins", **fields: list[object]) -> bool:
    row = np.array([0]), np.array([1]), np.array([KINDS.index(kind)])
    return bool(separated(two(**fields), *row)[0])


def day(text: str) -> int:
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


def test_nothing_shown_tells_nobody_apart():
    assert not told_apart()


def test_given_names_need_both_rows():
    assert told_apart(given=["John", "Mary"])
    assert not told_apart(given=["John", None])


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("1950-03-07", "1978-11-20", True),
        ("1950-03-07", "1950-03-07", False),
        ("1950-03-07", "1950-03-17", False),
        ("1950-03-07", "1951-03-07", False),
        ("1950-03-07", "1950-07-03", False),
        ("1950-03-07", "1951-07-03", True),
        ("1950-03-07", "1950-04-08", True),
    ],
)
def test_birth_dates_differ_in_more_than_a_slip(a, b, apart):
    assert told_apart(birth=[day(a), day(b)]) is apart
    assert not told_apart(birth=[day(a), NO_DATE])


def test_suffixes_tell_apart_where_both_are_shown():
    assert told_apart(suffix=[1, 2])
    assert not told_apart(suffix=[1, 1])
    assert not told_apart(suffix=[0, 2])


def test_mailbox_and_number_together_count_for_namesakes_alone():
    fields = {"box": [1, 2], "phone": [3, 4]}
    assert told_apart("common_name_city", **fields)
    assert not told_apart("household_landline", **fields)
    assert not told_apart("common_name_city", box=[1, 2])
    assert not told_apart("common_name_city", phone=[3, 4])
    assert not told_apart("common_name_city", box=[1, 2], phone=[3, 3])
    assert not told_apart("common_name_city", **fields, box_kind=[OWN, FAMILY])
