"""The WooCommerce connector: what it can do, how it speaks, which streams it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from connectors.woocommerce import webhooks
from connectors.woocommerce.client import Shop
from connectors.woocommerce.config import WooCommerceConfig
from connectors.woocommerce.customers import Customers
from connectors.woocommerce.orders import Orders
from hub import (
    AuthRefused,
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    Cursor,
    HttpOptions,
    Page,
    Received,
    Refused,
    Request,
    Selection,
    Stream,
    StreamSelection,
)

# The shop names a wrong secret and a key without the Read permission with one and the same word.
_KEY_HINT = (
    "Take key and secret of one line of WooCommerce, Settings, Advanced, REST API, with permission Read. If they "
    "are right, the web server may strip the Authorization header: try `auth: query`."
)
_ADDRESS_HINT = "WooCommerce must be active at store_url; a WordPress with plain permalinks needs `plain_permalinks: true`."


class WooCommerce(Connector):
    """Customers, and orders with their lines and buyers, guests among them."""

    name = "woocommerce"
    title = "WooCommerce"
    Config = WooCommerceConfig
    capabilities = Capabilities(source=True, receiver=True, requests_per_second=4, concurrency=2)

    config: WooCommerceConfig
    _readers: ClassVar[dict[str, type[Customers] | type[Orders]]] = {"customers": Customers, "orders": Orders}

    def http(self) -> HttpOptions:
        config = self.config
        key, secret = config.consumer_key.get_secret_value(), config.consumer_secret.get_secret_value()
        in_query = config.auth == "query"
        return HttpOptions(
            base_url=config.store_url.rstrip("/"),
            basic=None if in_query else (key, secret),
            params={"consumer_key": key, "consumer_secret": secret} if in_query else {},
            trusted_hosts=(config.host,) if config.trusted_host else (),
            account=f"woocommerce:{config.host}",
            requests_per_second=config.requests_per_second,
            concurrency=2,
        )

    def check(self, context: Context) -> CheckResult:
        """Asks for one customer and one order.

        Raises AuthRefused for a wrong key, MissingScope for a key that may not read or whose user may not see the
        lists, Unreachable when nobody answers, BadAnswer HUB-4401 when what answers is not WooCommerce.
        """
        shop = Shop(self.config, context)
        try:
            totals = {
                name: shop.listing(name, per_page=1, _fields="id").total for name in ("customers", "orders")
            }
        except AuthRefused as error:
            raise AuthRefused(error.code, error.message, where=error.where, hint=_KEY_HINT) from None
        except Refused as error:
            raise Refused(
                error.code, error.message, status=error.status, where=error.where, hint=_ADDRESS_HINT
            ) from None
        known = {name: str(total) for name, total in totals.items() if total is not None}
        return CheckResult(f"the shop at {self.config.host} lets us read", known)

    def streams(self) -> Sequence[Stream]:
        overlap = self.config.overlap_minutes * 60
        return (
            Stream(
                "customers",
                entity="customer",
                key="id",
                deletes="full_scan",
                description="Registered users of the shop; changed profiles show with the next full scan.",
            ),
            Stream(
                "orders",
                entity="order",
                key="id",
                cursor=Cursor("date_modified_gmt", order="unknown", overlap=overlap),
                deletes="full_scan",
                description="Orders with lines and addresses; guests are known from here only.",
            ),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        shop = Shop(self.config, context)
        for chosen in selection.streams:
            reader = self._readers[chosen.name](shop, self.config, selection.until)
            yield from _limited(reader.read(chosen, checkpoint.stream(chosen.name)), chosen)

    def receive(self, request: Request, context: Context) -> Received:
        """A webhook of the shop. Refused with 401 as long as the connection has no webhook secret."""
        return webhooks.receive(request, (self.config.webhook_secret, self.config.previous_webhook_secret))


def _limited(pages: Iterator[Page], chosen: StreamSelection) -> Iterator[Page]:
    """Pages until about as many records as were asked for."""
    count = 0
    for page in pages:
        yield page
        count += len(page.records)
        if chosen.limit is not None and count >= chosen.limit:
            return
