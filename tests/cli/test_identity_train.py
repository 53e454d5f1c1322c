"""`hub identity` on a project's store: train, evaluate, rebuild, report; and what is decided by a model stays true."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from hub.identity.model_file import parse_model
from hub.store.api import open_store
from tests.insight.crowd import COLUMNS, Crowd, crowd

from .conftest import Call, Folder
from .test_contract import block

MAPPING = """
mapping: tabular
connector: tabular
defaults: {region: US}
streams:
  rows:
    emit:
      - entity: customer
        key: $.record_id
        fields:
          given_name: $.given_name
          family_name: $.family_name
          email: $.email
          phone: $.phone
          birth_date: $.birth_date
          country: $.country
"""
SETTINGS = """
connections:
  lists:
    connector: tabular
    config: {path: lists, key: record_id}
"""


@pytest.fixture(scope="module")
def small() -> Crowd:
    return crowd(200)


@pytest.fixture(scope="module")
def filled(small: Crowd, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A store of all but the last records of a crowd, by the model that ships."""
    folder = Folder(tmp_path_factory.mktemp("filled"))
    folder.write("hub.yaml", SETTINGS)
    folder.write("mappings/tabular.yaml", MAPPING)
    write(folder, "one", small.rows[:-60])
    assert folder.hub("sync").code == 0
    return folder


@pytest.fixture
def store(filled: Folder, tmp_path: Path) -> Folder:
    return Folder(shutil.copytree(filled.path, tmp_path / "store"))


def write(folder: Folder, name: str, rows: list[list[str]]) -> None:
    path = folder.write(f"lists/{name}.csv", "")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def line(answer: Result) -> dict[str, Any]:
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def customers(folder: Folder) -> set[frozenset[str]]:
    """Who is one customer."""
    store = open_store(folder.path / "hub.db")
    try:
        rows = store.driver.query(
            "SELECT m.customer_id, s.external_id FROM memberships m JOIN source_customers s ON s.id = m.source_id"
        )
    finally:
        store.close()
    found: dict[str, set[str]] = {}
    for customer, record in rows:
        found.setdefault(customer, set()).add(record)
    return set(map(frozenset, found.values()))


def facts(folder: Folder) -> Any:
    """The model in force, how many there are, and what customers are decided with."""
    store = open_store(folder.path / "hub.db")
    try:
        active = store.matching.active_model()
        (models,) = store.driver.query("SELECT count(*) FROM models")
        return active and active.version, models[0], store.identity.policy_in_force()
    finally:
        store.close()


def test_a_dry_run_tells_and_writes_nothing(call: Call, store: Folder) -> None:
    before, known = facts(store), customers(store)
    told = line(call(store, "identity", "train", "--dry-run", "--json"))
    documented = block("**`hub identity train --json`**")
    assert set(told) == set(documented) - {"done"}
    assert set(told["changes"]) == set(documented["changes"])
    assert told["changes"]["before"] == len(known)
    assert told["changes"]["after"] == told["customers"]
    assert (facts(store), customers(store)) == (before, known)


def test_trained_it_is_in_force_and_what_was_told_is_so(call: Call, store: Folder) -> None:
    told = line(call(store, "identity", "train", "--json", "--name", "ours"))
    version, _, in_force = facts(store)
    assert (told["model"]["version"], told["model"]["name"]) == (version, "ours")
    assert version in in_force
    assert told["changes"]["after"] == len(customers(store))
    assert {"created", "changed", "merged", "split"} >= set(told["done"]) - {"emptied"}
    assert "0 created, 0 merged, 0 split" in call(store, "sync").stdout
    answer = call(store, "identity", "train")
    assert "none changes" in answer.stdout, "trained on the same records, it is the same"
    assert "Levels that no pair reached stay as they were" in answer.stderr
    assert "teach little" in answer.stderr


def test_batches_by_a_trained_model_end_where_a_rebuild_does(call: Call, store: Folder, small: Crowd) -> None:
    """How common values are is looked up record by record here, and for all at once there."""
    line(call(store, "identity", "train", "--json"))
    for part in range(3):
        write(store, f"more{part}", small.rows[-60:][part::3])
        assert call(store, "sync").exit_code == 0
    known = customers(store)
    assert {record for customer in known for record in customer} == set(small.truth)
    done = line(call(store, "identity", "rebuild", "--json"))
    assert (done["customers"], done["dry_run"]) == (
        {"created": 0, "changed": 0, "merged": 0, "split": 0},
        False,
    )
    assert customers(store) == known
    tried = line(call(store, "identity", "rebuild", "--dry-run", "--json"))
    assert (tried["changes"]["merged"], tried["changes"]["split"]) == (0, 0)


def test_only_the_prior_moves_where_that_is_asked(call: Call, store: Folder) -> None:
    before = line(call(store, "identity", "model", "--json"))["model"]
    told = line(call(store, "identity", "train", "--prior-only", "--json"))
    after = line(call(store, "identity", "model", "--json"))["model"]
    assert told["model"]["prior"]["records"] == told["records"] != before["prior"]["records"]
    for comparison, levels in after["comparisons"].items():
        for level, numbers in levels.items():
            assert numbers["bits"] == before["comparisons"][comparison][level]["bits"]


