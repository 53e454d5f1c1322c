"""Splink on DuckDB; prints one JSON line. Runs in Splink's environment.

python peer_splink.py partition FAMILY PEOPLE.parquet FOLDER    clusters at several thresholds, a file for each
python peer_splink.py bulk      FAMILY PEOPLE.parquet           how long prediction and clustering take
python peer_splink.py online    FAMILY PEOPLE.parquet COUNT     how long it takes to find one record's matches
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker

sys.path.insert(0, str(Path(__file__).parent))
from splink_models import MODELS, Model

#: What its documentation clusters at, and what lies around that. The best of them is reported.
THRESHOLDS = (0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
#: What bulk and online keep of a prediction, and what bulk clusters at.
LEAST, USUAL = 0.5, 0.95


class Splink:
    """A trained model over a file of people."""

    def __init__(self, family: str, people: str) -> None:
        logging.getLogger("splink").setLevel(logging.ERROR)
        self.model: Model = MODELS[family]()
        self.con = duckdb.connect()
        self.con.execute(f"CREATE TABLE people AS SELECT * FROM read_parquet('{people}')")
        self.db = DuckDBAPI(connection=self.con)
        self.linker = Linker(self.db.register(self.con.table("people")), self.model.settings())

    def train(self) -> None:
        """Prior, u, then m by one EM session for each rule."""
        training = self.linker.training
        training.estimate_probability_two_random_records_match(self.model.certain, recall=self.model.recall)
        training.estimate_u_using_random_sampling(max_pairs=self.model.pairs, seed=1)
        for rule in self.model.sessions:
            training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True
            )

    def predict(self, least: float) -> Any:
        """All pairs at least so probable."""
        return self.linker.inference.predict(threshold_match_probability=least)

    def cluster(self, predicted: Any, threshold: float) -> Any:
        """Connected components over a threshold, as a table."""
        return self.linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold
        )

    def write(self, clusters: Any, target: Path) -> None:
        """Clusters as CSV."""
        self.con.execute(
            f"COPY (SELECT record_id, cluster_id FROM {clusters.physical_name}) TO '{target}' (HEADER)"
        )


def partition(family: str, people: str, folder: str) -> dict[str, Any]:
    """`seconds` of each attempt are those of everything up to its own clusters, the other clusterings left out."""
    start = time.perf_counter()
    splink = Splink(family, people)
    splink.train()
    predicted = splink.predict(min(THRESHOLDS))
    common = time.perf_counter() - start
    attempts = []
    for threshold in THRESHOLDS:
        began = time.perf_counter()
        target = Path(folder) / f"splink-{threshold}.csv"
        splink.write(splink.cluster(predicted, threshold), target)
        seconds = common + time.perf_counter() - began
        attempts.append({"name": f"threshold {threshold}", "members": str(target), "seconds": seconds})
    return {"attempts": attempts}


def bulk(family: str, people: str) -> dict[str, Any]:
    """Seconds of prediction and of clustering, without reading, training and writing."""
    splink = Splink(family, people)
    start = time.perf_counter()
    splink.train()
    trained = time.perf_counter()
    predicted = splink.predict(LEAST)
    done = time.perf_counter()
    splink.cluster(predicted, USUAL)
    clustered = time.perf_counter()
    return {
        "train_seconds": trained - start,
        "predict_seconds": done - trained,
        "cluster_seconds": clustered - done,
        "seconds": clustered - trained,
    }


def online(family: str, people: str, count: str) -> dict[str, Any]:
    """Milliseconds to find the matches of one changed record in the base, over `count` records.

    Edges alone: nothing is clustered, written or merged, since Splink has nothing to do that with."""
    splink = Splink(family, people)
    splink.train()
    for column in _counted(splink.model):
        splink.linker.table_management.compute_tf_table(column)
    base = splink.db.register(splink.con.table("people"), dataset_display_name="base")
    splink.con.execute("CREATE TABLE probes AS SELECT * FROM people ORDER BY hash(record_id) LIMIT " + count)
    taken = []
    for place in range(int(count)):
        splink.con.execute(
            f"CREATE OR REPLACE TABLE probe_{place} AS SELECT * REPLACE ('new' AS record_id, 'changed ' || line1 AS line1) "
            f"FROM probes LIMIT 1 OFFSET {place}"
        )
        start = time.perf_counter()
        probe = splink.db.register(splink.con.table(f"probe_{place}"), dataset_display_name=f"new_{place}")
        found = splink.linker.inference.predict_between(base, probe, threshold_match_probability=LEAST)
        splink.con.execute(f"SELECT count(*) FROM {found.physical_name}").fetchall()
        taken.append((time.perf_counter() - start) * 1000)
        # Nothing may pile up that would slow the later ones.
        found.drop_table_from_database_and_remove_from_cache()
        splink.con.execute(f"DROP TABLE probe_{place}")
    return {"milliseconds": taken}


def _counted(model: Model) -> list[str]:
    """Columns with term frequencies."""
    created = model.settings().get_settings("duckdb")
    return sorted({column.unquote().name for column in created._term_frequency_columns})


if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    print(json.dumps({"partition": partition, "bulk": bulk, "online": online}[task](*arguments)))
