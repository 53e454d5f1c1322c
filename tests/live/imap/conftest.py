"""Two IMAP servers that others wrote: pymap, installed when asked for, and Dovecot, where the machine has it."""

from __future__ import annotations

import hashlib
import imaplib
import logging
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.email.config import EmailConfig
from connectors.email.source import Email
from hub import Checkpoint, Context, Page, Selection, StreamSelection

PYMAP = "pymap==0.36.7"


@dataclass(frozen=True)
class ImapServer:
    """A running server and an account on it."""

    port: int
    user: str
    password: str
    name: str
    #: Certificate authority of the server, where it encrypts.
    ca: Path | None = None

    def client(self) -> imaplib.IMAP4:
        """A second client, to play the mail user."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        secret = f"\0{self.user}\0{self.password}".encode()
        client.authenticate("PLAIN", lambda _: secret)
        return client

    def config(self, **more: Any) -> dict[str, Any]:
        return {
            "kind": "imap", "host": "127.0.0.1", "port": self.port, "tls": "none", "username": self.user,
            "password": self.password, "own_domains": ["shop.example"], "timeout": 20,
        } | more  # fmt: skip


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[ImapServer]:
    port = free_port()
    start = "from pymap.main import main; main()"
    command = [sys.executable, "-c", start, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    environment = os.environ | {"PYTHONPATH": str(_pymap())}
    with running([*command, "--demo-data"], port, env=environment):
        yield ImapServer(port, "demouser", "demopass", "pymap")


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[ImapServer]:
    with dovecot() as server:
        yield server


@pytest.fixture(params=["pymap", "dovecot"])
def server(request: pytest.FixtureRequest) -> ImapServer:
    """Each test runs against both servers."""
    return cast(ImapServer, request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture
def folder(server: ImapServer) -> Iterator[Mailbox]:
    """A folder of its own for a test, empty."""
    with mailbox(server, f"t{time.monotonic_ns()}") as box:
        yield box


@dataclass
class Mailbox:
    """One folder, as its user handles it."""

    server: ImapServer
    name: str
    client: imaplib.IMAP4

    def add(self, raw: bytes, flags: str | None = None, folder: str | None = None) -> None:
        answer, _ = self.client.append(folder or self.name, flags, None, raw)  # type: ignore[arg-type]
        assert answer == "OK"

    def create(self, name: str) -> None:
        assert self.client.create(name)[0] == "OK"

    def delete(self, name: str) -> None:
        assert self.client.delete(name)[0] == "OK"


@contextmanager
def mailbox(server: ImapServer, name: str) -> Iterator[Mailbox]:
    client = server.client()
    client.create(name)
    try:
        yield Mailbox(server, name, client)
    finally:
        client.logout()


@dataclass
class Run:
    """What one run of the connector gave."""

    pages: list[Page] = field(default_factory=list)

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for page in self.pages for record in page.records]

    @property
    def checkpoint(self) -> Any:
        return next((page.checkpoint for page in reversed(self.pages) if page.checkpoint), None)

    @property
    def subjects(self) -> list[str]:
        return [record["subject"] for record in self.records]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Run]:
    """read(config, checkpoint, stop_after=pages, into=run, **selection) -> Run"""

    def go(
        config: Mapping[str, Any],
        cursor: Any = None,
        stop_after: int = 0,
        into: Run | None = None,
        **selection: Any,
    ) -> Run:
        source = Email(EmailConfig(**config))
        wanted = Selection((StreamSelection("messages", **selection),), datetime.now(UTC))
        run = into or Run()
        pages = source.read(wanted, Checkpoint({"messages": cursor} if cursor else {}), context(tmp_path))
        for page in pages:
            run.pages.append(page)
            if len(run.pages) == stop_after:
                pages.close()  # type: ignore[attr-defined]
        return run

    return go


def context(project: Path) -> Context:
    nothing = cast(Any, None)  # neither HTTP nor secrets are used with a password
    log = logging.getLogger("test")
    return Context("mail", nothing, nothing, log, datetime.now(UTC), project, stopping=lambda: False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, from the moment it answers."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{command[0]} does not start")
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _pymap() -> Path:
    """pymap in a folder of its own, kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-hub-tests"
    mark = hashlib.sha256(f"{PYMAP} {sys.version_info[:2]}".encode()).hexdigest()[:12]
    place = cache / f"pymap-{mark}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="pymap-new-", dir=cache))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]
    done = subprocess.run([*install, str(fresh), PYMAP], capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        shutil.rmtree(fresh)
        pytest.skip("pymap cannot be installed here")
    try:
        fresh.rename(place)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)
    return place


@contextmanager
def dovecot(*, tls: bool = False) -> Iterator[ImapServer]:
    """A Dovecot of our own, unprivileged, with one account. Skips where there is none."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        pytest.skip("dovecot is not installed (apt-get install dovecot-imapd)")
    home = Path(tempfile.mkdtemp(prefix="hub-dovecot-"))
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    port = free_port()
    try:
        (home / "users").write_text("ann:{PLAIN}correct horse \u00e9\n", encoding="utf-8")
        secure = _certificate(home) if tls else "ssl = no"
        (home / "conf").write_text(_DOVECOT.format(
            home=home, port=port, user=account.pw_name, uid=account.pw_uid, gid=account.pw_gid, ssl=secure
        ), encoding="utf-8")  # fmt: skip
        for path in (home, *home.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
        options = {"user": account.pw_uid, "group": account.pw_gid} if os.getuid() == 0 else {}
        with running([program, "-F", "-c", str(home / "conf")], port, **options):
            yield ImapServer(
                port, "ann", "correct horse \u00e9", "dovecot", home / "cert.pem" if tls else None
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


_DOVECOT = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
{ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group =
default_login_user = {user}
first_valid_uid = 0
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox "Gesendete Objekte" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _certificate(home: Path) -> str:
    """A self-signed certificate; the settings that use it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    return f"ssl = yes\nssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem"


class Wire:
    """A loopback relay before a server: it notes what the client says, and can cut the line."""

    def __init__(self, target: int, cut_after: int | None = None) -> None:
        self.said: list[str] = []
        self._target = target
        #: Bytes of answers after which the line is cut.
        self._left = cut_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._relay, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, client, False), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, note: bool) -> None:
        try:
            while data := source.recv(65_536):
                if note:
                    self.said += data.decode("utf-8", "replace").splitlines()
                elif self._left is not None:
                    data, self._left = data[: max(0, self._left)], self._left - len(data)
                    if self._left <= 0:
                        sink.sendall(data)
                        break
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """wire(port, cut_after=None) -> Wire"""
    wires: list[Wire] = []

    def make(port: int, cut_after: int | None = None) -> Wire:
        wires.append(Wire(port, cut_after))
        return wires[-1]

    yield make
    for item in wires:
        item.close()
