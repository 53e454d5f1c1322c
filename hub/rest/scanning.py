"""All records of one object, as the vendor lists them: for comparing what is there with what we know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from hub.errors import BadAnswer, SkipStream
from hub.models import Found, Json
from hub.rest.answers import ErrorRule
from hub.rest.manifest import Deletes, StreamSpec
from hub.rest.paths import field_reader
from hub.rest.reading import Reading, Wish
from hub.rest.scan_spec import ScanSpec
from hub.rest.session import Session
from hub.rest.streams import RestStream
from hub.rest.template import fill


class Scanning:
    """Lists the records of one object as a manifest says."""

    def __init__(
        self,
        object_: str,
        spec: ScanSpec,
        streams: Mapping[str, StreamSpec],
        config: Mapping[str, Json],
        errors: Sequence[ErrorRule] = (),
    ) -> None:
        """streams: of the manifest; errors: the connection's rules."""
        self._spec = spec
        self._object = object_
        listed = _stream(spec, streams)
        self._stream = RestStream(spec.stream or f"{object_} (all)", listed, config, errors, "")
        self._id = field_reader(spec.id)
        places = fill(spec.fields, {"config": config})
        self._fields = {name: field_reader(str(path)) for name, path in places.items()}

    def batches(self, session: Session, until: datetime, where: str) -> Iterator[Sequence[Found]]:
        """Every record, a page of the vendor's at a time.

        Raises BadAnswer HUB-4646 where the manifest's own rules leave something out, so that absence would say
        nothing, and what reading a stream raises."""
        complete = False
        why = "a part of them is left out"
        try:
            for step in Reading(self._stream, session, where).steps({}, Wish(until, full=True)):
                complete = step.complete
                yield [self._found(row) for row in step.rows if self._id(row) is not None]
        except SkipStream as skipped:
            why = skipped.reason
        if not complete:
            raise BadAnswer("HUB-4646", f"{self._object} cannot be listed whole: {why}", where=where)

    def _found(self, row: Json) -> Found:
        return Found(str(self._id(row)), {name: read(row) for name, read in self._fields.items()})


def _stream(spec: ScanSpec, streams: Mapping[str, StreamSpec]) -> StreamSpec:
    """The list as a stream, from the beginning of time wherever a setting makes a stream begin."""
    if spec.stream is None:
        assert spec.path is not None, "the manifest was checked"
        assert spec.records is not None, "the manifest was checked"
        assert spec.paginate is not None, "the manifest was checked"
        return StreamSpec(
            path=spec.path,
            key=spec.id,
            records=spec.records,
            paginate=spec.paginate,
            deletes=Deletes(method="full_scan"),
            method=spec.method,
            params=spec.params,
            body=spec.body,
        )
    stream = streams[spec.stream]
    cursor = stream.cursor
    if cursor is not None and cursor.start is not None and "{" in cursor.start:
        cursor = cursor.model_copy(update={"start": _EPOCH})
    told = {
        "params": {**stream.params, **spec.params},
        "cursor": cursor,
        # Records that say that they are gone are left out as they are there; all others have to come.
        "deletes": stream.deletes.model_copy(update={"method": "full_scan"}),
        "when": None,
    }
    return stream.model_copy(update=told)


#: Before any vendor's first record.
_EPOCH = "1990-01-01"
