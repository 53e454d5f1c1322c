"""The connector: rows of customers posted as signed JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hub import Capabilities, CheckResult, Connector, Context, HttpOptions, RowResult, WriteRow

from .config import WebhookConfig
from .message import body_of, headers_of, results_of


class Webhook(Connector):
    """Any address that takes JSON."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook: signed JSON to any address"
    Config = WebhookConfig
    capabilities: ClassVar[Capabilities] = Capabilities(destination=True, upserts=True, write_batch=100)

    config: WebhookConfig

    def http(self) -> HttpOptions:
        """To the receiver only, at the pace that the config allows."""
        config = self.config
        return HttpOptions(
            base_url=str(config.url),
            bearer=config.bearer.get_secret_value() if config.bearer else None,
            timeout=config.timeout,
            requests_per_second=config.requests_per_second,
            concurrency=1,
        )

    def check(self, context: Context) -> CheckResult:
        """Post a signed request without rows. Raises AuthRefused, MissingScope, Unreachable, Refused."""
        self._post(b'{"type":"ping","rows":[]}', context)
        return CheckResult("the receiver took a signed ping")

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """Post the rows in one request. Repeated, it has the same `webhook-id` and the same bytes."""
        body = body_of(rows, changed_only=self.config.send == "changed")
        return results_of(rows, self._post(body, context))

    def _post(self, body: bytes, context: Context) -> object:
        secrets = [secret for secret in (self.config.secret, self.config.former_secret) if secret]
        headers = headers_of(body, secrets, context.now)
        answer = context.http.request("POST", "", content=body, headers=headers, idempotent=True)
        return answer.body
