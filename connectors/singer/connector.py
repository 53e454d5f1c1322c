"""The connector: a tap, whichever it is."""

from __future__ import annotations

from typing import ClassVar

from hub import SingerSource


class Singer(SingerSource):
    """Any Singer tap."""

    name: ClassVar[str] = "singer"
    title: ClassVar[str] = "Any Singer tap"
