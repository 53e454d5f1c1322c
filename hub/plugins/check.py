"""Whether a connector keeps the contract, as far as its class alone can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from hub.contract import Capabilities, Connector
from hub.errors import PluginError
from hub.settings.shape import models

#: Names stand in file names, YAML and SQL text.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
#: What a connector must bring for each thing it says it can do.
_PROMISES = {"source": ("streams", "read"), "destination": ("write",), "receiver": ("streams", "receive")}


def check_connector(connector: Any) -> None:
    """Raises PluginError HUB-2002 that names everything that is missing."""
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        raise PluginError("HUB-2002", f"{connector!r} is no subclass of hub.Connector")
    faults = list(_faults(connector))
    if faults:
        raise PluginError("HUB-2002", f"connector {connector.__qualname__}: {'; '.join(faults)}")


def _faults(connector: type[Connector]) -> Iterator[str]:
    name = getattr(connector, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield "`name` must be of a-z, 0-9 and _, beginning with a letter"
    if not (isinstance(getattr(connector, "title", None), str) and connector.title.strip()):
        yield "`title` is missing"
    config = getattr(connector, "Config", None)
    if not (isinstance(config, type) and issubclass(config, BaseModel)):
        yield "`Config` must be a pydantic model"
    else:
        yield from (f"config field `{path}` has no description" for path in undescribed(config))
    capabilities = getattr(connector, "capabilities", None)
    if not isinstance(capabilities, Capabilities):
        yield "`capabilities` must be hub.Capabilities(...)"
    else:
        yield from _broken_promises(connector, capabilities)


def _broken_promises(connector: type[Connector], capabilities: Capabilities) -> Iterator[str]:
    promised = [capability for capability in _PROMISES if getattr(capabilities, capability)]
    if not promised:
        yield "`capabilities` promises nothing: it must be a source, a destination or a receiver"
    for capability in promised:
        for method in _PROMISES[capability]:
            if getattr(connector, method) is getattr(Connector, method):
                yield f"it says it is a {capability} but has no {method}()"
    if capabilities.lookup and connector.lookup is Connector.lookup:
        yield "it says it can look up but has no lookup()"


def undescribed(
    model: type[BaseModel], path: str = "", above: tuple[type[BaseModel], ...] = ()
) -> Iterator[str]:
    """Fields without a description, also those of the models inside; descriptions are the connector's manual."""
    for name, field in model.model_fields.items():
        if not (field.description or "").strip():
            yield path + name
        for inner in models(field.annotation):
            if inner not in (model, *above):  # a model may hold itself
                yield from undescribed(inner, f"{path}{name}.", (model, *above))
