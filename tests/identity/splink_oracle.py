"""Levels and weights of pairs, by Splink. Runs in Splink's own environment: `python splink_oracle.py duckdb FOLDER`.

FOLDER has settings.json, records.parquet, and tables/COLUMN.parquet of term frequencies; pairs.parquet is written.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from splink import Linker


def duckdb_pairs(folder: Path) -> None:
    import duckdb
    from splink import DuckDBAPI

    connection = duckdb.connect()
    db = DuckDBAPI(connection=connection)

    def read(path: Path) -> Any:
        return db.register(connection.sql(f"SELECT * FROM read_parquet('{path}')"))

    found = _predicted(folder, read)
    connection.execute(
        f"COPY (SELECT * FROM {found.physical_name}) TO '{folder / 'pairs.parquet'}' (FORMAT parquet)"
    )


def spark_pairs(folder: Path) -> None:
    from pyspark.sql import SparkSession
    from splink.backends.spark import SparkAPI, similarity_jar_location

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", similarity_jar_location())
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
    db = SparkAPI(spark_session=spark)
    found = _predicted(folder, lambda path: db.register(spark.read.parquet(str(path))))
    spark.table(found.physical_name).toPandas().to_parquet(folder / "pairs.parquet")
    spark.stop()


def _predicted(folder: Path, read: Any) -> Any:
    linker = Linker(read(folder / "records.parquet"), str(folder / "settings.json"))
    for path in sorted((folder / "tables").glob("*.parquet")):
        linker.table_management.register_term_frequency_lookup(read(path), path.stem)
    return linker.inference.predict()


if __name__ == "__main__":
    logging.getLogger("splink").setLevel(logging.ERROR)
    {"duckdb": duckdb_pairs, "spark": spark_pairs}[sys.argv[1]](Path(sys.argv[2]))
