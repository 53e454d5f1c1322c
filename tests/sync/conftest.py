"""The scripted project as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.scripted import HUB_YAML, MAPPING, TARGET_MAPPING, Project, Script, open_engine


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A scripted project."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "scripted.yaml").write_text(MAPPING)
    (tmp_path / "mappings" / "target.yaml").write_text(TARGET_MAPPING)
    (tmp_path / "hub.yaml").write_text(HUB_YAML)
    script = Script(notes=tmp_path / "notes")
    made = Project(tmp_path, script, open_engine(tmp_path, script))
    yield made
    made.engine.close()
