"""What the commands that show customers and records have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.insight.lens import Lens
    from hub.models import Json

#: Real values are shown where a person asks for a customer: it is their own data on their own machine.
mask_option = click.option("--mask", is_flag=True, help="Hide people's values: a***@e***.com.")
#: They are hidden where a person asks for a record, who mostly wants to see what is wrong with it.
reveal_option = click.option("--reveal", is_flag=True, help="Show values as they are, not masked.")


def lens(app: App, *, masked: bool) -> Lens:
    """How this call of `hub` looks at the store."""
    from hub.insight.lens import Lens
    from hub.sync.policy import load_policy

    return Lens(app.store, load_policy(app.settings, app.store), masked)


def destinations(app: App) -> list[str]:
    """The connections that every sync pushes to; others are told of once something was pushed to them."""
    return [name for name, connection in app.settings.connections.items() if connection.after_sync]


def section(app: App, title: str, items: Sequence[Mapping[str, Json]], columns: Sequence[Column]) -> None:
    """A heading and a table, for people; nothing where there is nothing."""
    if items and not app.output.json:
        app.output.text("", title)
        app.output.rows(items, columns)


def money(item: Mapping[str, Json], name: str = "total_amount") -> str:
    """`12.50 USD` of an amount in minor units."""
    from hub.canonical.money import exponent

    amount, currency = item.get(name), item.get("currency") or ""
    if amount is None:
        return ""
    decimals = exponent(currency) if currency else 0
    whole = f"{amount / 10**decimals:.{decimals}f}" if decimals else str(amount)
    return f"{whole} {currency}".strip()
