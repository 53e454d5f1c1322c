"""What connector authors and demos test with: invented people, vendor-shaped fakes, servers that misbehave on demand.

    from hub.testing import Conformance, FakeServer, HostileServer

Names load lazily, as those of `hub`: a fake in a demo needs no kit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.driver import Driver
    from hub.testing.fake_server import Answer, Asked, FakeServer
    from hub.testing.hostile import HostileServer
    from hub.testing.hostile_faults import Fault, inject
    from hub.testing.session import NOON, Session

_MODULE_OF = {
    "Answer": "fake_server",
    "Asked": "fake_server",
    "Conformance": "conformance",
    "Driver": "driver",
    "FakeServer": "fake_server",
    "Fault": "hostile_faults",
    "HostileServer": "hostile",
    "NOON": "session",
    "Session": "session",
    "inject": "hostile_faults",
}

__all__ = [
    "NOON",
    "Answer",
    "Asked",
    "Conformance",
    "Driver",
    "FakeServer",
    "Fault",
    "HostileServer",
    "Session",
    "inject",
]


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'hub.testing' has no attribute {name!r}")
    return getattr(import_module(f"hub.testing.{module}"), name)
