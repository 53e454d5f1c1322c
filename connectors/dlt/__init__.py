"""Any dlt source: a function of a package, or of a file in the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Dlt

    return [Dlt]
