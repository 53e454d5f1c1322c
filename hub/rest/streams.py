"""A stream of a connection: its part of the manifest with the settings filled in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.contract import Cursor, JsonAnswer, Stream
from hub.errors import ConfigError
from hub.models import Json
from hub.rest.answers import ErrorRule, Rules
from hub.rest.manifest import StreamSpec
from hub.rest.paginate import CursorPages, JsonLink, Paginator, Token
from hub.rest.paths import field_reader, key_reader, put
from hub.rest.requests import Request
from hub.rest.template import Scope, fill
from hub.rest.values import start_of


class RestStream:
    """One kind of record, ready to be asked for."""

    def __init__(
        self,
        name: str,
        spec: StreamSpec,
        config: Mapping[str, Json],
        errors: Sequence[ErrorRule],
        parent: str,
    ) -> None:
        self.name = name
        self.spec = spec = _with_cap(spec, config)
        #: The stream whose records it belongs to; empty for none.
        self.parent = parent
        self._config = config
        self.rules = Rules(spec.errors, errors)
        self.key_of: Callable[[Json], str | None] = key_reader(spec.key)
        self.paginator = _filled(spec.paginate, config)
        self.cap = _cap_of(spec)
        self._cursor_value = field_reader(spec.cursor.field) if spec.cursor else None
        self._is_gone = _tombstone(spec)

    @property
    def visits_all(self) -> bool:
        """Whether each reading follows every parent."""
        return self.spec.parents is None or self.spec.parents.visit == "all"

    @property
    def keeps(self) -> bool:
        """Whether the vendor gives something that the next run begins with."""
        return isinstance(self.paginator, CursorPages | JsonLink) and self.paginator.keep is not None

    @property
    def is_incremental(self) -> bool:
        """Whether it can tell what changed."""
        return self.spec.cursor is not None or self.keeps

    @property
    def is_open(self) -> bool:
        """Whether the settings ask for it."""
        return self.spec.when is None or bool(fill(self.spec.when, {"config": self._config}))

    def start(self) -> datetime | None:
        """Where the first reading begins. Raises ConfigError HUB-4607."""
        cursor = self.spec.cursor
        said = fill(cursor.start, {"config": self._config}) if cursor and cursor.start else None
        return None if said in (None, "") else start_of(said)

    @property
    def may_scan(self) -> bool:
        """Whether a complete reading is evidence for what is gone: not where a person may have moved its beginning."""
        cursor = self.spec.cursor
        moved = bool(cursor and cursor.start and "{" in cursor.start) and self.start() is not None
        return self.spec.deletes.method == "full_scan" and not moved

    def cursor_values(self, rows: Sequence[Json]) -> list[Json]:
        """The cursor's field of each row."""
        value_of = self._cursor_value
        return [] if value_of is None else [value_of(row) for row in rows]

    def kept(self, answer: JsonAnswer, url: str) -> Token | None:
        """What the next run begins with, if this answer has it."""
        return (
            self.paginator.kept(answer, url) if isinstance(self.paginator, CursorPages | JsonLink) else None
        )

    def request(self, scope: Scope, since: datetime | None, until: datetime | None) -> Request:
        """What to ask for, but for the page. Raises Unfilled when a parent lacks a field that the address needs."""
        spec = self.spec
        bounds = {"since": _said(spec, since), "until": _said(spec, until)}
        scope = {**scope, "config": self._config, "cursor": bounds}
        params: dict[str, Json] = fill(spec.params, scope)
        body: dict[str, Any] | None = None if spec.body is None else fill(copy.deepcopy(spec.body), scope)
        self._bound(params, body, bounds)
        paginator = self.paginator
        if paginator.send_size and paginator.size is not None:
            _put(params, body, paginator.in_, paginator.send_size, paginator.size)
        headers = {name: str(text) for name, text in fill(spec.headers, scope).items() if text is not None}
        url = fill(spec.path, scope, in_path=True)
        return Request(spec.method, url, params, headers, body, paginator.in_)

    def _bound(
        self, params: dict[str, Json], body: dict[str, Any] | None, bounds: Mapping[str, str | int | None]
    ) -> None:
        cursor = self.spec.cursor
        if cursor is None:
            return
        for name, where in (("since", cursor.send.since), ("until", cursor.send.until)):
            if where is not None and bounds[name] is not None:
                _put(params, body, cursor.in_, where, bounds[name])

    def split(self, rows: Sequence[Json], scope: Scope) -> tuple[Sequence[Json], tuple[str, ...]]:
        """Live records, with what the manifest adds to them, and the keys of those that say they are gone."""
        deleted: list[str] = []
        if self._is_gone is not None:
            marks = [self._is_gone(row) for row in rows]
            if any(marks):
                gone = [self.key_of(row) for row, mark in zip(rows, marks, strict=True) if mark]
                deleted = [key for key in gone if key is not None]
                rows = [
                    row for row, mark in zip(rows, marks, strict=True) if not mark or self.key_of(row) is None
                ]
        if self.spec.add:
            extra = fill(self.spec.add, {**scope, "config": self._config})
            for row in rows:
                if isinstance(row, dict):
                    row.update(extra)
        return rows, tuple(deleted)

    def add_beside(self, rows: Sequence[Json], answer: JsonAnswer) -> None:
        """Adds to each record what the manifest takes for it from elsewhere in its answer."""
        found = {name: place.of(answer) for name, place in self.spec.beside.items()}
        for row in rows if found else ():
            if isinstance(row, dict):
                row.update(found)

    def told(self) -> Stream:
        """The stream as the engine knows it."""
        spec = self.spec
        cursor = None
        if spec.cursor is not None:
            overlap = int(spec.cursor.overlap.total_seconds())
            cursor = Cursor(spec.cursor.field, spec.cursor.order, overlap)
        return Stream(
            self.name,
            entity=spec.entity,
            key=spec.key,
            cursor=cursor,
            deletes=spec.deletes.method,
            append_only=spec.append_only,
            description=spec.description,
        )


