"""A project whose vendor is a script: pages, failures and endings are told by the test, everything else is real."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from hub import (
    Capabilities,
    Checkpoint,
    Connector,
    Context,
    Page,
    RowResult,
    RowStatus,
    Selection,
    Stream,
    WriteRow,
)
from hub.plugins import Plugins
from hub.settings import load
from hub.store.api import open_store
from hub.sync.engine import Engine, SyncOptions, SyncResult
from hub.sync.pull import PullOptions

MAPPING = """\
mapping: scripted
connector: scripted
defaults: {region: US, currency: USD}
streams:
  people:
    emit:
      - entity: customer
        key: $.id
        when: $.skip | absent
        required: true
        fields:
          full_name: $.name
          given_name: $.given
          family_name: $.family
          email: $.email
          phone: $.phone
          job_title: $.job
          external_updated_at: $.updated
          lifecycle_stage: $.stage
  orders:
    emit:
      - entity: order
        key: $.id
        fields:
          customer: {type: customer, key: $.buyer.id}
          order_number: $.number
          currency: $.currency
          total_amount: $.total
      - entity: customer
        key: $.buyer.id
        rank: 1
        fields:
          full_name: $.buyer.name
          email: $.buyer.email
          external_updated_at: $.updated
"""

TARGET_MAPPING = """\
mapping: target
connector: target
out:
  customers:
    fields: {id: $.customer_id, name: $.full_name, email: $.email, job: $.job_title}
"""


@dataclass
class Script:
    """What the vendor does. `pages` makes the pages of one call of `read`."""

    pages: Callable[[Selection, Checkpoint, Context], Iterator[Page]] = field(
        default=lambda selection, checkpoint, context: iter(())
    )
    streams: Sequence[Stream] = (
        Stream("people", "customer", "id"),
        Stream("orders", "order", "id"),
    )
    #: Where a vendor notes what happened to it: it is read in another process.
    notes: Path | None = None
    #: Rows that arrived at the destination, in order; `refuse` makes their results.
    written: list[WriteRow] = field(default_factory=list)
    result: Callable[[WriteRow], RowResult | None] = field(
        default=lambda row: RowResult(row.delivery_id, RowStatus.OK, remote_id=f"r-{row.customer_id}")
    )

    def note(self, what: Any) -> None:
        """Notes something that the test will look at."""
        assert self.notes is not None, "the project sets it"
        with self.notes.open("ab") as file:
            file.write(base64.b64encode(pickle.dumps(what)) + b"\n")

    def noted(self) -> list[Any]:
        """Everything that was noted, in order: each `read` notes (selection, checkpoint)."""
        if self.notes is None or not self.notes.exists():
            return []
        return [pickle.loads(base64.b64decode(line)) for line in self.notes.read_bytes().splitlines()]

    def people(self, *records: Any, **page: Any) -> None:
        """The next reads give one page of people."""
        self.pages = one_page("people", list(records), **page)


def one_page(stream: str, records: Sequence[Any], **page: Any) -> Callable[..., Iterator[Page]]:
    """Pages of a script: one for that stream, none for others."""

    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        if selection.streams[0].name == stream:
            yield Page(stream, records, **page)

    return pages


class NoConfig(BaseModel):
    """Nothing to set."""

    scope: str = Field("stream", description="Unused.")


def connectors(script: Script) -> dict[str, type[Connector]]:
    """The scripted source and destination."""

    class Scripted(Connector):
        name: ClassVar[str] = "scripted"
        title: ClassVar[str] = "Scripted vendor"
        Config: ClassVar[type[BaseModel]] = NoConfig
        capabilities: ClassVar[Capabilities] = Capabilities(source=True)

        def streams(self) -> Sequence[Stream]:
            return script.streams

        def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
            script.note((selection, checkpoint))
            yield from script.pages(selection, checkpoint, context)

    class Target(Connector):
        name: ClassVar[str] = "target"
        title: ClassVar[str] = "Scripted destination"
        Config: ClassVar[type[BaseModel]] = NoConfig
        capabilities: ClassVar[Capabilities] = Capabilities(
            destination=True, write_batch=2, upserts=True, snapshot=True
        )

        def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
            script.written += rows
            return [result for row in rows if (result := script.result(row)) is not None]

    return {"scripted": Scripted, "target": Target}


@dataclass
class Project:
    """A project folder with two scripted sources and a destination, and its engine."""

    folder: Path
    script: Script
    engine: Engine

    def sync(self, *names: str, **pull: Any) -> SyncResult:
        """`hub sync`."""
        return self.engine.sync(names, SyncOptions(pull=PullOptions(**pull)))

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of the store."""
        return self.engine.store.driver.query(sql, params)

    def column(self, sql: str, *params: Any) -> list[Any]:
        """The first column of some rows."""
        return [row[0] for row in self.query(sql, *params)]

    def counts(self, result: SyncResult, kind: str = "pull", connection: str = "shop") -> dict[str, int]:
        """What became of the rows of one run, without the empty buckets."""
        run = next(run for run in result.runs if run.kind == kind and run.connection == connection)
        return {name: count for name, count in run.counts.items() if count}

    def remap(self, old: str, new: str) -> None:
        """Edits the mapping."""
        path = self.folder / "mappings" / "scripted.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.reopen()

    def reopen(self) -> None:
        """Another process comes by: settings, mappings and the store are opened again."""
        self.engine.close()
        self.engine = open_engine(self.folder, self.script)


def open_engine(folder: Path, script: Script) -> Engine:
    """The engine of a scripted project."""
    settings = load(folder)
    return Engine(settings, Plugins(connectors=connectors(script)), open_store(settings.store_path))


HUB_YAML = """\
connections:
  shop: {connector: scripted}
  desk: {connector: scripted}
  crm: {connector: target, after_sync: true}
"""
