"""dlt reads the bench vendor into SQLite, as its documentation advises for speed; prints one JSON line.

python bench/peer_dlt.py URL FOLDER [merge|append]
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path


def main() -> None:
    url, folder, disposition = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "DLT_DATA_DIR": str(folder / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
            # Its performance page: bigger buffers and files, progress off.
        }
    )
    import dlt
    from dlt.sources.rest_api import rest_api_source

    resource_: dict[str, object] = {
        "name": "customers",
        "endpoint": {
            "path": "customers",
            "params": {"per_page": 250},
            "data_selector": "data",
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "total_path": None,
                "stop_after_empty_page": True,
            },
        },
        "write_disposition": disposition,
    }
    if disposition == "merge":
        resource_["primary_key"] = "id"
    source = rest_api_source({"client": {"base_url": url}, "resources": [resource_]})  # type: ignore[typeddict-item]
    database = folder / "dlt.db"
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{database}"),
        dataset_name="main",
    )
    start = time.perf_counter()
    pipeline.run(source)
    seconds = time.perf_counter() - start
    rows = sqlite3.connect(database).execute("SELECT count(*), sum(id) FROM customers").fetchone()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": seconds, "rows": rows[0], "sum": rows[1], "rss_mb": rss, "version": dlt.__version__}
        )
    )


if __name__ == "__main__":
    main()
