"""What each function makes of a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from hub.canonical.bad_value import BadValue
from hub.mapping.functions import BUILTINS

One = Callable[..., Any]
README = Path(__file__).parents[2] / "hub" / "mapping" / "README.md"

#: expression, raw record, what the JSON field holds
TABLE = [
    ("$.a | lower", {"a": "ÀB"}, "àb"),
    ("$.a | upper", {"a": "ab"}, "AB"),
    ("$.a | trim", {"a": " b "}, "b"),
    ("$.a | title", {"a": "JANE O'BRIEN-doe"}, "Jane O'Brien-Doe"),
    ("$.a | lower", {"a": 7}, "7"),
    ("$.a | lower", {"a": ["B", None, "", "C"]}, ["b", "c"]),
    ('$.a | replace("-", " ")', {"a": "a-b-c"}, "a b c"),
    ("$.a | replace($.b, x)", {"a": "abc", "b": "b"}, "axc"),
    (r'$.a | regex("(\d+)-(?P<n>\d+)")', {"a": "x 12-34"}, "12-34"),
    (r'$.a | regex("(\d+)-(?P<n>\d+)", 1)', {"a": "x 12-34"}, "12"),
    (r'$.a | regex("(\d+)-(?P<n>\d+)", n)', {"a": "x 12-34"}, "34"),
    (r'$.a | regex("\d")', {"a": "none"}, None),
    ("$.a | split", {"a": "x, y,, z"}, ["x", "y", "z"]),
    ('$.a | split(";")', {"a": "x; y"}, ["x", "y"]),
    ("$.a | join", {"a": ["x", None, 7, ""]}, "x, 7"),
    ('$.a | join("/")', {"a": "x"}, "x"),
    ('$.a | prefix("no ")', {"a": 7}, "no 7"),
    ('$.a | concat(" ", $.b)', {"a": "Jane", "b": "Doe"}, "Jane Doe"),
    ('$.a | concat(" ", $.b)', {"b": "Doe"}, " Doe"),
    ('$.a | concat(" ", $.b)', {"a": "", "b": None}, None),
    ('$.a | concat("!")', {}, None),
    (
        "$.a | strip_html",
        {"a": "<p>Hello&nbsp;<b>you</b></p><script>x()</script>a &lt; b"},
        "Hello you\na < b",
    ),
    ("$.a | hash", {"a": "x"}, "2d711642b726b04401627ca9fbac32f5"),
    ("$.a | first", {"a": [None, "", "x", "y"]}, "x"),
    ("$.a | last", {"a": ["x", "y", None]}, "y"),
    ("$.a | first", {"a": "x"}, "x"),
    ("$.a | first", {"a": []}, None),
    ("$.a | count", {"a": ["x", None, "y"]}, 2),
    ("$.a | count", {}, 0),
    ("$.a[*].b | sum", {"a": [{"b": "0.1"}, {"b": 0.2}, {}]}, "0.3"),
    ("$.a | find(key, vat, value)", {"a": [{"key": "x"}, {"key": "vat", "value": "DE1"}]}, "DE1"),
    ("$.a | find(id, 7)", {"a": [{"id": "7", "b": 1}]}, {"b": 1, "id": "7"}),
    ("$.a | find(id, 8)", {"a": [{"id": 7}, None, "x"]}, None),
    ("$.a | find(f.ref, 7, b.c)", {"a": [{"f": 7}, {"f": {"ref": 7}, "b": {"c": "x"}}]}, "x"),
    ("$.a | find(f.ref, 7, b)", {"a": [{"f.ref": 8, "f": {"ref": 7}}, {"f.ref": 7, "b": "y"}]}, "y"),
    ("$.a | take(b.c)", {"a": {"b": {"c": "x"}}}, "x"),
    ("$.a | pairs(f.ref, b.c)", {"a": [{"f": {"ref": "q"}, "b": {"c": 1}}, {"f": None, "b": 2}]}, {"q": 1}),
    ("$.a | values | find(id, 7, b)", {"a": {"q1": {"id": 6}, "q2": {"id": 7, "b": "x"}}}, "x"),
    ("$.a | values", {"a": ["x"]}, ["x"]),
    ("$.a | find(id, 7, b) | take(c)", {"a": [{"id": 7, "b": {"c": "x"}}]}, "x"),
    ("$.a | take(c)", {"a": [{"c": "x"}, "y", {"d": 1}]}, ["x", None]),
    ("$.a | take(c)", {"a": "text"}, None),
    ("$.a | take(c) | take(d)", {"a": [{"c": [{"d": 1}, {"d": 2}]}, {"c": {"d": 3}}]}, [1, 2, 3]),
    (
        '$.a | merge($.q, of, n.id) | find(title, "E-mail", v)',
        {
            "a": [{"of": "1", "v": "x"}, {"of": 2, "v": "y"}],
            "q": [{"n": {"id": "2"}, "title": "E-mail", "v": "no"}],
        },
        "y",
    ),
    ("$.a | merge($.q, id)", {"a": [{"id": 1}, "x", {"b": 2}], "q": None}, [{"id": 1}, "x", {"b": 2}]),
    (
        "$.a | pairs(q, v)",
        {"a": [{"q": "Size", "v": 7}, {"q": "Size", "v": 8}, {"q": "Empty", "v": ""}, "x", {"v": 1}]},
        {"Size": 7},
    ),
    ("$.a | present", {"a": " "}, False),
    ("$.a | present", {"a": 0}, True),
    ("$.a | absent", {"a": []}, True),
    ("$.a | eq(7)", {"a": "7"}, True),
    ("$.a | eq(true)", {"a": 1}, False),
    ("$.a | eq($.b)", {"a": "x ", "b": "x"}, True),
    ("$.a | eq(null)", {}, True),
    ("$.a | ne(x)", {}, True),
    ("$.a | in(x, y, 3)", {"a": 3}, True),
    ("$.a | in(x, y)", {}, False),
    ("$.a | eq(x) | not", {"a": "y"}, True),
    ("$.a | not", {"a": "no"}, True),
    ("$.a | default(x)", {"a": " "}, "x"),
    ("$.a | default($.b)", {"b": 2}, 2),
    ("$.a | default(x)", {"a": 0}, 0),
    ("$.a | enum(colours)", {"a": "Rot "}, "red"),
    ("$.a | enum(colours)", {"a": "gelb"}, "gelb"),
    ("$.a | enum(colours, other)", {"a": "gelb"}, "other"),
    ("$.a | enum(colours, $.b)", {"a": "gelb", "b": "yellow"}, "yellow"),
    ("$.a | enum(colours, $.b)", {"a": "gelb"}, "gelb"),
    ("$.a | prefix($.b)", {"a": "x"}, "x"),
    ("$.a | replace($.b, $.c)", {"a": "x"}, "x"),
    ('$.a | replace(" ", "")', {"a": "x y"}, "xy"),
    ("$.a | time($.b)", {"a": "30.07.2026", "b": "%d.%m.%Y"}, "2026-07-29T22:00:00.000Z"),
    ("$.a | email", {"a": "Jane <JANE@example.com>"}, "jane@example.com"),
    ("$.a | domain", {"a": "jane@Example.com"}, "example.com"),
    ("$.a | phone", {"a": "202 555 0123"}, "+12025550123"),
    ("$.a | phone($.b)", {"a": "020 7946 0018", "b": "United Kingdom"}, "+442079460018"),
    ("$.a | phone($.b)", {"a": "202 555 0123", "b": "Atlantis"}, "+12025550123"),
    ("$.a | country", {"a": "Deutschland"}, "DE"),
    ("$.a | language", {"a": "pt_br"}, "pt-BR"),
    ("$.a | time", {"a": "2026-07-30 18:22"}, "2026-07-30T16:22:00.000Z"),
    ('$.a | time("%d.%m.%Y %H:%M")', {"a": "30.07.2026 18:22"}, "2026-07-30T16:22:00.000Z"),
    ("$.a | date", {"a": "1985-04-12T10:00:00Z"}, "1985-04-12"),
    ('$.a | date("%d/%m/%Y")', {"a": "12/04/1985"}, "1985-04-12"),
    ("$.a | epoch", {"a": "1785435761"}, "2026-07-30T18:22:41.000Z"),
    ("$.a | epoch(ms)", {"a": 1785435761123}, "2026-07-30T18:22:41.123Z"),
    ("$.a | epoch", {"a": 1785435761.5}, "2026-07-30T18:22:41.500Z"),
    ("$.a | money", {"a": "1.234,50"}, "1234.50"),
    ("$.a | money(100)", {"a": 1234}, "12.34"),
    ("$.a | money($.b)", {"a": 1234, "b": 1000}, "1.234"),
    ("$.a | money(minor)", {"a": "1234"}, 1234),
    ("$.a | int", {"a": "7.0"}, 7),
    ("$.a | decimal", {"a": "7.50"}, "7.5"),
    ("$.a | bool", {"a": "yes"}, True),
    ("$.a | text", {"a": 12345678901234567890}, "12345678901234567890"),
    ("$.a | json", {"a": {"b": [1]}}, '{"b":[1]}'),
    ("$.a | given_name", {"a": "Dr. Jane Doe"}, "Jane"),
    ("$.a | family_name", {"a": "王小明"}, "王"),
    ("$.a | name_order", {"a": "王小明"}, "family_first"),
    ("$.a | required", {"a": "x"}, "x"),
    ("$.a | split | first | upper", {"a": "x,y"}, "X"),
    ("$.a | lower | upper", {}, None),
]


@pytest.mark.parametrize(
    ("expression", "raw", "expected"), TABLE, ids=[f"{row[0]} of {row[1]}" for row in TABLE]
)
def test_a_function(one: One, expression: str, raw: dict[str, Any], expected: object) -> None:
    found = one(f"{{v: {orjson.dumps(expression).decode()}}}", raw, region="US", timezone="Europe/Berlin")
    assert (None if found is None else orjson.loads(found)["v"]) == expected


@pytest.mark.parametrize(
    ("expression", "raw", "codes"),
    [
        ("$.a | lower", {"a": {"b": 1}}, ["HUB-3201"]),
        ("$.a | email", {"a": "nobody"}, ["HUB-3210"]),
        ("$.a | phone", {"a": "202 555 0123"}, ["HUB-3212"]),
        ("$.a | time", {"a": "03/04/2026"}, ["HUB-3230"]),
        ("$.a | epoch", {"a": "soon"}, ["HUB-3251"]),
        ("$.a | money", {"a": "1,234"}, ["HUB-3221"]),
        ("$.a | money($.b)", {"a": 5, "b": 0}, ["HUB-3270"]),
        ("$.a | int", {"a": "x"}, ["HUB-3250"]),
        ("$.a | time($.b)", {"a": "30.07.2026", "b": [1]}, ["HUB-3201"]),
        ("$.a | find($.b, 1)", {"a": [{"x": 1}], "b": [1]}, ["HUB-3201"]),
        ("$.a | join", {"a": [{"b": 1}]}, ["HUB-3201"]),
        ("$.a | required", {"a": ""}, ["HUB-3105"]),
        ("$.a | email | required", {"a": "nobody"}, ["HUB-3105"]),
    ],
)
def test_a_value_that_a_function_cannot_use(
    one: One, expression: str, raw: dict[str, Any], codes: list[str]
) -> None:
    assert one(f"{{v: {orjson.dumps(expression).decode()}}}", raw) == codes


def test_default_without_an_argument_is_the_mappings(one: One) -> None:
    assert one("$.a | default", {}, field="country", region="DE") == "DE"
    assert one("$.a | default", {"a": "France"}, field="country", region="DE") == "FR"
    assert one("$.a | default", {}, field="language", language="de") == "de"
    assert one("$.a | default", {}, field="timezone", timezone="Asia/Tokyo") == "Asia/Tokyo"
    assert one("$.a", {}, field="country", region="DE") is None  # nothing is made up unasked


def test_a_plugins_function_gets_present_values_and_may_fail(one: One) -> None:
    seen: list[object] = []

    def shout(value: Any, sign: str = "!") -> object:
        seen.append(value)
        return value.upper() + sign

    functions = {"shout": shout}
    assert one("$.a | shout", {"a": "hey"}, field="notes", functions=functions) == "HEY!"
    assert one('$.a | shout("?")', {"a": "hey"}, field="notes", functions=functions) == "HEY?"
    assert one("$.a | shout($.b)", {"a": "hey", "b": "."}, field="notes", functions=functions) == "HEY."
    assert one("$.a | shout", {"a": "  "}, field="notes", functions=functions) is None
    assert one("$.a | shout", {"a": 7}, field="notes", functions=functions) == ["HUB-3271"]
    assert set(seen) == {"hey", 7}


def test_a_plugins_function_may_say_why(one: One) -> None:
    def refuse(value: object) -> object:
        raise BadValue("HUB-3270", "not this one")

    assert one("$.a | refuse", {"a": "x"}, field="notes", functions={"refuse": refuse}) == ["HUB-3270"]


def test_every_function_is_tried_and_documented() -> None:
    tried = " ".join(row[0] for row in TABLE)
    page = README.read_text("utf-8")
    assert [name for name in BUILTINS if f"| {name}" not in tried] == []
    assert [name for name in BUILTINS if f"`{name}" not in page] == []
