"""django-helpdesk: tickets with their follow-ups, over its REST interface and its webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .source import DjangoHelpdesk

    return [DjangoHelpdesk]
