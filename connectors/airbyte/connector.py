"""The connector: a source, whichever it is."""

from __future__ import annotations

from typing import ClassVar

from hub import AirbyteSource


class Airbyte(AirbyteSource):
    """Any Airbyte source."""

    name: ClassVar[str] = "airbyte"
    title: ClassVar[str] = "Any Airbyte source"
