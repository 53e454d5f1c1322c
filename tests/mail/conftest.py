"""The raw record of a message, as a fixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .letters import record_of


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """record(raw, keep_body=…, **origin): the raw record of one message"""
    return record_of
