"""A project folder of its own for every test, and no setting from the tester's environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Project = Callable[[str], Path]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("HUB_"):
            monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Writes hub.yaml and returns its folder."""

    def write(text: str) -> Path:
        (tmp_path / "hub.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write
