"""Paths and pipelines as text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import MappingError
from hub.mapping.expression import STAR, Call, Path, parse_pipeline
from hub.mapping.scope import Scope, place_of, reader


@pytest.mark.parametrize(
    ("text", "root", "steps"),
    [
        ("$", "$", ()),
        ("@", "@", ()),
        ("@index", "@index", ()),
        ("$.a.b", "$", ("a", "b")),
        ("$.a-b.c_d.9", "$", ("a-b", "c_d", "9")),
        ("$.größe.名前.a:b.@type.$id", "$", ("größe", "名前", "a:b", "@type", "$id")),
        ('$["odd key"].a', "$", ("odd key", "a")),
        ("$['it\\'s']", "$", ("it's",)),
        ('$["a\\"]"]', "$", ('a"]',)),
        ("$.a[0][-1].b", "$", ("a", 0, -1, "b")),
        ("@.a[*].b[*]", "@", ("a", STAR, "b", STAR)),
    ],
)
def test_paths(text: str, root: str, steps: tuple[Any, ...]) -> None:
    path = parse_pipeline(text, "m:1").path
    assert (path.root, path.steps) == (root, steps)
    assert parse_pipeline(str(path), "m:1").path == path


def test_functions_and_their_arguments() -> None:
    text = r"""$.a | f | g("x|y, (z)", 'it\'s', word, on-hold, 3, -1.5, true, null, $.b["c d"]) |h( )| regex("^\d+\.\\$")"""
    assert parse_pipeline(text, "m:1").calls == (
        Call("f", ()),
        Call("g", ("x|y, (z)", "it's", "word", "on-hold", 3, -1.5, True, None, Path("$", ("b", "c d")))),
        Call("h", ()),
        Call("regex", (r"^\d+\.\$",)),
    )


@pytest.mark.parametrize(
    "text",
    ["$a", "$..a", "$.a.", "$.a[", "$.a[x]", "$.a[1", '$.a["b', "$.a |", "$.a | 3", "$.a | f(", "$.a | f(a,)", "$.a | f(a b)",
     '$.a | f("x', "$.a b", "$.a | f) ", "@index.x", "$.a | | f", "$.a | f(1.2.3)", "$.a(b)", "@ index"],
)  # fmt: skip
def test_a_wrong_expression_tells_at_which_sign(text: str) -> None:
    with pytest.raises(MappingError, match=r"HUB-1209 m:1: .* at sign \d+ of"):
        parse_pipeline(text, "m:1")


NAMES = st.text(min_size=1, max_size=8)
STEPS = st.lists(st.one_of(NAMES, st.integers(-9, 9), st.just(STAR)), max_size=5).map(tuple)


@given(STEPS)
def test_every_path_can_be_written_and_read(steps: tuple[Any, ...]) -> None:
    path = Path("$", steps)
    assert parse_pipeline(str(path), "m:1").path == path


JSON = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from("xy"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def _plainly(value: Any, steps: tuple[Any, ...]) -> Any:
    """A path read the slow way, one value at a time."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step is STAR:
        items = (
            [_plainly(item, rest) for item in value if item is not None] if isinstance(value, list) else []
        )
        if STAR in rest:
            items = [inner for item in items for inner in item or []]
        return [item for item in items if item is not None]
    if isinstance(step, int):
        fits = isinstance(value, list) and -len(value) <= step < len(value)
        return _plainly(value[step] if fits else None, rest)
    return _plainly(value.get(step) if isinstance(value, dict) else None, rest)


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), max_size=4),
    st.lists(
        st.one_of(st.sampled_from("abc"), st.integers(-2, 2), st.just(STAR)), min_size=1, max_size=4
    ).map(tuple),
)
def test_a_column_is_what_reading_one_by_one_gives(
    records: list[dict[str, Any]], steps: tuple[Any, ...]
) -> None:
    path = Path("$", steps)
    expected = [_plainly(record, steps) for record in records]
    if path.is_list:
        expected = [value or None for value in expected]
    assert reader(path)(Scope(records, range(len(records)))) == expected


def test_an_item_knows_where_it_stands() -> None:
    lines, parts = Path("$", ("lines",)), Path("@", ("parts",))
    scope = Scope([{"lines": [{"parts": ["a", None, "b"]}, None, {"parts": "c"}]}], [0])
    outer = scope.each(lines, reader(lines)(scope))
    inner = outer.each(parts, reader(parts)(outer))
    assert (outer.indexes, inner.items, inner.parents) == ([1, 3], ["a", "b", "c"], [0, 0, 1])
    places = [place_of(Path("@", ("x",)), inner, row) for row in range(len(inner))]
    assert places == ["$.lines[0].parts[0].x", "$.lines[0].parts[2].x", "$.lines[2].parts.x"]
    kept = inner.keep([False, False, True])
    assert place_of(Path("@", ()), kept, 0) == "$.lines[2].parts"
    assert place_of(Path("$", ("id",)), kept, 0) == "$.id"
