"""SAP Sales Cloud: customers as individual customers and accounts. Its rules stand in `connector.yaml`; here is only the account for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.sap_sales_cloud.fake import FakeSap

    return {"sap_sales_cloud": FakeSap}
