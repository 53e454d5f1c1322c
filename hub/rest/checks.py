"""Whether the parts of a manifest fit together: places in texts, parents, cursors, deletes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hub.canonical.schema import ENTITIES
from hub.errors import ConfigError
from hub.models import Json
from hub.rest.manifest import Manifest, StreamSpec
from hub.rest.paginate import CursorPages, JsonLink
from hub.rest.scan_spec import ScanSpec
from hub.rest.template import Reference, lone_brace, references, texts
from hub.rest.write_spec import RowRequest, WriteSpec
from hub.settings.model import choices

Trail = tuple[str | int, ...]
Where = Callable[[Sequence[str | int]], str]

#: Where templates may stand, and the scopes that they may name there besides the settings.
_CLIENT = ("base_url", "auth", "headers", "params", "limits")
_STREAM = ("path", "params", "headers", "body", "add", "when")
_REQUEST = ("path", "params", "headers", "row", "add", "body", "results")
_RESERVED = ("config", "cursor", "row", "key", "changed", "value", "request", "event")


def check(manifest: Manifest, data: Mapping[str, Json], where: Where) -> dict[str, str]:
    """The parent of each child stream. Raises ConfigError HUB-4601 to 4606 with the place.

    data: the manifest as plain data, defaults put in. where: tells the place of a path.
    """
    return _Checks(manifest, data, where).run()


class _Checks:
    def __init__(self, manifest: Manifest, data: Mapping[str, Json], where: Where) -> None:
        self._manifest = manifest
        self._data = data
        self._where = where

    def run(self) -> dict[str, str]:
        manifest = self._manifest
        if not manifest.streams and not manifest.write:
            raise self._fault("HUB-4604", ("name",), "the manifest has neither `streams` nor `write`")
        self._texts(("client",), _CLIENT, ("request",))
        self._texts(("check",), ("path", "params", "body"), ())
        for name in manifest.write:
            self._write_texts(name)
        self._webhook()
        named = {name: self._stream_texts(name) for name in manifest.streams}
        parents = self._parents(named)
        for name, stream in manifest.streams.items():
            for trail, problem in _misfits(stream, name in parents):
                raise self._fault("HUB-4604", ("streams", name, *trail), problem)
            self._child(name, stream, parents)
            if stream.hidden and name not in parents.values():
                problem = f"{name} is hidden, and no stream belongs to it: nobody would read it"
                raise self._fault("HUB-4604", ("streams", name, "hidden"), problem)
        for name, write in manifest.write.items():
            for trail, problem in _write_misfits(write):
                raise self._fault("HUB-4604", ("write", name, *trail), problem)
            if write.scan is not None:
                self._scan(("write", name, "scan"), write.scan, parents)
        return parents

    def _fault(self, code: str, trail: Sequence[str | int], problem: str, hint: str = "") -> ConfigError:
        return ConfigError(code, problem, where=self._where(trail), hint=hint)

    # --- places in texts -----------------------------------------------------------------------------------------

    def _at(self, trail: Trail) -> Json:
        here: Json = self._data
        for step in trail:
            here = here.get(step) if isinstance(here, Mapping) else None
        return here

    def _write_texts(self, name: str) -> None:
        above, scopes = ("write", name), ("row", "key", "changed")
        self._texts(above, (*_REQUEST, "delete", "archive", "lookup"), scopes)
        self._texts((*above, "update"), _REQUEST, scopes)
        self._texts(above, ("fields",), ("value", "number"))
        for field in self._manifest.write[name].links:
            self._texts((*above, "links", field), _REQUEST, scopes)
        self._texts((*above, "scan"), ("path", "params", "body", "fields"), ())
        self._texts((*above, "scan", "paginate"), ("size",), ())

    def _scan(self, above: Trail, scan: ScanSpec, parents: Mapping[str, str]) -> None:
        streams = self._manifest.streams
        if scan.stream is None:
            in_body = scan.paginate is not None and scan.paginate.in_ == "body"
            if scan.method == "GET" and scan.body is not None:
                raise self._fault("HUB-4604", (*above, "body"), "a body needs `method: POST`")
            if scan.body is None and in_body:
                raise self._fault("HUB-4604", (*above, "paginate"), "`in: body` needs a `body`, at least {}")
        elif scan.stream not in streams:
            hint = choices(scan.stream, tuple(streams))
            raise self._fault("HUB-4604", (*above, "stream"), f"there is no stream {scan.stream!r}", hint)
        elif scan.stream in parents or _keeps(streams[scan.stream]):
            problem = f"{scan.stream} is no list of all: it belongs to another stream, or tells changes only"
            raise self._fault("HUB-4604", (*above, "stream"), problem)

    def _texts(self, above: Trail, keys: Sequence[str], scopes: Sequence[str]) -> set[str]:
        """Checks the texts below some keys; the scopes that they name."""
        named: set[str] = set()
        found = self._at(above)
        if isinstance(found, str):  # `check: /me`
            found, keys = {"": found}, ("",)
        for key in keys if isinstance(found, Mapping) else ():
            for trail, text in texts(found.get(key), (*above, key)):
                self._braces(trail, text)
                for place in references(text):
                    self._reference(trail, place, scopes)
                    named.add(place.scope)
        return named

    def _braces(self, trail: Trail, text: str) -> None:
        # A body may hold a query language that has braces of its own.
        if "body" not in trail and lone_brace(text):
            hint = "A place is written {config.field}, {stream.field} or {cursor.since}."
            raise self._fault("HUB-4602", trail, f"{text!r} has braces that are no place", hint)

    def _reference(self, trail: Trail, place: Reference, scopes: Sequence[str]) -> None:
        known = ("config", *scopes)
        if place.scope not in known:
            problem = f"{{{place.scope}.{place.field}}} names nothing that is known here"
            raise self._fault("HUB-4601", trail, problem, choices(place.scope, known))
        if place.scope == "cursor" and place.field not in ("since", "until"):
            hint = choices(place.field, ("since", "until"))
            raise self._fault("HUB-4601", trail, f"there is no {{cursor.{place.field}}}", hint)
        if place.scope == "config":
            self._setting(trail, place)

    def _setting(self, trail: Trail, place: Reference) -> None:
        fields = self._manifest.config
        field = fields.get(place.field)
        if field is None and place.field != "base_url":
            hint = choices(place.field, fields)
            raise self._fault("HUB-4601", trail, f"there is no setting {{config.{place.field}}}", hint)
        if field is not None and field.may_be_absent and not place.alone:
            problem = f"{{config.{place.field}}} may be absent and stands inside a text"
            raise self._fault(
                "HUB-4605", trail, problem, "Give the setting a default, or do not make it optional."
            )

    def _webhook(self) -> None:
        webhook = self._manifest.webhook
        if webhook is None:
            return
        self._texts(("webhook",), ("signature", "token", "pings"), ())
        for number, event in enumerate(webhook.events):
            trail: Trail = ("webhook", "events", number)
            if event.stream not in self._manifest.streams:
                hint = choices(event.stream, tuple(self._manifest.streams))
                raise self._fault(
                    "HUB-4604", (*trail, "stream"), f"there is no stream {event.stream!r}", hint
                )
            if self._manifest.streams[event.stream].hidden:
                problem = f"{event.stream} is hidden: nothing of it lands"
                raise self._fault("HUB-4604", (*trail, "stream"), problem)
            for place in references(event.fetch or ""):
                self._reference((*trail, "fetch"), place, ("event",))
            named = [*texts(event.body or {}, (*trail, "body")), *texts(event.parents, (*trail, "parents"))]
            for below, text in named:
                for place in references(text):
                    self._reference(below, place, ("event",))

    def _stream_texts(self, name: str) -> set[str]:
        """Checks the texts of a stream; the other streams that they name."""
        above: Trail = ("streams", name)
        stream = self._manifest.streams[name]
        if name in _RESERVED:
            raise self._fault(
                "HUB-4604", above, f"a stream cannot be called {name!r}: the word has a meaning"
            )
        if stream.entity and stream.entity not in ENTITIES:
            hint = choices(stream.entity, tuple(ENTITIES))
            raise self._fault("HUB-4604", (*above, "entity"), f"there is no entity {stream.entity!r}", hint)
        scopes = (*self._manifest.streams, *(("cursor",) if stream.cursor else ()))
        named = self._texts(above, _STREAM, scopes)
        named |= self._texts((*above, "cursor"), ("start", "cap"), ()) | self._texts(
            (*above, "paginate"), ("size",), ()
        )
        return named - {"config", "cursor"}

    # --- parents -------------------------------------------------------------------------------------------------

    def _parents(self, named: Mapping[str, set[str]]) -> dict[str, str]:
        """The nearest parent of each stream that names others. Raises ConfigError HUB-4603 for a circle."""
        above = {name: self._ancestors(name, named) for name in named}
        parents: dict[str, str] = {}
        for name, others in named.items():
            if not others:
                continue
            nearest = [one for one in others if others - {one} <= above[one]]
            if not nearest:
                problem = (
                    f"{name} belongs to {' and '.join(sorted(others))}, which do not belong to each other"
                )
                raise self._fault("HUB-4603", ("streams", name, "path"), problem)
            parents[name] = nearest[0]
        return parents

    def _ancestors(self, name: str, named: Mapping[str, set[str]]) -> set[str]:
        found: set[str] = set()
        ahead = set(named[name])
        while ahead:
            if name in ahead:
                problem = f"{name} belongs to itself, over {', '.join(sorted(found | ahead))}"
                hint = "Streams that name each other have no beginning: take one of the places out."
                raise self._fault("HUB-4603", ("streams", name, "path"), problem, hint)
            found |= ahead
            ahead = {other for one in ahead for other in named[one]} - found
        return found

    def _child(self, name: str, stream: StreamSpec, parents: Mapping[str, str]) -> None:
        if stream.parents is None:
            return
        trail: Trail = ("streams", name, "parents")
        if name not in parents:
            raise self._fault(
                "HUB-4604", trail, "`parents` without a parent: no {stream.field} is in its path"
            )
        if stream.parents.visit == "all":
            return
        parent = self._manifest.streams[parents[name]]
        if parent.cursor is None and not _keeps(parent):
            raise self._fault(
                "HUB-4604", trail, f"{parents[name]} cannot tell what changed: it has no cursor"
            )
        if stream.cursor is not None or stream.deletes.method == "full_scan":
            problem = (
                "only changed parents are visited, so neither `cursor` nor `full_scan` would see the others"
            )
            raise self._fault("HUB-4604", trail, problem)


def _write_misfits(write: WriteSpec) -> Iterator[tuple[Trail, str]]:
    """What does not go together in writing."""
    yield from _request_misfits(write, write.batch)
    if write.update is not None:
        for trail, problem in _request_misfits(write.update, write.update.batch or write.batch):
            yield ("update", *trail), problem
    for name, link in write.links.items():
        for trail, problem in _request_misfits(link, link.batch):
            yield ("links", name, *trail), problem
    if write.idempotency_header and not write.idempotent:
        yield ("idempotent",), "with an idempotency_header sending twice does no harm: say `idempotent: true`"
    if write.look_first and write.lookup is None:
        yield ("look_first",), "`look_first` needs `lookup`: how is it found?"


def _request_misfits(request: RowRequest, batch: int) -> Iterator[tuple[Trail, str]]:
    if batch > 1 and any(place.scope == "row" for place in references(request.path)):
        yield ("path",), "a path that names a row needs `batch: 1`"
    if batch > 1 and (request.id is not None):
        yield ("id",), "`id` is for `batch: 1`; the results of a batch have theirs in `results`"
    results = request.results
    if results is None:
        return
    if results.match == "key" and results.key is None:
        yield ("results",), "`match: key` needs `key`, a field of a result"
    if results.match == "position" and results.errors is not None:
        yield ("results", "errors"), "a list of errors goes with `match: key`"
    if results.status is None and results.code is None and results.errors is None:
        yield ("results",), "results need `status` with `ok`, or `code`, or `errors`: how did it go?"
    if results.status is not None and not results.ok:
        yield ("results",), "`status` needs `ok`: which words mean that a row was taken?"


def _keeps(stream: StreamSpec) -> bool:
    return isinstance(stream.paginate, CursorPages | JsonLink) and stream.paginate.keep is not None


def _misfits(stream: StreamSpec, is_child: bool) -> Iterator[tuple[Trail, str]]:
    """What does not go together within one stream."""
    yield from _cursor_misfits(stream)
    deletes = stream.deletes
    is_incremental = stream.cursor is not None or _keeps(stream)
    if (deletes.method == "tombstone") != (deletes.field is not None):
        yield ("deletes",), "`field` goes with `method: tombstone`: which field says that a record is gone?"
    if deletes.method == "full_scan" and is_incremental and deletes.every is None:
        yield ("deletes",), "a full_scan beside a cursor needs `every`: how often is everything read?"
    if deletes.every is not None and not (deletes.method == "full_scan" and is_incremental):
        yield (
            ("deletes", "every"),
            "`every` goes with full_scan and a cursor: else everything is read each time",
        )
    if stream.method == "GET" and stream.body is not None:
        yield ("body",), "a body needs `method: POST`"
    if stream.body is None and stream.paginate.in_ == "body":
        yield ("paginate",), "`in: body` needs a `body`, at least {}"
    if is_child and _keeps(stream):
        yield ("paginate",), "a list for each parent cannot `keep` a cursor"


def _cursor_misfits(stream: StreamSpec) -> Iterator[tuple[Trail, str]]:
    cursor = stream.cursor
    if cursor is None:
        return
    if _keeps(stream):
        yield ("cursor",), "`cursor` and `paginate: keep` both tell what changed: take one"
    said = [
        place
        for _, text in texts([stream.path, stream.params, stream.headers, stream.body])
        for place in references(text)
    ]
    told = {place.field for place in said if place.scope == "cursor"}
    if cursor.send.since is None and "since" not in told:
        yield (
            ("cursor",),
            "the vendor is not told since when: `send: {since: …}`, or {cursor.since} in params, headers or body",
        )
    has_until = cursor.send.until is not None or "until" in told
    if not has_until and (cursor.window or (cursor.cap and cursor.order == "unknown")):
        yield ("cursor",), "`window` and `cap` need an upper bound: `send: {until: …}`, or {cursor.until}"
    if cursor.in_ == "body" and stream.body is None:
        yield ("cursor",), "`in: body` needs a `body`, at least {}"
    inside = [
        place for place in said if place.scope == "cursor" and place.field == "since" and not place.alone
    ]
    if inside and cursor.start is None:
        yield (
            ("cursor",),
            "{cursor.since} stands inside a text, so `start` must say what stands there at first",
        )
    if stream.append_only and stream.deletes.method == "tombstone":
        yield ("append_only",), "records that never change cannot say that they are gone"
