"""What a manifest cannot say is said in Python: a subclass keeps everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import Capabilities, ConfigError, Connector, Page, Received, Request, RestConnector
from hub.contract import Context
from hub.models import Checkpoint, Selection
from hub.plugins.check import check_connector
from hub.testing.driver import Driver
from hub.testing.hostile import HostileServer

from .conftest import NOW, customers


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "hostile" / "manifest.yaml"
    path.parent.mkdir()
    path.write_text(customers("cursor"))
    return path


def test_a_subclass_says_more(vendor: HostileServer, manifest: Path):
    class Hostile(RestConnector, manifest=manifest):
        def read(self, selection: Selection, checkpoint: Checkpoint, context: Context):  # type: ignore[no-untyped-def]
            yield from super().read(selection, checkpoint, context)
            told = self.session(context).read("GET", "/me").body
            yield Page("customers", [{"id": 1000, "name": told["account"]}])

        def receive(self, request: Request, context: Context) -> Received:
            return Received(None)

    check_connector(Hostile)
    assert (Hostile.name, Hostile.title) == ("hostile", "Hostile vendor")
    assert (Hostile.capabilities.source, Hostile.capabilities.receiver) == (True, True)
    with Driver(Hostile(Hostile.Config(base_url=vendor.url, token=vendor.token)), now=NOW) as driver:
        driver.pull()
        assert len(driver.records["customers"]) == 36
        assert driver.records["customers"]["1000"]["name"] == "hostile"


def test_what_the_class_says_itself_stays(manifest: Path):
    class Hostile(RestConnector, manifest=manifest):
        title = "Another title"
        capabilities = Capabilities(source=True, concurrency=1)

    assert Hostile.title == "Another title"
    assert Hostile.capabilities.concurrency == 1
    assert issubclass(Hostile, Connector)


def test_a_wrong_manifest_is_told_with_its_line(manifest: Path):
    manifest.write_text(customers("cursor").replace("records:", "recrods:"))
    with pytest.raises(ConfigError) as caught:

        class Hostile(RestConnector, manifest=manifest):
            pass

    assert caught.value.where == "hostile/manifest.yaml:11"
