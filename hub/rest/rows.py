"""A row as the vendor wants to be told of it: the places of a template filled, and the fields that changed in its shape."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.models import Json, WriteRow
from hub.rest.paths import get, put
from hub.rest.template import fill, references, texts
from hub.rest.write_spec import LinkSpec, RowField, RowRequest, UpdateSpec, WriteSpec


class Rows:
    """Fills what the manifest says of one object."""

    def __init__(self, spec: WriteSpec, config: Mapping[str, Json]) -> None:
        self._spec = spec
        self._config = config

    def key(self, row: WriteRow) -> str | None:
        """What the vendor knows the row's record by; None when the row does not say."""
        value = row.fields.get(self._spec.key)
        return None if is_empty(value) else str(value)

    def scope(self, row: WriteRow) -> dict[str, Any]:
        """What a template may name of a row: its fields, and its record's id as a text and as a number."""
        remote_id = row.remote_id
        there = {"remote_id": remote_id, "remote_number": _number(remote_id)}
        told = {
            "row": {**there, **self._made(row), **row.fields},
            "key": self.key(row),
            "changed": self._changed(row.changed),
        }
        return {"config": self._config, **told}

    def batch(self, request: RowRequest) -> int:
        """How many rows such a request carries at most."""
        own = request.batch if isinstance(request, UpdateSpec | LinkSpec) else None
        return own or self._spec.batch

    def shared(self, request: RowRequest, rows: Sequence[WriteRow]) -> dict[str, Any]:
        """What the rest of a request may name: of rows that travel together nothing."""
        return self.scope(rows[0]) if self.batch(request) == 1 else {"config": self._config}

    def body(self, request: RowRequest, rows: Sequence[WriteRow]) -> Json:
        """The body of a request that carries these rows."""
        made = [self._told(request, row) for row in rows]
        content: Json = made[0] if self.batch(request) == 1 else made
        body: dict[str, Any] = fill(copy.deepcopy(request.body), self.shared(request, rows))
        if request.wrap is not None:
            put(body, request.wrap, content)
            return body
        return {**body, **content} if isinstance(content, dict) else content

    def _told(self, request: RowRequest, row: WriteRow) -> Json:
        scope = self.scope(row)
        if request.without:
            left = {name: value for name, value in row.changed.items() if name not in request.without}
            scope["changed"] = self._changed(left)
        if names_whole_row(request.row):
            told = fill(request.row, scope | {"row": dict(row.fields)})
        else:
            told = fill(request.row, scope)
        return {**told, **fill(request.add, scope)} if isinstance(told, dict) and request.add else told

    def _made(self, row: WriteRow) -> dict[str, Json]:
        """What a vendor wants of the row's fields in another form; of an empty field nothing."""
        kinds = ((self._spec.md5, _md5), (self._spec.quoted, _quoted))
        return {
            name: make(str(row.fields[field]))
            for fields, make in kinds
            for name, field in fields.items()
            if not is_empty(row.fields.get(field))
        }

    def _changed(self, changed: Mapping[str, Json]) -> dict[str, Json]:
        told: dict[str, Json] = {}
        for name, value in changed.items():
            if name in self._spec.links:
                continue
            field = self._spec.fields.get(name) or self._spec.fields.get("*", _AS_IT_IS)
            scope = {"config": self._config, "value": value, "number": _number(value)}
            place = str(fill(field.to or name, scope))
            content = field.empty if is_empty(value) else fill(field.value, scope)
            before = get(told, place)
            both = isinstance(before, list) and isinstance(content, list)
            put(told, place, [*before, *content] if both else content)
        return told


_AS_IT_IS = RowField()


def _number(value: Json) -> int | float | None:
    """An id of digits, or an amount, as a number."""
    text = str(value)
    if text.isascii() and text.isdecimal():
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else None


#: No more digits than a number of JSON keeps as they are.
_DECIMAL = re.compile(r"-?(?=[\d.]{1,16}$)\d+(\.\d+)?", re.ASCII)


def _md5(text: str) -> str:
    return hashlib.md5(text.lower().encode(), usedforsecurity=False).hexdigest()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def is_empty(value: Json) -> bool:
    """Whether there is no value."""
    return value is None or value in ("", [], {})


def names_whole_row(template: Json) -> bool:
    """Whether {row} itself stands somewhere in a template."""
    named = [place for _, text in texts(template) for place in references(text)]
    return any(place.scope == "row" and not place.field for place in named)
