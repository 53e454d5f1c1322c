"""What `hub demo` tells at its end: the sync log, the balance, who was merged and why, what was kept aside, what next."""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.cli.app import App
from hub.cli.demo_stories import apart, merged
from hub.cli.looking import lens, section
from hub.cli.output import Column, plural
from hub.cli.shapes import RUNS, run_item, run_row
from hub.errors import StoreError
from hub.models import Json, Reject, Run, RunKind
from hub.store.balance import BUCKETS
from hub.sync.options import SyncResult
from hub.testing.demo_project import FORM, OUT
from hub.testing.demo_world import DemoWorld

_MERGED = (
    Column("story", "one customer"),
    Column("record", "record"),
    Column("name", "name"),
    Column("email", "e-mail"),
    Column("joined_by", "joined by (bits)"),
)
_APART = (
    Column("story", "two customers"),
    Column("a", "the one"),
    Column("b", "the other"),
    Column("reason", "why"),
)
_REJECTS = (
    Column("id", "id", number=True),
    *(Column(name, name) for name in ("connection", "stream", "stage", "code", "path", "message")),
)
#: Counts that are 0 in a sync that changes nothing.
_MOVED = ("new", "changed", "deleted", "sent")


@dataclass(frozen=True, slots=True)
class Demo:
    """What was done."""

    folder: Path
    world: DemoWorld
    #: Posts to the receiver by sender.
    received: Counter[str]
    first: SyncResult
    again: SyncResult
    seconds: float


def report(app: App, demo: Demo) -> int:
    """Tell it all. The exit code: 9 when the books do not balance, or the second sync changed something."""
    runs = [*_received(app), *demo.first.runs]
    view = lens(app, masked=False)
    item: dict[str, Any] = {
        "type": "demo",
        "folder": str(demo.folder),
        "seconds": round(demo.seconds, 1),
        "received": dict(demo.received),
        "runs": [run_item(run) for run in runs],
        "balance": _balance(runs),
        "customers": {"total": demo.first.customers, "records": len(app.store.identity.all_sources())},
        "written": _lines(demo.folder / OUT),
        "merged": merged(view, demo.world),
        "apart": apart(view, demo.world),
        "rejects": [_reject(one) for one in app.store.rejects.find()],
        "again": {"runs": [run_item(run) for run in demo.again.runs], **_moved(demo.again.runs)},
    }
    app.output.item(item)
    if not app.output.json:
        _tell(app, demo, runs, item)
    fault = _fault(item)
    if fault:
        raise StoreError("HUB-9044", fault)
    return 0


# --- the numbers ------------------------------------------------------------------------------------------------------


def _received(app: App) -> list[Run]:
    """The receiver's runs, one for each post that brought something, the youngest first."""
    number = app.store.connections.find(FORM)
    return app.store.runs.find(connection_id=number, kind=RunKind.PULL, limit=10_000)


