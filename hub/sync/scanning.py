"""Everything that a destination holds of one object, read for comparison; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.contract import Connector, Context
from hub.errors import Cancelled, HubError, PluginError
from hub.models import Found
from hub.sync.delivery import broke


def scanned(connector: Connector, object_: str, context: Context) -> Iterator[Sequence[Found]]:
    """Every record of an object that the destination has, each once, in batches of the connector's size.

    When it ends without an error, what did not come is not there. Raises Cancelled HUB-6030 when the run is asked to stop,
    PluginError HUB-7004 where the connector breaks or promised no such list, and what the connector raises."""
    if object_ not in connector.capabilities.scans:
        raise PluginError("HUB-7004", f"{connector.name} cannot list {object_}", where=context.connection)
    seen: set[str] = set()
    batches = connector.scan(object_, context)
    while (batch := _next(batches)) is not None:
        if context.stopping():
            raise Cancelled("HUB-6030", "stopped on request", where=context.connection)
        fresh = {one.remote_id: one for one in batch if one.remote_id not in seen}
        seen.update(fresh)
        if fresh:
            yield list(fresh.values())


def _next(batches: Iterator[Sequence[Found]]) -> Sequence[Found] | None:
    try:
        return next(batches, None)
    except HubError:
        raise
    except Exception as error:
        raise broke(error, "listing") from error
