"""Examples beside a mapping: `<name>.test.yaml` says what raw records become; `run` tells where that is not so.

tests:
  - name: a guest order tells of its buyer
    stream: orders
    raw: {id: 7, billing: {email: jane@example.com}}     # or raw_file: samples/orders.json (and raw_path: $[0])
    expect:
      - {entity: customer, key: jane@example.com, fields: {email: jane@example.com}}
    expect_count: {order: 1}
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import orjson

from hub.canonical.schema import ENTITIES
from hub.errors import MappingError
from hub.mapping.expression import Path, parse_path
from hub.mapping.mapping import Mapping
from hub.mapping.nodes import Node, read, unknown
from hub.mapping.result import Mapped
from hub.mapping.scope import Scope, reader
from hub.models import Json


@dataclass(frozen=True, slots=True)
class Expected:
    """A canonical record that must come out; what is not named does not matter."""

    entity: str
    type: str | None
    key: str | None
    fields: Table[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """One raw record and what must become of it."""

    name: str
    #: file:line.
    where: str
    stream: str
    raw: Json
    defaults: Table[str, str] = field(default_factory=dict)
    expect: Sequence[Expected] = ()
    #: Entity -> how many of its records come out, exactly.
    counts: Table[str, int] = field(default_factory=dict)
    #: The code that the raw record is rejected with.
    reject: str | None = None
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """How an example went. `diff` tells line by line what is otherwise than expected."""

    name: str
    where: str
    ok: bool
    diff: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A canonical record that came out: its columns, and the same turned back to fields."""

    entity: str
    type: str
    key: str
    columns: Table[str, Any]
    fields: Table[str, Any]


def run(test_file: FilePath | str, mapping: Mapping) -> list[ExampleResult]:
    """Runs every example of a file. Raises MappingError HUB-1214 and the like when the file itself is wrong."""
    return [check(example, mapping) for example in load(test_file)]


def load(test_file: FilePath | str, name: str = "") -> list[Example]:
    """The examples of a file; `name` stands for it in positions. Raises MappingError with file:line."""
    path = FilePath(test_file)
    name = name or f"{path.parent.name}/{path.name}".lstrip("/")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError("HUB-1201", "the examples cannot be read", where=name) from error
    tests = read(text, name).table("the examples", ("tests",), ("tests",))["tests"]
    return [_example(node, path.parent) for node in tests.items("`tests`")]


def check(example: Example, mapping: Mapping) -> ExampleResult:
    """Runs one example."""
    if example.defaults:
        mapping = mapping.with_defaults(example.defaults)
    if example.stream not in mapping.streams:
        raise unknown(
            f"stream {example.stream!r}", example.stream, mapping.streams, example.where, "HUB-1216"
        )
    mapped = mapping.apply(example.stream, [(1, example.raw)])
    lines = [*_outcome(example, mapped), *_records(example, mapped)]
    return ExampleResult(example.name, example.where, not lines, "\n".join(lines))


_KEYS = (
    "name",
    "stream",
    "raw",
    "raw_file",
    "raw_path",
    "defaults",
    "expect",
    "expect_count",
    "reject",
    "filtered",
)


def _example(node: Node, folder: FilePath) -> Example:
    parts = node.table("an example", _KEYS, ("name", "stream"))
    if ("raw" in parts) == ("raw_file" in parts):
        raise MappingError("HUB-1214", "an example has either 'raw' or 'raw_file'", where=node.where)
    if not ({"expect", "expect_count", "reject", "filtered"} & parts.keys()):
        raise MappingError("HUB-1214", "an example must expect something", where=node.where)
    counts = parts["expect_count"].table("`expect_count`", ENTITIES) if "expect_count" in parts else {}
    defaults = parts["defaults"].table("`defaults`") if "defaults" in parts else {}
    return Example(
        name=parts["name"].text("`name`"),
        where=node.where,
        stream=parts["stream"].text("`stream`"),
        raw=_raw(parts, folder),
        defaults={key: value.text(f"`{key}`") for key, value in defaults.items()},
        expect=[_expected(item) for item in parts["expect"].items("`expect`")] if "expect" in parts else (),
        counts={key: value.whole(f"the count of {key}") for key, value in counts.items()},
        reject=parts["reject"].text("`reject`") if "reject" in parts else None,
        filtered=parts["filtered"].flag("`filtered`") if "filtered" in parts else False,
    )


