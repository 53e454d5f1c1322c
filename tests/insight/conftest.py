"""The company of `company.py`, to look at and to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.insight.company import Company, make


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose tables were synced once; nobody changes it."""
    made = make(tmp_path_factory.mktemp("company"))
    made.sync()
    yield made
    made.engine.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Company]:
    """Another one, for a test to change."""
    made = make(tmp_path)
    made.sync()
    yield made
    made.engine.close()
