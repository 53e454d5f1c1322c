"""Real Django sites: installed once into a cache folder, started on a free loopback port, killed at the end."""

from __future__ import annotations

import fcntl
import hashlib
import http.server
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from hub import Checkpoint, Connector, Page, Received, Request, Selection, StreamSelection
from hub.contract import Context
from hub.http import LocalBudget, Ring, open_http
from hub.mapping import compile as compile_mapping
from hub.mapping.document import load
from hub.plugins import load_plugins

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-hub-tests"
SITES = Path(__file__).parent / "sites"
MAPPINGS = Path(__file__).parents[3] / "mappings"
NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
#: The word in the address that the help desk calls.
TOKEN = "a-long-random-word-for-tests"


@dataclass(frozen=True)
class Recipe:
    """A site: what to install, and the names of its settings and seed modules."""

    name: str
    requirements: tuple[str, ...]
    #: A path that answers when the site is up.
    ready: str

    @property
    def home(self) -> Path:
        return CACHE / f"{self.name}-{_hash(' '.join(self.requirements), sys.version)}"


HELPDESK = Recipe("helpdesk", ("django-helpdesk==2.6.*", "Django==5.2.*"), "/helpdesk/tickets/submit/")
OSCAR = Recipe(
    "oscar", ("django-oscar-api==3.3.*", "django-oscar==4.2.*", "Django==5.2.*"), "/api/countries/"
)


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


@contextmanager
def _locked(recipe: Recipe) -> Iterator[None]:
    """One process at a time builds a site; the lock goes with its holder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{recipe.name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def python_of(recipe: Recipe) -> Path:
    """The site's own Python, installed when it is not there. Skips the test where it cannot be had."""
    python, done = recipe.home / "bin" / "python", recipe.home / "installed"
    failed = CACHE / f"{recipe.name}.failed"
    with _locked(recipe):
        if not done.exists():
            # Other workers of the same test run need not wait for a second failure.
            lately = failed.exists() and time.time() - failed.stat().st_mtime < 600
            if lately or not _installed(recipe, python):
                failed.touch()
                pytest.skip(f"{recipe.requirements[0]} cannot be installed here")
            done.touch()
    return python


