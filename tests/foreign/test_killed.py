"""kill -9 of the hub at random moments while a tap runs: nothing lost, nothing doubled, no token forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.models import RunStatus
from hub.testing.session import Session
from tests.foreign.conftest import HERE, Open, Vendor, gone_soon, is_alive

#: Every record takes a moment, states come often, the token is renewed with every run.
SETTINGS = {"delay": 0.01, "state_every": 4, "rotate": True}


def lives(folder: Path, seed: int, deaths: int, order: str = "good") -> int:
    """How many of the lives were ended by us."""
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "killed_child.py"),
            folder,
            str(seed),
            str(deaths),
            order,
            json.dumps(SETTINGS),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


def rows(session: Session) -> list[str]:
    return [key for (key,) in session.store.driver.query("SELECT key FROM raw_records")]


def one_story(tap: Open, vendor: Vendor, folder: Path, seed: int, deaths: int) -> None:
    killed = lives(folder, seed, deaths)
    assert killed > deaths / 2, f"only {killed} of {deaths} lives were cut off"
    token = (folder / "token").read_text()
    with tap(rotate=True) as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}
        assert len(rows(session)) == len(set(rows(session))) == 65
    assert vendor.given()["config"]["token"] == token, (
        "the newest token was found in the folder of a dead run"
    )
    home = folder / ".hub" / "connections" / "case"
    assert [path.name for path in home.glob("run-*")] == [], "no config with secrets is left lying about"


def test_the_hub_is_killed_while_a_tap_runs(tap: Open, vendor: Vendor, tmp_path: Path) -> None:
    one_story(tap, vendor, tmp_path, seed=1, deaths=14)


def test_a_program_that_outlives_the_hub_is_ended_by_the_next_run(
    tap: Open, vendor: Vendor, tmp_path: Path
) -> None:
    code = "import sys; from pathlib import Path; from tests.foreign.killed_child import life; life(Path(sys.argv[1]), {'hang_at': 9}, 0)"
    path = os.pathsep.join([str(HERE.parents[1]), *(path for path in sys.path if path)])
    hub = subprocess.Popen([sys.executable, "-c", code, tmp_path], env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 30
    while not (tmp_path / "pids").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    hub.kill()
    hub.wait()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(is_alive(pid) for pid in pids), "the control: it hangs, and nobody is left to end it"
    with tap() as session:
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {stream: vendor.keys(stream) for stream in vendor.records}
    assert all(gone_soon(pid) for pid in pids)


@pytest.mark.nightly
def test_the_hub_is_killed_many_times(tap: Open, vendor: Vendor, tmp_path: Path) -> None:
    one_story(tap, vendor, tmp_path, seed=2, deaths=250)


def test_a_state_ahead_of_its_records_loses_some(tap: Open, vendor: Vendor, tmp_path: Path) -> None:
    """The control: the same deaths, with states that go out first."""
    lives(tmp_path, 3, 6, "hasty")
    with tap() as session:
        session.sync()
        assert vendor.keys("customers") - session.keys()["customers"]
