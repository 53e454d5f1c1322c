"""`hub identity evaluate`: anyone's records, from any folder, in one command."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from tests.insight.crowd import Crowd, crowd

from .test_contract import block, shape


@pytest.fixture(scope="module")
def small() -> Crowd:
    return crowd(150)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No project, and none above."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluate(*words: str) -> Result:
    return CliRunner().invoke(main, ["identity", "evaluate", *words])


def item(answer: Result) -> dict[str, Any]:
    assert answer.exit_code == 0, answer.stderr
    return dict(json.loads(answer.stdout))


def test_without_a_project_and_without_fields(folder: Path, small: Crowd) -> None:
    records, truth = small.write(folder)
    answer = evaluate("--records", str(records), "--truth", str(truth), "--out", "who.csv", "--json")
    told = item(answer)
    documented = block("**`hub identity evaluate --json`**")
    assert set(told) == set(documented)
    for name in ("expected", "truth"):
        assert shape(told[name]) == shape(documented[name])
    assert set(told["model"]) == set(documented["model"])
    assert told["out"] == "who.csv"
    assert told["records"] == told["truth"]["records"] == len(small.rows)
    assert told["truth"]["people"] == 150
    assert "given_name=given_name, family_name=family_name, email=email" in answer.stderr
    with (folder / "who.csv").open() as file:
        head, *rows = csv.reader(file)
    assert head == ["record_id", "customer_id"]
    assert {id_ for id_, _ in rows} == set(small.truth)
    assert len({customer for _, customer in rows}) == told["customers"]
    assert {customer for _, customer in rows} <= set(small.truth), "customers are called after a record"


def test_a_report_for_people(folder: Path, small: Crowd) -> None:
    records, truth = small.write(folder)
    answer = evaluate("--records", str(records), "--truth", str(truth), "--report", "report.html")
    assert answer.exit_code == 0
    assert "The report is in report.html." in answer.stderr
    text = (folder / "report.html").read_text()
    assert text.startswith("<!doctype html>")
    assert "Against the truth" in text
    assert evaluate("--records", str(records), "--report", "no/such/report.html").exit_code == 3


def test_for_people(folder: Path, small: Crowd) -> None:
    records, truth = small.write(folder)
    answer = evaluate(
        "--records", str(records), "--truth", str(truth), "--field", "email=email", "--field", "full_name={given_name} {family_name}",
        "--field", "city=source",
    )  # fmt: skip
    assert answer.exit_code == 0
    assert f"{len(small.rows)} records are " in answer.stdout
    assert "pairs of records" in answer.stdout
    assert "B-cubed" in answer.stdout
    assert "source (city) is left out: always the same." in answer.stderr


def test_the_truth_is_not_looked_at(folder: Path, small: Crowd) -> None:
    records, truth = small.write(folder)
    evaluate("--records", str(records), "--truth", str(truth), "--out", "one.csv")
    truth.write_text("record_id,person_id\n" + "".join(f"{id_},same\n" for id_ in small.truth))
    evaluate("--records", str(records), "--truth", str(truth), "--out", "two.csv")
    assert evaluate("--records", str(records), "--out", "three.csv").exit_code == 0
    assert Path("one.csv").read_text() == Path("two.csv").read_text() == Path("three.csv").read_text()


def test_what_the_truth_does_not_tell_of_is_not_measured(folder: Path, small: Crowd) -> None:
    records, truth = small.write(folder)
    lines = truth.read_text().splitlines()
    truth.write_text("\n".join([*lines[:-7], "elsewhere,person-1", ""]))
    answer = evaluate("--records", str(records), "--truth", str(truth), "--json")
    assert item(answer)["truth"]["without_truth"] == 7
    assert "7 records: not measured" in answer.stderr
    assert "1 record that are not there" in answer.stderr or "1 record" in answer.stderr


def test_a_policy_blocks_and_forbids(folder: Path) -> None:
    rows = "".join(f"{n},Ann Lee,ann@example.com,{n}\n" for n in range(1, 4))
    (folder / "people.csv").write_text(f"id,name,email,number\n{rows}9,Bob Ray,bob@example.com,9\n")
    words = [
        "--records",
        "people.csv",
        "--field",
        "full_name=name",
        "--field",
        "email=email",
        "--field",
        "user_id=number",
    ]
    assert item(evaluate(*words, "--exclusive", "user_id", "--json"))["customers"] == 4
    free = item(evaluate(*words[:-2], "--json"))
    assert free["customers"] == 2
    (folder / "rules.yaml").write_text("blocked:\n  values: {email: [ann@example.com]}\n")
    assert item(evaluate(*words, "--policy", "rules.yaml", "--json"))["customers"] == 4


def test_the_rules_of_the_project_are_taken(folder: Path) -> None:
    (folder / "hub.yaml").write_text("connections: {}\nown_domains: [example.com]\n")
    (folder / "people.csv").write_text(
        "id,name,email\n1,,ann@example.com\n2,,ann@example.com\n3,Bob Ray,b@example.org\n"
    )
    assert item(evaluate("--records", "people.csv", "--json"))["customers"] == 3
    (folder / "identity.yaml").write_text("nonsense: 1\n")
    answer = evaluate("--records", "people.csv")
    assert answer.exit_code == 3
    assert "HUB-8002" in answer.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--records", "nothing.csv"], 3, "HUB-8040"),
        (["--records", "empty.csv"], 3, "HUB-8042"),
        (["--records", "people.csv", "--field", "email=Mail"], 3, "HUB-8041"),
        (["--records", "people.csv", "--field", "nose=email"], 3, "HUB-8041"),
        (["--records", "people.csv", "--id", "city"], 3, "HUB-8043"),
        (["--records", "people.csv", "--region", "Nowhere"], 3, "HUB-8041"),
        (["--records", "people.csv", "--truth", "others.csv"], 3, "HUB-8044"),
        (["--records", "people.csv", "--field", "city=city"], 3, "HUB-8045"),
        (["--records", "people.csv", "--out", "no/such/folder.csv"], 3, "HUB-8046"),
        (["--records", "people.csv", "--model", "nothing.json"], 3, "HUB-8003"),
        (["--records", "people.csv", "--model", "model.yaml"], 3, "HUB-8004"),
        (["--records", "people.csv", "--policy", "nothing.yaml"], 3, "HUB-8001"),
        (["--records", "strange.csv"], 3, "HUB-8041"),
        (["--records", "people.csv", "--field", "email"], 2, "FIELD=COLUMN"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, words: list[str], code: int, told: str) -> None:
    (folder / "people.csv").write_text("id,email,city\n1,ann@example.com,X\n2,bob@example.com,X\n")
    (folder / "others.csv").write_text("id,person\n7,a\n8,b\n")
    (folder / "empty.csv").write_text("id,email\n")
    (folder / "strange.csv").write_text("a,b\n1,2\n")
    (folder / "model.yaml").write_text("name: mine\n")
    answer = evaluate(*words)
    assert (answer.exit_code, told in answer.stderr) == (code, True), answer.stderr


def test_records_that_hold_nothing_do_no_harm(folder: Path) -> None:
    rows = "".join(f"{n},,,\n" for n in range(5))
    wild = [
        "6,\U0001f600,0000-00-00,x",
        "7," + "A" * 5000 + ",9999-99-99,a@b",
        "8,\u202eannA,1988-02-30,ann@example.com",
    ]
    (folder / "people.csv").write_text(f"id,full_name,birth_date,email\n{rows}" + "\n".join(wild) + "\n")
    assert item(evaluate("--records", "people.csv", "--json"))["customers"] == 8
