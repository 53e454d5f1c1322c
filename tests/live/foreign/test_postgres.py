"""A tap that reads a real PostgreSQL: full tables, a replication key, a password that is refused."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.errors import AuthRefused
from hub.models import RunStatus
from hub.testing.session import raised_by
from tests.live.foreign.conftest import Open, environment

pytestmark = pytest.mark.live
TAP = "meltanolabs-tap-postgres==0.10.*"
PASSWORD = "Fugue-of-nobody-17"

Sql = Callable[[str], None]


def binaries() -> Path:
    """Where the server's programs are. Skips the test where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    if not found:
        pytest.skip("there is no PostgreSQL on this machine")
    return found[-1].resolve().parent


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, Sql]]:
    """A PostgreSQL of our own on loopback, gone at the end."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))
    user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])

    def run(*command: str, text: str = "") -> None:
        done = subprocess.run(
            command, user=user, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    (folder / "password").write_text(PASSWORD)
    if user:
        shutil.chown(folder / "password", user)
    data = folder / "data"
    run(
        str(programs / "initdb"), "-D", str(data), "-U", "hub", "-A", "scram-sha-256", "-N", "-E", "UTF8",
        "--locale=C", f"--pwfile={folder / 'password'}",
    )  # fmt: skip
    options = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "fsync=off")
    arguments = [part for option in options for part in ("-c", option)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), *arguments],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
        )

    def sql(text: str) -> None:
        run(
            str(programs / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "hub", "-d", "postgres", "-q", "-v",
            "ON_ERROR_STOP=1", text=text,
        )  # fmt: skip

    try:
        _wait(port, process)
        sql(
            "CREATE TABLE people (id int PRIMARY KEY, name text, email text, updated_at timestamptz NOT NULL);"
            "CREATE TABLE places (id int PRIMARY KEY, city text);"
            "INSERT INTO people SELECT n, 'Person ' || n, 'p' || n || '@example.com',"
            " timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, 300) n;"
            "INSERT INTO places SELECT n, 'Town ' || n FROM generate_series(1, 60) n;"
        )
        yield port, sql
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("PostgreSQL did not come up")


def config(port: int, password: str = PASSWORD) -> dict[str, object]:
    return {
        "package": TAP,
        "settings": {"host": "127.0.0.1", "port": port, "user": "hub", "database": "postgres", "filter_schemas": ["public"],
                     "emit_activate_version_messages": True},
        "secrets": {"password": password},
        "streams": {"public-people": {"cursor": "updated_at"}, "public-places": {"mode": "full"}},
    }  # fmt: skip


def test_tables_are_read_as_the_connection_says(
    opened: Open, server: tuple[int, Sql], tmp_path: Path
) -> None:
    environment(tmp_path, TAP)
    port, sql = server
    with opened("singer", config(port)) as session:
        session.check()
        assert session.sync().status is RunStatus.SUCCEEDED
        everybody = {str(n) for n in range(1, 301)}
        assert session.keys() == {"public-people": everybody, "public-places": {str(n) for n in range(1, 61)}}
        sql(
            "UPDATE people SET email = 'new@example.com', updated_at = now() WHERE id = 7; DELETE FROM people WHERE id = 8;"
            "DELETE FROM places WHERE id = 9;"
        )
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.landed()["public-people"]["7"]["email"] == "new@example.com"
        assert session.keys()["public-people"] == everybody, "by its replication key: absence tells nothing"
        assert "9" not in session.keys()["public-places"], "a full table, whole by its version"


def test_a_wrong_password_is_told_and_not_shown(
    opened: Open, server: tuple[int, Sql], tmp_path: Path
) -> None:
    environment(tmp_path, TAP)
    with opened("singer", config(server[0], "Wrong-of-nobody-42")) as session:
        error = raised_by(session.check)
        assert isinstance(error, AuthRefused) and error.code == "HUB-4808"
        assert "Wrong-of-nobody-42" not in str(error)
