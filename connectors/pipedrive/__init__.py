"""Pipedrive: customers as persons. Its rules stand in `connector.yaml`; here is only the account for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.pipedrive.fake import FakePipedrive

    return {"pipedrive": FakePipedrive}
