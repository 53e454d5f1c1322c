"""A page survives one bad record: only that record becomes something the store refuses."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.http import Unstorable, as_evidence, parse_json
from hub.http.body import DEEPEST, Truncated


def landed(data: bytes) -> list[bool]:
    """What the engine does with a page: for each record, whether it can be stored."""

    def fits(record: Any) -> bool:
        try:
            orjson.dumps(record)
        except TypeError:
            assert as_evidence(record)
            return False
        return True

    return [fits(record) for record in parse_json(data)]


DEEP = b"[" * 10_000 + b"]" * 10_000


@pytest.mark.parametrize(
    "bad",
    [
        b'{"total": NaN}', b'{"total": Infinity}', b'{"total": -Infinity}', b'{"total": 1e999}',
        b'{"name": "\\ud83d"}', b'{"name": "\\ud83d", "x": "\xff"}', b'{"name": "caf\xe9"}', b'{"\xc3\x28": 1}',
        b'{"deep": ' + DEEP + b"}", DEEP, b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=["nan", "infinity", "-infinity", "1e999", "half surrogate", "both", "latin-1", "bad key", "deep", "deep list", "deep object"],
)  # fmt: skip
def test_one_bad_record_costs_itself_only(bad: bytes) -> None:
    assert landed(b'[{"id": 1}, ' + bad + b', {"id": 3}]') == [True, False, True]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        (b'["a\nb\x00c"]', ["a\nb\x00c"]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'["\xf0\x9f\x98\x80"]', ["\U0001f600"]),
        (b"[0.1, 19.99, 1e3]", [0.1, 19.99, 1000.0]),
        (b"[18446744073709551615, -9223372036854775808]", [18446744073709551615, -9223372036854775808]),
        (b"[18446744073709551616, -9223372036854775809]", ["18446744073709551616", "-9223372036854775809"]),
        (b"[123456789012345678901234567890]", ["123456789012345678901234567890"]),
        (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
        (b'["12345678901234567890123", 5]', ["12345678901234567890123", 5]),
        (b"null", None),
    ],
)
def test_what_can_be_kept_is(data: bytes, expected: object) -> None:
    assert parse_json(data) == expected
    orjson.dumps(parse_json(data))


@pytest.mark.parametrize("data", [b"[1", b'{"a":', b'["abc', b'[{"a": tr', b"[" * 5000, b'{"a":[1,2]', b"["])
def test_half_a_document_is_cut(data: bytes) -> None:
    with pytest.raises(Truncated):
        parse_json(data)


@pytest.mark.parametrize(
    "data", [b"OK", b"{]}", b"[1,]", b"<a>", b'"', b"[1] [2]", b"\xff\xfe", b"tru", b"]" * 5000]
)
def test_what_is_no_json_at_all(data: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        parse_json(data)


def test_the_depth_that_is_kept() -> None:
    fits = b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1)
    assert landed(b"[1, NaN, " + fits + b"]") == [True, False, True]


def test_a_bracket_in_a_text_is_no_nesting() -> None:
    text = json.dumps(["[" * 1000 + '"' + "{" * 1000, 1]).encode()
    assert landed(b"[NaN, " + text + b"]") == [False, True]


def test_evidence_shows_what_there_was() -> None:
    record = parse_json(b'[{"id": 7, "x": NaN, "y": "\xff"}]')[0]
    assert json.loads(as_evidence(record)) == {"id": 7, "x": "NaN", "y": "\udcff"}
    assert isinstance(record["x"], Unstorable)
    assert repr(record["x"]) == "Unstorable('NaN')"


def test_evidence_of_a_deep_record() -> None:
    record = parse_json(b"[" * 900 + b"]" * 900)
    assert b"nested too deeply" in as_evidence(record)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_sound_json_comes_through_both_ways(value: Any) -> None:
    text = json.dumps(value)
    assert parse_json(text.encode("utf-8", "surrogatepass")) == value
    # The same inside a page that has to be salvaged.
    assert parse_json(b"[NaN, " + text.encode("utf-8", "surrogatepass") + b"]")[1] == value


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    with suppress(Truncated, ValueError):
        parse_json(data)
