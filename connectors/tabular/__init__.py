"""Tables in files: CSV, JSON lines, XLSX and Parquet, read as a source and written as a destination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .connector import Tabular

    return [Tabular]
