"""One `hub sync` of the bench vendor, in a process of its own; prints one JSON line.

python bench/hub_sync.py URL FOLDER [--full]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def prepare(folder: Path, url: str) -> None:
    """A project with the bench connection."""
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    (folder / "mappings" / "bench.yaml").write_text((Path(__file__).parent / "bench.yaml").read_text())
    (folder / "hub.yaml").write_text(
        f"connections:\n  shop:\n    connector: bench\n    config: {{url: '{url}'}}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    from connector import Bench

    from hub.plugins import Plugins
    from hub.settings import load
    from hub.store.api import open_store
    from hub.sync.engine import Engine, SyncOptions
    from hub.sync.pull import PullOptions

    if not (args.folder / "hub.yaml").exists():
        prepare(args.folder, args.url)
    settings = load(args.folder)
    plugins = Plugins(connectors={"bench": Bench})
    start = time.perf_counter()
    with Engine(settings, plugins, open_store(settings.store_path)) as engine:
        result = engine.sync(options=SyncOptions(pull=PullOptions(full=args.full)))
        seconds = time.perf_counter() - start
        store = engine.store.driver
        count = store.query("SELECT count(*), sum(CAST(external_id AS INTEGER)) FROM source_customers")[0]
        emails = store.query("SELECT external_id || ' ' || email FROM source_customers")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rss += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    import hashlib

    checksum = hashlib.sha256("\n".join(sorted(row[0] for row in emails)).encode()).hexdigest()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "rows": count[0],
                "sum": count[1],
                "checksum": checksum,
                "customers": result.customers,
                "rss_mb": rss,
                "runs": [
                    {"kind": run.kind, "status": run.status, "counts": dict(run.counts), "error": run.error}
                    for run in result.runs
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
