"""The result file, and the same as tables."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.environments import PACKAGES

Row = Mapping[str, Any]
RESULT = Path(__file__).parents[1] / "results" / "identity.json"

#: The parts of the result, and what tells the rows of a part from one another.
PARTS: dict[str, tuple[str, ...]] = {
    "sets": ("set", "tool"),
    "online": ("base", "tool"),
    "bulk": ("records", "tool"),
    "change": ("share",),
}


class Report:
    """The rows so far, kept in a file after each, because a whole run takes long.

    A run of some parts, sets or tools leaves the other rows of the file as they are."""

    def __init__(self, file: Path, *, anew: bool) -> None:
        self.file = file
        known = json.loads(file.read_text()) if file.exists() and not anew else {}
        self.rows: dict[str, list[Row]] = {part: list(known.get(part, [])) for part in PARTS}

    def add(self, part: str, rows: Iterable[Row]) -> None:
        """Takes rows as they come; one that is known already is replaced."""
        for row in rows:
            self.rows[part] = [old for old in self.rows[part] if _key(part, old) != _key(part, row)]
            self.rows[part].append(row)
            self.write()

    def write(self) -> None:
        """results/identity.json."""
        self.file.parent.mkdir(exist_ok=True)
        machine = {"cores": os.cpu_count(), "system": platform.system(), "processor": platform.machine()}
        versions = {"python": platform.python_version()}
        versions |= {name: PACKAGES[name][0].partition("==")[2] for name in ("splink", "goldenmatch")}
        told = {**self.rows, "machine": machine, "versions": versions}
        self.file.write_text(json.dumps(told, indent=2) + "\n")

    def tables(self) -> str:
        """All parts that have rows, as Markdown."""
        columns = {
            "sets": ("set", "tool", "way", "precision", "recall", "f1", "b3_f1", "seconds", "rss_mb"),
            "online": ("base", "tool", "p50_ms", "p99_ms"),
            "bulk": ("records", "tool", "seconds", "rss_mb"),
            "change": ("share", "cost_share"),
        }
        found = [table(names, self.rows[part]) for part, names in columns.items() if self.rows[part]]
        merges = merge_table(self.rows["sets"])
        return "\n\n".join([*found, merges] if merges else found)


def _key(part: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in PARTS[part])


def table(names: Sequence[str], rows: Iterable[Row]) -> str:
    """A Markdown table; numbers of four decimals, text as it is."""
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_cell(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def merge_table(rows: Sequence[Row]) -> str:
    """False merges: a column for each kind of hard negative."""
    judged = [row for row in rows if row["false_merges"]]
    kinds = list(dict.fromkeys(kind for row in judged for kind in row["false_merges"]))
    flat = [{"set": row["set"], "tool": row["tool"], **row["false_merges"]} for row in judged]
    return table(["set", "tool", *kinds], flat) if judged else ""


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
