"""A small Airbyte source that goes wrong on demand. Standard library only; `vendor` in its config is a file of records.

Streams: customers (incremental by `n`) and orders (full refresh; resumable when the config says so), or whatever two
`names` the config gives them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def say(kind: str, **body: Any) -> None:
    sys.stdout.write(json.dumps({"type": kind, **body}) + "\n")
    sys.stdout.flush()


def trace_error(stream: str, kind: str, text: str) -> None:
    error: dict[str, Any] = {"message": text, "internal_message": "", "stack_trace": "", "failure_type": kind}
    if stream:
        error["stream_descriptor"] = {"name": stream}
    say("TRACE", trace={"type": "ERROR", "emitted_at": 1.0, "error": error})


def status(stream: str, word: str) -> None:
    told = {"stream_descriptor": {"name": stream}, "status": word}
    say("TRACE", trace={"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": told})


class Source:
    """One run."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.sent = 0
        by_changes, whole = config.get("names") or ("customers", "orders")
        self.modes = {by_changes: ["full_refresh", "incremental"], whole: ["full_refresh"]}

    def catalog(self) -> None:
        streams = [
            {
                "name": name,
                "json_schema": {"type": "object"},
                "supported_sync_modes": modes,
                "source_defined_cursor": "incremental" in modes,
                "default_cursor_field": ["n"] if "incremental" in modes else [],
                "source_defined_primary_key": [["id"]],
                "is_resumable": bool(self.config.get("resumable")),
            }
            for name, modes in self.modes.items()
        ]
        say("CATALOG", catalog={"streams": streams})

    def read(self, catalog: dict[str, Any], states: list[dict[str, Any]]) -> int:
        given = {one["stream"]["stream_descriptor"]["name"]: one["stream"]["stream_state"] for one in states}
        vendor = json.loads(Path(self.config["vendor"]).read_text())
        failed = False
        if self.config.get("rotate"):
            token = f"token-number-{int(self.config['token'].rpartition('-')[2]) + 1}"
            self.config["token"] = token
            say(
                "CONTROL",
                control={
                    "type": "CONNECTOR_CONFIG",
                    "emitted_at": 1,
                    "connectorConfig": {"config": self.config},
                },
            )
            say("LOG", log={"level": "INFO", "message": f"new token {token} for ann@example.com"})
        for one in catalog["streams"]:
            name = one["stream"]["name"]
            if self.config.get("fail") == name:
                status(name, "STARTED")
                trace_error(
                    name,
                    self.config.get("kind", "transient_error"),
                    'The API said {"who": "ann@example.com"}',
                )
                status(name, "INCOMPLETE")
                failed = True
                continue
            self.stream(name, one["sync_mode"] == "full_refresh", given.get(name), vendor[name])
        if failed:
            trace_error("", "config_error", "During the sync, some streams did not sync successfully")
        return 1 if failed else 0

    def stream(
        self, name: str, full: bool, state: dict[str, Any] | None, records: list[dict[str, Any]]
    ) -> None:
        status(name, "STARTED")
        since = (state or {}).get("n", 0)
        if state and "__ab_full_refresh_sync_complete" in state:
            records = []  # as the real reader does
        count = 0
        for record in sorted(records, key=lambda record: record["n"]):
            if record["n"] < since:
                continue
            if record["n"] != self.config.get("lose"):  # a record that gets lost on the way
                say("RECORD", record={"stream": name, "data": record, "emitted_at": 1})
            count += 1
            self.sent += 1
            self.trouble()
            if self.sent % self.config.get("state_every", 6) == 0 and (
                not full or self.config.get("resumable")
            ):
                self.state(name, {"n": record["n"]}, count)
                count = 0
        last = (
            {"__ab_full_refresh_sync_complete": True}
            if full
            else {"n": max((one["n"] for one in records), default=since)}
        )
        self.state(name, last, count)
        if self.config.get("unfinished") != name:
            status(name, "COMPLETE")

    def state(self, name: str, value: dict[str, Any], count: int) -> None:
        body = {"stream_descriptor": {"name": name}, "stream_state": value}
        say("STATE", state={"type": "STREAM", "stream": body, "sourceStats": {"recordCount": float(count)}})

    def trouble(self) -> None:
        if self.config.get("delay"):
            time.sleep(self.config["delay"])
        if self.sent == self.config.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    verb, *rest = sys.argv[1:]
    told = dict(zip(rest[::2], rest[1::2], strict=True))
    config = json.loads(Path(told["--config"]).read_text())
    source = Source(config)
    say("LOG", log={"level": "INFO", "message": f"{verb} begins"})
    vendor = Path(config["vendor"])
    if not vendor.exists():
        trace_error("", "transient_error", "Connection refused")
        sys.exit(1)
    if verb == "check":
        if config.get("broken"):
            trace_error("", "system_error", "Something is None")
            sys.exit(1)
        forbidden = "forbidden" in json.loads(vendor.read_text())
        good = not forbidden and not config["token"].startswith("wrong")
        text = (
            ""
            if good
            else "403 Forbidden"
            if forbidden
            else "HTTPError 401: token wrong for ann@example.com is not valid"
        )
        say(
            "CONNECTION_STATUS",
            connectionStatus={"status": "SUCCEEDED" if good else "FAILED", "message": text},
        )
    elif verb == "discover":
        source.catalog()
    else:
        states = json.loads(Path(told["--state"]).read_text()) if "--state" in told else []
        assert isinstance(states, list)
        Path(config["vendor"]).with_name("given.json").write_text(
            json.dumps({"state": states, "config": config})
        )
        if config["token"].startswith("wrong"):
            trace_error("", "config_error", "HTTP 401")
            sys.exit(1)
        if "forbidden" in json.loads(vendor.read_text()):
            trace_error("", "config_error", "Forbidden. You have no permission")
            sys.exit(1)
        sys.exit(source.read(json.loads(Path(told["--catalog"]).read_text()), states))


if __name__ == "__main__":
    main()
