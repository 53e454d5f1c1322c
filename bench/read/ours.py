"""A manifest reads the hostile server's customers: checked, and landed raw in a store, each page with its place.

python bench/read/ours.py URL TOKEN FOLDER LIMIT
"""

from __future__ import annotations

import sys
from pathlib import Path

MANIFEST = """\
name: hostile
title: Hostile server
config:
  token: {description: The token of the server, secret: true}
  limit: {description: Records of a page, type: integer, default: 250}
client: {base_url: "https://vendor.example.com", auth: {type: bearer, token: "{config.token}"}}
streams:
  customers:
    path: /page/customers
    entity: customer
    key: id
    records: $.data[*]
    paginate: {type: page, send: page, pages: $.pages, total: $.total, size: "{config.limit}", send_size: limit}
    cursor: {field: updated_at, send: {since: since}, format: rfc3339, order: ascending, overlap: 0}
    deletes: none
"""
MAPPING = """\
mapping: hostile
connector: hostile
streams: {customers: {emit: [{entity: customer, key: $.id, fields: {full_name: $.name, email: $.email}}]}}
"""


def main() -> int:
    url, token, folder, limit = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    from hub.models import RunKind, RunStatus
    from hub.plugins import Plugins
    from hub.rest import make_connector, parse_manifest
    from hub.settings import load
    from hub.store.api import open_store
    from hub.sync.engine import Engine, SyncOptions

    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    (folder / "mappings" / "hostile.yaml").write_text(MAPPING)
    (folder / "token").write_text(token)
    config = f"{{base_url: '{url}', token: 'file:token', limit: {limit}}}"
    (folder / "hub.yaml").write_text(f"connections:\n  vendor: {{connector: hostile, config: {config}}}\n")
    settings = load(folder)
    connector = make_connector(parse_manifest(MANIFEST))
    with Engine(
        settings, Plugins(connectors={"hostile": connector}), open_store(settings.store_path)
    ) as engine:
        result = engine.sync(options=SyncOptions(steps=frozenset({RunKind.PULL})))
    (run,) = result.runs
    return 0 if run.status is RunStatus.SUCCEEDED else 1


if __name__ == "__main__":
    sys.exit(main())
