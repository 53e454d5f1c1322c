"""A tap of the Singer SDK, as its authors wrote it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.models import RunStatus
from tests.live.foreign.conftest import Open, environment

pytestmark = pytest.mark.live
JSONL = "tap-jsonl==0.3.*"


def people(path: Path, first: int, last: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        for n in range(first, last + 1):
            file.write(json.dumps({"id": n, "name": f"Person {n}", "email": f"p{n}@example.com"}) + "\n")


@pytest.fixture
def config(tmp_path: Path) -> dict[str, object]:
    environment(tmp_path, JSONL)
    people(tmp_path / "people.jsonl", 1, 300)
    settings = {"path": "people.jsonl", "stream_name": "people", "primary_keys": ["id"]}
    return {"package": "tap-jsonl", "settings": settings}


def test_a_tap_of_the_sdk(opened: Open, config: dict[str, object], tmp_path: Path) -> None:
    with opened("singer", config) as session:
        told = session.check()
        assert told.details["streams"] == "people"
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {"people": {str(n) for n in range(1, 301)}}
        people(tmp_path / "people.jsonl", 301, 310)
        os.utime(tmp_path / "people.jsonl", (2_000_000_000, 2_000_000_000))
        assert session.sync().status is RunStatus.SUCCEEDED
        assert len(session.keys()["people"]) == 310


CHILD = """
import json, os, signal, sys
from pathlib import Path
from hub.plugins import load_plugins
from hub.sync import landing
from hub.testing.session import Session
landing.GROUP_RECORDS = 1
folder, config, left = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
commit = landing.Landing.flush
def last(self):
    global left
    commit(self)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
landing.Landing.flush = last
with Session(load_plugins().connectors["singer"], config, folder) as session:
    session.check()
    session.sync()
"""


def test_the_hub_is_killed_while_it_runs(opened: Open, config: dict[str, object], tmp_path: Path) -> None:
    people(tmp_path / "people.jsonl", 301, 4000)
    for commits in (1, 3):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, tmp_path, json.dumps(config), str(commits)],
            capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    with opened("singer", config) as session:
        session.check()
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {"people": {str(n) for n in range(1, 4001)}}
