"""Plain text and JSON."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.text import is_blank, normalise_json, normalise_text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  a b\n", "a b"), ("a\r\nb", "a\r\nb"), ("a\0b", "ab"), ("\0", None), (" \0 ", None), ("", None), (" \u3000", None),
        ("e\u0301", "é"), (None, None), (12345678901234567890, "12345678901234567890"), (1.0, "1.0"), (1e22, "1e+22"),
        (0.1, "0.1"), (True, "true"), (False, "false"), (0, "0"),
    ],
)  # fmt: skip
def test_text_is_trimmed_and_numbers_stay_exact(raw: object, expected: str | None) -> None:
    assert normalise_text(raw) == expected


@pytest.mark.parametrize("raw", [["a"], {"a": 1}, [[]]])
def test_a_list_is_no_text(raw: object) -> None:
    with pytest.raises(BadValue, match="HUB-3201"):
        normalise_text(raw)


def test_json_has_one_text_for_equal_values() -> None:
    assert normalise_json({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}' == normalise_json({"a": ["é"], "b": 1})
    nothing: list[object] = [None, "", " ", [], {}]
    assert [normalise_json(empty) for empty in nothing] == [None] * 5
    assert normalise_json(False) == "false"
    assert normalise_json(0) == "0"
    for wrong in (object(), 2**70, {"a": {1, 2}}):
        with pytest.raises(BadValue, match="HUB-3280"):
            normalise_json(wrong)


def test_blank_is_null_nothing_but_blanks_or_empty() -> None:
    blank: list[object] = [None, "", " \n", [], {}]
    there: list[object] = ["a", 0, False, [None], {"a": None}]
    assert [value for value in blank if not is_blank(value)] == []
    assert [value for value in there if is_blank(value)] == []


@given(st.text())
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise_text(raw)
    assert normalise_text(once) == once
    assert once is None or "\0" not in once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_back(value: object) -> None:
    text = normalise_json(value)
    if text is not None:
        assert orjson.loads(text) == value
