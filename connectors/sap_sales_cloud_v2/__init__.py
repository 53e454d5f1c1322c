"""SAP Sales Cloud V2: customers as accounts and individual customers. Its rules stand in `connector.yaml`; here is only the
system for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.sap_sales_cloud_v2.fake import FakeSapV2

    return {"sap_sales_cloud_v2": FakeSapV2}
