"""Salesforce: contacts, leads and accounts, read and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Salesforce

    return [Salesforce]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """The org for tests."""
    from .fake import FakeSalesforce

    return {"salesforce": FakeSalesforce}
