"""The installed command in a project of its own; and a guest plugin whose source waits when it is told to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from tests.insight.company import make

HUB = Path(sys.executable).with_name("hub")

MAPPING = """
mapping: tabular
connector: tabular
defaults: {region: US}
streams:
  rows:
    emit:
      - entity: customer
        key: $._key
        fields: {full_name: $.name, email: $.email, phone: $.phone}
"""
PEOPLE = """email,name,phone
ann@example.com,Ann Lee,+1 202 555 0101
bob@example.com,Bob Ray,+1 202 555 0102
"""


@dataclass
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """The JSON lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Folder:
    """A project's folder, and the command run in it."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return {**kept, "NO_COLOR": "1", "COLUMNS": "160", **self.env}

    def hub(self, *words: str, **options: Any) -> Answer:
        """Run the installed command to its end."""
        done = subprocess.run(
            [HUB, *words], cwd=self.path, env=self.environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False, **options,
        )  # fmt: skip
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command; the test ends it."""
        return subprocess.Popen(
            [HUB, *words], cwd=self.path, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Folder:
    """A project without connections."""
    folder = Folder(tmp_path / "project")
    folder.write("hub.yaml", "connections: {}\n")
    return folder


@pytest.fixture
def lists(project: Folder) -> Folder:
    """A project with one folder of CSV files, and a mapping for it."""
    project.write(
        "hub.yaml",
        "connections:\n  lists:\n    connector: tabular\n    config: {path: lists, key: email}\n",
    )
    project.write("mappings/tabular.yaml", MAPPING)
    project.write("lists/people.csv", PEOPLE)
    return project


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The company of tests/insight, synced once; nobody changes it."""
    company = make(tmp_path_factory.mktemp("company"))
    company.sync()
    company.engine.close()
    return Folder(company.folder)


@pytest.fixture
def changing(synced: Folder, tmp_path: Path) -> Folder:
    """A copy of it, for a test to change."""
    return Folder(shutil.copytree(synced.path, tmp_path / "company"))


Call = Callable[..., Result]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command in this process, in a project's folder."""

    def run(folder: Folder, *words: str) -> Result:
        monkeypatch.chdir(folder.path)
        return CliRunner().invoke(main, list(words))

    return run


WAITER = """
import time
from pydantic import BaseModel, Field
from hub import Capabilities, Connector, Page, Stream, hookimpl


class Config(BaseModel):
    pages: int = Field(description="How many pages of one record there are.")
    wait_after: int = Field(10**9, description="The page after which it waits for a file named go.")


class Waiter(Connector):
    name, title, Config = "waiter", "Waits when told to", Config
    capabilities = Capabilities(source=True)

    def streams(self):
        return [Stream("people", entity="customer", key="id")]

    def read(self, selection, checkpoint, context):
        first = checkpoint.stream("people") or 0
        for number in range(first, self.config.pages):
            with open(context.project / "read", "a") as log:
                log.write(f"{number}\\n")
            record = {"id": number, "email": f"p{number}@example.com"}
            yield Page("people", [record], checkpoint=number + 1)
            while number + 1 >= self.config.wait_after and not (context.project / "go").exists():
                if context.stopping():
                    break
                time.sleep(0.01)


@hookimpl
def hub_connectors():
    return [Waiter]
"""
WAITER_MAPPING = """
mapping: waiter
connector: waiter
streams:
  people:
    emit:
      - {entity: customer, key: $.id, fields: {email: $.email}}
"""

Guest = Callable[[str, str], None]


@pytest.fixture
def guest(project: Folder, tmp_path: Path) -> Guest:
    """Installs a plugin for the command run in a process of its own: `guest("acme", "<source of its module>")`."""
    site = tmp_path / "site"
    project.env["PYTHONPATH"] = str(site)

    def install(name: str, code: str) -> None:
        package, info = site / f"guest_{name}", site / f"guest_{name}-1.0.dist-info"
        package.mkdir(parents=True)
        info.mkdir()
        (package / "__init__.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: guest-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[customer_hub]\n{name} = guest_{name}\n")

    return install


@pytest.fixture
def waiter(project: Folder, guest: Guest) -> Folder:
    """A project whose one source has 30 pages and waits after the tenth, until a file named `go` is there."""
    guest("waiter", WAITER)
    project.write(
        "hub.yaml",
        "connections:\n  slow:\n    connector: waiter\n    config: {pages: 30, wait_after: 10}\n",
    )
    project.write("mappings/waiter.yaml", WAITER_MAPPING)
    return project


def wait_for(sign: Callable[[], object], seconds: float = 20) -> None:
    """Until something is so; a test that waits longer has failed."""
    end = time.monotonic() + seconds
    while not sign():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_for


@pytest.fixture
def ended() -> Iterator[Callable[[subprocess.Popen[str]], Answer]]:
    """Waits for a process, and kills whatever a failed test leaves behind."""
    seen: list[subprocess.Popen[str]] = []

    def end(process: subprocess.Popen[str], seconds: float = 30) -> Answer:
        seen.append(process)
        out, err = process.communicate(timeout=seconds)
        return Answer(process.returncode, out, err)

    yield end
    for process in seen:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def keys(item: Mapping[str, Any]) -> set[str]:
    return set(item)
