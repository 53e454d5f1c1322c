"""A tap for the hostile server, as the SDK's documentation has it, with the fast writer that it offers.

python bench/read/singer_tap.py --config FILE [--state FILE]
"""

from __future__ import annotations

from typing import Any

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.pagination import PageNumberPaginator


class Pages(PageNumberPaginator):
    """Until the last one that the server tells of."""

    def has_more(self, response: Any) -> bool:
        told = response.json()
        return told["page"] < told["pages"]


class Customers(RESTStream):
    name = "customers"
    path = "/page/customers"
    primary_keys = ("id",)
    replication_key = "updated_at"
    is_sorted = True
    records_jsonpath = "$.data[*]"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("name", th.StringType),
        th.Property("email", th.StringType),
        th.Property("phone", th.StringType),
        th.Property("updated_at", th.DateTimeType),
        th.Property("created_at", th.DateTimeType),
        th.Property("tags", th.ArrayType(th.StringType)),
        th.Property(
            "address",
            th.ObjectType(
                th.Property("street", th.StringType),
                th.Property("city", th.StringType),
                th.Property("country", th.StringType),
            ),
        ),
        th.Property("deleted", th.BooleanType),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return str(self.config["url"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["token"])

    def get_new_paginator(self) -> Pages:
        return Pages(start_value=1)

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, Any]:
        params = {"limit": self.config["limit"], "page": next_page_token or 1}
        start = self.get_starting_replication_key_value(context)
        return params | ({"since": start} if start else {})


class TapHostile(Tap):
    name = "tap-hostile"
    message_writer_class = MsgSpecWriter
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True),
        th.Property("token", th.StringType, required=True, secret=True),
        th.Property("limit", th.IntegerType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[Customers]:
        return [Customers(self)]


if __name__ == "__main__":
    TapHostile.cli()
