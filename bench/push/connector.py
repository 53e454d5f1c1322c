"""The fake CRM as a destination: an upsert by an id of ours, a hundred rows a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, Field

from hub import Capabilities, Connector, Context, HttpOptions, RowResult, RowStatus, WriteRow

#: Rows of one request.
BATCH = 100
MAPPING = """\
mapping: crm
connector: crm
out:
  contacts:
    fields: {email: $.email, name: $.full_name, phone: $.phone, city: $.address_city}
"""


class CrmConfig(BaseModel):
    """Where it is, and what it takes."""

    url: str = Field(description="Its base URL.")
    per_second: float = Field(description="Requests a second that it takes.")


class Crm(Connector):
    """The CRM."""

    name: ClassVar[str] = "crm"
    title: ClassVar[str] = "Fake CRM"
    Config: ClassVar[type[BaseModel]] = CrmConfig
    capabilities: ClassVar[Capabilities] = Capabilities(destination=True, upserts=True, write_batch=BATCH)

    def http(self) -> HttpOptions:
        return HttpOptions(
            base_url=self.config.url + "/v1",
            trusted_hosts=("127.0.0.1",),
            # A little less than the limit: a network makes gaps uneven, and each 429 costs more than that.
            requests_per_second=0.98 * self.config.per_second,
        )

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        sent = [
            {
                "op": "upsert",
                "hub_id": row.customer_id,
                "key": row.idempotency_key,
                "fields": dict(row.changed),
            }
            for row in rows
        ]
        body = context.http.request("POST", "/contacts/batch", json={"rows": sent}, idempotent=True).body
        told = {item["hub_id"]: item for item in body["results"]}
        return [
            RowResult(row.delivery_id, RowStatus.OK, told[row.customer_id]["id"])
            for row in rows
            if told.get(row.customer_id, {}).get("status") == "ok"
        ]
