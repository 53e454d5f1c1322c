"""Other people's connectors, run as ours: Singer taps, Airbyte sources, dlt sources. README.md tells how.

    class Tap(SingerSource):                        # a connector for any tap: connectors/singer
        name, title = "singer", "Any Singer tap"

messages, batch                         lines -> messages; records and states -> pages that never tell too much
singer, airbyte                         the protocols: catalogues, and messages -> batches (pure)
options, streams                        what a person sets; what there is to read
singer_source, airbyte_source,
dlt_source (with dlt_tap), source       the connectors
call, process, place, environments      running a program: its files, its end, where it is installed
overlay, scrub, failures                what it changes in its config; what it says; why it failed
"""

from __future__ import annotations

from hub.foreign.airbyte_source import AirbyteSource
from hub.foreign.dlt_source import DltSource
from hub.foreign.singer_source import SingerSource

__all__ = ["AirbyteSource", "DltSource", "SingerSource"]
