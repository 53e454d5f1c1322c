"""The CRM, and projects that push into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.testing.fake_crm import FakeCrm
from tests.push.crm import PushProject

Make = Callable[..., PushProject]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that the vendor did not ask for are short here."""
    monkeypatch.setattr("hub.http.retry._backoff", lambda state: 0.01)
    monkeypatch.setattr("hub.http.retry.JITTER", 0.01)


@pytest.fixture
def crm() -> Iterator[FakeCrm]:
    """The CRM, empty."""
    with FakeCrm() as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, crm: FakeCrm) -> Iterator[Make]:
    """Makes projects: `make("lookup", batch=False)`."""
    made: list[PushProject] = []

    def project(kind: str = "upsert", **config: object) -> PushProject:
        made.append(PushProject.make(tmp_path / f"project{len(made)}", crm, kind, **config))
        return made[-1]

    yield project
    for one in made:
        one.engine.close()


@pytest.fixture
def project(make: Make) -> PushProject:
    """A project whose CRM upserts."""
    return make()
