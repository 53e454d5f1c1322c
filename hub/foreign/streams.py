"""The streams of a foreign connector: what it offers, and what of it a person wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.contract import Stream
from hub.errors import ConfigError
from hub.foreign.options import StreamOptions
from hub.models import Json


@dataclass(frozen=True, slots=True)
class Offer:
    """One stream that a connector offers."""

    name: str
    #: Field(s) of its key, a dot between names that are inside one another; empty when it tells none.
    key: tuple[str, ...]
    #: Whether it can tell what changed.
    incremental: bool
    #: Whether it comes without being asked for.
    default: bool = True
    #: The catalogue's own entry.
    entry: Mapping[str, Json] | None = None


def wanted(
    offers: Sequence[Offer] | None, options: Mapping[str, StreamOptions], *, where: str
) -> tuple[Stream, ...]:
    """The streams to read, as the engine knows them. offers: None when the connector was never asked.

    Raises ConfigError: HUB-4805 it was never asked, HUB-4806 no such stream, HUB-4807 no key."""
    known = {offer.name: offer for offer in offers or ()}
    if offers is None and not (options and all(one.key for one in options.values())):
        raise ConfigError(
            "HUB-4805",
            "it is not known yet what there is to read",
            where=where,
            hint="Run `hub connect test` once: it asks the connector, and remembers.",
        )
    names = list(options) or [offer.name for offer in known.values() if offer.default]
    return tuple(_stream(name, known, offers is not None, options, where) for name in names)


def _stream(
    name: str,
    known: Mapping[str, Offer],
    asked: bool,
    options: Mapping[str, StreamOptions],
    where: str,
) -> Stream:
    option = options.get(name, StreamOptions())
    offer = known.get(name)
    if offer is None and asked:
        raise ConfigError(
            "HUB-4806", f"it has no stream {name!r}", where=where, hint=f"It has: {_listed(sorted(known))}."
        )
    key = option.key or (offer.key if offer else ())
    if not key:
        raise ConfigError(
            "HUB-4807",
            f"nothing says which field names a record of {name!r}",
            where=where,
            hint=f"Write it below `streams`: {{{name}: id}}; or leave the stream out by listing the others.",
        )
    return Stream(
        name,
        entity=option.entity or "customer",
        key=key[0] if len(key) == 1 else tuple(key),
        deletes="full_scan" if offer and not offer.incremental else "tombstone",
        description="what changed" if offer and offer.incremental else "everything with every run",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown or "none at all"


def key_text(record: Json, key: str | tuple[str, ...]) -> str | None:
    """The key of a record as the engine writes it; None when it has none."""
    parts = [_at(record, name.split(".")) for name in ((key,) if isinstance(key, str) else key)]
    texts = [
        str(part).strip() if isinstance(part, str | int) and not isinstance(part, bool) else ""
        for part in parts
    ]
    return ":".join(texts) if all(texts) else None


def _at(record: Json, path: Sequence[str]) -> Json:
    for name in path:
        record = record.get(name) if isinstance(record, Mapping) else None
    return record
