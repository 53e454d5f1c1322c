"""What a person sets for a folder of tables. The descriptions are the manual."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .snapshot import KINDS

Format = Literal["auto", "csv", "jsonl", "xlsx", "parquet"]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


#: One column name, or a list of them.
Columns = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class StreamFiles(BaseModel):
    """The files of one stream, where a folder holds several kinds of table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str = Field(description="Which files, as a glob below `path`: `orders*.csv`, `**/*.xlsx`.")
    key: Columns = Field(
        default=(), description="Key column(s) of this stream; default: the connection's `key`."
    )
    sheet: str = Field(default="", description="Sheet of an XLSX file; default: the connection's `sheet`.")


class TabularConfig(BaseModel):
    """Where the tables are and how they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(default="", description="File or folder to read, absolute or below the project folder.")
    pattern: str = Field(
        default="*", description="Which files of the folder, as a glob: `*.csv`, `**/*.xlsx`."
    )
    key: Columns = Field(
        default=(),
        description="Column, or list of columns, that names a row for ever (customer number, e-mail). Required to read.",
    )
    streams: dict[str, StreamFiles] = Field(
        default_factory=dict,
        description="Several kinds of table in one folder: {name: {pattern, key, sheet}}. Default: one stream, `rows`.",
    )
    format: Format = Field(
        default="auto",
        description="How to read the files. auto goes by suffix: .csv .tsv .txt, .jsonl .ndjson, .xlsx .xlsm, .parquet; others are skipped.",
    )
    columns: Columns = Field(
        default=(), description="Column names, for CSV and XLSX files without a header row."
    )
    delimiter: str = Field(
        default="",
        max_length=1,
        description="CSV separator. Default: tab for .tsv, else whichever of , ; tab | the header row has most of.",
    )
    fallback_encoding: str = Field(
        default="",
        description="Encoding of CSV files that are neither UTF-8 nor UTF-16, for instance cp1252 or gb18030. "
        "Without it, rows with bytes that are not UTF-8 are rejected.",
    )
    sheet: str = Field(default="", description="Sheet of XLSX files. Default: the first.")
    settle_seconds: float = Field(
        default=0,
        ge=0,
        description="Leave a file for the next run while it is younger: it may still be written.",
    )
    deletes: bool = Field(
        default=False,
        description="The files together are the whole list: when one changes all are read, and keys in none of them are deleted.",
    )
    provenance: bool = Field(
        default=False,
        description="Add `_file` and `_row` to each record. A row that moves to another line then counts as changed.",
    )
    out: str = Field(
        default="",
        description="File to write customers to, .csv, .jsonl, .xlsx or .parquet, absolute or below the project folder. Required to push.",
    )
    bom: bool = Field(
        default=False, description="Begin a CSV that we write with a UTF-8 mark, which Excel wants."
    )

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.path and not self.out:
            raise ValueError("set `path` to read tables, or `out` to write customers")
        if (
            self.path
            and not self.key
            and not (self.streams and all(each.key for each in self.streams.values()))
        ):
            raise ValueError("set `key` to the column that names a row for ever, for instance `key: email`")
        if any(each.pattern.startswith("/") or ".." in each.pattern for each in self.stream_files().values()):
            raise ValueError("a pattern is relative to `path` and stays below it")
        if self.out and not self.out.endswith(KINDS):
            raise ValueError(f"`out` must end in one of {' '.join(KINDS)}")
        return self

    def stream_files(self) -> dict[str, StreamFiles]:
        """The streams with the connection's defaults filled in, by name."""
        if not self.streams:
            return {"rows": StreamFiles(pattern=self.pattern, key=self.key, sheet=self.sheet)}
        return {
            name: StreamFiles(pattern=each.pattern, key=each.key or self.key, sheet=each.sheet or self.sheet)
            for name, each in self.streams.items()
        }
