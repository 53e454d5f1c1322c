"""dlt's own rest_api source against the hostile server, and a source in a file of the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.models import RunStatus
from hub.testing.hostile import HostileServer
from hub.testing.hostile_faults import Fault, inject
from tests.live.foreign.conftest import Open, environment

pytestmark = pytest.mark.live
DLT = "dlt==1.31.*"
SAMPLE = Path(__file__).parents[3] / "connectors" / "dlt" / "samples" / "shop.py"


@pytest.fixture(autouse=True)
def installed(tmp_path: Path) -> None:
    environment(tmp_path, DLT)


def rest(server: HostileServer) -> dict[str, object]:
    """dlt's own reading of the hostile server, by its Link headers."""
    incremental = {
        "start_param": "since",
        "cursor_path": "updated_at",
        "initial_value": "2026-01-01T00:00:00Z",
    }
    resources = [
        {
            "name": "customers",
            "primary_key": "id",
            "endpoint": {
                "path": "link_header/customers",
                "params": {"limit": 50, "sort": "updated_at"},
                "incremental": incremental,
            },
        },
        {
            "name": "orders",
            "primary_key": "id",
            "write_disposition": "replace",
            "endpoint": {"path": "link_header/orders", "params": {"limit": 50}},
        },
    ]
    for resource in resources:
        resource["endpoint"]["paginator"] = "header_link"  # type: ignore[index]
    client = {"base_url": f"{server.url}/", "auth": {"type": "bearer"}}
    return {
        "source": "dlt.sources.rest_api:rest_api_source",
        "package": DLT,
        "settings": {"config": {"client": client, "resources": resources}},
        "secrets": {"config.client.auth.token": server.token},
    }


def test_rest_api_against_the_hostile_server(opened: Open) -> None:
    with HostileServer(230) as server, opened("dlt", rest(server)) as session:
        told = session.check()
        assert told.details["streams"] == "customers, orders"
        assert session.sync().status is RunStatus.SUCCEEDED
        everything = {str(n) for n in range(1, 231)}
        assert session.keys() == {"customers": everything, "orders": everything}
        server.tables["customers"].change(7, session.clock(), email="new@example.com")
        server.tables["orders"].remove(9)
        server.tables["customers"].remove(9)
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.landed()["customers"]["7"]["email"] == "new@example.com"
        assert session.keys()["orders"] == everything - {"9"}, "replace: the list is whole"
        assert session.keys()["customers"] == everything, "incremental: absence tells nothing"


def test_a_failure_in_the_middle_loses_nothing(opened: Open) -> None:
    keys = {"streams": {"customers": "id", "orders": "id"}}  # so that nobody has to be asked first
    with HostileServer(230) as server, opened("dlt", {**rest(server), **keys}) as session:
        server.token, good = "another", server.token
        pulled = session.sync()
        assert (
            pulled.status is RunStatus.FAILED and pulled.error is not None and good not in str(pulled.error)
        )
        server.token = good
        inject(server, Fault("throttle", times=1, options={"retry_after": "1"}))
        assert session.sync().status is RunStatus.SUCCEEDED
        assert len(session.keys()["customers"]) == 230


def test_a_source_in_a_file_of_the_project(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    shutil.copyfile(SAMPLE, tmp_path / "sources" / "shop.py")
    with opened(
        "dlt", {"source": "sources/shop.py:shop", "package": DLT, "settings": {"currency": "USD"}}
    ) as session:
        session.check()
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == {"customers": {"17", "18"}, "orders": {"o-1"}}
        assert session.landed()["orders"]["o-1"]["currency"] == "USD"
