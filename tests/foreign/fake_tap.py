"""A small Singer tap that goes wrong on demand. Standard library only; `vendor` in its config is a file of records.

Streams: customers (incremental by `n`, sorted) and orders (full table, with versions).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CATALOG = {
    "streams": [
        {
            "tap_stream_id": "customers",
            "stream": "customers",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}},
            "key_properties": ["id"],
            "replication_key": "n",
            "metadata": [
                {"breadcrumb": [], "metadata": {"inclusion": "available", "valid-replication-keys": ["n"]}},
                {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}},
                {"breadcrumb": ["properties", "odd"], "metadata": {"inclusion": "unsupported"}},
            ],
        },
        {
            "tap_stream_id": "orders",
            "stream": "orders",
            "schema": {"type": "object"},
            "metadata": [
                {
                    "breadcrumb": [],
                    "metadata": {"table-key-properties": ["id"], "forced-replication-method": "FULL_TABLE"},
                }
            ],
        },
    ]
}


class Tap:
    """One run."""

    def __init__(self, config: dict[str, Any], path: Path, state: dict[str, Any]) -> None:
        self.config = config
        self.path = path
        self.state = {"bookmarks": {}, **state}
        self.sent = 0

    def say(self, **message: Any) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def run(self, catalog: dict[str, Any]) -> None:
        self.before()
        self.say(type="STATE", value=self.state)  # as the SDK does
        chosen = {one["tap_stream_id"]: one["metadata"][0]["metadata"] for one in catalog["streams"]}
        vendor = json.loads(Path(self.config["vendor"]).read_text())
        for stream, top in chosen.items():
            if top["selected"]:
                self.read(stream, top["replication-method"], vendor[stream])
        self.after()

    def read(self, stream: str, method: str, records: list[dict[str, Any]]) -> None:
        self.say(type="SCHEMA", stream=stream, schema={}, key_properties=["id"])
        bookmark = self.state["bookmarks"].setdefault(stream, {})
        version = int(time.time() * 1000)
        full = method == "FULL_TABLE"
        since = 0 if full else bookmark.get("n", 0)
        for record in sorted(records, key=lambda record: record["n"]):
            if not full and record["n"] < since:  # inclusive, as bookmarks are
                continue
            self.say(type="RECORD", stream=stream, record=record, **({"version": version} if full else {}))
            self.sent += 1
            self.trouble()
            if not full:
                bookmark["n"] = record["n"]
            if self.sent % self.config.get("state_every", 7) == 0:
                self.say(type="STATE", value=self.state)
        if full and self.config.get("versions", True):
            self.say(type="ACTIVATE_VERSION", stream=stream, version=version)
        self.say(type="STATE", value=self.state)

    # --- on demand ---------------------------------------------------------------------------------------------------

    def before(self) -> None:
        config = self.config
        if config.get("rotate"):
            count = int(config["token"].rpartition("-")[2]) + 1
            config["token"] = f"token-number-{count}"
            config["issued"] = {"at": count}
            self.path.write_text(json.dumps(config))
            Path(config["vendor"]).with_name("token").write_text(config["token"])
        if config.get("garbage"):
            print("Starting up ...")
            print('{"level": "info", "msg": "hello"}')
            print("{not json at all")
            print("[1, 2]")
            print('"text"')
            print('{"type": "WEATHER", "sky": "blue"}')
            print()
            os.write(1, b"\xff\xfe\x00\x80 not utf-8\n")
            sys.stderr.write(
                'INFO METRIC: {"type": "counter", "metric": "record_count", "value": 3, "tags": {}}\n'
            )
            sys.stderr.write(f"Authorization: Bearer {config.get('token')} for ann@example.com\n")

    def trouble(self) -> None:
        config = self.config
        if config.get("delay"):
            time.sleep(random.random() * config["delay"])
        if self.sent == config.get("cut_at"):
            sys.stdout.write('{"type": "RECORD", "stream": "customers", "record": {"id": "9\n')
        if self.sent == config.get("exit_at"):
            sys.stderr.write(
                f"requests.HTTPError: 503 Server Error for ann@example.com {config.get('token')}\n"
            )
            sys.exit(1)
        if self.sent == config.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.sent == config.get("hang_at"):
            self.hang()

    def hang(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(self.config["vendor"]).with_name("pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)

    def after(self) -> None:
        if self.config.get("orphan"):  # a child that outlives it, and holds its output open
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            Path(self.config["vendor"]).with_name("pids").write_text(str(child.pid))
        if self.config.get("flood"):  # more than a pipe holds, on the log
            sys.stderr.write("x" * 99 + "\n" * 1)
            for _ in range(5000):
                sys.stderr.write("x" * 99 + "\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--catalog")
    parser.add_argument("--state")
    parser.add_argument("--discover", action="store_true")
    told = parser.parse_args()
    path = Path(told.config)
    config = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    vendor = Path(config["vendor"])
    if not vendor.exists():
        sys.stderr.write("urllib3.NewConnectionError: connection refused\n")
        sys.exit(1)
    if "forbidden" in json.loads(vendor.read_text()):
        sys.stderr.write("requests.HTTPError: 403 Client Error: Forbidden\n")
        sys.exit(1)
    if told.discover:
        if str(config.get("token")).startswith("wrong"):
            sys.stderr.write("401 Client Error: Unauthorized\n")
            sys.exit(1)
        print("talk before the catalogue")
        print(json.dumps(CATALOG, indent=2))
        return
    state = json.loads(Path(told.state).read_text()) if told.state else {}
    Path(config["vendor"]).with_name("given.json").write_text(
        json.dumps({"state": state, "config": config, "env": dict(os.environ)})
    )
    Tap(config, path, state).run(json.loads(Path(told.catalog).read_text()))


if __name__ == "__main__":
    main()
