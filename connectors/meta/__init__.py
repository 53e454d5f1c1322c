"""Meta: leads of a page's forms, and its messages. What is asked of Meta stands in `manifest.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub import Connector, hookimpl


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from .source import Meta

    return [Meta]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from .fake import FakeMeta

    return {"meta": FakeMeta}
