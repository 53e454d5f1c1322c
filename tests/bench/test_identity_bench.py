"""The bench of identity judges rightly, and its result has the promised shape."""

from __future__ import annotations

import csv
import itertools
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.identity import measure, people, report
from bench.identity.attempts import Attempt
from bench.identity.peer_exact import components
from bench.identity.public_sets import dashed, separated, write_set
from bench.identity.quality import judged
from bench.identity.sets import PUBLIC, prepared
from bench.process import ProgramError, measured


def test_quality_of_a_partition_worked_out_by_hand():
    """Three people a, b, c of 3, 2 and 1 records; one of a's is put to b, and c is alone.

    Pairs: clusters {1,2}, {3,4,5}, {6} predict 1 + 3, of which 1-2 and 4-5 are true; the truth holds 3 + 1.
    B-cubed precision: 1, 1, 1/3, 2/3, 2/3, 1; recall: 2/3, 2/3, 1/3, 1, 1, 1."""
    truth = {"1": "a", "2": "a", "3": "a", "4": "b", "5": "b", "6": "c"}
    members = {"1": "x", "2": "x", "3": "y", "4": "y", "5": "y", "6": "z"}
    found = measure.quality(members, truth)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert found.b3_precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)
    assert found.b3_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 3) / 6)
    assert found.b3_f1 == pytest.approx(measure.harmonic(found.b3_precision, found.b3_recall))


def test_a_record_that_a_tool_left_out_is_alone():
    truth = {"1": "a", "2": "a", "3": "b"}
    found = measure.quality({"1": "x"}, truth)
    assert (found.precision, found.recall) == (1.0, 0.0)
    # Also when its name is that of somebody's customer.
    assert measure.quality({"1": "2"}, truth) == found


def test_a_record_that_the_truth_does_not_know_is_not_counted():
    truth = {"1": "a", "2": "a"}
    assert measure.quality({"1": "x", "2": "x", "9": "x"}, truth).precision == 1.0


def test_without_truth_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="no record"):
        measure.quality({}, {})


PARTITIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=25)


@given(PARTITIONS)
def test_counting_cells_equals_enumerating_pairs(labels):
    members = {str(n): f"c{cluster}" for n, (cluster, _) in enumerate(labels)}
    truth = {str(n): f"p{person}" for n, (_, person) in enumerate(labels)}
    pairs = list(itertools.combinations(labels, 2))
    said = [pair for pair in pairs if pair[0][0] == pair[1][0]]
    true = [pair for pair in pairs if pair[0][1] == pair[1][1]]
    both = sum(pair in true for pair in said)
    found = measure.quality(members, truth)
    assert found.precision == pytest.approx(both / len(said) if said else 1.0)
    assert found.recall == pytest.approx(both / len(true) if true else 1.0)
    shares = [
        (
            sum(o == label for o in labels),
            sum(o[0] == label[0] for o in labels),
            sum(o[1] == label[1] for o in labels),
        )
        for label in labels
    ]
    assert found.b3_precision == pytest.approx(sum(cell / size for cell, size, _ in shares) / len(labels))
    assert found.b3_recall == pytest.approx(sum(cell / size for cell, _, size in shares) / len(labels))


def test_false_merges_are_told_by_kind_and_only_of_pairs_that_something_separates():
    members = {"1": "x", "2": "x", "3": "y", "4": "y"}
    negatives = [
        ("1", "2", "twins", True),
        ("1", "3", "twins", True),
        ("3", "4", "twins", False),
        ("1", "4", "household", True),
        ("5", "6", "household", True),  # in no customer at all
        ("3", "4", "namesakes", False),
    ]
    assert measure.false_merges(members, negatives) == {"all": 0.25, "household": 0.0, "twins": 0.5}


def test_negatives_are_read_in_either_spelling_of_yes(tmp_path):
    file = tmp_path / "negatives.csv"
    file.write_text("record_id_a,record_id_b,kind,separated\n1,2,k,true\n1,3,k,1\n1,4,k,false\n1,5,k,0\n")
    assert [separated for *_, separated in measure.read_negatives(file)] == [True, True, False, False]
    assert measure.read_negatives(tmp_path / "none.csv") == []


def test_exact_identifiers_join_transitively():
    emails = ["a@example.com", None, "a@example.com", "b@example.com", None, "c@example.com"]
    phones = [None, "1", None, "2", "2", "1"]
    assert components([emails, phones], 6) == [0, 1, 0, 3, 3, 1]


def test_people_are_cleaned_for_the_peers():
    person = people.cleaned(
        {
            "full_name": "Dr. José  O'Neil",
            "email": "Jose@Example.COM",
            "phone": "(202) 555-0123",
            "country": "US",
            "line1": "12b High Street",
            "birth_date": "19800102",
            "tax_id": "123-45-6789",
        }
    )
    assert (person["given_name"], person["family_name"]) == ("jose", "oneil")
    assert (person["email"], person["phone"]) == ("jose@example.com", "+12025550123")
    assert (person["house"], person["street"]) == ("12b", "high street")
    assert (person["birth_date"], person["tax_id"]) == ("1980-01-02", "123456789")


