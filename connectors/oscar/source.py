"""The django-oscar connector: what it can do, how it speaks, which streams it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from hub import (
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    Cursor,
    HttpOptions,
    Page,
    Selection,
    Stream,
)

from .client import Shop
from .config import OscarConfig
from .lines import Lines
from .scan import scan

_LISTS = {"users": "admin/users", "orders": "admin/orders"}


class Oscar(Connector):
    """Users, orders (guests' too) and order lines."""

    name: ClassVar[str] = "oscar"
    title: ClassVar[str] = "django-oscar"
    Config = OscarConfig
    capabilities: ClassVar[Capabilities] = Capabilities(source=True, requests_per_second=4, concurrency=2)

    config: OscarConfig

    def http(self) -> HttpOptions:
        """Basic authentication, which the REST interface takes by default."""
        config = self.config
        return HttpOptions(
            base_url=config.url.rstrip("/"),
            basic=(config.username, config.password.get_secret_value()),
            trusted_hosts=(config.host,) if config.trusted_host else (),
            account=f"oscar:{config.host}",
            requests_per_second=config.requests_per_second,
            concurrency=2,
        )

    def check(self, context: Context) -> CheckResult:
        """Asks for the first page of users and of orders.

        Raises AuthRefused for a wrong password, MissingScope for an account without the permissions, Refused (404)
        when the admin part is blocked, Unreachable when nobody answers, BadAnswer HUB-4421 for another system."""
        shop = Shop(context)
        totals = {name: next(shop.listings(path)).total for name, path in _LISTS.items()}
        known = {name: str(total) for name, total in totals.items() if total is not None}
        return CheckResult(f"the shop at {self.config.host} lets us read", known)

    def streams(self) -> Sequence[Stream]:
        """Users and orders are read whole on every run, lines only for new orders."""
        overlap = self.config.overlap_minutes * 60
        return (
            Stream(
                "users", entity="customer", key="_id", deletes="full_scan", description="Registered users."
            ),
            Stream(
                "orders",
                entity="order",
                key="_id",
                deletes="full_scan",
                description="Orders with addresses; guests are known from here only.",
            ),
            Stream(
                "order_lines",
                entity="order_line",
                key="_id",
                cursor=Cursor("_placed_at", order="ascending", overlap=overlap),
                description="Lines of new orders.",
            ),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """See scan.py for users and orders, lines.py for order lines."""
        shop = Shop(context)
        for wanted in selection.streams:
            cursor = checkpoint.stream(wanted.name)
            if wanted.name in _LISTS:
                yield from scan(shop, _LISTS[wanted.name], wanted, cursor)
            else:
                overlap = timedelta(minutes=self.config.overlap_minutes)
                yield from Lines(shop, wanted, overlap).pages(cursor)
