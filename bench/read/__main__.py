"""Reading, side by side with peers, on this machine: `make bench-read`; writes bench/results/read.json.

    python -m bench.read [--records 200000] [--rounds 3] [--only speed,faults]

A vendor in pages of 250, first without faults: how long until every record is there, from the start of the process to its
end. The hub checks each record and commits it with the place to go on from; the others write files. Then with one fault
each: what a run that failed had kept, whether a vendor's `Retry-After` was waited, and which records are missing or
doubled after the next good run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.read.tools import PAGE, TOOLS, Tool, Vendor, succeeded
from hub.testing.hostile import HostileServer
from hub.testing.hostile_faults import Fault, inject

RESULT = Path(__file__).parents[1] / "results" / "read.json"
#: Records of the faults' vendor.
FEW = 10 * PAGE
#: Seconds of silence that the vendor asks for.
WAIT = 5
#: Seconds that a reader may go on trying where the vendor does not recover.
PATIENCE = 120.0
#: What goes wrong in the first run, after three good pages.
FAULTS = {
    f"Retry-After: {WAIT}": Fault("throttle", 1, 3, "customers", {"retry_after": str(WAIT)}),
    "500 from then on": Fault("burst", 10**9, 3, "customers", {"status": "500"}),
    "half a body": Fault("truncate", 1, 3, "customers"),
    "the same page again": Fault("repeat", 1, 3, "customers"),
    "a page without its records": Fault("missing", 1, 3, "customers"),
    "200 with an error": Fault("error_body", 1, 3, "customers"),
}


@contextmanager
def vendor(records: int) -> Iterator[Vendor]:
    """The hostile server, in a process of its own and kind."""
    command = [sys.executable, "-m", "hub.testing.hostile", "--records", str(records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        told = json.loads(process.stdout.readline())
        try:
            yield Vendor(told["url"], told["token"])
        finally:
            process.kill()


def speed(records: int, rounds: int) -> list[dict[str, Any]]:
    """{tool, records_per_s, seconds, rss_mb}, medians; rounds are interleaved. Rows are counted before a time counts."""
    taken: dict[str, list[tuple[float, float]]] = {tool.name: [] for tool in TOOLS}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for tool in TOOLS:
            with vendor(records) as there, folder() as place:
                run = tool.run(there, place, 3600.0)
                told = tool.ids(place)
                if len(told) != records or len(set(told)) != records:
                    raise SystemExit(f"{tool.name}: {len(set(told))} records, {records} wanted")
            taken[tool.name].append((run.seconds, run.rss_mb))
            print(f"  {tool.name:28} {run.seconds:8.2f} s {run.rss_mb:7.0f} MB", file=sys.stderr)
    rows = []
    for name, runs in taken.items():
        seconds = statistics.median(one for one, _ in runs)
        rss = statistics.median(mb for _, mb in runs)
        rows.append(
            {
                "tool": name,
                "records_per_s": round(records / seconds),
                "seconds": round(seconds, 2),
                "rss_mb": round(rss),
            }
        )
    return rows


def faults() -> list[dict[str, Any]]:
    """{tool, fault, told, kept, waited, lost, doubled}. told: whether the first run said that something was wrong;
    kept: records it left; lost, doubled: after one more run, without the fault."""
    return [_fault(tool, name, fault) for name, fault in FAULTS.items() for tool in TOOLS]


def _fault(tool: Tool, name: str, fault: Fault) -> dict[str, Any]:
    with HostileServer(FEW) as server, folder() as place:
        there = Vendor(server.url, server.token)
        inject(server, fault)
        first = succeeded(tool, there, place, PATIENCE)
        kept = len(set(tool.ids(place)))
        waits = [wait.waited for wait in server.ledger.waits()]
        server.heal()
        succeeded(tool, there, place)
        counts = Counter(tool.ids(place))
    row = {
        "tool": tool.name,
        "fault": name,
        "told": first is None,
        "kept": kept,
        "waited": round(max(waits), 1) if waits else None,
        "lost": FEW - len(counts),
        "doubled": sum(count - 1 for count in counts.values()),
    }
    print(f"  {row}", file=sys.stderr)
    return row


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that goes away."""
    made = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    try:
        yield made / "place"
    finally:
        shutil.rmtree(made, ignore_errors=True)


def tables(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = ["| reading | records/s | seconds | MB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row['tool']} | {row['records_per_s']:,} | {row['seconds']} | {row['rss_mb']} |"
        for row in result["speed"]
    ]
    lines += [
        "",
        "| fault | tool | told | kept | waited | lost | doubled |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['fault']} | {row['tool']} | {'yes' if row['told'] else 'no'} | {row['kept']} "
        f"| {'' if row['waited'] is None else row['waited']} | {row['lost']} | {row['doubled']} |"
        for row in result["faults"]
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.read")
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=lambda text: text.split(","), default=["speed", "faults"])
    asked = parser.parse_args()
    result: dict[str, Any] = {"records": asked.records, "speed": [], "faults": []}
    if "speed" in asked.only:
        result["speed"] = speed(asked.records, asked.rounds)
    if "faults" in asked.only:
        result["faults"] = faults()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(tables(result))


if __name__ == "__main__":
    main()
