"""dlt's rest_api reads the hostile server's customers into files of JSON lines.

python bench/read/peer_dlt.py URL TOKEN FOLDER LIMIT
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    url, token, folder, limit = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DLT_DATA_DIR": str(folder / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
    import dlt
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source(
        {
            "client": {"base_url": url, "auth": {"type": "bearer", "token": token}},
            "resources": [
                {
                    "name": "customers",
                    "primary_key": "id",
                    "write_disposition": "append",
                    "endpoint": {
                        "path": "page/customers",
                        "params": {"limit": limit},
                        "data_selector": "data",
                        "paginator": {"type": "page_number", "base_page": 1, "total_path": "pages"},
                        "incremental": {"cursor_path": "updated_at", "start_param": "since"},
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        pipeline_name="read",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.filesystem((folder / "out").absolute().as_uri()),
        dataset_name="main",
    )
    pipeline.run(source, loader_file_format="jsonl")


if __name__ == "__main__":
    main()
