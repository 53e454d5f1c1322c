"""The scripted project as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.scripted import HUB_YAML, MAPPING, TARGET_MAPPING, Project, Script, open_engine


def scripted(folder: Path) -> Project:
    """A scripted project in an empty folder."""
    (folder / "mappings").mkdir(parents=True)
    (folder / "mappings" / "scripted.yaml").write_text(MAPPING)
    (folder / "mappings" / "target.yaml").write_text(TARGET_MAPPING)
    (folder / "hub.yaml").write_text(HUB_YAML)
    script = Script(notes=folder / "notes")
    return Project(folder, script, open_engine(folder, script))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A scripted project."""
    made = scripted(tmp_path)
    yield made
    made.engine.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Project]:
    """Another one."""
    made = scripted(tmp_path / "other")
    yield made
    made.engine.close()
