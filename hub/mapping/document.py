"""A mapping document, read and checked as far as that needs no functions: YAML text -> `Document`.

What can be written is on one page, `README.md` beside this file. Every error is a MappingError with file:line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from hub.canonical.schema import ENTITIES, IDENTIFIER_TYPES, Entity, Field
from hub.errors import MappingError
from hub.mapping.expression import (
    Constant,
    Expression,
    First,
    ListOf,
    ObjectOf,
    Path,
    Pipeline,
    parse_path,
    pipelines,
)
from hub.mapping.expression import parse as parse_expression
from hub.mapping.nodes import Entry, Node, read, unknown, wrong_kind
from hub.mapping.out import OutRule, out_rules

DEFAULTS = ("region", "timezone", "currency", "language")


@dataclass(frozen=True, slots=True)
class Key:
    """The parts of a natural key, joined with a colon."""

    parts: tuple[Expression, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Another canonical record by its natural key."""

    type: str
    key: Key
    where: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field of a canonical record is made of."""

    field: Field
    value: Expression | Reference
    where: str


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """Where further identifiers of a customer come from."""

    type: str
    value: Expression
    issuer: Expression | None
    label: Expression | None
    verified: Expression | None
    #: `value` and the others are read from each item of this list.
    each: Path | None
    where: str


@dataclass(frozen=True, slots=True)
class Emit:
    """One kind of canonical record that a raw record tells of."""

    entity: Entity
    #: The external type.
    type: str
    key: Key
    #: 0 for the primary teller; greater for a record told of in passing.
    rank: int
    #: All must hold.
    when: tuple[Expression, ...]
    #: One record for each item of this list.
    each: Path | None
    #: A raw record without the key is rejected.
    required: bool
    fields: tuple[FieldRule, ...]
    identifiers: tuple[IdentifierRule, ...]
    where: str


@dataclass(frozen=True, slots=True)
class EnumTable:
    """Vendor words -> ours."""

    words: Mapping[str, str]
    #: Vendor word -> file:line.
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping as written."""

    name: str
    connector: str
    defaults: Mapping[str, str]
    enums: Mapping[str, EnumTable]
    streams: Mapping[str, tuple[Emit, ...]]
    out: Mapping[str, OutRule]
    #: The file's name in positions.
    file: str
    #: As read.
    text: str
    #: The same as plain data, without comments and positions: what the content hash is made of.
    content: Mapping[str, Any]


