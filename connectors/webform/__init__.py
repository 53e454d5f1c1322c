"""Web forms: posts of HTML forms and signed JSON that arrive at the hub's own address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from connectors.webform.source import Webform

    return [Webform]
