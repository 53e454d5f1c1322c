"""GoldenMatch; prints one JSON line. Runs in GoldenMatch's environment.

    python peer_goldenmatch.py WAY FAMILY RECORDS.csv PEOPLE.parquet FOLDER

WAY is `automatic` (its own configuration) or `probabilistic` (its own, of the Fellegi-Sunter kind), each with `-raw`
(the records as the set has them) or `-clean` (the cleaned ones, under column names that it knows), or `explicit`
(our configuration, cleaned records).
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# Nothing remembered from an earlier run, nothing fetched.
os.environ |= {"GOLDENMATCH_AUTOCONFIG_MEMORY": "0", "HF_HUB_OFFLINE": "1"}

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from goldenmatch import dedupe_df
from goldenmatch.core.autoconfig import auto_configure_probabilistic_df

sys.path.insert(0, str(Path(__file__).parent))
from goldenmatch_models import MODELS

#: About the record and not about the person.
NOT_A_PERSON = ("record_id", "source", "updated_at")
#: Names of columns that its profiler knows.
KNOWN = {
    "given_name": "first_name",
    "family_name": "last_name",
    "birth_date": "date_of_birth",
    "line1": "address",
    "region": "state",
    "postal_code": "zip",
    "tax_id": "ssn",
}


def raw(records: str) -> tuple[list[str], pa.Table]:
    """Ids and the rest; a column of one value is left out, because it misleads the automatic configuration."""
    with Path(records).open(newline="", encoding="utf-8") as file:
        names = next(csv.reader(file))
    options = pyarrow.csv.ConvertOptions(
        column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
    )
    table = pyarrow.csv.read_csv(records, convert_options=options)
    ids = table.column("record_id").to_pylist()
    told = [
        name
        for name in names
        if name not in NOT_A_PERSON and pc.count_distinct(table.column(name)).as_py() > 1
    ]
    return ids, table.select(told)


def clean(people: str) -> tuple[list[str], pa.Table]:
    """Ids and the rest."""
    table = pq.read_table(people)
    return table.column("record_id").to_pylist(), table.drop_columns(["record_id"])


def configured(way: str, family: str, records: str, people: str) -> tuple[list[str], pa.Table, Any]:
    """Ids, records, and the configuration; None for its own choice."""
    if way == "explicit":
        return *clean(people), MODELS[family]()
    kind, _, source = way.partition("-")
    if source == "raw":
        ids, table = raw(records)
    else:
        ids, table = clean(people)
        table = table.select([name for name in table.column_names if name not in ("house", "street")])
        table = table.rename_columns([KNOWN.get(name, name) for name in table.column_names])
    return ids, table, auto_configure_probabilistic_df(table) if kind == "probabilistic" else None


def partition(way: str, family: str, records: str, people: str, folder: str) -> dict[str, Any]:
    """Clusters as CSV. A record in none of its clusters is left out, which means alone."""
    start = time.perf_counter()
    numbers, table, config = configured(way, family, records, people)
    # It may refuse where it doubts itself; the bench wants its answer all the same.
    result = dedupe_df(table, config=config, confidence_required=False, allow_red_config=True)
    target = Path(folder) / f"goldenmatch-{way}.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("record_id", "cluster_id"))
        for cluster, told in result.clusters.items():
            writer.writerows((numbers[row], cluster) for row in told["members"])
    seconds = time.perf_counter() - start
    return {"attempts": [{"name": way, "members": str(target), "seconds": seconds}]}


if __name__ == "__main__":
    print(json.dumps(partition(*sys.argv[1:])))
