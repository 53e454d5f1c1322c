"""The connector: a folder of tables to read, a file of customers to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from hub import (
    Capabilities,
    Checkpoint,
    CheckResult,
    ConfigError,
    Connector,
    Context,
    Page,
    RowResult,
    Selection,
    Stream,
    WriteRow,
)

from .config import StreamFiles, TabularConfig
from .files import listed, look
from .reading import Reading, items, root_of
from .rows import BadFile, Row
from .writing import write_snapshot


class Tabular(Connector):
    """CSV, JSON lines, XLSX and Parquet files."""

    name: ClassVar[str] = "tabular"
    title: ClassVar[str] = "Tables: CSV, JSON lines, XLSX, Parquet"
    Config = TabularConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        source=True, destination=True, write_batch=20_000, upserts=True, snapshot=True
    )

    config: TabularConfig

    def check(self, context: Context) -> CheckResult:
        """Open what is configured. Raises Unreachable (no such folder) or ConfigError (no key column, not writable)."""
        details: dict[str, str] = {}
        if self.config.path:
            for name, files in self.config.stream_files().items():
                details[name] = self._look_into(files, context)
        if self.config.out:
            details["out"] = _writable(root_of(self.config.out, context.project))
        return CheckResult("the files are there", details)

    def streams(self) -> Sequence[Stream]:
        """One stream for all files, or those that `streams` names."""
        if not self.config.path:
            return ()
        return tuple(
            Stream(
                name,
                entity="customer",
                key="_key",
                deletes="full_scan" if self.config.deletes else "none",
                description=f"files {files.pattern}",
            )
            for name, files in self.config.stream_files().items()
        )

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """Files that are new or changed, in the order of their names."""
        files = self.config.stream_files()
        for wanted in selection.streams:
            yield from Reading(
                self.config, files[wanted.name], wanted, checkpoint.stream(wanted.name), context
            ).pages()

    def write(self, rows: Sequence[WriteRow], context: Context) -> list[RowResult]:
        """Put the rows into the file, whole or not at all. Raises ConfigError HUB-4324 when none is named."""
        if not self.config.out:
            raise ConfigError(
                "HUB-4324", "no file to write to", hint="Name one in `out`, or take `after_sync` away."
            )
        return write_snapshot(
            root_of(self.config.out, context.project), rows, bom=self.config.bom, now=context.now
        )

    def _look_into(self, files: StreamFiles, context: Context) -> str:
        found = listed(root_of(self.config.path, context.project), files.pattern, self.config.format)
        if not found:
            return f"no files yet that match {files.pattern}"
        newest = found[-1]
        try:
            first = next(items(newest, self.config, files, look(newest, context.now).encoding), None)
        except (BadFile, OSError) as error:
            raise ConfigError(
                "HUB-4302", f"{newest.name}: {error}", hint="Look at `key`, `delimiter`, `sheet`."
            ) from error
        columns = ", ".join(first.record) if isinstance(first, Row) else "none readable in its first row"
        return f"{len(found)} files; columns of {newest.name}: {columns}"


def _writable(file: Path) -> str:
    folder = next(each for each in (file.parent, *file.parents) if each.exists())
    try:
        probe = folder / f".{file.name}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError("HUB-4321", f"cannot write below {folder.name}: {error.strerror}") from error
    return "present" if file.exists() else "will be made by the first push"
