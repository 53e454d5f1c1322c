"""Customers of five sources with the truth of who is who: from a thousand records to five million.

    made = crowd(200_000, seed=7)
    made.columns["email"]                # one array per field, None is missing
    made.person                          # the truth: one number per record
    made.negatives                       # pairs of records that tempt, by kind

    python -m hub.testing.crowd --records 200000 --seed 7 --out FOLDER --format csv,parquet

The same count, seed and knobs give the same crowd, on every machine. Nobody here exists: names are common or made of
parts, mail goes to subdomains of example.com, .net and .org, and no subscriber has the telephone numbers (see
`hub.testing.crowd_phone`). E-mail addresses are unique to a person, telephone numbers too, unless they are shared or
handed on for a purpose.

**Negatives** are pairs of records of different people, by kind: `household_landline` and `recycled_phone` (both
records show the number), `family_email` and `role_mailbox` (both show the mailbox), `placeholder` (both show the same
placeholder for an e-mail address, a number or a birth date, or the address that one shop's clerks enter for everybody),
`twins`, `father_son` and `common_name_city` (any records of the two). At most a dozen pairs are of the same two people.

**Separated** is a pair that an observed field tells apart: any one of

- both records show a given name, spelled out and no placeholder, and the two are clearly different: no common word,
  none the beginning of the other, more than two edits apart (Damerau-Levenshtein on folded letters; more than one
  where either has at most four letters), and not two short forms or spellings of one name, by our own list or by that of
  `nicknames`. Where a record writes the given name in the field of the family name, it counts as shown;
- both show a complete, true birth date, and the dates differ in at least two of year, month and day, and not by the
  exchange of day and month;
- both show a suffix, and one is the younger's (Jr, II, jun.) and the other the elder's (Sr, Senior, sen.);
- only for `common_name_city`: both show a mailbox of the person's own, both a number, and both differ.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hub.testing.crowd_columns import Ints, Texts
from hub.testing.crowd_files import FORMATS, write_table
from hub.testing.crowd_knobs import Knobs
from hub.testing.crowd_negatives import Negatives, negatives
from hub.testing.crowd_people import people
from hub.testing.crowd_records import Recorder, group_sizes, rows

__all__ = ["Crowd", "Knobs", "Negatives", "crowd", "main", "write"]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Records as columns of equal length, in the order of their time, and the truth about them."""

    #: record_id, source, given_name, family_name, full_name, email, phone (E.164 where the source checks it, else as
    #: typed in `country`), birth_date, gender, line1, city, region, postal_code, country, language, organization,
    #: updated_at; texts or None.
    columns: dict[str, Texts]
    #: Whose record each is.
    person: Ints
    negatives: Negatives

    def __len__(self) -> int:
        return len(self.person)


def crowd(records: int, seed: int = 1, **knobs: Any) -> Crowd:
    """So many records of invented people; `knobs` are those of `Knobs`."""
    return _crowd(records, np.random.default_rng(seed), Knobs(**knobs))


def _crowd(count: int, rng: np.random.Generator, knobs: Knobs) -> Crowd:
    sizes = group_sizes(count, knobs, rng)
    everybody, relations = people(len(sizes), knobs, rng)
    of = rows(rng.permutation(sizes), knobs, rng)
    columns, seen = Recorder(everybody, of, knobs, rng).record()
    return Crowd(columns, of.person, negatives(seen, relations, rng))


def write(made: Crowd, folder: Path, formats: Sequence[str] = ("csv",)) -> None:
    """records.csv (or .jsonl, .parquet), truth.csv (record_id, person_id), negatives.csv (record_id_a, record_id_b, kind, separated).

    Raises ValueError for a format that is none of these.
    """
    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"no such format: {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in formats:
        write_table(made.columns, folder / f"records.{name}")
    ids, pairs = made.columns["record_id"], made.negatives
    write_table({"record_id": ids, "person_id": made.person}, folder / "truth.csv")
    told = {
        "record_id_a": ids[pairs.a],
        "record_id_b": ids[pairs.b],
        "kind": pairs.kind,
        "separated": pairs.separated,
    }
    write_table(told, folder / "negatives.csv")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: write a crowd into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m hub.testing.crowd", description="Write invented customers and the truth."
    )
    parser.add_argument("--records", type=int, required=True, help="how many records, 1,000 to 5,000,000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="a folder; made if it is not there")
    parser.add_argument("--format", default="csv", help="csv, jsonl, parquet; several with commas")
    chosen = parser.parse_args(arguments)
    write(crowd(chosen.records, chosen.seed), chosen.out, chosen.format.split(","))


if __name__ == "__main__":
    main()
