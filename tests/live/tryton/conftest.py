"""A Tryton server with an empty database, made once and copied for each test."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live.servers import free_port, installed, python_with, ran, started

REQUIREMENTS = ("trytond==8.2.*", "trytond-party==8.2.*", "passlib")
#: Makes a key as a person does who asks for one and validates it.
_KEY = """
import sys
from trytond import config
config.update_etc(sys.argv[1])
from trytond.pool import Pool
from trytond.transaction import Transaction
Pool.start()
Pool("crm").init()
with Transaction().start("crm", 1) as transaction:
    application, = Pool().get("res.user.application").create([{"user": 1, "application": "rest"}])
    application.state = "validated"
    application.save()
    print(application.key)
    transaction.commit()
"""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and a key."""

    url: str
    key: str

    def ask(self, method: str, path: str = "", **rest: Any) -> Any:
        """As a person's program would, past the hub."""
        headers = {"Authorization": f"bearer {self.key}"}
        url = f"{self.url}/crm/rest/model/party.party{path}"
        answer = httpx.request(
            method, url, headers=headers, trust_env=False, timeout=30, **rest
        ).raise_for_status()
        return answer.json() if answer.content else None

    def parties(self) -> list[Any]:
        """All that are active, with what belongs to them."""
        names = ("name", "contact_mechanisms.type", "contact_mechanisms.value", "identifiers.code")
        found: list[Any] = self.ask("GET", params={"f": names})
        return found


def _settings(folder: Path, port: int) -> Path:
    file = folder / "trytond.conf"
    file.write_text(f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n")
    return file


def _template(python: Path) -> Path:
    """The folder of a database that has its tables, and nothing in them."""

    def make(folder: Path) -> bool:
        settings, password = _settings(folder, 0), folder / "password"
        password.write_text(secrets.token_hex(8))
        (folder / "crm.sqlite").touch()
        admin = [str(python.with_name("trytond-admin")), "-c", str(settings), "-d", "crm"]
        with_password = ["env", f"TRYTONPASSFILE={password}", *admin, "--all", "--email", "admin@example.com"]
        return ran(with_password) and ran([*admin, "-u", "party", "--activate-dependencies"])

    return installed("tryton-database", [*REQUIREMENTS, "1"], make)


@pytest.fixture(scope="session")
def _python() -> Path:
    return python_with("tryton", *REQUIREMENTS)


@pytest.fixture
def server(_python: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    folder, port = tmp_path / "tryton", free_port()
    folder.mkdir()
    shutil.copy(_template(_python) / "crm.sqlite", folder / "crm.sqlite")
    settings = _settings(folder, port)
    made = subprocess.run(
        [str(_python), "-W", "ignore", "-c", _KEY, str(settings)],
        capture_output=True, text=True, timeout=60, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    command = [str(_python.with_name("trytond")), "-c", str(settings), "-d", "crm"]
    with started(command, tmp_path / "tryton.log", port):
        yield Server(f"http://127.0.0.1:{port}", made.stdout.split()[-1])