def _said(spec: StreamSpec, moment: datetime | None) -> str | int | None:
    return spec.cursor.said(moment) if spec.cursor else None


def _put(params: dict[str, Json], body: dict[str, Any] | None, where: str, name: str, value: Json) -> None:
    if where == "query":
        params[name] = value
    elif body is not None:
        put(body, name, value)


def _filled(paginator: Paginator, config: Mapping[str, Json]) -> Paginator:
    """The paginator with its page size taken from the settings. Raises ConfigError HUB-4607."""
    return paginator.model_copy(update={"size": _whole(paginator.size, config, "page size")})


def _with_cap(spec: StreamSpec, config: Mapping[str, Json]) -> StreamSpec:
    """The stream with its cursor's cap taken from the settings. Raises ConfigError HUB-4607."""
    if spec.cursor is None or not isinstance(spec.cursor.cap, str):
        return spec
    cursor = spec.cursor.model_copy(update={"cap": _whole(spec.cursor.cap, config, "number of rows")})
    return spec.model_copy(update={"cursor": cursor})


def _cap_of(spec: StreamSpec) -> int | None:
    cap = spec.cursor.cap if spec.cursor else None
    return cap if isinstance(cap, int) else spec.paginate.cap


def _whole(value: int | str | None, config: Mapping[str, Json], what: str) -> int | None:
    """A whole number that the settings may hold. Raises ConfigError HUB-4607."""
    number = fill(value, {"config": config})
    if number is None or isinstance(number, int):
        return number
    if not str(number).isdecimal():
        raise ConfigError("HUB-4607", f"{number!r} is no {what}")
    return int(number)


def _tombstone(spec: StreamSpec) -> Callable[[Json], bool] | None:
    """Tells whether a record says of itself that it is gone."""
    deletes = spec.deletes
    if deletes.field is None:
        return None
    value_of = field_reader(deletes.field)
    if deletes.is_ is None:
        return lambda row: value_of(row) not in (None, False, "", 0, "false")
    words = deletes.is_ if isinstance(deletes.is_, tuple) else (deletes.is_,)
    return lambda row: value_of(row) in words
