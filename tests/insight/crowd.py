"""A small crowd as two systems know it, with the truth: for tests that need records to resolve."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

from hub.testing.people import people, sighting

COLUMNS = (
    "record_id",
    "given_name",
    "family_name",
    "email",
    "phone",
    "birth_date",
    "city",
    "country",
    "source",
)


@dataclass(frozen=True)
class Crowd:
    """Rows by COLUMNS, and who each is."""

    rows: list[list[str]]
    truth: dict[str, str]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """records.csv and truth.csv."""
        records, truth = folder / "records.csv", folder / "truth.csv"
        for path, head, rows in (
            (records, COLUMNS, self.rows),
            (truth, ("record_id", "person_id"), list(map(list, self.truth.items()))),
        ):
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([head, *rows])
        return records, truth


def crowd(count: int, seed: int = 3) -> Crowd:
    """`count` people, two records of most of them."""
    rng = random.Random(seed)
    rows, truth = [], {}
    for person in people(count, seed):
        for source in ("shop", "desk")[: rng.choice((1, 2, 2))]:
            seen = sighting(person, rng)
            id_ = f"{source}-{rng.getrandbits(40):010x}"
            born = person.birth_date if rng.random() < 0.7 else ""
            rows.append([
                id_, seen.given_name, seen.family_name, seen.email, seen.phone, born,
                person.city if rng.random() < 0.8 else "", person.country, "file",
            ])  # fmt: skip
            truth[id_] = person.id
    return Crowd(rows, truth)
