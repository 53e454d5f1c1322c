"""The four readers: how each is started, and which records are in what it leaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environments import python_of
from bench.process import Measured, ProgramError, measured

HERE = Path(__file__).parent
#: Records of a page.
PAGE = 250
#: Seconds after which a run is given up.
LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where the hostile server is."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Tool:
    """`run` reads once into a folder, and goes on there when it is called again; `ids` are those of its rows."""

    name: str
    run: Callable[[Vendor, Path, float], Measured]
    ids: Callable[[Path], list[int]]


def succeeded(tool: Tool, vendor: Vendor, folder: Path, limit: float = LIMIT) -> Measured | None:
    """One run; None when the tool says that it failed, or does not end."""
    try:
        return tool.run(vendor, folder, limit)
    except ProgramError:
        return None


# --- ours --------------------------------------------------------------------------------------------------------


def _ours(vendor: Vendor, folder: Path, limit: float) -> Measured:
    return measured(
        [sys.executable, HERE / "ours.py", vendor.url, vendor.token, folder, str(PAGE)],
        limit=limit,
        PYTHONPATH=str(HERE.parents[1]),
    )


def _ours_ids(folder: Path) -> list[int]:
    from hub.store.api import open_store

    if not (folder / "hub.db").exists():
        return []
    with open_store(folder / "hub.db") as store:
        return [int(row[0]) for row in store.driver.query("SELECT key FROM raw_records")]


# --- dlt ---------------------------------------------------------------------------------------------------------


def _dlt(vendor: Vendor, folder: Path, limit: float) -> Measured:
    command = [python_of("dlt"), HERE / "peer_dlt.py", vendor.url, vendor.token, folder, str(PAGE)]
    return measured(command, limit=limit)


def _dlt_ids(folder: Path) -> list[int]:
    return [row["id"] for file in sorted(folder.glob("out/main/customers/*.jsonl")) for row in _lines(file)]


# --- Singer and Airbyte: programs whose output is the protocol; what it is written to is the file ---------------------


def _into_file(command: list[str | Path], folder: Path, limit: float) -> Measured:
    number = len(list(folder.glob("out-*.jsonl")))
    return measured(command, limit=limit, output=folder / f"out-{number}.jsonl")


def _singer(vendor: Vendor, folder: Path, limit: float) -> Measured:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.json"
    config.write_text(json.dumps({"url": vendor.url, "token": vendor.token, "limit": PAGE}))
    command: list[str | Path] = [python_of("singer"), HERE / "singer_tap.py", "--config", config]
    states = [line["value"] for line in _messages(folder) if line.get("type") == "STATE"]
    if states:
        (folder / "state.json").write_text(json.dumps(states[-1]))
        command += ["--state", folder / "state.json"]
    return _into_file(command, folder, limit)


def _singer_ids(folder: Path) -> list[int]:
    return [line["record"]["id"] for line in _messages(folder) if line.get("type") == "RECORD"]


def _airbyte(vendor: Vendor, folder: Path, limit: float) -> Measured:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"url": vendor.url, "token": vendor.token}))
    (folder / "catalog.json").write_text(json.dumps({"streams": [_CONFIGURED]}))
    runner = python_of("airbyte").with_name("source-declarative-manifest")
    command: list[str | Path] = [runner, "read", "--manifest-path", HERE / "airbyte.yaml"]
    command += ["--config", folder / "config.json", "--catalog", folder / "catalog.json"]
    states = [line["state"] for line in _messages(folder) if line.get("type") == "STATE"]
    if states:
        (folder / "state.json").write_text(json.dumps(states[-1:]))
        command += ["--state", folder / "state.json"]
    return _into_file(command, folder, limit)


_CONFIGURED = {
    "stream": {
        "name": "customers",
        "json_schema": {},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
    },
    "sync_mode": "incremental",
    "destination_sync_mode": "append",
}


def _airbyte_ids(folder: Path) -> list[int]:
    return [line["record"]["data"]["id"] for line in _messages(folder) if line.get("type") == "RECORD"]


def _messages(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("out-*.jsonl")):
        yield from _lines(file)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # the end of a run that was cut off
        if isinstance(told, dict):
            yield told


TOOLS = (
    Tool("hub, landed in the store", _ours, _ours_ids),
    Tool("dlt rest_api", _dlt, _dlt_ids),
    Tool("Singer SDK", _singer, _singer_ids),
    Tool("Airbyte CDK", _airbyte, _airbyte_ids),
)
