"""Who is who, side by side with peers, on this machine: `make bench-identity`.

    python -m bench.identity [--sets febrl3,crowd200k] [--tools ours,splink] [--only sets,online] [--keep]

Four parts: how good and how fast every tool is on every set; one changed record against growing bases; a million
records at once; what a part of them costs. Peers run in environments of their own, made on first use.
"""

from __future__ import annotations

import argparse
import sys

from bench.identity import bulk, online, quality
from bench.identity.attempts import TOOLS
from bench.identity.report import PARTS, RESULT, Report

SETS = ("febrl3", "febrl4", "rldata10000", "pseudopeople", "crowd200k", "crowd1m")


def _list(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def arguments() -> argparse.Namespace:
    """What of it to run."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity")
    parser.add_argument("--sets", type=_list, default=list(SETS))
    parser.add_argument("--tools", type=_list, default=list(TOOLS))
    parser.add_argument("--only", type=_list, default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--bases", type=_list, default=list(online.BASES), help="sets for the part online")
    parser.add_argument("--base", default=bulk.BASE, help="set for the parts bulk and change")
    parser.add_argument("--keep", action="store_true", help="add to the rows of earlier runs")
    asked = parser.parse_args()
    for given, known in ((asked.tools, TOOLS), (asked.only, PARTS)):
        if unknown := set(given) - set(known):
            parser.error(f"{', '.join(unknown)} is none of {', '.join(known)}")
    return asked


def main() -> None:
    asked = arguments()
    report = Report(RESULT, anew=not asked.keep)
    parts = {
        "sets": lambda: quality.rows(asked.sets, asked.tools),
        "online": lambda: online.rows(asked.bases, asked.tools),
        "bulk": lambda: bulk.rows(asked.base, asked.tools),
        "change": lambda: bulk.change_rows(asked.base) if "ours" in asked.tools else [],
    }
    for part in asked.only:
        print(part, file=sys.stderr)
        report.add(part, parts[part]())
    report.write()
    print(report.tables())


if __name__ == "__main__":
    main()
