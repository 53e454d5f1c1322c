"""A Radicale with one user and one empty address book, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.live.servers import free_port, python_with, started

REQUIREMENTS = ("Radicale==3.*",)
USER, PASSWORD = "hub", "password-of-the-test"
BOOK = "/hub/contacts/"
_MKCOL = """<?xml version="1.0" encoding="utf-8"?>
<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>
<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype><D:displayname>%s</D:displayname>
</D:prop></D:set></D:mkcol>"""


@dataclass(frozen=True)
class Server:
    """A running server; its address book is asked for past the hub, as a person's program does."""

    url: str
    folder: Path

    def ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        url, told = f"{self.url}{path}", {"Content-Type": "text/vcard; charset=utf-8", **(headers or {})}
        with httpx.Client(auth=(USER, PASSWORD), trust_env=False, timeout=30) as client:
            return client.request(method, url, content=body.encode(), headers=told).raise_for_status()

    def make_book(self, path: str, title: str) -> None:
        self.ask("MKCOL", path, _MKCOL % title, {"Content-Type": "application/xml"})

    def put(self, name: str, *lines: str) -> None:
        """A card as a person's program writes it."""
        text = ("BEGIN:VCARD", "VERSION:3.0", f"UID:{name}", *lines, "END:VCARD", "")
        self.ask("PUT", f"{BOOK}{name}.vcf", "\r\n".join(text))

    def get(self, name: str) -> str:
        return self.ask("GET", f"{BOOK}{name}").text

    def drop(self, name: str) -> None:
        self.ask("DELETE", f"{BOOK}{name}")

    def cards(self) -> dict[str, str]:
        """The text of each card by its name, as they lie on the server's disk."""
        folder = self.folder / "collection-root" / "hub" / "contacts"
        return {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.vcf")}


@pytest.fixture(scope="session")
def _python() -> Path:
    return python_with("radicale", *REQUIREMENTS)


@pytest.fixture
def server(_python: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    folder, port = tmp_path / "radicale", free_port()
    folder.mkdir()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\n"
        f"[storage]\nfilesystem_folder = {folder}\n"
    )
    command = [str(_python), "-m", "radicale", "--config", str(folder / "config")]
    with started(command, tmp_path / "radicale.log", port):
        made = Server(f"http://127.0.0.1:{port}", folder)
        made.make_book(BOOK, "Contacts")
        yield made
