"""A connector from nothing: what `hub connectors new` writes passes the kit as it is, and what breaks it is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub import mapping
from hub.mapping.document import load
from hub.mapping.examples import run

from .conftest import Answer, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def new(folder: Folder, *words: str) -> Folder:
    answer = folder.hub("connectors", "new", "acme", *words)
    assert answer.code == 0, answer.err
    return Folder(folder.path / "hub-acme")


def states(answer: Answer) -> dict[str, Any]:
    return {line["item"]: line["state"] for line in answer.lines if "item" in line}


@pytest.mark.parametrize("words", [(), ("--python",)], ids=["manifest", "python"])
def test_it_passes_the_kit_as_generated(folder: Folder, words: tuple[str, ...]) -> None:
    made = new(folder, *words)
    answer = made.hub("connectors", "test", "acme", "--write", "--json")
    assert answer.code == 0, answer.out + answer.err
    assert answer.lines[-1] == {"type": "summary", "connector": "acme", "tier": "silver", "failed": 0}
    found = states(answer)
    assert {
        found[item] for item in ("config", "streams", "samples", "reads_all", "resumes", "survives_kill")
    } == {"done"}
    assert {item for item, state in found.items() if state == "todo"} == {"deletes", "live"}
    kept = json.loads((made.path / "hub_acme" / "quality.json").read_text())
    assert (kept["tier"], kept["items"]["resumes"]) == ("silver", "done")


@pytest.mark.parametrize(("words", "place"), [((), "mapping"), (("--python",), "mappings/acme")])
def test_the_examples_of_its_mapping_hold(folder: Folder, words: tuple[str, ...], place: str) -> None:
    file = new(folder, *words).path / "hub_acme" / f"{place}.yaml"
    results = run(file.with_suffix(".test.yaml"), mapping.compile(load(file)))
    assert [(result.name, result.ok) for result in results] == [
        ("a customer with an address in capitals", True)
    ]


def test_pytest_runs_its_test_too(folder: Folder) -> None:
    made = new(folder, "--python")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    command += ["-o", "pythonpath=.", "-k", "config or reads_all or wrong_credentials"]
    done = subprocess.run(command, cwd=made.path, capture_output=True, text=True, check=False, timeout=60)
    assert "3 passed" in done.stdout, done.stdout


def test_a_broken_one_is_found(folder: Folder) -> None:
    made = new(folder, "--python")
    file = made.path / "hub_acme" / "connector.py"
    good = file.read_text()
    bad = good.replace(', "after": after})', "})")
    assert bad != good
    file.write_text(bad)
    answer = made.hub("connectors", "test", "acme", "--item", "reads_all", "--item", "resumes", "--json")
    assert answer.code == 5
    assert states(answer) == {"reads_all": "done", "resumes": "failed"}
    assert "were read again" in answer.lines[1]["reason"]


def test_nothing_is_overwritten_and_names_are_names(folder: Folder) -> None:
    new(folder)
    assert "HUB-4706" in folder.hub("connectors", "new", "acme").err
    for name in ("Acme", "1acme", "ac-me", "../acme"):
        answer = folder.hub("connectors", "new", name)
        assert (answer.code, "HUB-4705" in answer.err) == (3, True)
    assert [path.name for path in folder.path.iterdir()] == ["hub-acme"]


def test_where_no_test_is_that_is_said(folder: Folder) -> None:
    made = new(folder)
    answer = made.hub("connectors", "test", "other")
    assert (answer.code, "HUB-4704" in answer.err) == (2, True)
    answer = made.hub("connectors", "test", "acme", "--item", "flies")
    assert (answer.code, "no item 'flies'" in answer.err) == (2, True)
