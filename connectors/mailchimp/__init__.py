"""Mailchimp: members of an audience and its campaigns. Its rules stand in `connector.yaml`; here is only the account for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub import hookimpl


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.mailchimp.fake import FakeMailchimp

    return {"mailchimp": FakeMailchimp}
