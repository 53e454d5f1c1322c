"""Microsoft Dynamics 365: customers as contacts and accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Dynamics

    return [Dynamics]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    """The environment for tests."""
    from .fake import FakeDataverse

    return {"dynamics365": FakeDataverse}
