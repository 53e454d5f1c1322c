"""The connector: a dlt source, whichever it is."""

from __future__ import annotations

from typing import ClassVar

from hub import DltSource


class Dlt(DltSource):
    """Any dlt source."""

    name: ClassVar[str] = "dlt"
    title: ClassVar[str] = "Any dlt source"
