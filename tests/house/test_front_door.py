"""`from hub import ...` is all that a plugin author needs, and costs next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version

import pytest

import hub

from .conftest import ROOT

#: Slow to import, and of no use before a command has begun.
HEAVY = {
    "fastapi",
    "httpx",
    "openpyxl",
    "pydantic",
    "pydantic_settings",
    "phonenumbers",
    "sqlite_utils",
    "uvicorn",
}
LOADED = "import sys; print(*{name.split('.')[0] for name in sys.modules})"


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after the code."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True, timeout=60, check=True
    )
    return set(answer.stdout.splitlines()[-1].split())


def test_the_list_is_complete():
    for names in hub._HOME.values():
        assert set(names) <= set(hub.__all__)
    assert set(hub.__all__) == set(hub._MODULE_OF) | {"__version__"}
    assert len(hub.__all__) == len(set(hub.__all__))


def test_type_checkers_see_what_the_interpreter_sees():
    tree = ast.parse((ROOT / "hub" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        for alias in node.names if (node.module or "").startswith("hub.")
    }  # fmt: skip
    assert typed == hub._MODULE_OF


@pytest.mark.parametrize("name", hub.__all__)
def test_every_name_is_there_and_explained(name):
    thing = getattr(hub, name)
    assert getattr(thing, "__doc__", None)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hub.nothing  # noqa: B018 - the access is the test


def test_the_version_is_told_once():
    assert version("customer-hub") == hub.__version__


def test_opening_the_door_loads_nothing_heavy():
    assert loaded_by("import hub") & HEAVY == set()
    assert loaded_by("from hub import hookimpl") & HEAVY == set()
    assert loaded_by("import hub.settings, hub.plugins") & HEAVY == set()
    assert "pydantic" in loaded_by("from hub import Connector"), "the measure sees what is loaded"


def test_help_loads_nothing_heavy():
    code = "import sys\nsys.argv = ['hub', '--help']\nfrom hub.cli import main\ntry: main()\nexcept SystemExit: pass"
    assert loaded_by(code) & HEAVY == set()
