"""The django-helpdesk connector: what it can do, how it speaks, what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from hub import (
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    HttpOptions,
    Page,
    Received,
    Request,
    Selection,
    Stream,
)

from .client import Desk
from .config import DjangoHelpdeskConfig
from .walk import walk
from .webhook import receive


class DjangoHelpdesk(Connector):
    """Tickets with their follow-ups and the people who wrote in."""

    name: ClassVar[str] = "django_helpdesk"
    title: ClassVar[str] = "django-helpdesk"
    Config = DjangoHelpdeskConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, receiver=True, requests_per_second=4, concurrency=2
    )

    config: DjangoHelpdeskConfig

    def http(self) -> HttpOptions:
        """Basic authentication, which the REST interface takes by default."""
        config = self.config
        return HttpOptions(
            base_url=config.url.rstrip("/"),
            basic=(config.username, config.password.get_secret_value()),
            trusted_hosts=(config.host,) if config.trusted_host else (),
            account=f"django_helpdesk:{config.host}",
            requests_per_second=config.requests_per_second,
            concurrency=2,
        )

    def check(self, context: Context) -> CheckResult:
        """Asks for one ticket.

        Raises AuthRefused for a wrong password, MissingScope for an account without staff status, Unreachable when
        nobody answers, Refused or BadAnswer HUB-4411 when the address is not a help desk's."""
        count = Desk(context, self.config.page_size).count()
        return CheckResult(f"the help desk at {self.config.host} lets us read", {"tickets": str(count)})

    def streams(self) -> Sequence[Stream]:
        """Tickets; follow-ups, submitters and agents are told of by them."""
        return (
            Stream(
                "tickets",
                entity="ticket",
                key="id",
                deletes="full_scan",
                description="Tickets of all queues the account may see, each with its follow-ups.",
            ),
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """All tickets on every run, newest first: the interface tells of no changes."""
        desk = Desk(context, self.config.page_size)
        for wanted in selection.streams:
            yield from walk(desk, wanted, checkpoint.stream(wanted.name))

    def receive(self, request: Request, context: Context) -> Received:
        """A webhook of the help desk. Refused with 401 as long as the connection has no `webhook_token`."""
        return receive(request, self.config.webhook_token)
