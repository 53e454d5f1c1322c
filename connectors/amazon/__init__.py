"""Amazon: orders of a seller. What is read stands in `connector.yaml`; here is only the shop for demos and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.amazon.fake import FakeAmazon

    return {"amazon": FakeAmazon}
