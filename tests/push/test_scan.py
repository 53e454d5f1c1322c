"""What a destination holds, listed: each record once, and an end only where everything came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from hub.contract import Capabilities, Context
from hub.errors import Cancelled, HubError, PluginError
from hub.http import LocalBudget, Ring
from hub.models import Found
from hub.sync.scanning import scanned
from hub.testing.fake_crm import FakeCrm
from tests.push.conftest import Make
from tests.push.crm import Crm, PushProject


@pytest.fixture
def context(project: PushProject) -> Iterator[Context]:
    item = project.engine.connected("crm")
    with item.context(
        project.engine.store, budget=LocalBudget(), ring=Ring(), stopping=Event().is_set
    ) as context:
        yield context


def found(project: PushProject, context: Context, object_: str = "contacts") -> list[Found]:
    connector = project.engine.connected("crm").connector
    return [one for batch in scanned(connector, object_, context) for one in batch]


def test_every_record_is_listed_once_whoever_made_it(
    project: PushProject, crm: FakeCrm, context: Context
) -> None:
    for n in range(1203):
        crm.add("contacts", None, email=f"p{n}@example.com")
    told = found(project, context)
    assert len({one.remote_id for one in told}) == len(told) == 1203
    assert told[0].fields == {"hub_id": None, "email": "p0@example.com"}
    assert found(project, context, "companies") == []


def test_a_record_that_comes_twice_is_told_once(context: Context) -> None:
    """Pages by number show a row twice when others move up."""
    pages = [["1", "2"], ["2", "3"], ["3"]]
    assert [[one.remote_id for one in batch] for batch in scanned(_listing(pages), "contacts", context)] == [
        ["1", "2"], ["3"],
    ]  # fmt: skip


def test_a_list_that_breaks_off_is_an_error(project: PushProject, crm: FakeCrm, context: Context) -> None:
    for n in range(600):
        crm.add("contacts", None, email=f"p{n}@example.com")
    crm.fail(20, status=500, after=1)
    with pytest.raises(HubError):
        found(project, context)


def test_a_connector_that_breaks_is_told_by_its_place_alone(context: Context) -> None:
    with pytest.raises(PluginError, match="HUB-7004") as caught:
        list(scanned(_listing([["1"], None]), "contacts", context))
    assert "listing" in caught.value.message


def test_what_is_not_promised_is_not_asked(make: Make, context: Context) -> None:
    connector = make("blind").engine.connected("crm").connector
    with pytest.raises(PluginError, match="HUB-7004"):
        list(scanned(connector, "contacts", context))


def test_it_ends_when_the_run_is_to_end(project: PushProject, crm: FakeCrm) -> None:
    crm.add("contacts", None, email="p@example.com")
    item = project.engine.connected("crm")
    with (
        item.context(
            project.engine.store, budget=LocalBudget(), ring=Ring(), stopping=lambda: True
        ) as context,
        pytest.raises(Cancelled),
    ):
        found(project, context)


def _listing(pages: Sequence[Sequence[str] | None]) -> Crm:
    class Listing(Crm):
        capabilities = Capabilities(destination=True, scans=("contacts",))

        def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
            for page in pages:
                yield [Found(remote_id) for remote_id in page]  # type: ignore[union-attr]

    return Listing(None)
