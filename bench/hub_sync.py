"""One `hub sync` of the bench vendor, in a process of its own; prints one JSON line.

python bench/hub_sync.py URL FOLDER [--full]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


class Memory(threading.Thread):
    """The peak of what this process and its children hold, in MB; pages they share are counted once.

    Sampled, because the system's own peaks can only be had of each process by itself."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._peak = 0.0
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            self._peak = max(self._peak, sum(map(_proportional, _family())))

    def peak(self) -> float:
        """Ends the sampling."""
        self._ended.set()
        self.join()
        return self._peak


def _family() -> list[int]:
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    return [me, *map(int, children)]


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


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
    memory = Memory()
    start = time.perf_counter()
    with Engine(settings, plugins, open_store(settings.store_path)) as engine:
        result = engine.sync(options=SyncOptions(pull=PullOptions(full=args.full)))
        seconds = time.perf_counter() - start
        store = engine.store.driver
        count = store.query("SELECT count(*), sum(CAST(external_id AS INTEGER)) FROM source_customers")[0]
        emails = store.query("SELECT external_id || ' ' || email FROM source_customers")
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
                "rss_mb": memory.peak(),
                "runs": [
                    {"kind": run.kind, "status": run.status, "counts": dict(run.counts), "error": run.error}
                    for run in result.runs
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
