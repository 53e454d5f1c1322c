"""Manifests against a real server on loopback that pages in every style and misbehaves on demand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.contract import Connector
from hub.rest import make_connector, parse_manifest
from hub.testing.driver import Driver
from hub.testing.hostile import HostileServer

NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)

#: A way to page for each style of the server.
STYLES = {
    "page": "{type: page, send: page, pages: $.pages, total: $.total, size: 10, send_size: limit}",
    "offset": "{type: offset, send: offset, total: $.total, size: 10, send_size: limit}",
    "cursor": "{type: cursor, next: $.meta.after, more: $.meta.has_more, send: after, size: 10, send_size: limit}",
    "link_header": "{type: link_header, size: 10, send_size: limit}",
    "json_link": "{type: json_link, next: $.links.next, size: 10, send_size: limit}",
    "keyset": "{type: keyset, field: id, send: after_id, size: 10, send_size: limit}",
    "single": "single_page",
}

#: The least that a test needs around its streams.
HEAD = """
name: hostile
title: Hostile vendor
config:
  token: {description: The token of the server, secret: true}
client:
  base_url: https://vendor.example.com
  auth: {type: bearer, token: "{config.token}"}
"""

Connect = Callable[..., Driver]


def connector_of(text: str) -> type[Connector]:
    """The connector of a manifest."""
    return make_connector(parse_manifest(text, "hostile/connector.yaml"))


def with_head(streams: str) -> str:
    """A whole manifest of its streams."""
    return f"{HEAD}streams:\n{textwrap.indent(textwrap.dedent(streams), '  ')}"


def customers(style: str, more: str = "deletes: none", paginate: str = "") -> str:
    """A manifest with the stream `customers` in one style of paging."""
    rows = "$[*]" if style == "link_header" else "$.data[*]"
    return with_head(
        f"""
        customers:
          path: /{style}/customers
          key: id
          records: {rows}
          paginate: {paginate or STYLES[style]}
          """
        + more.replace("\n", "\n          ")
    )


@pytest.fixture
def vendor() -> Iterator[HostileServer]:
    with HostileServer(35, clock=lambda: NOW) as server:
        yield server


@pytest.fixture
def connect(vendor: HostileServer) -> Iterator[Connect]:
    """Makes drivers of a manifest's connector; keyword arguments go into the config."""
    with ExitStack() as stack:

        def make(text: str, *, now: datetime = NOW, limits: Any = None, **config: Any) -> Driver:
            made = connector_of(text)
            known = {"base_url": vendor.url, "token": vendor.token}
            wanted = {
                name: value for name, value in (known | config).items() if name in made.Config.model_fields
            }
            driver = stack.enter_context(Driver(made(made.Config(**wanted)), now=now, limits=limits))
            vendor.clock = driver.clock
            return driver

        yield make


def keys(driver: Driver, stream: str = "customers") -> list[int]:
    """Keys of what has landed."""
    return sorted(int(key) for key in driver.records.get(stream, {}))
