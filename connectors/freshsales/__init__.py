"""Freshsales: customers as contacts. Its rules stand in `connector.yaml`; here is only the account for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.freshsales.fake import FakeFreshsales

    return {"freshsales": FakeFreshsales}
