"""Guests: real packages with an entry point, on sys.path as pip would leave them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Guest = Callable[..., None]

CONNECTOR = """
from pydantic import BaseModel, Field
from hub import Capabilities, Connector, hookimpl

class Config(BaseModel):
    url: str = Field(description="Where it is.")

class Source(Connector):
    name, title, Config = "{name}", "A guest", Config
    capabilities = Capabilities(source=True)

    def streams(self): return ()
    def read(self, selection, checkpoint, context): return iter(())

@hookimpl
def hub_connectors():
    return [Source]
"""


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """Installs a package: `guest("acme", "<source of its module>")`, or with more files; the module is guest_acme."""
    site = tmp_path / "site-packages"
    site.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(site))

    def install(
        name: str, code: str | None = None, *, entry: str = "", value: str = "", **files: str
    ) -> None:
        package = site / f"guest_{name}"
        package.mkdir()
        if code is not None:
            (package / "__init__.py").write_text(code)
        for file, text in files.items():
            (package / file.replace("__", ".")).write_text(text)
        info = site / f"guest_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: guest-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[customer_hub]\n{entry or name} = {value or package.name}\n")

    yield install
    for module in set(sys.modules) - before:
        if module.startswith("guest_"):
            del sys.modules[module]