def load(path: FilePath | str, name: str = "") -> Document:
    """Reads a mapping file. `name` stands for it in positions; by default its folder and file name.

    Raises MappingError, with HUB-1201 when the file cannot be read.
    """
    path = FilePath(path)
    name = name or f"{path.parent.name}/{path.name}".lstrip("/")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise MappingError("HUB-1201", f"the mapping cannot be read: {problem}", where=name) from None
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Reads a mapping from text; `name` is its file in positions (`mappings/shop.yaml`). Raises MappingError."""
    root = read(text, name)
    tables = root.table("the mapping", ("mapping", "connector", "defaults", "enums", "streams", "out"))
    if not ({"streams", "out"} & tables.keys()):
        raise MappingError("HUB-1204", "the mapping needs 'streams' or 'out'", where=root.where)
    stem = FilePath(name).name.partition(".")[0]
    own_name = tables["mapping"].text("`mapping`") if "mapping" in tables else stem
    return Document(
        name=own_name,
        connector=tables["connector"].text("`connector`") if "connector" in tables else own_name,
        defaults=_defaults(tables.get("defaults")),
        enums=_enums(tables.get("enums")),
        streams=_streams(tables.get("streams")),
        out=_out(tables.get("out")),
        file=name,
        text=text,
        content=root.plain(),
    )


def _defaults(node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    return {key: value.text(f"`{key}`") for key, value in node.table("`defaults`", DEFAULTS).items()}


def _enums(node: Node | None) -> dict[str, EnumTable]:
    if node is None:
        return {}
    tables = {}
    for name, table in node.table("`enums`").items():
        entries = table.entries(f"enum table {name!r}")
        words = {entry.key: entry.node.text(f"the word for {entry.key!r}") for entry in entries}
        tables[name] = EnumTable(words, {entry.key: entry.where for entry in entries})
    return tables


def _streams(node: Node | None) -> dict[str, tuple[Emit, ...]]:
    if node is None:
        return {}
    streams = {}
    for name, stream in node.table("`streams`").items():
        emits = stream.table(f"stream {name!r}", ("emit",), ("emit",))["emit"]
        streams[name] = tuple(_emit(item) for item in emits.items("`emit`"))
        if not streams[name]:
            raise MappingError("HUB-1205", f"stream {name!r} emits nothing", where=emits.where)
    return streams


def _out(node: Node | None) -> dict[str, OutRule]:
    rules = out_rules(node, _value, _conditions)
    for rule in rules.values():
        marker = (rule.marker.value,) if rule.marker else ()
        for value in (*rule.when, *(value for _, value in rule.fields), *marker):
            _check_scope(value, None)
    return rules


_EMIT_KEYS = ("entity", "type", "key", "rank", "when", "each", "required", "fields", "identifiers")


def _emit(node: Node) -> Emit:
    parts = node.table("an emit", _EMIT_KEYS, ("entity", "key"))
    entity = _entity(parts["entity"])
    each = parse_path(parts["each"], "`each`") if "each" in parts else None
    emit = Emit(
        entity=entity,
        type=parts["type"].text("`type`") if "type" in parts else entity.name,
        key=_key(parts["key"]),
        rank=parts["rank"].whole("`rank`") if "rank" in parts else 0,
        when=_conditions(parts.get("when")),
        each=each,
        required=parts["required"].flag("`required`") if "required" in parts else False,
        fields=_fields(parts.get("fields"), entity),
        identifiers=_identifiers(parts.get("identifiers"), entity),
        where=node.where,
    )
    for expression in _expressions(emit):
        _check_scope(expression, each)
    if each is not None and each.root != "$":
        raise MappingError(
            "HUB-1209", "`each` begins with $: there is no current item yet", where=parts["each"].where
        )
    return emit


def _entity(node: Node) -> Entity:
    name = node.text("`entity`")
    if name not in ENTITIES:
        raise unknown(f"entity {name!r}", name, ENTITIES, node.where, "HUB-1206")
    return ENTITIES[name]


def _key(node: Node) -> Key:
    value = parse_expression(node, "`key`")
    if isinstance(value, ObjectOf):
        raise wrong_kind("`key`", "a path, a list of parts, or {first: […]}", node)
    parts = value.items if isinstance(value, ListOf) else (value,)
    if any(isinstance(part, ListOf | ObjectOf) for part in parts) or not any(True for _ in pipelines(value)):
        raise MappingError(
            "HUB-1205", "`key` must be made of paths: it tells one record from another", where=node.where
        )
    return Key(parts, node.where)


def _conditions(node: Node | None) -> tuple[Expression, ...]:
    if node is None:
        return ()
    nodes = node.items("`when`") if node.kind == "list" else (node,)
    conditions = tuple(parse_expression(item, "`when`") for item in nodes)
    for item, condition in zip(nodes, conditions, strict=True):
        if not isinstance(condition, Pipeline | First):
            raise MappingError(
                "HUB-1205", "`when` must be an expression such as $.email | present", where=item.where
            )
    return conditions


def _fields(node: Node | None, entity: Entity) -> tuple[FieldRule, ...]:
    if node is None:
        return ()
    return tuple(_field(entry, entity) for entry in node.entries("`fields`"))


def _field(entry: Entry, entity: Entity) -> FieldRule:
    field = entity.by_name.get(entry.key)
    if field is None:
        raise unknown(
            f"field {entry.key!r} of {entity.name}", entry.key, entity.by_name, entry.where, "HUB-1207"
        )
    if entity.name == "customer" and field.name == "identifiers":
        raise MappingError("HUB-1205", "`identifiers` stand beside `fields`, not in them", where=entry.where)
    if field.type == "ref":
        return FieldRule(field, _reference(entry, field), entry.where)
    value = _value(entry.node, field.name)
    if field.type != "json" and isinstance(value, ListOf | ObjectOf):
        hint = "Write {first: […]} for the first that is there." if isinstance(value, ListOf) else ""
        raise MappingError(
            "HUB-1205",
            f"{field.name!r} holds one {field.type}, not a list or a table",
            where=entry.where,
            hint=hint,
        )
    return FieldRule(field, value, entry.where)


def _reference(entry: Entry, field: Field) -> Reference:
    if entry.node.kind != "table":
        raise MappingError(
            "HUB-1205",
            f"{field.name!r} refers to another record",
            where=entry.where,
            hint=f"Write {field.name}: {{type: {field.to}, key: $.path}}.",
        )
    parts = entry.node.table(f"reference {field.name!r}", ("type", "key"), ("key",))
    type_ = parts["type"].text("`type`") if "type" in parts else field.to
    return Reference(type_, _key(parts["key"]), entry.where)


def _value(node: Node, what: str) -> Expression:
    value = parse_expression(node, f"`{what}`")
    for pipeline in pipelines(value):
        names = [call.name for call in pipeline.calls]
        if "required" in names[:-1]:
            raise MappingError("HUB-1210", "`required` stands last", where=pipeline.where)
    return value


def _identifiers(node: Node | None, entity: Entity) -> tuple[IdentifierRule, ...]:
    if node is None:
        return ()
    if entity.name != "customer":
        raise MappingError(
            "HUB-1205", f"only a customer has identifiers, not {entity.name}", where=node.where
        )
    return tuple(_identifier(item) for item in node.items("`identifiers`"))


def _identifier(node: Node) -> IdentifierRule:
    keys = ("type", "issuer", "value", "label", "verified", "each")
    parts = node.table("an identifier", keys, ("type", "value"))
    type_ = parts["type"].text("`type`")
    if type_ not in IDENTIFIER_TYPES:
        raise unknown(f"identifier type {type_!r}", type_, IDENTIFIER_TYPES, parts["type"].where, "HUB-1212")

    def part(name: str) -> Expression | None:
        if name not in parts:
            return None
        value = parse_expression(parts[name], f"`{name}`")
        if isinstance(value, ListOf | ObjectOf):
            raise wrong_kind(f"`{name}`", "one value", parts[name])
        return value

    value = part("value") or Constant(None, node.where)
    each = parse_path(parts["each"], "`each`") if "each" in parts else None
    return IdentifierRule(type_, value, part("issuer"), part("label"), part("verified"), each, node.where)


def _expressions(emit: Emit) -> list[Expression]:
    """Every expression that is read in the emit's own scope."""
    found = [*emit.key.parts, *emit.when]
    for rule in emit.fields:
        found += rule.value.key.parts if isinstance(rule.value, Reference) else (rule.value,)
    for identifier in emit.identifiers:
        if identifier.each is None:
            found += _of_identifier(identifier)
        elif identifier.each.root != "$" and emit.each is None:
            raise _no_item(identifier.where)
    return found


def _of_identifier(rule: IdentifierRule) -> list[Expression]:
    return [part for part in (rule.value, rule.issuer, rule.label, rule.verified) if part is not None]


def _check_scope(expression: Expression, each: Path | None) -> None:
    """`@` means something only inside an `each`."""
    if each is not None:
        return
    for pipeline in pipelines(expression):
        paths = [
            pipeline.path,
            *(a for call in pipeline.calls for a in call.arguments if isinstance(a, Path)),
        ]
        if any(path.root != "$" for path in paths):
            raise _no_item(pipeline.where)


def _no_item(where: str) -> MappingError:
    return MappingError(
        "HUB-1209", "`@` is the current item of an `each`, and there is none here", where=where
    )
