"""The Singer protocol: a catalogue with explicit selection, and messages that become pages.

STATE is the state of the whole tap, so it waits for all records before it. ACTIVATE_VERSION says that a full table is
whole; it counts only after the tap has ended well, and only for a stream that was read in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.errors import BadAnswer
from hub.foreign.batch import Batch
from hub.foreign.messages import Message
from hub.foreign.options import StreamOptions
from hub.foreign.streams import Offer, key_text
from hub.models import Json, Page

_METHODS = {"full": "FULL_TABLE", "incremental": "INCREMENTAL", "log": "LOG_BASED"}
#: Set on a record that is gone.
_DELETED = "_sdc_deleted_at"


# --- the catalogue -------------------------------------------------------------------------------------------------------


def offers_of(catalog: Json, where: str) -> list[Offer]:
    """What a tap offers. Raises BadAnswer HUB-4804 when it is no catalogue."""
    streams = catalog.get("streams") if isinstance(catalog, Mapping) else None
    if not isinstance(streams, list) or not all(isinstance(one, Mapping) and _id(one) for one in streams):
        raise BadAnswer("HUB-4804", "what it told of its streams is no catalogue", where=where)
    return [_offer(one) for one in streams if _top(one).get("inclusion") != "unsupported"]


def _offer(entry: Mapping[str, Any]) -> Offer:
    top = _top(entry)
    key = (
        top.get("table-key-properties") or entry.get("key_properties") or top.get("view-key-properties") or ()
    )
    return Offer(
        _id(entry),
        tuple(str(name) for name in key),
        incremental=_method(entry, StreamOptions()) != "FULL_TABLE",
        default=top.get("selected", top.get("selected-by-default", True)) is not False,
        entry=entry,
    )


def selected(
    offers: Sequence[Offer], names: Sequence[str], options: Mapping[str, StreamOptions]
) -> dict[str, Json]:
    """The catalogue to hand to the tap: each stream says of itself whether it is selected."""
    return {
        "streams": [
            _selected(offer.entry or {}, offer.name in names, options.get(offer.name, StreamOptions()))
            for offer in offers
        ]
    }


def methods(catalog: Mapping[str, Any]) -> dict[str, str]:
    """How each selected stream of a catalogue is read."""
    return {
        _id(entry): str(_top(entry).get("replication-method", ""))
        for entry in catalog["streams"]
        if _top(entry).get("selected")
    }


def _selected(entry: Mapping[str, Any], is_wanted: bool, option: StreamOptions) -> dict[str, Json]:
    method = _method(entry, option)
    told: dict[str, Json] = {"selected": is_wanted}
    if is_wanted:
        told["replication-method"] = method
        key = option.cursor or _cursor(entry)
        if key and method == "INCREMENTAL":
            told["replication-key"] = key
    metadata = [one for one in entry.get("metadata") or () if one.get("breadcrumb")]
    fields = [_field(one, is_wanted) for one in metadata]
    made = {**entry, "metadata": [{"breadcrumb": [], "metadata": {**_top(entry), **told}}, *fields]}
    if is_wanted:  # older taps look here
        made["replication_method"] = method
        made |= {"replication_key": told["replication-key"]} if "replication-key" in told else {}
    return made


def _field(one: Mapping[str, Any], is_wanted: bool) -> dict[str, Json]:
    """Every field of a wanted stream, unless the tap itself says that it cannot be had or was left out."""
    metadata = one.get("metadata") or {}
    usable = metadata.get("inclusion") != "unsupported" and metadata.get("selected") is not False
    return {**one, "metadata": {**metadata, "selected": is_wanted and usable}}


def _method(entry: Mapping[str, Any], option: StreamOptions) -> str:
    if option.mode != "auto":
        return _METHODS[option.mode]
    if option.cursor:
        return "INCREMENTAL"
    top = _top(entry)
    told = (
        top.get("forced-replication-method")
        or entry.get("replication_method")
        or top.get("replication-method")
    )
    if told in _METHODS.values() and (told != "INCREMENTAL" or _cursor(entry)):
        return str(told)
    return "INCREMENTAL" if _cursor(entry) else "FULL_TABLE"


def _cursor(entry: Mapping[str, Any]) -> str:
    """The field that the tap itself names; of several that would do, none is guessed."""
    top = _top(entry)
    named = entry.get("replication_key") or top.get("replication-key")
    possible = list(top.get("valid-replication-keys") or ())
    return str(named or (possible[0] if len(possible) == 1 else ""))


def _id(entry: Mapping[str, Any]) -> str:
    return str(entry.get("tap_stream_id") or entry.get("stream") or "")


def _top(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of the stream itself."""
    for one in entry.get("metadata") or ():
        if isinstance(one, Mapping) and not one.get("breadcrumb"):
            return dict(one.get("metadata") or {})
    return {}


