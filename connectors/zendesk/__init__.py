"""Zendesk Support: users, organizations and tickets, over the incremental exports and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from connectors.zendesk.source import Zendesk

    return [Zendesk]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from connectors.zendesk.fake import FakeDesk

    return {"zendesk": FakeDesk}
