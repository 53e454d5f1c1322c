"""Mail of Microsoft 365 over Graph, with deletions. What is asked of Microsoft stands in `manifest.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub import Connector, hookimpl


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from .source import Microsoft365

    return [Microsoft365]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from .fake import FakeMicrosoft365

    return {"microsoft365": FakeMicrosoft365}
