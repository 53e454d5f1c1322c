"""django-oscar shops: users, orders and their lines, over the admin part of django-oscar-api."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hub import hookimpl

if TYPE_CHECKING:
    from hub import Connector


@hookimpl
def hub_connectors() -> Sequence[type[Connector]]:
    """The connector of this package."""
    from .source import Oscar

    return [Oscar]


@hookimpl
def hub_mapping_functions() -> Mapping[str, Callable[..., object]]:
    """`less`, for the amounts that the shop leaves to be worked out."""
    from .amounts import less

    return {"less": less}
