"""A store that holds a set's records as source customers, as a sync leaves them before anybody is resolved."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from bench.environments import CACHE
from bench.identity.sets import Set
from hub.canonical.bad_value import BadValue
from hub.canonical.email import normalise_email
from hub.canonical.phone import normalise_phone
from hub.canonical.time import normalise_date, normalise_time, now_text
from hub.models import SourceKey
from hub.store.api import Store, open_store
from hub.sync import derive
from hub.sync.derive import Delta, Insert
from hub.sync.fresh import Fresh

#: Source customers written in one transaction.
PART = 100_000
#: The external type of all of them, and of their addresses.
TYPE = "customer"

#: Columns of a source customer that a set may have, by the columns of a set.
_TEXTS = {
    "given_name": "given_name",
    "family_name": "family_name",
    "full_name": "full_name",
    "gender": "gender",
    "language": "language",
    "country": "country",
    "organization": "organization_name",
}
_PLACE = ("line1", "city", "region", "postal_code", "country")


def stored(which: Set) -> Path:
    """The store's file, written below `.bench/stores` on first use. Copy it before anything is changed in it."""
    path = CACHE / "stores" / f"{which.name}.db"
    ready = path.with_suffix(".ready")
    stamp = (which.folder / ".ready").read_text() + Path(__file__).read_text()
    if not (ready.exists() and ready.read_text() == stamp):
        print(f"writing a store of {which.name} …", file=sys.stderr)
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()
        with open_store(path) as store:
            store.driver.execute("PRAGMA synchronous = OFF")
            fill(store, csv.read_csv(which.records, convert_options=_as_texts(which.records)))
        ready.write_text(stamp)
    return path


def _as_texts(records: Path) -> csv.ConvertOptions:
    with records.open("rb") as file:
        names = csv.read_csv(pa.BufferReader(file.readline() + b"\n")).column_names
    return csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)


def fill(store: Store, records: pa.Table) -> None:
    """Writes records into an empty store: a connection for each source, a customer and perhaps an address for each
    record."""
    for source in sorted(pc.unique(records["source"]).to_pylist()):
        connection = store.connections.connection_id(source, "bench")
        mine = records.filter(pc.equal(records["source"], source))
        for start in range(0, mine.num_rows, PART):
            part = mine.slice(start, PART)
            columns = {name: part[name].to_pylist() for name in part.column_names}
            _write(store, connection, source, columns)


def _write(store: Store, connection: int, source: str, columns: Mapping[str, Sequence[Any]]) -> None:
    now = now_text()
    count = len(columns["record_id"])
    with store.write():
        first = store.driver.next_ids("source_customers", count)
        ids = range(first, first + count)
        people = Delta("customer", [Insert(TYPE, ids, columns["record_id"], ids, 0, customers(columns))])
        derive.apply(store, people, connection, 1, now)
        told = Fresh(people, source).identifiers()
        store.identity.replace_identifiers([], told.rows)
        for plain in told.plain:
            store.identity.add_plain_identifiers(plain.type, plain.ids, plain.values)
        places = addresses(columns)
        if places["line1"]:
            numbers = store.driver.next_ids("addresses", len(places["line1"]))
            taken = range(numbers, numbers + len(places["line1"]))
            keys = places["customer_key"]
            homes = Delta("address", [Insert("address", taken, keys, taken, 0, places)])
            derive.apply(store, homes, connection, 1, now)


def customers(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Columns of source customers out of those of a set, normalised as a mapping does it."""
    found = {ours: list(columns[theirs]) for theirs, ours in _TEXTS.items() if theirs in columns}
    regions = columns.get("country") or [None] * len(columns["record_id"])
    found["email"] = list(map(_of(normalise_email), columns["email"]))
    found["phone"] = list(map(_of(normalise_phone), columns["phone"], regions))
    found["birth_date"] = list(map(_of(normalise_date), columns["birth_date"]))
    found["external_updated_at"] = list(map(_of(normalise_time), columns["updated_at"]))
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def addresses(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Columns of addresses, of the records that have one."""
    chosen = [
        row
        for row, parts in enumerate(zip(*(columns[name] for name in _PLACE[:4]), strict=True))
        if any(parts)
    ]
    found: dict[str, list[Any]] = {name: [columns[name][row] for row in chosen] for name in _PLACE}
    found["customer_key"] = [columns["record_id"][row] for row in chosen]
    found["customer_type"] = [TYPE] * len(chosen)
    return found


def _of(normalise: Callable[..., str | None]) -> Callable[..., str | None]:
    """The same, with None for what is not readable."""

    def read(value: Any, *more: Any) -> str | None:
        if value is None:
            return None
        try:
            return normalise(value, *more)
        except BadValue:
            return None

    return read


def keys(store: Store) -> Iterator[tuple[int, SourceKey]]:
    """Every source customer's number and stable name."""
    rows = store.driver.query(
        "SELECT s.id, c.name, s.external_type, s.external_id FROM source_customers s "
        "JOIN connections c ON c.id = s.connection_id"
    )
    return ((row[0], SourceKey(*row[1:])) for row in rows)
