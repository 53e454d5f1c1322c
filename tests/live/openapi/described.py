"""What a vendor's OpenAPI document says of requests, and nothing else: whole documents take minutes to be taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_REFERENCE = "#/components/schemas/"


def requests_only(document: dict[str, Any], paths: re.Pattern[str]) -> dict[str, Any]:
    """The document with those paths, whose answers may be anything, and the schemas that their requests name."""
    kept = {path: _without_answers(told) for path, told in document["paths"].items() if paths.match(path)}
    components = document.get("components", {})
    own = {name: told for name, told in components.items() if name not in ("schemas", "responses")}
    return {
        **document, "paths": kept,
        "components": {**own, "schemas": _named_by([kept, own], components.get("schemas", {}))},
    }  # fmt: skip


def _without_answers(path: dict[str, Any]) -> dict[str, Any]:
    anything = {"default": {"description": "anything"}}
    return {
        name: {**told, "responses": anything} if isinstance(told, dict) and "responses" in told else told
        for name, told in path.items()
    }


def _named_by(wanted: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    looking = list(_names(wanted))
    while looking:
        name = looking.pop()
        if name in schemas and name not in found:
            found[name] = schemas[name]
            looking.extend(_names(schemas[name]))
    return found


def _names(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if str(told.get("$ref", "")).startswith(_REFERENCE):
            yield told["$ref"].removeprefix(_REFERENCE)
        told = list(told.values())
    if isinstance(told, list):
        for part in told:
            yield from _names(part)