def test_a_model_travels_as_a_file_and_back_to_the_one_that_ships(call: Call, store: Folder) -> None:
    shipped = line(call(store, "identity", "model", "--json"))
    answer = call(store, "identity", "train", "--out", "model.json", "--report", "report.html")
    assert answer.exit_code == 0, answer.output
    assert "Which keys find whom" in (store.path / "report.html").read_text()
    model = parse_model((store.path / "model.json").read_text(), "model.json")
    shown = line(call(store, "identity", "model", "--json"))
    assert {name: {level: told.bits for level, told in levels.items()} for name, levels in model.comparisons.items()} == {
        name: {level: told["bits"] for level, told in levels.items()} for name, levels in shown["model"]["comparisons"].items()
    }  # fmt: skip
    line(call(store, "identity", "train", "--from", "shipped", "--json"))
    assert line(call(store, "identity", "model", "--json")) == shipped
    assert facts(store)[0] is None
    told = line(call(store, "identity", "train", "--from", "model.json", "--json"))
    assert told["model"]["name"] == "trained"
    again = line(call(store, "identity", "model", "--json"))["model"]
    assert again["comparisons"] == shown["model"]["comparisons"]


def test_answers_survive_training(call: Call, store: Folder) -> None:
    pair = sorted(next(customer for customer in customers(store) if len(customer) == 2))
    one, other = (f"lists/customer/{record}" for record in pair)
    assert call(store, "customers", "split", one, "--reason", "not the same").exit_code == 0
    assert frozenset(pair) not in customers(store)
    dry = line(call(store, "identity", "train", "--dry-run", "--json"))
    line(call(store, "identity", "train", "--json"))
    assert frozenset(pair) not in customers(store)
    assert dry["changes"]["after"] == len(customers(store))
    assert other


def test_evaluate_tells_what_another_policy_would_change(call: Call, store: Folder, small: Crowd) -> None:
    known = customers(store)
    truth = "".join(f"lists/customer/{id_},{who}\n" for id_, who in small.truth.items())
    store.write("truth.csv", "record,person\n" + truth)
    told = line(call(store, "identity", "evaluate", "--truth", "truth.csv", "--json"))
    assert (told["changes"]["merged"], told["changes"]["split"]) == (0, 0)
    assert told["truth"]["records"] == told["records"]
    assert told["truth"]["pairwise"]["precision"] > 0.9
    together = next(customer for customer in known if len(customer) == 2)
    rows = {row[0]: row for row in small.rows}
    mails = sorted({rows[record][3] for record in together})
    phones = sorted({rows[record][4] for record in together} - {""})
    store.write(
        "strict.yaml",
        f"blocked: {{values: {{email: {json.dumps(mails)}, phone: {json.dumps(phones)}}}}}\nretire: {{fields: 2}}\n",
    )
    strict = line(call(store, "identity", "evaluate", "--policy", "strict.yaml", "--json"))
    assert strict["changes"]["before"] == len(known)
    answer = call(store, "identity", "evaluate", "--policy", "strict.yaml")
    assert answer.exit_code == 0
    if strict["changes"]["split"]:
        assert any(example["kind"] == "split" for example in strict["changes"]["examples"])
        assert "  split: lists/customer/" in answer.stdout
    assert customers(store) == known, "nothing is written"


def test_a_stricter_stop_parts_customers_and_they_are_named(call: Call, store: Folder) -> None:
    call(store, "identity", "train", "--out", "model.json", "--dry-run")
    document = json.loads((store.path / "model.json").read_text())
    document["linking"]["stop"] = 11.5
    store.write("strict.json", json.dumps(document))
    told = line(call(store, "identity", "evaluate", "--model", "strict.json", "--json"))
    assert told["changes"]["split"] > 0
    example = next(example for example in told["changes"]["examples"] if example["kind"] == "split")
    assert all(record.startswith("lists/customer/") for group in example["groups"] for record in group)
    assert len(example["groups"]) > 1
    text = call(store, "identity", "evaluate", "--model", "strict.json").stdout
    assert "would fall apart" in text
    assert " | lists/customer/" in text


def test_reports(call: Call, store: Folder) -> None:
    told = line(call(store, "identity", "report", "--json"))
    assert set(told) == set(block("**`hub identity report --json`**"))
    answer = call(store, "identity", "report", "--html", "report.html")
    assert "identifier" in answer.stdout
    assert (store.path / "report.html").read_text().startswith("<!doctype html>")
    shown = call(store, "identity", "model")
    assert "given name" in shown.stdout
    assert "│" in shown.stdout
    assert "linking: " in shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["train", "--prior-only", "--from", "model.json"], 2, "exclude each other"),
        (["train", "--from", "nothing.json"], 3, "HUB-8003"),
        (["train", "--from", "wrong.json"], 3, "HUB-8004"),
        (["evaluate", "--field", "email=mail"], 2, "goes with --records"),
        (["evaluate", "--truth", "nothing.csv"], 3, "HUB-8040"),
        (["evaluate", "--model", "nothing.json"], 3, "HUB-8003"),
        (["evaluate", "--truth", "others.csv"], 3, "HUB-8044"),
        (["report", "--html", "no/such/folder.html"], 3, "HUB-8046"),
    ],
)
def test_what_is_wrong_is_told(call: Call, store: Folder, words: list[str], code: int, told: str) -> None:
    store.write("wrong.json", "name: mine\n")
    store.write("others.csv", "record,person\nlists/customer/nobody,1\n")
    answer = call(store, "identity", *words)
    assert (answer.exit_code, told in answer.stderr) == (code, True), answer.stderr


@pytest.mark.parametrize("words", [["train"], ["evaluate"], ["report"], ["rebuild", "--dry-run"]])
def test_a_store_without_people(call: Call, project: Folder, words: list[str]) -> None:
    answer = call(project, "identity", *words)
    assert answer.exit_code == 3
    assert "HUB-8047" in answer.stderr
    assert call(project, "identity", "rebuild").exit_code == 0
