"""ShipStation V2: shipments and labels. What is read stands in `connector.yaml`; here is only the account for demos and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.shipstation_v2.fake import FakeStation

    return {"shipstation_v2": FakeStation}
