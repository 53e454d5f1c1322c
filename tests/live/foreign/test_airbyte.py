"""airbyte-source-faker, and a declarative manifest in its own runner, as their authors wrote them. They take some 340 MB
each and two seconds a command, so they are run at night."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.models import RunStatus
from hub.testing.hostile import HostileServer
from hub.testing.session import raised_by
from tests.live.foreign.conftest import Open, environment

pytestmark = [pytest.mark.live, pytest.mark.nightly]
FAKER = "airbyte-source-faker==7.*"
RUNNER = "airbyte-cdk==7.*"

MANIFEST = """\
version: 6.0.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [customers]}
definitions:
  requester: &requester
    type: HttpRequester
    url_base: "{{ config['url'] }}"
    http_method: GET
    authenticator: {type: BearerAuthenticator, api_token: "{{ config['token'] }}"}
    request_parameters: {limit: "50", sort: updated_at}
  paginator: &paginator
    type: DefaultPaginator
    page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: offset}
    pagination_strategy: {type: OffsetIncrement, page_size: 50}
streams:
  - type: DeclarativeStream
    name: customers
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: [RECORDS]}}
      requester: {<<: *requester, path: offset/customers}
      paginator: *paginator
    incremental_sync:
      type: DatetimeBasedCursor
      cursor_field: updated_at
      datetime_format: "%Y-%m-%dT%H:%M:%SZ"
      cursor_datetime_formats: ["%Y-%m-%dT%H:%M:%SZ"]
      start_datetime: {type: MinMaxDatetime, datetime: "2026-01-01T00:00:00Z", datetime_format: "%Y-%m-%dT%H:%M:%SZ"}
      start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: since}
    schema_loader: {type: InlineSchemaLoader, schema: {type: object, properties: {}}}
  - type: DeclarativeStream
    name: orders
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: [RECORDS]}}
      requester: {<<: *requester, path: offset/orders}
      paginator: *paginator
    schema_loader: {type: InlineSchemaLoader, schema: {type: object, properties: {}}}
spec:
  type: Spec
  connection_specification:
    type: object
    required: [url, token]
    properties: {url: {type: string}, token: {type: string, airbyte_secret: true}}
"""


def test_airbyte_source_faker(opened: Open, tmp_path: Path) -> None:
    environment(tmp_path, FAKER)
    config = {
        "package": FAKER,
        "settings": {"count": 60, "seed": 7, "parallelism": 1},
        "streams": ["users", "products", "purchases"],
    }
    with opened("airbyte", config) as session:
        told = session.check()
        assert told.details["streams"] == "users, products, purchases"
        assert session.sync().status is RunStatus.SUCCEEDED
        first = session.keys()
        assert len(first["users"]) == 60 and first["products"] and first["purchases"]
        assert session.sync().status is RunStatus.SUCCEEDED
        assert session.keys() == first


def test_a_manifest_in_its_own_runner(opened: Open, tmp_path: Path) -> None:
    environment(tmp_path, RUNNER)
    everything = {str(n) for n in range(1, 231)}
    with HostileServer(230) as server:
        records = "data"
        (tmp_path / "shop.yaml").write_text(MANIFEST.replace("RECORDS", records))
        config = {
            "manifest": "shop.yaml",
            "settings": {"url": f"{server.url}/"},
            "secrets": {"token": server.token},
        }
        with opened("airbyte", config) as session:
            session.check()
            assert session.sync().status is RunStatus.SUCCEEDED
            assert session.keys() == {"customers": everything, "orders": everything}
            server.tables["orders"].remove(9)
            server.tables["customers"].change(7, session.clock(), email="new@example.com")
            assert session.sync().status is RunStatus.SUCCEEDED
            assert session.keys()["orders"] == everything - {"9"}, "COMPLETE: the list is whole"
            assert session.landed()["customers"]["7"]["email"] == "new@example.com"
        with opened("airbyte", {**config, "secrets": {"token": "wrong-token-of-nobody"}}) as session:
            error = raised_by(session.check)
            assert error is not None and error.exit_code in (3, 4)
            assert "wrong-token-of-nobody" not in str(error)
