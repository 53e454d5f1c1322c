"""Names in several scripts and orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.name import full_name, name_key, normalise_name, split_full_name

CLEANED = [
    ("  Jane \t Doe\n", "Jane Doe"),
    ("Jane\u00a0Doe", "Jane Doe"),
    ("Jose\u0301", "José"),
    ("Ja\u200bne\ufeff", "Jane"),
    ("Jane\u202eDoe", "JaneDoe"),
    ("Ja\x00ne\x07", "Jane"),
    ("e\u200b\u0301", "é"),
    ("Ann\u200da", "Anna"),
    ("नि\u200dम", "नि\u200dम"),  # a joiner that spells
    ("王小明", "王小明"),
    (7, "7"),
    ("", None),
    (" \u200b ", None),
    (None, None),
]

#: text, given, family, order
SPLIT = [
    ("Jane Doe", "Jane", "Doe", "given_first"),
    ("Jane Ann Doe", "Jane Ann", "Doe", "given_first"),
    ("Dr. Jane A. Doe", "Jane A.", "Doe", "given_first"),
    ("Prof. Dr. Jane Doe, PhD", "Jane", "Doe", "given_first"),
    ("Mr Doe", None, "Doe", "given_first"),
    ("Jane", "Jane", None, "given_first"),
    ("Ludwig van Beispiel", "Ludwig", "van Beispiel", "given_first"),
    ("Jan Van Dijk", "Jan", "Van Dijk", "given_first"),
    ("Maria de la Cruz", "Maria", "de la Cruz", "given_first"),
    ("Omar al-Rashid", "Omar", "al-Rashid", "given_first"),
    ("Van Doe", "Van", "Doe", "given_first"),
    ("Anna San Doe", "Anna San", "Doe", "given_first"),
    ("José García y Vega", "José", "García y Vega", "given_first"),
    ("Doe, Jane", "Jane", "Doe", "given_first"),
    ("van Dijk, Jan", "Jan", "van Dijk", "given_first"),
    ("Doe, Dr. Jane", "Jane", "Doe", "given_first"),
    ("John Doe Jr.", "John", "Doe Jr.", "given_first"),
    ("John Doe, Jr.", "John", "Doe Jr.", "given_first"),
    ("Doe, John, III", "John", "Doe III", "given_first"),
    ("Jack Ma", "Jack", "Ma", "given_first"),
    ("Иван Петров", "Иван", "Петров", "given_first"),
    ("王小明", "小明", "王", "family_first"),
    ("王明", "明", "王", "family_first"),
    ("欧阳明", "明", "欧阳", "family_first"),
    ("歐陽小明", "小明", "歐陽", "family_first"),
    ("王 小明", "小明", "王", "family_first"),
    ("张王小明", "小明", "张王", "family_first"),
    ("山田太郎", "太郎", "山田", "family_first"),
    ("山田 太郎", "太郎", "山田", "family_first"),
    ("やまだ たろう", "たろう", "やまだ", "family_first"),
    ("김민수", "민수", "김", "family_first"),
    ("남궁민수", "민수", "남궁", "family_first"),
    ("김 민수", "민수", "김", "family_first"),
    ("约翰·多伊", "约翰", "多伊", "given_first"),
    ("ジョン・ドゥ", "ジョン", "ドゥ", "given_first"),
    ("某某国际贸易有限公司", None, None, None),
    ("たろう", None, None, None),
    ("Jr.", None, None, None),
    (" , ", None, None, None),
    ("", None, None, None),
    (None, None, None, None),
]


@pytest.mark.parametrize(("raw", "expected"), CLEANED)
def test_a_name_is_cleaned(raw: object, expected: str | None) -> None:
    assert normalise_name(raw) == expected


@pytest.mark.parametrize(("raw", "given_name", "family_name", "order"), SPLIT)
def test_a_name_is_taken_apart(raw: object, given_name: str, family_name: str, order: str) -> None:
    assert split_full_name(raw) == (given_name, family_name, order)


@pytest.mark.parametrize(
    "name", ["Jane Doe", "Maria de la Cruz", "王小明", "欧阳小明", "김민수", "山田太郎", "Jane"]
)
def test_the_parts_make_the_name_again(name: str) -> None:
    assert full_name(*split_full_name(name)) == name


def test_full_name_takes_what_there_is() -> None:
    assert full_name("Jane", None) == "Jane"
    assert full_name(None, "Doe", "family_first") == "Doe"
    assert full_name(None, None) is None
    assert full_name("Anh", "Nguyen", "family_first") == "Nguyen Anh"
    assert full_name("小明", "王", "family_first") == "王小明"
    assert full_name("小明", "王") == "王小明"


def test_a_key_is_the_same_for_every_spelling() -> None:
    assert name_key("José  O’Brien-Doe") == name_key("jose obrien doe") == "joseobriendoe"
    assert name_key("王小明") == name_key("Wang Xiao Ming") == "wangxiaoming"
    assert name_key("  ") == name_key(None) == ""


def test_a_name_of_five_thousand_characters_survives() -> None:
    for name in ("x" * 5_000, "王" * 5_000, "Jane " * 1_000, "," * 5_000, "\u200d" * 5_000):
        split_full_name(name)
        name_key(name)
    assert len(normalise_name("é" * 5_000) or "") == 5_000


def test_a_list_is_no_name() -> None:
    with pytest.raises(BadValue, match="HUB-3201"):
        normalise_name(["Jane"])


NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                "Jane",
                "Doe",
                "van",
                "Dr.",
                "Jr.",
                ",",
                "王",
                "小明",
                "欧阳",
                "김",
                "たろう",
                "·",
                "y",
                "\u200d",
            ]
        )
    ).map(" ".join),
)


@given(NAMES)
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise_name(raw)
    assert normalise_name(once) == once
    assert name_key(once) == name_key(raw)


@given(NAMES)
def test_taking_apart_never_invents_letters(raw: str) -> None:
    parts = split_full_name(raw)
    words = [word for part in parts[:2] if part for word in part.split()]
    assert all(word in (normalise_name(raw) or "") for word in words)
    assert (parts.order is None) == (not words)


def test_without_an_order_east_asian_names_begin_with_the_family() -> None:
    assert full_name("美玲", "欧阳") == "欧阳美玲"
    assert full_name("Meiling", "Ouyang") == "Meiling Ouyang"
    assert full_name("美玲", "欧阳", "given_first") == "美玲 欧阳"
