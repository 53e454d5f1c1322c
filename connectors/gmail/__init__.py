"""Gmail: mail over the Gmail API, with deletions. What is asked of Google stands in `manifest.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub import Connector, hookimpl


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    from .source import Gmail

    return [Gmail]


@hookimpl
def hub_fakes() -> Mapping[str, Callable[..., object]]:
    from .fake import FakeGmail

    return {"gmail": FakeGmail}