# --- messages ----------------------------------------------------------------------------------------------------------


class SingerReader:
    """Messages of one run of a tap, in their order, to pages.

    keys: of the streams that are read, by name. methods: how each is read. given: the state that the tap began with,
    as JSON text. whole: this run sees all there is, so that what is gone can be told."""

    def __init__(
        self,
        keys: Mapping[str, str | tuple[str, ...]],
        methods: Mapping[str, str],
        *,
        names: Mapping[str, str] | None = None,
        given: str = "",
        whole: bool = True,
        where: str = "",
    ) -> None:
        self._keys = keys
        self._methods = methods
        self._names = names or {}
        self._state = given
        self._whole = whole
        self._where = where
        self._any = next(iter(keys))
        #: Version of the last record of each stream; version that was said to be whole.
        self._versions: dict[str, int] = {}
        self._announced: dict[str, int] = {}
        self._unversioned: set[str] = set()
        self.batch = Batch()
        #: Records of streams that nobody asked for.
        self.unasked = 0

    def take(self, message: Message) -> None:
        """One message. Types that are not known are passed over, as the protocol wants it."""
        body = message.body
        match message.type:
            case "RECORD":
                self._record(body)
            case "STATE":
                self._barrier(message.exact("value"))
            case "ACTIVATE_VERSION" if isinstance(body.get("version"), int):
                self._announced[self._name(body)] = body["version"]
            case "BATCH":
                raise BadAnswer(
                    "HUB-4804",
                    "it hands over files instead of records, which was not asked for",
                    where=self._where,
                    hint="Take `batch_config` out of its settings.",
                )

    def finished(self) -> list[Page]:
        """After a good end: full tables are whole, and what was not met in them is gone."""
        for stream, version in self._announced.items():
            is_full = self._methods.get(stream) == "FULL_TABLE"
            # A table of which records came, but none of this version, says nothing about what is gone.
            told = self._versions.get(stream, version) == version and stream not in self._unversioned
            if self._whole and is_full and told and stream in self._keys:
                self.batch.completed(stream, _scan(version))
        return self.batch.pages()

    def _record(self, body: Mapping[str, Any]) -> None:
        stream, record = self._name(body), body.get("record")
        if stream not in self._keys:
            self.unasked += 1
            return
        version = body.get("version")
        version = version if isinstance(version, int) else self._announced.get(stream)
        if version is None:
            self._unversioned.add(stream)
        else:
            self._versions[stream] = version
        scan = _scan(version) if version is not None and self._methods.get(stream) == "FULL_TABLE" else None
        if isinstance(record, dict) and record.get(_DELETED):
            key = key_text(record, self._keys[stream])
            if key is not None:
                self.batch.deleted(stream, key, scan)
                return
        self.batch.record(stream, record, scan)

    def _barrier(self, state: str) -> None:
        if not state:
            raise BadAnswer("HUB-4803", "a state says nothing", where=self._where)
        if state != self._state:  # a tap may begin by repeating what it was given
            self._state = state
            self.batch.connection_state(self._any, {"state": state})

    def _name(self, body: Mapping[str, Any]) -> str:
        name = str(body.get("stream") or "")
        return name if name in self._keys else self._names.get(name, name)


def names_of(offers: Sequence[Offer]) -> dict[str, str]:
    """Messages may call a stream by its name instead of its id: ids by names that only one of them has."""
    found: dict[str, list[str]] = {}
    for offer in offers:
        found.setdefault(str((offer.entry or {}).get("stream") or offer.name), []).append(offer.name)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _scan(version: int) -> str:
    """A version names the full scan it stands for; a table read in several runs keeps it."""
    return f"version {version}"
