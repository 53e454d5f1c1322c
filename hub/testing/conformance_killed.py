"""kill -9 in the middle: a real process reads, dies at a place of our choice, and another goes on.

Three kinds of place: a page was read but not landed, its transaction is half done, it was just committed.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench

#: Where lives end, in order: the page of that life, and when.
_DEATHS = ((2, "read"), (1, "inside"), (1, "after"), (2, "inside"))


def survives_kill(case: Conformance) -> None:
    """After several deaths, what is here is what an undisturbed reading has."""
    with case.open() as calm:
        calm.read_whole()
        expected = calm.session.landed()
        pages = len(calm.session.watched.pages)
    with case.open() as bench:
        ended = _lives(case, bench)
        killed = ended.count("killed")
        assert killed >= 2, f"give the vendor more records: {pages} pages leave no place to be killed at"
        assert ended[-1] == "succeeded", f"after {killed} kills the reading ended: {ended[-1]}"
        assert not bench.missing(), f"after {killed} kills {bench.missing()}"
        landed = bench.session.landed()
        for name, records in expected.items():
            # Keys of the vendor's, not whole records: some say when they were read.
            assert set(landed[name]) == set(records), f"after {killed} kills other {name} are here"


def _lives(case: Conformance, bench: Bench) -> list[str]:
    """How each life ended."""
    told = {
        "connector": where_it_is(case),
        "config": bench.config,
        "folder": str(bench.folder),
        "now": bench.clock().isoformat(),
    }
    lives: list[Any] = [*_DEATHS, None]
    lines = b"\n".join([orjson.dumps(told, default=str), *map(orjson.dumps, lives), b""])
    done = subprocess.run(
        [sys.executable, "-m", "hub.testing.conformance_child"],
        input=lines,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, f"the process that reads failed: {done.stderr.decode()[-2000:]}"
    return done.stdout.decode().split("\n")[:-1]


def where_it_is(case: Conformance) -> dict[str, str]:
    """How another process finds the connector."""
    connector = case.connector_class()
    if isinstance(case.connector, str):
        return {"plugin": case.connector}
    if isinstance(case.connector, Path):
        return {"manifest": str(case.connector)}
    return {
        "module": connector.__module__,
        "name": connector.__qualname__,
        "file": inspect.getfile(connector),
    }