@pytest.mark.parametrize(
    ("clean", "junk"),
    [
        (people.folded, "N/A"),
        (people.folded, "000"),
        (people.email_of, "info@example.com"),
        (people.email_of, "not an address"),
        (lambda text: people.phone_of(text, "US"), "555-555-5555"),
        (lambda text: people.phone_of(text, "US"), "1234567890"),
        (people.date_of, "1900-01-01"),
    ],
)
def test_junk_is_taken_out_for_the_peers(clean, junk):
    assert clean(junk) is None


def test_a_column_without_information_is_left_out(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    records = tmp_path / "records.csv"
    with records.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("record_id", "a", "b", "c"), *((n, f"name {n}", "X", "") for n in range(20))]
        )
    fields = {"given_name": "a", "city": "b", "email": "c", "line1": "{b} {a}"}
    people.write(records, fields, tmp_path / "people.parquet")
    table = pq.read_table(tmp_path / "people.parquet")
    assert table.column_names == ["record_id", "given_name", "line1", "house"]
    assert table.column("line1")[0].as_py() == "x name 0"


def test_dates_of_several_orders_become_one():
    assert dashed("03/08/1995", "mdy") == dashed("19950308", "ymd") == "1995-03-08"
    assert dashed("3/8/95", "mdy") == "3/8/95"
    assert dashed(float("nan"), "mdy") == ""


def test_two_people_are_separated_by_what_a_slip_does_not_explain():
    one = {"first_name": "Ann", "birth_date": "1980-01-02"}
    assert separated(one, {"first_name": "Bob"})
    assert separated(one, {"first_name": "Ann", "birth_date": "1990-11-02"})
    assert not separated(one, {"first_name": "Anne", "birth_date": "1980-01-03"})
    assert not separated(one, {"first_name": "", "birth_date": ""})


def test_a_set_is_written_shuffled_but_always_alike(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        records = [{"record_id": f"r{n}", "a": None if n % 2 else n} for n in range(50)]
        write_set(tmp_path / name, records, {f"r{n}": str(n) for n in range(50)})
    one, two = ((tmp_path / name / "records.csv").read_text() for name in ("one", "two"))
    assert one == two
    assert one.splitlines()[1:] != sorted(one.splitlines()[1:])
    assert measure.read_memberships(tmp_path / "one" / "truth.csv")["r7"] == "7"


def test_an_unknown_set_is_named():
    with pytest.raises(ValueError, match="no such set: febrl9"):
        prepared("febrl9")
    assert set(PUBLIC) == {"febrl3", "febrl4", "rldata10000", "pseudopeople"}


def test_a_process_is_measured_with_its_children(tmp_path):
    script = tmp_path / "grow.py"
    child = "import time; held = b'x' * 60_000_000; time.sleep(0.5)"
    script.write_text(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\nprint('{{\"a\": 1}}')\n"
    )
    run = measured([sys.executable, script])
    assert run.told == {"a": 1}
    assert run.seconds > 0.5
    assert run.rss_mb > 55


def test_a_process_that_fails_or_never_ends_is_told(tmp_path):
    script = tmp_path / "bad.py"
    script.write_text("import sys; sys.exit('no such column')")
    with pytest.raises(ProgramError, match="no such column"):
        measured([sys.executable, script])
    script.write_text("import time; time.sleep(60)")
    with pytest.raises(ProgramError):
        measured([sys.executable, script], limit=0.3)


@pytest.fixture
def row(tmp_path):
    members = tmp_path / "members.csv"
    members.write_text("record_id,customer_id\n1,x\n2,x\n3,y\n")
    truth = {"1": "a", "2": "a", "3": "b"}
    return judged("tiny", "ours", Attempt("defaults", members, 1.5, 20.2), truth, [("1", "3", "twins", True)])


def test_the_result_has_the_promised_shape(tmp_path, row):
    told = report.Report(tmp_path / "results" / "identity.json", anew=True)
    told.add("sets", [row])
    told.add("online", [{"base": 50_000, "tool": "ours", "p50_ms": 1.0, "p99_ms": 2.0}])
    told.add("bulk", [{"records": 1_000_000, "tool": "ours", "seconds": 5.0, "rss_mb": 900}])
    told.add("change", [{"share": 0.01, "cost_share": 0.02}])
    found = json.loads(told.file.read_text())
    wanted = {"set", "tool", "precision", "recall", "f1", "b3_f1", "seconds", "rss_mb", "false_merges"}
    assert wanted <= set(found["sets"][0])
    assert found["sets"][0]["false_merges"] == {"all": 0.0, "twins": 0.0}
    assert found["online"] == [{"base": 50_000, "tool": "ours", "p50_ms": 1.0, "p99_ms": 2.0}]
    assert found["bulk"] == [{"records": 1_000_000, "tool": "ours", "seconds": 5.0, "rss_mb": 900}]
    assert found["change"] == [{"share": 0.01, "cost_share": 0.02}]
    tables = told.tables()
    assert "| tiny | ours | defaults | 1.0000" in tables
    assert "| set | tool | all | twins |" in tables


def test_a_run_of_a_part_keeps_the_other_rows_and_replaces_its_own(tmp_path, row):
    file = tmp_path / "results" / "identity.json"
    report.Report(file, anew=True).add("sets", [row, {**row, "tool": "splink"}])
    again = report.Report(file, anew=False)
    again.add("sets", [{**row, "f1": 0.5}])
    found = json.loads(file.read_text())["sets"]
    assert {(told["tool"], told["f1"]) for told in found} == {("splink", 1.0), ("ours", 0.5)}
    assert report.Report(file, anew=True).rows["sets"] == []
