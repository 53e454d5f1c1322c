"""One measurement of the engine; the last line printed is a JSON object.

python -m bench.identity.engine_run clusters|rebuild|online|change STORE [COUNT|SHARE]
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hub.canonical.schema import ENTITIES
from hub.canonical.time import now_text
from hub.identity import IdentityPolicy
from hub.identity.features import Features
from hub.identity.shipped import shipped
from hub.store.api import Store, open_store
from hub.store.records import Told
from hub.sync import derive
from hub.sync.derive import Delta, Update
from hub.sync.rebuild import Rebuild
from hub.sync.resolve import Resolver
from hub.sync.whole import everybody
from hub.sync.whole_links import Keyed, found, linking

#: Changed records that are resolved in one transaction, as a sync does it.
BATCH = 5_000
_COLUMNS = ENTITIES["customer"].columns
_PLACE = {name: n for n, name in enumerate(_COLUMNS)}


def clusters(store: Store) -> dict[str, Any]:
    """From features in memory to clusters in memory."""
    policy, model = IdentityPolicy(), shipped()
    features = everybody(store, policy).features
    bare = Features(features.count, features.single, features.many)
    nobody = np.zeros((0, 2), np.int32)
    start = time.perf_counter()
    keyed = Keyed.of(bare, policy)
    with linking(model, keyed, policy) as work:
        links = work.results()
    made = found(model, keyed.features, links, policy, nobody, nobody)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "clusters": len(np.unique(made.settled.linked.labels))}


def rebuild(store: Store) -> dict[str, Any]:
    """Everything from the source customers to the customers, in the store."""
    start = time.perf_counter()
    made = Rebuild(store, IdentityPolicy(), lambda: None).run(lambda _: None)
    seconds = time.perf_counter() - start
    store.driver.query("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"seconds": seconds, **made.counts}


def online(store: Store, count: str) -> dict[str, Any]:
    """One changed record after the other; a second time with others, without waiting for the disk."""
    chosen = _chosen(store, 2 * int(count))
    synced = list(_changes(store, chosen[: int(count)], 1))
    store.driver.execute("PRAGMA synchronous = OFF")
    unsynced = list(_changes(store, chosen[int(count) :], 1))
    return {
        "milliseconds": [1000 * seconds for seconds in synced],
        **_percentiles("", synced),
        **_percentiles("_unsynced", unsynced),
    }


def change(store: Store, share: str) -> dict[str, Any]:
    """A share of all records, in batches."""
    count = round(float(share) * store.driver.query("SELECT count(*) FROM source_customers")[0][0])
    chosen = _chosen(store, count)
    return {"seconds": sum(_changes(store, chosen, BATCH)), "records": count}


def _percentiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    settled = np.array(seconds[5:]) * 1000
    return {f"p{share}{name}_ms": float(np.percentile(settled, share)) for share in (50, 99)}


def _chosen(store: Store, count: int) -> list[int]:
    ids = np.array(store.identity.all_sources())
    picked: list[int] = np.random.default_rng(1).choice(ids, count, replace=False).tolist()
    return picked


def _changes(store: Store, ids: Sequence[int], batch: int) -> Iterator[float]:
    """Seconds of each transaction in which source customers of one connection change."""
    resolver = Resolver(store, IdentityPolicy())
    places = store.records.places(ids)
    by_connection: dict[int, list[int]] = {}
    for number, id_ in enumerate(ids):
        # One by one they come mixed; in batches those of a connection come together.
        by_connection.setdefault(places[id_][0] if batch > 1 else number, []).append(id_)
    gc.disable()  # as a sync does for a batch
    for mine in by_connection.values():
        for start in range(0, len(mine), batch):
            part = mine[start : start + batch]
            delta = _delta(store, part, start)
            connection = places[part[0]][0]
            began = time.perf_counter()
            resolution = resolver.resolve(delta, connection)
            now = now_text()
            with store.write():
                derive.apply(store, delta, connection, 1, now)
                resolver.apply(resolution, None, now)
            resolver.committed()
            yield time.perf_counter() - began
        gc.collect()


def _delta(store: Store, ids: Sequence[int], salt: int) -> Delta:
    """Each of these with another address, number, given name or family name, in turn."""
    places, rows = store.records.places(ids), store.records.fields("customer", ids)
    delta = Delta("customer")
    for number, id_ in enumerate(ids, salt):
        before = rows[id_]
        fields = list(before)
        match (id_ + number) % 4:
            case 0:
                fields[_PLACE["email"]] = f"changed.{id_}@example.org"
            case 1:
                fields[_PLACE["phone"]] = f"+1202555{id_ % 10_000:04d}"
            case 2:
                fields[_PLACE["given_name"]] = "Robin"
            case _:
                fields[_PLACE["family_name"]] = f"{fields[_PLACE['family_name']] or 'Lee'}s"
        _, type_, key = places[id_]
        told = {name: value for name, value in zip(_COLUMNS, fields, strict=True) if value is not None}
        delta.updates.append(Update(id_, (type_, key), Told(id_, 0, told), 1, tuple(fields), before))
    return delta


_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "clusters": clusters,
    "rebuild": rebuild,
    "online": online,
    "change": change,
}


def main(task: str, path: str, *more: str) -> None:
    with open_store(Path(path)) as store:
        print(json.dumps(_TASKS[task](store, *more)))


if __name__ == "__main__":
    main(*sys.argv[1:])
