"""Who is who in any records: found without labels, measured against the truth, the same in whatever order they come."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from hub.errors import ConfigError
from hub.identity.features import PART, Features, fold_sources
from hub.identity.model_file import model_json, parse_model
from hub.identity.policy import IdentityPolicy
from hub.identity.shipped import shipped
from hub.insight.curve import Curve, expected_at
from hub.insight.evaluation import Resolved, resolve
from hub.insight.people_fields import guessed
from hub.insight.people_file import read_people
from hub.insight.truth import measure, read_truth

from .crowd import COLUMNS, Crowd, crowd

FIELDS = guessed(COLUMNS)


def resolved(
    path: Path, policy: IdentityPolicy | None = None, **options: object
) -> tuple[list[str], Resolved]:
    policy = policy or IdentityPolicy()
    read = read_people(path, FIELDS)
    return list(read.ids), resolve(read.features(policy), policy, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small() -> Crowd:
    return crowd(300)


@pytest.fixture(scope="module")
def found(small: Crowd, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Resolved]:
    return resolved(small.write(tmp_path_factory.mktemp("crowd"))[0])


def test_people_are_found_without_labels(small: Crowd, found: tuple[list[str], Resolved]) -> None:
    ids, result = found
    measured = measure(ids, result.labels, small.truth)
    assert measured.evaluation.pairwise.precision > 0.9
    assert measured.evaluation.pairwise.f1 > 0.9
    assert measured.without_truth == measured.unknown == 0
    expected = result.expected
    assert abs(expected.precision - measured.evaluation.pairwise.precision) < 0.1
    assert set(result.seconds) == {"pairing", "training", "weighing", "clustering"}


def test_the_order_of_the_file_does_not_matter(
    small: Crowd, found: tuple[list[str], Resolved], tmp_path: Path
) -> None:
    rows = small.rows[:]
    random.Random(1).shuffle(rows)
    ids, again = resolved(Crowd(rows, small.truth).write(tmp_path)[0])
    assert ids == found[0]
    assert np.array_equal(again.labels, found[1].labels)
    assert again.model == found[1].model


def test_a_model_of_a_file_is_taken_as_it_is(
    found: tuple[list[str], Resolved], small: Crowd, tmp_path: Path
) -> None:
    model = parse_model(model_json(found[1].model), "model.json")
    ids, again = resolved(small.write(tmp_path)[0], model=model)
    assert again.model.comparisons == model.comparisons
    assert set(again.model.frequencies) == set(found[1].model.frequencies), (
        "how common values are is told anew"
    )
    assert measure(ids, again.labels, small.truth).evaluation.pairwise.f1 > 0.9


def test_what_so_many_have_joins_nobody(small: Crowd, tmp_path: Path) -> None:
    mail = COLUMNS.index("email")
    rows = [[*row[:mail], "reception@example.net" if n % 3 == 0 else row[mail], *row[mail + 1 :]]
            for n, row in enumerate(small.rows)]  # fmt: skip
    ids, result = resolved(
        Crowd(rows, small.truth).write(tmp_path)[0], IdentityPolicy.parse("blocked: {role_mailboxes: []}")
    )
    assert result.retired == 1
    assert measure(ids, result.labels, small.truth).evaluation.pairwise.precision > 0.9


# --- limits --------------------------------------------------------------------------------------------------------


OTHERS = [("Bob", "Ray"), ("Cid", "Day"), ("Eve", "Hill"), ("Fay", "Moor"), ("Gus", "Wood")]


def one_person(mails: list[str], tax_ids: list[str]) -> Features:
    """One and the same person several times, but for addresses and a number that a state gave; and other people."""
    count = len(mails)
    ours = {"given_name": "Ann", "family_name": "Lee", "birth_date": "1988-08-24"}
    columns = {name: [text] * count for name, text in ours.items()}
    for n, (given, family) in enumerate(OTHERS):
        for name, text in zip(columns, (given, family, f"197{n}-0{n + 1}-11"), strict=True):
            columns[name].append(text)
    others = [f"{given}@example.org".lower() for given, _ in OTHERS]
    identifiers = {
        "email": [[one] for one in (*mails, *others)],
        "phone": [["+12025550101"]] * count + [[f"+1202555011{n}"] for n in range(5)],
        "other": [[f"tax_id{PART}{PART}{one}"] if one else [] for one in tax_ids] + [[]] * 5,
    }
    return fold_sources(columns, identifiers, count + 5)


def sizes(features: Features, exclusive: frozenset[str] = frozenset()) -> list[int]:
    """How many records the customers have that are more than one."""
    result = resolve(features, IdentityPolicy(), model=shipped(), exclusive=exclusive)
    return sorted(size for size in np.bincount(result.labels).tolist() if size > 1)


@pytest.mark.parametrize(("exclusive", "found"), [(frozenset(), [6]), (frozenset({"tax_id"}), [2, 4])])
def test_exclusive_identifiers_forbid_only_where_it_is_said(
    exclusive: frozenset[str], found: list[int]
) -> None:
    numbers = ["044080222", "991122333", "044080222", "991122333", "044080222", "044080222"]
    assert sizes(one_person(["ann@example.com"] * 6, numbers), exclusive) == found


def test_a_slip_of_the_pen_is_no_second_number() -> None:
    records = one_person(["ann@example.com"] * 3, ["044080222", "044080223", "044080222"])
    assert sizes(records, frozenset({"tax_id"})) == [3]


def test_limits_of_the_policy_hold() -> None:
    mails = [f"ann{n}@example.com" for n in range(8)]
    assert max(sizes(one_person(mails, [""] * 8))) == 5, "no customer has more than five addresses"


# --- truth ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("record_id,person_id\na,1\nb,1\n", (None, None)),
        ("No,who\na,1\nb,1\n", ("No", None)),
        ("No,other,who\na,x,1\nb,y,1\n", ("No", "who")),
        ("record_id,person_id\na,1\nb,1\nc,\n", (None, None)),
    ],
)
def test_truth_is_two_columns(tmp_path: Path, text: str, options: tuple[str | None, str | None]) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text)
    assert read_truth(path, *options, None) == {"a": "1", "b": "1"}


@pytest.mark.parametrize(
    ("text", "options", "code", "told"),
    [
        ("No,who\na,1\n", (None, None), "HUB-8041", "--truth-id"),
        ("id,x,y\na,1,2\n", (None, None), "HUB-8041", "--truth-person"),
        ("id,x\na,1\n", (None, "who"), "HUB-8041", "no column who"),
        ("id,x\na,1\na,2\n", (None, None), "HUB-8043", "1 records"),
        ("id,x\n", (None, None), "HUB-8042", "no records"),
    ],
)
def test_what_is_wrong_with_a_truth_is_told(
    tmp_path: Path, text: str, options: tuple[str | None, str | None], code: str, told: str
) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_truth(path, *options, None)
    assert caught.value.code == code
    assert told in str(caught.value)


def test_only_records_with_a_truth_are_measured() -> None:
    labels = np.array([0, 0, 2, 3], np.int32)
    told = measure(["a", "b", "c", "d"], labels, {"a": "x", "b": "x", "d": "y", "z": "y"})
    assert (told.evaluation.records, told.without_truth, told.unknown) == (3, 1, 1)
    assert told.evaluation.pairwise.f1 == 1.0
    with pytest.raises(ConfigError) as caught:
        measure(["a"], labels[:1], {"b": "x"})
    assert caught.value.code == "HUB-8044"


# --- what the model expects ------------------------------------------------------------------------------------------


def test_expected_precision_and_recall_follow_from_odds() -> None:
    odds = np.array([-1_000_000, 1_000_000, 3_000_000], np.int64)
    curve = Curve.empty().and_also(odds[:1]).and_also(odds[1:])
    chance = [1 / 3, 2 / 3, 8 / 9]
    at_zero = curve.expected(0.0)
    assert at_zero.precision == pytest.approx((chance[1] + chance[2]) / 2)
    assert at_zero.recall == pytest.approx((chance[1] + chance[2]) / sum(chance))
    assert curve.expected(-40.0).recall == 1.0
    for stop in (-2.0, 0.0, 2.0):
        exact, binned = expected_at(odds, stop), curve.expected(stop)
        assert (exact.links, exact.precision) == (binned.links, pytest.approx(binned.precision))
    assert expected_at(odds, 0.999).links == expected_at(odds, 1.0).links == 2
    assert expected_at(odds, 1.001).links == 1
    nothing = Curve.empty().expected(0.0)
    assert (nothing.precision, nothing.recall) == (1.0, 1.0)
