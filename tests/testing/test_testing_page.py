"""The page about the testing gear says what the gear says of itself."""

from __future__ import annotations

from pathlib import Path

import hub.testing
from hub.testing.conformance_items import ITEMS
from hub.testing.hostile_faults import KINDS

ROOM = Path(hub.testing.__file__).parent
ROWS = [
    line for line in (ROOM / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")
]


def test_every_item_and_every_fault_is_on_it() -> None:
    items = [f"| {item.name} | {item.tier} | {item.promise} |" for item in ITEMS.values()]
    kinds = [f"| {name} | {kind.meaning} | {kind.expect} |" for name, kind in KINDS.items()]
    assert [row for row in ROWS if row in {*items, *kinds}] == [*items, *kinds]


def test_every_module_is_on_it() -> None:
    told = {word.strip(" `") for row in ROWS for word in row.split("|")[1].split(",")}
    modules = {path.stem for path in ROOM.glob("*.py")} - {"__init__", "texts"}
    missing = {name for name in modules if not any(name == one or _starts(name, one) for one in told)}
    assert missing == set()


def _starts(name: str, told: str) -> bool:
    return told.endswith("*") and name.startswith(told.rstrip("*"))


def test_everything_offered_at_the_door_is_there() -> None:
    assert {getattr(hub.testing, name).__name__ for name in hub.testing.__all__ if name != "NOON"} == {
        name for name in hub.testing.__all__ if name != "NOON"
    }
