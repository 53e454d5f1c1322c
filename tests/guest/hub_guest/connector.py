"""Reads customers of the hostile server, when that is in a good mood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from hub import (
    BadAnswer,
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    HttpOptions,
    Page,
    Selection,
    Stream,
)


class GuestConfig(BaseModel):
    """Where, and by whose leave."""

    url: str = Field(description="Address of the shop")
    token: SecretStr = Field(description="Token that may read customers")


class Guest(Connector):
    """All customers on every run."""

    name = "guest"
    title = "A guest's shop"
    Config = GuestConfig
    capabilities = Capabilities(source=True)

    def http(self) -> HttpOptions:
        token = self.config.token.get_secret_value()
        return HttpOptions(base_url=self.config.url, bearer=token, trusted_hosts=("127.0.0.1",))

    def check(self, context: Context) -> CheckResult:
        return CheckResult(f"the shop is {context.http.get_json('/me').body['account']}")

    def streams(self) -> Sequence[Stream]:
        return (Stream("customers", entity="customer", key="id"),)

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        after = (checkpoint.stream("customers") or {}).get("after")
        while True:
            body = context.http.get_json("/cursor/customers", params={"limit": 10, "after": after}).body
            after, done = self._following(body)
            yield Page("customers", body["data"], {} if done else {"after": after})
            if done:
                return

    def _following(self, body: Any) -> tuple[str | None, bool]:
        if not isinstance(body, dict) or "data" not in body or "meta" not in body:
            raise BadAnswer("HUB-4030", "the list of customers came without its list")
        return body["meta"]["after"], not body["meta"]["has_more"]
