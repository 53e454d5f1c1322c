"""As much of JSON Schema as the manifest's schema uses, so that examples can be held against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, Any] = {
    "string": str, "object": dict, "array": list, "boolean": bool, "null": type(None), "integer": int,
    "number": (int, float),
}  # fmt: skip
#: Keywords that say something for people only, or are looked at together with another.
_SILENT = {
    "$schema", "$defs", "title", "description", "default", "discriminator", "properties", "patternProperties",
}  # fmt: skip


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str = "$") -> Iterator[str]:
    """What does not fit. Raises NotImplementedError for a keyword that is not known here."""
    for keyword, wanted in schema.items():
        if keyword in _SILENT:
            continue
        check = _CHECKS.get(keyword)
        if check is None:
            raise NotImplementedError(keyword)
        yield from check(value, wanted, schema, root, place)


def _type(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    is_number = isinstance(value, bool) and wanted in ("integer", "number")
    if not isinstance(value, _TYPES[wanted]) or is_number:
        yield f"{place}: is no {wanted}"
    if isinstance(value, dict):
        for name, below in schema.get("properties", {}).items():
            if name in value:
                yield from faults(value[name], below, root, f"{place}.{name}")
        for pattern, below in schema.get("patternProperties", {}).items():
            for name in value:
                if re.search(pattern, name):
                    yield from faults(value[name], below, root, f"{place}.{name}")


def _required(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{place}: {name} is missing" for name in wanted if name not in value)


def _additional(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name in value:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        if wanted is False:
            yield f"{place}: {name} is unknown"
        elif isinstance(wanted, dict):
            yield from faults(value[name], wanted, root, f"{place}.{name}")


def _any_of(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    if all(list(faults(value, one, root, place)) for one in wanted):
        yield f"{place}: fits none of {len(wanted)}"


def _one_of(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    fitting = [one for one in wanted if not list(faults(value, one, root, place))]
    if len(fitting) != 1:
        yield f"{place}: fits {len(fitting)} of {len(wanted)}"


def _ref(value: Any, wanted: str, schema: Any, root: Any, place: str) -> Iterator[str]:
    yield from faults(value, root["$defs"][wanted.rpartition("/")[2]], root, place)


def _items(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from faults(item, wanted, root, f"{place}[{index}]")


def _tells(words: str, fits: Any) -> Any:
    def check(value: Any, wanted: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
        if not fits(value, wanted):
            yield f"{place}: {words} {wanted}"

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: Mapping[str, Any] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "$ref": _ref,
    "items": _items,
    "enum": _tells("is none of", lambda value, wanted: value in wanted),
    "const": _tells("is not", lambda value, wanted: value == wanted),
    "pattern": _tells("does not match", lambda v, w: not isinstance(v, str) or re.search(w, v) is not None),
    "minLength": _tells("is shorter than", lambda v, w: not isinstance(v, str) or len(v) >= w),
    "minItems": _tells("has fewer than", lambda v, w: not isinstance(v, list) or len(v) >= w),
    "maxItems": _tells("has more than", lambda v, w: not isinstance(v, list) or len(v) <= w),
    "minimum": _tells("is less than", lambda v, w: not _is_number(v) or v >= w),
    "maximum": _tells("is more than", lambda v, w: not _is_number(v) or v <= w),
    "exclusiveMinimum": _tells("is not more than", lambda v, w: not _is_number(v) or v > w),
}
