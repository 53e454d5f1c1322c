"""The whole walk against dlt and against the floor, in one run: `make bench`.

    python -m bench.sync [--records 100000] [--rounds 3]

A vendor (another process) serves customers in pages of 250. dlt copies them into SQLite and nothing more. The hub
lands them raw, maps them, finds who is the same person, writes golden records, and keeps a log that balances. Every
tool's rows are checked before its time counts; rounds are interleaved, medians are told.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

HERE = Path(__file__).parent
PEERS = HERE.parent / ".bench"
RESULT = HERE / "results" / "sync.json"
DLT = "dlt[sqlalchemy]>=1.31,<2"


def peer_python() -> Path:
    """dlt in an environment of its own."""
    python = PEERS / "dlt" / "bin" / "python"
    if not python.exists():
        print("setting up dlt …", file=sys.stderr)
        venv.create(PEERS / "dlt", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", DLT], check=True)
    return python


@contextmanager
def vendor(records: int) -> Iterator[str]:
    """The vendor's base URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "vendor.py"), "--records", str(records)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()


def ask(url: str, path: str, *, post: bool = False) -> dict[str, Any]:
    with urlopen(Request(url + path, method="POST" if post else "GET", data=b"" if post else None)) as answer:
        return json.loads(answer.read())  # type: ignore[no-any-return]


def measured(python: Path | str, script: str, *arguments: str) -> dict[str, Any]:
    """One program in a process of its own; what its last line tells."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [str(python), str(HERE / script), *arguments],
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


class Bench:
    """The measurements of all rounds, by name."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.taken: dict[str, list[dict[str, Any]]] = {}

    def take(self, name: str, told: dict[str, Any], rows: int | None = None) -> None:
        """Counts a measurement whose rows are right."""
        if told["rows"] != self.records or told["sum"] != self.records * (self.records + 1) // 2:
            raise SystemExit(f"{name}: {told['rows']} rows, {self.records} wanted")
        told["records"] = self.records if rows is None else rows
        self.taken.setdefault(name, []).append(told)
        print(f"  {name:32} {told['seconds']:8.2f} s {told['rss_mb']:7.0f} MB", file=sys.stderr)

    def round(self, url: str, python: Path, folder: Path) -> None:
        """Every tool once, and what follows a first sync."""
        folder.mkdir()
        for way in ("append", "merge"):
            self.take(f"dlt, {way}", measured(python, "peer_dlt.py", url, str(folder / way), way))
        self.take("floor", measured(sys.executable, "floor.py", url, str(folder / "floor")))
        hub = str(folder / "hub")
        first = measured(sys.executable, "hub_sync.py", url, hub)
        if first["checksum"] != ask(url, "truth")["checksum"]:
            raise SystemExit("hub: the store does not hold what the vendor sent")
        self.take("hub, first sync", first)
        again = measured(sys.executable, "hub_sync.py", url, hub)
        self.take("hub, re-sync without changes", again, 0)
        self.take("hub, full re-read, unchanged", measured(sys.executable, "hub_sync.py", url, hub, "--full"))
        changed = ask(url, "change?share=0.01", post=True)["changed"]
        third = measured(sys.executable, "hub_sync.py", url, hub)
        if (
            third["checksum"] != ask(url, "truth")["checksum"]
            or third["runs"][0]["counts"]["changed"] != changed
        ):
            raise SystemExit(f"hub: {third['runs']} after {changed} changes")
        self.take("hub, re-sync, 1 % changed", third, changed)

    def median(self, name: str, what: str) -> float:
        """The median over the rounds."""
        return statistics.median(told[what] for told in self.taken[name])

    def result(self, dlt_version: str) -> dict[str, Any]:
        """What is written to results/sync.json."""
        seconds = {name: self.median(name, "seconds") for name in self.taken}
        best = min(seconds["dlt, append"], seconds["dlt, merge"])
        first = seconds["hub, first sync"]
        rows = [
            {
                "name": name,
                "records_per_s": round(self.taken[name][0]["records"] / seconds[name]),
                "seconds": round(seconds[name], 3),
                "rss_mb": round(self.median(name, "rss_mb")),
            }
            for name in self.taken
        ]
        return {
            "rows": rows,
            "ratios": {
                "vs_dlt": round(best / first, 2),
                "vs_floor": round(seconds["floor"] / first, 3),
                "reread_unchanged": round(first / seconds["hub, full re-read, unchanged"], 2),
                "resync_1pct": round(seconds["hub, re-sync, 1 % changed"] / first, 3),
            },
            "resync_seconds": round(seconds["hub, re-sync without changes"], 3),
            "machine": {
                "cores": os.cpu_count(),
                "system": platform.system(),
                "processor": platform.machine(),
            },
            "versions": {"python": platform.python_version(), "dlt": dlt_version},
        }


def table(result: dict[str, Any]) -> str:
    """The result as a Markdown table."""
    lines = ["| what | seconds | records/s | MB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row['name']} | {row['seconds']:.2f} | {row['records_per_s']:,} | {row['rss_mb']} |"
        for row in result["rows"]
    ]
    ratios = result["ratios"]
    lines += [
        "",
        f"hub / dlt {ratios['vs_dlt']}x · hub / floor {ratios['vs_floor']}x · full re-read unchanged "
        f"{ratios['reread_unchanged']}x faster than the first sync · 1 % changed costs {ratios['resync_1pct']:.1%} of it",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    python = peer_python()
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    bench = Bench(args.records)
    try:
        for number in range(args.rounds):
            print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
            with vendor(args.records) as url:  # a new one each round, because a round ends with changes
                bench.round(url, python, folder / str(number))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = bench.result(bench.taken["dlt, append"][0]["version"])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