def _raw(parts: Table[str, Node], folder: FilePath) -> Json:
    if "raw" in parts:
        return parts["raw"].plain()
    node = parts["raw_file"]
    try:
        raw = orjson.loads((folder / node.text("`raw_file`")).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise MappingError("HUB-1214", "`raw_file` is missing or not JSON", where=node.where) from None
    if "raw_path" not in parts:
        return raw
    path = parse_path(parts["raw_path"], "`raw_path`")
    return reader(Path("$", ("file", *path.steps)))(Scope([{"file": raw}], [0]))[0]


def _expected(node: Node) -> Expected:
    parts = node.table("an expected record", ("entity", "type", "key", "fields"), ("entity",))
    name = parts["entity"].text("`entity`")
    if name not in ENTITIES:
        raise unknown(f"entity {name!r}", name, ENTITIES, parts["entity"].where, "HUB-1206")
    entity = ENTITIES[name]
    fields = (
        parts["fields"].table("`fields`", {*entity.by_name, *entity.columns}) if "fields" in parts else {}
    )
    key = parts["key"].plain() if "key" in parts else None
    return Expected(
        entity=name,
        type=parts["type"].text("`type`") if "type" in parts else None,
        key=None if key is None else str(key),
        fields={key: value.plain() for key, value in fields.items()},
    )


def _outcome(example: Example, mapped: Mapped) -> list[str]:
    """What is wrong with how the raw record as a whole came out."""
    rejected = f"{mapped.rejects[0].code} {mapped.rejects[0].message}" if mapped.rejects else None
    found = f"rejected: {rejected}" if rejected else "filtered" if mapped.filtered else "mapped"
    if example.reject is not None:
        return (
            []
            if rejected and rejected.startswith(example.reject)
            else [f"expected {example.reject}, found {found}"]
        )
    if example.filtered != bool(mapped.filtered) or rejected:
        return [f"expected {'filtered' if example.filtered else 'mapped'}, found {found}"]
    return []


def _records(example: Example, mapped: Mapped) -> list[str]:
    """What is wrong with the canonical records."""
    found = _found(mapped)
    lines = []
    for entity, count in example.counts.items():
        there = sum(1 for record in found if record.entity == entity)
        if there != count:
            lines.append(f"{entity}: expected {count} records, found {there}")
    for expected in example.expect:
        lines += _compare(expected, found)
    return lines


def _compare(expected: Expected, found: Sequence[_Found]) -> list[str]:
    fits = [
        record
        for record in found
        if record.entity == expected.entity
        and expected.type in (None, record.type)
        and expected.key in (None, record.key)
    ]
    label = " ".join(part for part in (expected.entity, expected.type, expected.key) if part)
    if not fits:
        others = ", ".join(f"{record.entity} {record.type} {record.key}" for record in found) or "nothing"
        return [f"{label}: not among what came out ({others})"]
    return min((_differences(label, expected.fields, record) for record in fits), key=len)


def _differences(label: str, expected: Table[str, Any], found: _Found) -> list[str]:
    lines = []
    for name, value in expected.items():
        there = found.fields.get(name)
        if value not in (there, found.columns.get(name)):
            lines.append(f"{label}: {name}: expected {value!r}, found {there!r}")
    return lines


def _found(mapped: Mapped) -> list[_Found]:
    records = []
    for batch in mapped.batches:
        for row, key in enumerate(batch.keys):
            columns = {name: column[row] for name, column in batch.columns.items()}
            fields = _as_fields(batch.entity, columns)
            records.append(_Found(batch.entity, batch.types[row], key, columns, fields))
    return records


def _as_fields(entity: str, columns: dict[str, Any]) -> dict[str, Any]:
    """Columns as an example writes them: JSON taken apart, truth values, references as {type, key}."""
    fields = dict(columns)
    for spec in ENTITIES[entity].fields:
        value = columns.get(spec.name)
        if spec.type == "json" and value is not None:
            fields[spec.name] = orjson.loads(value)
        elif spec.type == "bool" and value is not None:
            fields[spec.name] = bool(value)
        elif spec.type == "ref" and columns.get(f"{spec.name}_key") is not None:
            fields[spec.name] = {"type": columns[f"{spec.name}_type"], "key": columns[f"{spec.name}_key"]}
    return fields
