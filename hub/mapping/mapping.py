"""A compiled mapping: raw records in, canonical columns out; golden customers in, destination rows out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import replace
from typing import Any

import orjson

from hub.canonical.bad_value import BadValue
from hub.canonical.money import CURRENCIES
from hub.canonical.phone import known_region
from hub.canonical.place import normalise_language
from hub.canonical.text import plain_text
from hub.canonical.time import known_zone
from hub.errors import HubError, MappingError
from hub.mapping.document import DEFAULTS, Document, Emit
from hub.mapping.emits import CompiledEmit
from hub.mapping.explain import RecordTrace, explain
from hub.mapping.functions import Environment, holds
from hub.mapping.nodes import unknown
from hub.mapping.out import OutRule
from hub.mapping.paths import identifier_paths
from hub.mapping.result import Mapped, MapReject
from hub.mapping.scope import Scope
from hub.mapping.sink import Sink
from hub.mapping.sources import Source, SourceCompiler
from hub.models import Json

#: Raised when the same document comes to mean something else, so that its records are mapped again.
LANGUAGE_VERSION = 1


def compile_mapping(
    document: Document,
    *,
    functions: Table[str, Callable[..., object]] | None = None,
    defaults: Table[Any, str] | None = None,
) -> Mapping:
    """Compiles a document to closures.

    functions:  of plugins, by name: pure, the value first, then the arguments written in the mapping.
    defaults:   of the connection; they win over the document's.
    Raises MappingError with file:line, PluginError HUB-2003 for a function that takes the name of one of ours.
    """
    merged = {**document.defaults, **(defaults or {})}
    return Mapping(document, merged, functions or {})


class Mapping:
    """One document, ready to run. Pure: the same batch gives the same result."""

    def __init__(
        self, document: Document, defaults: Table[str, str], functions: Table[str, Callable[..., object]]
    ) -> None:
        sources = SourceCompiler(_environment(document, defaults), functions)
        self.document = document
        self._defaults, self._functions = defaults, functions
        #: Changes when, and only when, `apply` may give something else for the same records.
        self.hash = _content_hash(document, defaults, "streams")
        #: The same for `render`.
        self.out_hash = _content_hash(document, defaults, "out")
        self._emits = {
            name: [CompiledEmit(_taken(emit, document.out), sources) for emit in emits]
            for name, emits in document.streams.items()
        }
        self._out = {
            name: [(field, sources.compile(value)) for field, value in rule.fields]
            for name, rule in document.out.items()
        }
        self._when = {
            name: [sources.compile(condition) for condition in rule.when]
            for name, rule in document.out.items()
        }
        self._markers = {
            name: sources.compile(rule.marker.value) for name, rule in document.out.items() if rule.marker
        }

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams it maps."""
        return tuple(self._emits)

    @property
    def objects(self) -> tuple[str, ...]:
        """What its `out:` block renders."""
        return tuple(self._out)

    def with_defaults(self, defaults: Table[str, str]) -> Mapping:
        """The same mapping with other defaults over its own. Raises MappingError HUB-1215."""
        return Mapping(self.document, {**self._defaults, **defaults}, self._functions)

    def apply(self, stream: str, raws: Sequence[tuple[int, Json]]) -> Mapped:
        """Maps a batch of (raw id, raw record). A raw record is mapped, filtered or rejected as a whole.

        Raises MappingError HUB-1216 for a stream that the document does not name.
        """
        emits = self._of_stream(stream)
        try:
            return _run(emits, raws)
        except HubError:
            raise
        except Exception:  # noqa: BLE001 - one record that we fail at must not hold up all others for ever
            return _run_one_by_one(emits, raws)

    def render(self, name: str, goldens: Sequence[Table[str, Any]]) -> list[dict[str, Any]]:
        """One destination row for each golden customer, with every field of `out: {name: …}`; absent is None.

        Raises MappingError HUB-1216 when there is no such object.
        """
        rules = self._out_of(name)
        scope = Scope([dict(golden) for golden in goldens], range(len(goldens)))
        columns = [_rendered(source, scope) for _, source in rules]
        names = [field for field, _ in rules]
        return (
            [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
            if columns
            else [{} for _ in goldens]
        )

    def out_rule(self, name: str) -> OutRule:
        """What may be done to the rows of an object of `out`. Raises MappingError HUB-1216 when there is no such object."""
        self._out_of(name)
        return self.document.out[name]

    def is_for(self, name: str, goldens: Sequence[Table[str, Any]]) -> list[bool]:
        """Which golden customers an object of `out` is for: those for which its `when` holds.

        Raises MappingError HUB-1216 when there is no such object."""
        self._out_of(name)
        met = [True] * len(goldens)
        scope = Scope([dict(golden) for golden in goldens], range(len(goldens)))
        for condition in self._when[name]:
            values = condition.read(scope, [])
            held = [value is True or (value is not False and holds(value)) for value in values]
            met = [both and one for both, one in zip(met, held, strict=True)]
        return met

    def changed_by(self, name: str, raw: Json) -> str:
        """Who changed a record of an object of `out` last, as the raw record says to its `marker`; empty where it does not."""
        marker = self._markers.get(name)
        if marker is None or not isinstance(raw, dict):
            return ""
        (told,) = marker.read(Scope([raw], range(1)), [])
        return str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""

    def explain(self, stream: str, raw: Json) -> list[RecordTrace]:
        """What one raw record becomes and why, field by field. Raises MappingError HUB-1216."""
        return explain(self._of_stream(stream), raw)

    def identifier_paths(self, stream: str) -> list[tuple[str, str]]:
        """(identifier type, raw path) of everything that feeds an identifier. Raises MappingError HUB-1216."""
        return identifier_paths([compiled.emit for compiled in self._of_stream(stream)])

    def _out_of(self, name: str) -> list[tuple[str, Source]]:
        if name not in self._out:
            raise unknown(f"object {name!r} of `out`", name, self._out, self.document.file, "HUB-1216")
        return self._out[name]

    def _of_stream(self, stream: str) -> list[CompiledEmit]:
        if stream not in self._emits:
            raise unknown(f"stream {stream!r}", stream, self._emits, self.document.file, "HUB-1216")
        return self._emits[stream]


def _run(emits: Sequence[CompiledEmit], raws: Sequence[tuple[int, Json]]) -> Mapped:
    sink = Sink([raw_id for raw_id, _ in raws])
    scope = Scope([raw for _, raw in raws], range(len(raws)))
    objects = [type(raw) is dict for raw in scope.roots]
    if not all(objects):
        for row, fits in enumerate(objects):
            if not fits:
                sink.reject(row, "HUB-3101", "the record is not a JSON object", "$", emits[0].emit.where)
        scope = scope.keep(objects)
    for emit in emits:
        emit.run(scope, sink)
    return sink.result()


def _run_one_by_one(emits: Sequence[CompiledEmit], raws: Sequence[tuple[int, Json]]) -> Mapped:
    """The same, with a reject for each record that breaks the mapping's own code."""
    whole = Mapped()
    for raw_id, raw in raws:
        try:
            part = _run(emits, [(raw_id, raw)])
        except Exception as error:  # noqa: BLE001 - its text may hold the value; its name does not
            message = f"the mapping failed on this record ({type(error).__name__})"
            part = Mapped(rejects=[MapReject(raw_id, "HUB-3190", message, "$", emits[0].emit.where)])
        for name in ("batches", "rejects", "filtered", "mapped", "warnings"):
            getattr(whole, name).extend(getattr(part, name))
    return whole


def _rendered(source: Source, scope: Scope) -> list[Any]:
    return [_plain(value) for value in source.read(scope, [])]


def _plain(value: Any) -> Any:
    """What JSON can hold; blank text is None."""
    if isinstance(value, str):
        return str(value).strip() or None
    if value is None or isinstance(value, int | float | list | dict):
        return value
    return plain_text(value)


def _taken(emit: Emit, out: Table[str, OutRule]) -> Emit:
    """An emit without what the destination's own word is not taken of: fields that only go out."""
    if emit.entity.name != "customer":
        return emit
    rules = [rule for rule in out.values() if rule.of_customers and rule.type == emit.type]
    left = {column for rule in rules for column in rule.out_only}
    fields = tuple(rule for rule in emit.fields if rule.field.name not in left)
    return emit if len(fields) == len(emit.fields) else replace(emit, fields=fields)


def _content_hash(document: Document, defaults: Table[str, str], part: str) -> str:
    out_only = sorted({column for rule in document.out.values() for column in rule.out_only})
    content = {
        "language": LANGUAGE_VERSION,
        part: document.content.get(part),
        "enums": document.content.get("enums"),
        "defaults": dict(defaults),
    }
    if part == "streams" and out_only:
        content["out_only"] = out_only
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _environment(document: Document, defaults: Table[str, str]) -> Environment:
    for name, value in defaults.items():
        if name not in _DEFAULT_CHECKS:
            raise unknown(f"default {name!r}", name, DEFAULTS, document.file, "HUB-1203")
        fits, example = _DEFAULT_CHECKS[name]
        if not fits(value):
            raise MappingError(
                "HUB-1215", f"the default {name!r} is {value!r}", where=document.file, hint=example
            )
    return Environment(
        defaults.get("region"),
        defaults.get("timezone", "UTC"),
        defaults.get("currency"),
        defaults.get("language"),
        document.enums,
    )


def _is_zone(text: str) -> bool:
    try:
        return bool(known_zone(text))
    except ValueError:
        return False


def _is_language(text: str) -> bool:
    try:
        return normalise_language(text) is not None
    except BadValue:
        return False


_DEFAULT_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "region": (known_region, "A country by its two letters: US."),
    "timezone": (_is_zone, "A name of the IANA database: Europe/Berlin."),
    "currency": (CURRENCIES.__contains__, "A code of ISO 4217: USD."),
    "language": (_is_language, "A tag of BCP 47: en."),
}