def _installed(recipe: Recipe, python: Path) -> bool:
    shutil.rmtree(recipe.home, ignore_errors=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--retries", "1", *recipe.requirements]
    return all(
        _run(command).returncode == 0 for command in ([sys.executable, "-m", "venv", str(recipe.home)], pip)
    )


def template_of(recipe: Recipe, python: Path) -> Path:
    """A migrated and filled database, made once for this version of the seed."""
    sources = [(SITES / f"{recipe.name}_{part}.py").read_text() for part in ("settings", "seed")]
    template = recipe.home / f"template-{_hash(*sources)}.sqlite3"
    with _locked(recipe):
        if not template.exists():
            making = template.with_suffix(".making")
            making.unlink(missing_ok=True)
            environment = environment_of(recipe, making)
            for arguments in (
                ["-m", "django", "migrate", "-v0"],
                ["-W", "ignore", "-m", f"{recipe.name}_seed"],
            ):
                made = _run([str(python), *arguments], environment)
                assert made.returncode == 0, made.stderr.decode()
            making.rename(template)
    return template


def environment_of(recipe: Recipe, database: Path) -> dict[str, str]:
    """Nothing of the test run's own environment but what a program needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(SITES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": f"{recipe.name}_settings",
        "SITE_DATABASE": str(database),
        "SITE_MEDIA": str(database.parent / "media"),
    }


def _run(
    command: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(recipe: Recipe, folder: Path, **extra: str) -> Iterator[str]:
    """The site with a database of its own; gives its address."""
    python = python_of(recipe)
    database = folder / "site.sqlite3"
    shutil.copyfile(template_of(recipe, python), database)
    address = f"127.0.0.1:{free_port()}"
    environment = environment_of(recipe, database) | extra
    with (folder / "site.log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), "-m", "django", "runserver", "--noreload", "--skip-checks", address],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(process, f"http://{address}{recipe.ready}", folder / "site.log")
            yield f"http://{address}"
        finally:
            process.kill()
            process.wait(timeout=10)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(url, timeout=10):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"not ready after {seconds} s: {log.read_text()}")


@contextmanager
def lent(connector: Connector, project: Path) -> Iterator[Context]:
    """What the engine would lend to the connector, with the real HTTP client."""
    log = logging.getLogger("live")
    with open_http(
        connector.http(),
        connection="live",
        budget=LocalBudget(),
        ring=Ring(),
        stopping=lambda: False,
        sleep=lambda seconds: None,
    ) as client:
        yield Context("live", client, None, log, NOW, project, lambda: False)  # type: ignore[arg-type]


@dataclass
class Landed:
    """What an engine would hold after a pull of one stream."""

    pages: list[Page] = field(default_factory=list)
    cursor: Any = None

    @property
    def records(self) -> list[Any]:
        return [record for page in self.pages for record in page.records]

    @property
    def complete(self) -> bool:
        return any(page.scan_complete for page in self.pages)


@pytest.fixture
def pull(tmp_path: Path):
    """Read one stream through the real server: to the end, or to the page after which the process dies."""

    def call(
        connector: Connector, stream: str, cursor: Any = None, stop_after: int | None = None, **wanted: Any
    ) -> Landed:
        landed = Landed(cursor=cursor)
        selection = Selection((StreamSelection(stream, **wanted),), until=NOW)
        with lent(connector, tmp_path) as context:
            for number, page in enumerate(
                connector.read(selection, Checkpoint({stream: cursor}), context), start=1
            ):
                landed.pages.append(page)
                if page.checkpoint is not None:
                    landed.cursor = page.checkpoint
                if number == stop_after:
                    break
        return landed

    return call


@pytest.fixture
def check(tmp_path: Path):
    """Try the connection as `hub connect` does."""

    def call(connector: Connector):
        with lent(connector, tmp_path) as context:
            return connector.check(context)

    return call


@dataclass(frozen=True)
class Told:
    """One canonical record."""

    entity: str
    type: str
    key: str
    fields: dict[str, Any]


@pytest.fixture(scope="session")
def mapped():
    """Raw records through the starter mapping, with the functions of the plugins."""

    def call(name: str, stream: str, records: list[Any]) -> list[Told]:
        document = load(MAPPINGS / f"{name}.yaml")
        mapping = compile_mapping(document, functions=load_plugins().mapping_functions)
        result = mapping.apply(stream, list(enumerate(records)))
        assert not result.rejects
        return [
            Told(
                batch.entity,
                batch.types[at],
                key,
                {name: column[at] for name, column in batch.columns.items()},
            )
            for batch in result.batches
            for at, key in enumerate(batch.keys)
        ]

    return call


class Inbox(http.server.ThreadingHTTPServer):
    """A loopback receiver that hands each request to a connector, as `hub serve` does."""

    connector: Connector

    def __init__(self) -> None:
        self.received: list[Received] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            method="POST",
            path=url.path,
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length", 0))),
            received_at=NOW,
        )
        answer = self.server.connector.receive(request, None)  # type: ignore[arg-type]
        self.server.received.append(answer)
        self.send_response(answer.status)
        self.end_headers()
        self.wfile.write(answer.body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="session")
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def token() -> str:
    """The word in the address that the help desk calls."""
    return TOKEN


@pytest.fixture(scope="session")
def helpdesk(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[str]:
    """Address of a django-helpdesk with 60 tickets, which calls `inbox` about new tickets and follow-ups."""
    folder = tmp_path_factory.mktemp("helpdesk")
    hooks = f"http://hub:{TOKEN}@{inbox.address}/in/desk"
    with serving(
        HELPDESK, folder, HELPDESK_NEW_TICKET_WEBHOOK_URLS=hooks, HELPDESK_FOLLOWUP_WEBHOOK_URLS=hooks
    ) as address:
        yield f"{address}/helpdesk"


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a django-oscar shop as it comes out of the box: bare lists."""
    with serving(OSCAR, tmp_path_factory.mktemp("oscar")) as address:
        yield f"{address}/api"


@pytest.fixture(scope="session")
def paged_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the same shop, set up as our README asks for, with ten records on a page."""
    with serving(OSCAR, tmp_path_factory.mktemp("oscar-paged"), SITE_PAGE_SIZE="10") as address:
        yield f"{address}/api"