def _balance(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """For each kind of run what it took, and what became of it."""
    sums = {kind: Counter[str]() for kind in (RunKind.PULL, RunKind.CONSOLIDATE, RunKind.PUSH)}
    for run in runs:
        sums[run.kind].update(run.counts)
    return [
        {
            "kind": kind.value,
            "taken": counts["read"],
            **{bucket.value: counts[bucket] for bucket in BUCKETS[kind]},
        }
        for kind, counts in sums.items()
    ]


def _moved(runs: Iterable[Run]) -> dict[str, int]:
    """What a sync that should change nothing did change."""
    return {name: sum(run.counts.get(name, 0) for run in runs) for name in _MOVED}


def _lines(path: Path) -> int:
    """Customers in the file that the destination wrote."""
    if not path.is_file():
        return 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _fault(item: dict[str, Any]) -> str:
    """What is wrong with the numbers; empty when they add up."""
    pulled, consolidated, _ = item["balance"]
    for one in item["balance"]:
        rest = {name: count for name, count in one.items() if name not in ("kind", "taken")}
        if sum(rest.values()) != one["taken"]:
            return f"the {one['kind']} runs do not balance"
    if pulled["new"] + pulled["changed"] != consolidated["taken"]:
        return "what landed is not what was consolidated"
    if item["written"] != item["customers"]["total"]:
        return "the file has not one line for each customer"
    moved = [name for name in _MOVED if item["again"][name]]
    return f"the second sync was not without effect: {', '.join(moved)}" if moved else ""


def _reject(reject: Reject) -> dict[str, Json]:
    return {
        name: getattr(reject, name)
        for name in ("id", "connection", "stream", "stage", "code", "message", "path", "where")
    }


# --- for people -------------------------------------------------------------------------------------------------------


def _tell(app: App, demo: Demo, runs: Sequence[Run], item: dict[str, Any]) -> None:
    output, hub = app.output, _command(demo.folder)
    _tell_log(app, demo, runs)
    output.text("", "Balance: every record that was taken came out somewhere", *map(_sum, item["balance"]))
    people = item["customers"]
    output.text(
        "",
        f"{plural(people['records'], 'record')} of people in four systems are {plural(people['total'], 'customer')};"
        f" {demo.folder / OUT} has {plural(item['written'], 'line')}, one for each.",
    )
    section(app, "Who was merged, and why", [row for one in item["merged"] for row in _rows(one)], _MERGED)
    section(app, "Who was kept apart, and why", item["apart"], _APART)
    _tell_rejects(app, demo.folder, item["rejects"], hub)
    _tell_again(app, item["again"])
    _tell_next(app, demo, item, hub)


def _tell_log(app: App, demo: Demo, runs: Sequence[Run]) -> None:
    posts = demo.received
    app.output.text(
        f"The receiver took {posts['form']} posts of a form and {posts['program']} signed ones,"
        f" knew {plural(posts['repeated'], 'repetition')} for what it was,"
        f" and dropped {plural(posts['robot'], 'post')} of a robot.",
        "",
        "Sync log",
    )
    posted = runs[: len(runs) - len(demo.first.runs)]
    rows = [run_row(run) for run in demo.first.runs]
    if posted:
        rows.insert(0, {**run_row(_together(posted)), "kind": "receive"})
    app.output.rows(rows, RUNS)


def _together(runs: Sequence[Run]) -> Run:
    """Many runs as one; the youngest comes first."""
    counts: Counter[str] = Counter()
    for run in runs:
        counts.update(run.counts)
    return replace(runs[-1], finished_at=runs[0].finished_at, counts=counts)


def _sum(one: dict[str, Any]) -> str:
    parts = [f"{count:,} {name}" for name, count in one.items() if name not in ("kind", "taken")]
    return f"  {one['kind']:<12}{one['taken']:>6,} = {' + '.join(parts)}"


def _rows(example: dict[str, Any]) -> list[dict[str, Json]]:
    """The records of one customer below each other, the story beside the first."""
    return [
        {**record, "story": "" if number else example["story"]}
        for number, record in enumerate(example["records"])
    ]


def _tell_rejects(app: App, folder: Path, rejects: Sequence[dict[str, Any]], hub: str) -> None:
    """Why they were kept aside, how to look at one, and how to replay what a mapping refused."""
    section(app, "Kept aside, with the reason", rejects, _REJECTS)
    mapped = [one for one in rejects if one["stage"] == "map"]
    if not mapped:
        return
    first, places = mapped[0], dict.fromkeys(str(folder / one["where"]) for one in mapped)
    app.output.text(
        "",
        f"Reject {first['id']} closely; and, after a change of {' and '.join(places)},",
        "the same records mapped again from the store, without asking the vendor:",
        f"  {hub} rejects show {first['id']}",
        f"  {hub} rejects replay --code {first['code']}",
    )


def _tell_again(app: App, again: dict[str, Any]) -> None:
    read = sum(run["counts"]["read"] for run in again["runs"])
    told = ", ".join(f"{again[name]:,} {name}" for name in _MOVED)
    app.output.text("", f"A second sync asked for what had changed: {plural(read, 'record')} read, {told}.")


def _tell_next(app: App, demo: Demo, item: dict[str, Any], hub: str) -> None:
    first, other = item["merged"][0]["key"], item["apart"][0]["keys"]
    app.output.text(
        "",
        f"The project is in {demo.folder}, made in {demo.seconds:.0f} seconds. Look around:",
        f"  {hub} why {first}",
        f"  {hub} why {' '.join(other)}",
        f"  {hub} customers find --name wang",
        f"  {hub} runs list",
        f"  {hub} serve",
        "Keep the shop and the help desk running, and sync in another terminal:",
        f"  {_program()} demo --serve {shlex.quote(str(demo.folder))}",
        f"  {hub} sync",
    )


def _command(folder: Path) -> str:
    """How to call the hub on this project from where the reader is."""
    return f"{_program()} --project {shlex.quote(str(folder))}"


def _program() -> str:
    """`hub` where the shell finds it, else its path from here."""
    ours = Path(sys.argv[0])
    found = shutil.which("hub")
    if found is not None and Path(found).resolve() == ours.resolve():
        return "hub"
    if ours.name != "hub":
        return "hub"
    return shlex.quote(min(str(ours.absolute()), os.path.relpath(ours), key=len))
