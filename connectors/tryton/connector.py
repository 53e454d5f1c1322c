"""The connector: parties of one database, read and written."""

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

from .client import ANY_STATE, Parties
from .config import TrytonConfig
from .reading import SIZE, pages
from .writing import lookup, told, written


class Tryton(Connector):
    """Parties, source and destination."""

    name: ClassVar[str] = "tryton"
    title: ClassVar[str] = "Tryton"
    Config = TrytonConfig
    # One at a time: Tryton has no call for several that says what became of each.
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, write_batch=1, lookup=True, scans=("parties",), archives=("parties",)
    )

    config: TrytonConfig

    def http(self) -> HttpOptions:
        """The REST interface of the database, with the key of the user application."""
        return HttpOptions(
            base_url=f"{self.config.url.rstrip('/')}/{self.config.database}/rest",
            bearer=self.config.key.get_secret_value(),
            trusted_hosts=(self.config.host,) if self.config.trusted_host else (),
            requests_per_second=self.config.requests_per_second,
        )

    def check(self, context: Context) -> CheckResult:
        """Reads one party. Raises AuthRefused for a key that is not validated, Unreachable."""
        Parties(context).found([], size=1)
        return CheckResult("Tryton knows the key", {"database": self.config.database})

    def streams(self) -> Sequence[Stream]:
        """The parties."""
        return [Stream("parties", entity="customer", key="id", deletes="full_scan", description="parties")]

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Parties that changed; see `reading`."""
        for wanted in selection.streams:
            yield from pages(wanted, checkpoint.stream(wanted.name), context)

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """One party for each row; see `writing`."""
        return [written(row, Parties(context)) for row in rows]

    def lookup(self, rows: Sequence[WriteRow], context: Context) -> Mapping[int, Sequence[Found]]:
        """Parties by our id, else by the e-mail address."""
        found = {row.delivery_id: lookup(row, Parties(context)) for row in rows}
        return {delivery_id: parties for delivery_id, parties in found.items() if parties}

    def scan(self, object_: str, context: Context) -> Iterator[Sequence[Found]]:
        """All parties, those that are put away too, by their ids."""
        parties, after, more = Parties(context), 0, True
        while more:
            rows, more = parties.found([ANY_STATE, ["id", ">", after]], size=SIZE)
            yield [Found(str(row["id"]), told(row)) for row in rows]
            after = rows[-1]["id"] if rows else after
