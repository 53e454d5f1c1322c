"""Pushing, on this machine: `make bench-push`; writes bench/results/push.json.

    python -m bench.push [--customers 1000000] [--deliveries 100000] [--per-second 19]

Planning: what a change of one customer in a hundred means for a destination that holds them all. Delivering: so many rows
to the fake CRM in another process, as fast as it lets, against the time that its limit alone would take. The limit is
that of HubSpot: 190 requests in ten seconds, a hundred rows each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.push.connector import BATCH, MAPPING, Crm
from hub.canonical.ids import new_ids
from hub.canonical.time import now_text
from hub.models import RunKind
from hub.plugins import Plugins
from hub.settings import load
from hub.store.api import Store, open_store
from hub.sync import outbox
from hub.sync.engine import Engine, SyncOptions
from hub.sync.push import PushOptions

RESULT = Path(__file__).parents[1] / "results" / "push.json"


def filled(store: Store, count: int) -> list[str]:
    """Invented customers; their ids."""
    ids = new_ids(count)
    rows = (
        (
            id_,
            "active",
            now_text(),
            now_text(),
            f"Ada Example {number}",
            f"p{number}@example.com",
            f"+12025550{number % 1000:03}",
        )
        for number, id_ in enumerate(ids)
    )
    names = ("id", "status", "created_at", "updated_at", "full_name", "email", "phone")
    store.driver.insert("customers", names, rows)
    return ids


@contextmanager
def project(url: str = "http://127.0.0.1:9", per_second: int = 50) -> Iterator[Engine]:
    """A project that pushes to the CRM."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        (folder / "mappings").mkdir()
        (folder / "mappings" / "crm.yaml").write_text(MAPPING)
        config = f"{{url: '{url}', per_second: {per_second}}}"
        (folder / "hub.yaml").write_text(f"connections:\n  crm: {{connector: crm, config: {config}}}\n")
        settings = load(folder)
        with Engine(settings, Plugins(connectors={"crm": Crm}), open_store(settings.store_path)) as engine:
            yield engine


def planning(count: int) -> dict[str, Any]:
    """{customers, changed, seconds}: from changed golden records to committed deliveries."""
    with project() as engine:
        store = engine.store
        ids = filled(store, count)
        (destination,) = engine.destinations()
        outbox.catch_up(store, destination, now_text())
        taken = (
            "SELECT connection_id, object, customer_id, hash, fields, 'sent', updated_at FROM outbox "
            "ORDER BY connection_id, object, customer_id"
        )
        with store.write():
            store.driver.execute(
                "INSERT INTO push_state (connection_id, object, customer_id, sent_hash, sent_fields, state, updated_at) "
                + taken
            )
            store.driver.execute("UPDATE outbox SET status = 'sent'")
        changed = ids[::100]
        with store.write():
            store.driver.executemany(
                "UPDATE customers SET full_name = full_name || ' Jr' WHERE id = ?",
                [(id_,) for id_ in changed],
            )
        start = time.perf_counter()
        with store.write():
            outbox.plan_changes(store, [destination], changed, [], now_text())
        seconds = time.perf_counter() - start
        ((planned,),) = store.driver.query("SELECT count(*) FROM outbox WHERE status = 'pending'")
    if planned != len(changed):
        raise SystemExit(f"{planned} deliveries are planned, {len(changed)} wanted")
    return {"customers": count, "changed": len(changed), "seconds": round(seconds, 3)}


def delivering(count: int, per_second: int) -> dict[str, Any]:
    """{deliveries, per_second, seconds, overhead, rss_mb}: overhead is over the time that the limit alone takes."""
    command = [sys.executable, str(Path(__file__).with_name("server.py")), str(per_second)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        with project(server.stdout.readline().strip(), per_second) as engine:
            filled(engine.store, count)
            (destination,) = engine.destinations()
            outbox.catch_up(engine.store, destination, now_text())
            engine.preview("crm", seen=True)
            start = time.perf_counter()
            asked = SyncOptions(steps=frozenset({RunKind.PUSH}), push=PushOptions(by_person=True))
            (run,) = engine.sync(["crm"], asked).runs
            seconds = time.perf_counter() - start
        server.stdin.close()
        told = json.loads(server.stdout.read())
    if told["contacts"] != count or run.counts["sent"] != count:
        raise SystemExit(f"{told['contacts']} contacts are there, {count} wanted: {dict(run.counts)}")
    at_least = count / BATCH / per_second
    return {
        "deliveries": count,
        "per_second": per_second,
        "seconds": round(seconds, 2),
        "overhead": round(seconds / at_least - 1, 4),
        "refused": told["refused"],
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.push")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--per-second", type=int, default=19)
    asked = parser.parse_args()
    result = {
        "delivering": delivering(asked.deliveries, asked.per_second),
        "planning": planning(asked.customers),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    plan, sent = result["planning"], result["delivering"]
    print(
        f"Planning {plan['changed']:,} changes of {plan['customers']:,} customers: {plan['seconds']} s.\n"
        f"{sent['deliveries']:,} deliveries at {sent['per_second']} requests a second of {BATCH} rows: "
        f"{sent['seconds']} s, {sent['overhead']:.1%} over the limit's own time, {sent['refused']} asked too fast, "
        f"{sent['rss_mb']} MB."
    )


if __name__ == "__main__":
    main()
