"""The connector: cards of one address book, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from hub import (
    Capabilities,
    Checkpoint,
    CheckResult,
    Connector,
    Context,
    Found,
    HttpOptions,
    Page,
    RowResult,
    Selection,
    Stream,
    WriteRow,
)

from .book import Book
from .config import CardDavConfig
from .discovery import Place, found
from .reading import pages
from .writing import listed, lookup, written


class CardDav(Connector):
    """An address book, source and destination."""

    name: ClassVar[str] = "carddav"
    title: ClassVar[str] = "CardDAV address book"
    Config = CardDavConfig
    # One at a time: every card is a request of its own, with a condition of its own.
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, write_batch=1, lookup=True, scans=("cards",)
    )

    config: CardDavConfig
    _found: Place | None = None

    def http(self) -> HttpOptions:
        """The server, as its user."""
        password, token = self.config.password, self.config.token
        return HttpOptions(
            base_url=self.config.server,
            basic=(self.config.user, password.get_secret_value()) if password else None,
            bearer=token.get_secret_value() if token else None,
            trusted_hosts=(self.config.host,) if self.config.trusted_host else (),
            requests_per_second=self.config.requests_per_second,
        )

    def check(self, context: Context) -> CheckResult:
        """Finds the address book. Raises AuthRefused, MissingScope, Unreachable, ConfigError HUB-4873, HUB-4874."""
        place = found(context, self.config.url, self.config.address_book)
        how = "told by the server" if place.syncs else "the server cannot tell: every run reads all"
        return CheckResult(
            "The server knows the user", {"address book": place.title or place.path, "changes": how}
        )

    def streams(self) -> Sequence[Stream]:
        """The cards."""
        return [Stream("cards", entity="customer", key="id", deletes="tombstone", description="cards")]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Cards that changed; see `reading`."""
        book, place = self._book(context), self._place(context)
        for wanted in selection.streams:
            yield from pages(wanted, checkpoint.stream(wanted.name), book, syncs=place.syncs)

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """One card for each row; see `writing`."""
        return [written(row, self._book(context), context.now) for row in rows]

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        """Cards by our id, else by the e-mail address."""
        there = {row.delivery_id: lookup(row, self._book(context)) for row in rows}
        return {delivery_id: cards for delivery_id, cards in there.items() if cards}

    def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
        """All cards, by their names."""
        book = self._book(context)
        for some in book.cards(book.names()):
            yield listed(some)

    def _book(self, context: Context) -> Book:
        return Book(context, self._place(context).path)

    def _place(self, context: Context) -> Place:
        """Asked for once: a run stays with the address book that it found."""
        if self._found is None:
            self._found = found(context, self.config.url, self.config.address_book)
        return self._found
