"""Which Latin names are the spelling of a name in another script."""

from __future__ import annotations

import pytest

from hub.identity.spellings import in_other_script, latin_spellings, spells


@pytest.mark.parametrize(
    ("latin", "original"),
    [
        ("Wang Xiaoming", "王小明"),
        ("Xiaoming WANG", "王小明"),
        ("Xiǎo-míng Wáng", "王 小明"),
        ("Nana Ouyang", "欧阳娜娜"),
        ("Zeng Li", "曾丽"),
        ("Li Shan", "单丽"),
        ("Ivan Petrovich Sidorov", "Сидоров Иван Петрович"),
        ("Sergei Ivanov", "Сергей Иванов"),
        ("Kim Minsu", "김민수"),
        ("Tarō Tanaka", "タナカ タロウ"),
    ],
)
def test_spellings(latin: str, original: str) -> None:
    assert spells(latin, original)


@pytest.mark.parametrize(
    ("latin", "original"),
    [
        ("Jack Wang", "王小明"),
        ("Wang Lei", "王伟"),
        ("Wang", "王小明"),
        ("Xiaoming", "王小明"),
        ("Anna Petrova", "Анна Иванова"),
        ("", "王小明"),
        ("", ""),
        ("x", "!"),
    ],
)
def test_other_names(latin: str, original: str) -> None:
    assert not spells(latin, original)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Jane Doe", False),
        ("Jérôme Łukasz Đặng", False),
        ("Kaʻiulani", False),
        ("Ｗａｎｇ", False),
        ("🙂 Jane", False),
        ("王小明", True),
        ("Wang 小明", True),
        ("Иван", True),
        ("محمد", True),
    ],
)
def test_scripts(name: str, other: bool) -> None:
    assert in_other_script(name) is other


def test_only_names_of_one_customer_are_compared_and_no_name_is_too_long() -> None:
    names = [
        "王小明",
        "Wang Xiaoming",
        "Wang Xiaoming",
        "Wang" * 2000,
        "吕" * 3000,
        " ".join("吕" * 3000),
        "",
    ]
    customers = [0, 0, 1, 0, 0, 0, 0]
    assert latin_spellings(names, customers, [None] * 7) == [False, True, *[False] * 5]


def test_a_crowd_is_not_looked_through() -> None:
    names = ["Wang Xiaoming", *(f"王小明{n}" for n in range(5000)), "王小明"]
    assert not any(latin_spellings(names, [0] * len(names), [None] * len(names)))
    assert latin_spellings(names[:3], [0] * 3, [None, "Wáng Xiǎomíng", None])[0]
