"""Runs balance, or are not green."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError
from hub.models import Outcome, RunKind, RunStatus
from hub.store import balance
from hub.store.api import Store, open_store
from hub.store.id_list import count, pack, unpack
from hub.store.rejects import Refusal, Stage
from tests.store.conftest import Shop
