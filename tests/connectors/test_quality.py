"""The page about all connectors says what the files beside them say, and those are what the kit found (see the tests of
each connector: `test_what_is_told_is_so`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from hub import Capabilities
from hub.errors import ConfigError
from hub.plugins import load_plugins
from hub.testing.conformance_items import ITEMS, Outcome
from hub.testing.quality import KIT, as_json, cases, ours, stored, table, tier_of

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    told = table(ours(load_plugins().connectors.values(), ROOT))
    page = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    assert page == told, (
        "run `make quality`, or `python -m hub.testing.quality --table` when only the page is old"
    )


def report(**states: Any) -> dict[str, Outcome]:
    return {name: states.get(name) or Outcome("done") for name in ITEMS}


@pytest.mark.parametrize(
    ("states", "tier"),
    [
        ({}, "gold"),
        ({"live": Outcome("todo", "no account")}, "silver"),
        ({"deletes": Outcome("exempt", "it never deletes")}, "gold"),
        ({"throttled": Outcome("failed", "too fast")}, "bronze"),
        ({"throttled": Outcome("failed", "too fast"), "resumes": Outcome("todo", "later")}, "none"),
    ],
)
def test_a_tier_has_everything_of_those_below_it(states: dict[str, Outcome], tier: str) -> None:
    assert tier_of(report(**states)) == tier


def connector(folder: Path, found: Any) -> Any:
    (folder / "quality.json").write_bytes(orjson.dumps(found))
    able = Capabilities(source=True)
    return type("Acme", (), {"name": "acme", "title": "Acme", "home": folder, "capabilities": able})


def test_the_page_shows_marks_and_reasons(tmp_path: Path) -> None:
    found = report(
        live=Outcome("todo", "no account"), arrivals=Outcome("exempt", "nothing arrives by itself"),
        deletes=Outcome("exempt", "it never deletes"), drift=Outcome("failed", "secret detail"),
    )  # fmt: skip
    page = table([connector(tmp_path, as_json(found))])
    assert "| [acme](acme/) | Acme | source | bronze |" in page
    assert "| acme | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | – |" in page
    assert "| acme | – | ✓ | ✓ | ○ |" in page
    why = "## Why\n\n- acme, drift: to do: it fails\n- acme, deletes: it never deletes\n- acme, live: to do: no account\n"
    assert why + "\n## Left out, and why\n" in page


def test_an_unknown_or_old_result_counts_for_nothing(tmp_path: Path) -> None:
    told = connector(tmp_path, {"kit": KIT + 1, "tier": "gold", "items": {}})
    assert stored(told) == {}
    assert "| untested |" in table([told])
    (tmp_path / "quality.json").write_text("{")
    assert stored(told) == {}


def test_a_test_of_what_is_not_installed_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    text = "from hub.testing import Conformance\nclass TestIt(Conformance):\n    connector = {!r}\n"
    (folder / "test_conformance_absent.py").write_text(text.format("nobody_has_this"))
    (folder / "test_conformance_there.py").write_text(text.format("tabular"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        sys, "modules", {n: m for n, m in sys.modules.items() if n.partition(".")[0] != "tests"}
    )
    (found,) = cases(tmp_path, "tabular")
    assert found.connector == "tabular"
    with pytest.raises(ConfigError, match="HUB-1011"):
        cases(tmp_path)
