"""The floor: the least that loading customers over HTTP into SQLite can be; prints one JSON line.

Parse a page, upsert a raw row and a customer row for each record, one transaction a page. No mapping, no identity,
no outbox, no log: what everything above it has to pay for.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import httpx
import orjson
from sqlite_utils.utils import sqlite3


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    db = sqlite3.connect(str(folder / "floor.db"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE raw (id TEXT PRIMARY KEY, payload BLOB)")
    db.execute("CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT, email TEXT, phone TEXT, city TEXT)")
    with httpx.Client(base_url=url) as client:
        page: int | None = 1
        while page:
            body = orjson.loads(client.get("/customers", params={"page": page, "per_page": 250}).content)
            records, page = body["data"], body["next"]
            db.execute("BEGIN IMMEDIATE")
            db.executemany(
                "INSERT INTO raw VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET payload = excluded.payload",
                [(str(r["id"]), orjson.dumps(r)) for r in records],
            )
            db.executemany(
                "INSERT INTO customers VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
                "email = excluded.email, phone = excluded.phone, city = excluded.city",
                [
                    (
                        str(r["id"]),
                        f"{r['first_name']} {r['last_name']}",
                        r["email"],
                        r["phone"],
                        r["address"]["city"],
                    )
                    for r in records
                ],
            )
            db.execute("COMMIT")
    seconds = time.perf_counter() - start
    rows = db.execute("SELECT count(*), sum(CAST(id AS INTEGER)) FROM customers").fetchone()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rows": rows[0], "sum": rows[1], "rss_mb": rss}))


if __name__ == "__main__":
    main()
